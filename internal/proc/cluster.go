package proc

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/quorate/quorate"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Ports returns free TCP ports of the loopback interface. They are of a range
// from which no system gives ports to outgoing connections, and each process
// begins elsewhere in it, so they are free, too, when they are used.
func Ports(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range 10 * portRange {
		if len(ports) == n {
			return ports
		}
		port := firstPort + int(nextPort.Add(1))%portRange
		if free("tcp", port) && free("udp", port) {
			ports = append(ports, port)
		}
	}
	t.Fatalf("no %d free ports from %d to %d", n, firstPort, firstPort+portRange-1)
	return nil
}

const firstPort, portRange = 20000, 12000

var nextPort = func() *atomic.Int64 {
	var at atomic.Int64
	at.Store(int64(os.Getpid()) * 32)
	return &at
}()

func free(network string, port int) bool {
	at := net.JoinHostPort("127.0.0.1", itoa(port))
	if network == "udp" {
		c, err := net.ListenPacket(network, at)
		return err == nil && c.Close() == nil
	}
	ln, err := net.Listen(network, at)
	return err == nil && ln.Close() == nil
}

// Cluster is a cluster file with free ports, the processes of its members, and
// a directory for the journal of each.
type Cluster struct {
	Path string          // of the cluster file
	File *quorate.Config // what it holds
	Dir  string          // the members' data directories are in it

	Memory bool // set it to keep the journals in memory

	members *quorate.Cluster
	running map[quorate.ID]*Process
}

// NewCluster makes a cluster of n members, in one zone, that run paxos, on free
// ports of the loopback interface. edit may change the file before it is
// written. Nothing is started.
func NewCluster(t testing.TB, n int, edit func(file *quorate.Config)) *Cluster {
	t.Helper()
	return NewGrid(t, 1, n, edit)
}

// NewGrid is NewCluster with n members in each of so many zones.
func NewGrid(t testing.TB, zones, n int, edit func(file *quorate.Config)) *Cluster {
	t.Helper()
	members, err := quorate.Grid(zones, n)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Dir: t.TempDir(), members: members, running: map[quorate.ID]*Process{}, File: &quorate.Config{
		Protocol: "paxos", Addresses: map[quorate.ID]string{}, HTTPAddresses: map[quorate.ID]string{}, AdminAddresses: map[quorate.ID]string{},
	}}
	ports := Ports(t, 3*zones*n)
	for i, id := range members.IDs() {
		c.File.Addresses[id] = fmt.Sprintf("tcp://127.0.0.1:%d", ports[3*i])
		c.File.HTTPAddresses[id] = fmt.Sprintf("http://127.0.0.1:%d", ports[3*i+1])
		c.File.AdminAddresses[id] = fmt.Sprintf("http://127.0.0.1:%d", ports[3*i+2])
	}
	if edit != nil {
		edit(c.File)
	}
	text, err := c.File.Format()
	if err != nil {
		t.Fatal(err)
	}
	c.Path = filepath.Join(c.Dir, "cluster.json")
	if err := os.WriteFile(c.Path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// IDs returns the members.
func (c *Cluster) IDs() []quorate.ID { return c.members.IDs() }

// ID returns a member by its index.
func (c *Cluster) ID(i int) quorate.ID { return c.members.ID(i) }

// DataDir returns the directory of a member's journal.
func (c *Cluster) DataDir(id quorate.ID) string { return filepath.Join(c.Dir, id.String()) }

// Args returns the command line of a member, with more flags.
func (c *Cluster) Args(id quorate.ID, more ...string) []string {
	args := []string{"server", "--id", id.String(), "--config", c.Path}
	if !c.Memory {
		args = append(args, "--data-dir", c.DataDir(id))
	}
	return append(args, more...)
}

// Launch starts a member, and does not wait for it.
func (c *Cluster) Launch(t testing.TB, id quorate.ID, more ...string) *Process {
	t.Helper()
	if p := c.running[id]; p != nil && p.Running() {
		t.Fatalf("member %v runs already", id)
	}
	c.running[id] = Start(t, c.Args(id, more...)...)
	return c.running[id]
}

// Start starts a member and waits until it serves.
func (c *Cluster) Start(t testing.TB, id quorate.ID, more ...string) *Process {
	t.Helper()
	p := c.Launch(t, id, more...)
	p.Line(t, "ready")
	return p
}

// StartAll starts every member that does not run, and waits until they serve.
func (c *Cluster) StartAll(t testing.TB, more ...string) {
	t.Helper()
	for _, id := range c.IDs() {
		if p := c.running[id]; p == nil || !p.Running() {
			c.Launch(t, id, more...)
		}
	}
	for _, id := range c.IDs() {
		c.running[id].Line(t, "ready")
	}
}

// Process returns a member's process, the latest one, nil if it never started.
func (c *Cluster) Process(id quorate.ID) *Process { return c.running[id] }

// KillAll kills every member, and returns when all have ended.
func (c *Cluster) KillAll() {
	for _, p := range c.running { // unordered: all of them
		p.Kill()
	}
}
