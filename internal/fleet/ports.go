package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"

	"github.com/quorate/quorate"
)

// Ports of servers are chosen from a range from which systems give none to outgoing
// connections.
const firstPort, portRange = 20000, 12000

// PortsEach is how many ports a member needs, for all that [Loopback] lets it serve.
const PortsEach = 3

// Ports come in blocks. Who listens on the first one of a block has the others for himself:
// a member that is down listens nowhere, and nobody else is to take its ports meanwhile.
const block, blocks = 32, portRange / 32

// Claim is ports that no other claim has, in this process or another one, until it is
// released or its process ends.
type Claim struct {
	Ports  []int
	guards []net.Listener
}

// ClaimPorts claims ports of the loopback interface that nothing uses, neither for
// connections nor for datagrams. Each call begins somewhere else. Programs that know no
// claims may still take one; see [PortTaken].
func ClaimPorts(n int) (*Claim, error) { return claim(n, rand.IntN(blocks)) }

func claim(n, from int) (*Claim, error) {
	c := &Claim{}
	for i := 0; i < blocks && len(c.Ports) < n; i++ {
		first := firstPort + (from+i)%blocks*block
		guard, err := net.Listen("tcp", loopback(first))
		if err != nil { // somebody has it
			continue
		}
		c.guards = append(c.guards, guard)
		for port := first + 1; port < first+block && len(c.Ports) < n; port++ {
			if free(port) {
				c.Ports = append(c.Ports, port)
			}
		}
	}
	if len(c.Ports) < n {
		err := fmt.Errorf("find %d ports for the members: only %d of those from %d to %d are free", n, len(c.Ports), firstPort, firstPort+portRange-1)
		return nil, errors.Join(err, c.Release())
	}
	return c, nil
}

// Release gives the ports back. The nil Claim has none.
func (c *Claim) Release() (err error) {
	if c == nil {
		return nil
	}
	for _, guard := range c.guards {
		err = errors.Join(err, guard.Close())
	}
	c.guards = nil
	return err
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func free(port int) bool {
	at := loopback(port)
	ln, err := net.Listen("tcp", at)
	if err != nil {
		return false
	}
	defer ln.Close()
	socket, err := net.ListenPacket("udp", at)
	if err != nil {
		return false
	}
	socket.Close()
	return true
}

// Attempts bounds how often other ports are tried when somebody took one between
// its choice and its use.
const Attempts = 3

// PortTaken reports whether a member did not start because of its port.
func PortTaken(err error) bool {
	var start *StartError
	return errors.As(err, &start) && strings.Contains(start.Reason, "address already in use")
}

// Loopback returns the addresses of a cluster file whose members are on the loopback
// interface, each with [PortsEach] of the ports: for members and clients, for HTTP, if
// that is wanted, and for operators. All else is left to the caller.
func Loopback(cluster *quorate.Cluster, ports []int, http bool) *quorate.Config {
	file := &quorate.Config{Addresses: map[quorate.ID]string{}, AdminAddresses: map[quorate.ID]string{}}
	if http {
		file.HTTPAddresses = map[quorate.ID]string{}
	}
	for i, id := range cluster.IDs() {
		at := func(scheme string, k int) string {
			return fmt.Sprintf("%s://127.0.0.1:%d", scheme, ports[PortsEach*i+k])
		}
		file.Addresses[id] = at("tcp", 0)
		if http {
			file.HTTPAddresses[id] = at("http", 1)
		}
		file.AdminAddresses[id] = at("http", 2)
	}
	return file
}
