package inject

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/tester/inject/netns"
)

// processes is a cluster of real processes.
type processes struct {
	*fleet.Fleet
	dir     string
	members *quorate.Cluster
	admins  map[quorate.ID]*admin.Client
}

func startProcesses(t *testing.T, edit func(file *quorate.Config)) *processes {
	t.Helper()
	c := proc.NewCluster(t, 3, edit)
	f, err := fleet.Start(t.Context(), fleet.Config{Binary: proc.Build(t), File: c.File, Path: c.Path, Dir: c.Dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	members, err := c.File.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{Fleet: f, dir: c.Dir, members: members, admins: map[quorate.ID]*admin.Client{}}
	for id, at := range c.File.AdminAddresses {
		if p.admins[id], err = admin.NewClient(admin.ClientConfig{URL: at, Timeout: time.Second}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.admins[id].Close() })
	}
	return p
}

func (p *processes) Members() *quorate.Cluster                  { return p.members }
func (p *processes) Admin(id quorate.ID) (*admin.Client, error) { return p.admins[id], nil }
func (p *processes) Local() bool                                { return true }
func (p *processes) DataDir(id quorate.ID) string               { return filepath.Join(p.dir, id.String()) }

// leads waits until a member leads that others have heard of, another one than not.
func (p *processes) leads(t *testing.T, c Cluster, not int) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		statuses, err := survey(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range statuses {
			if s == nil || s.Role != "leader" || i == not {
				continue
			}
			for k, other := range statuses {
				if k != i && other != nil && other.Leader == s.ID.String() {
					return i
				}
			}
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("nobody leads")
	return -1
}

// dropped counts the messages that a member dropped because it was told to.
func (p *processes) dropped(t *testing.T, i int) float64 {
	t.Helper()
	samples, err := p.admins[p.members.ID(i)].Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return samples[`quorate_messages_dropped_total{cause="injected"}`]
}

// A leader that real faults take away is followed by another one, and is a member again
// when they are healed.
func TestRealProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	p := startProcesses(t, nil)
	c := newGuard(p).view("test")
	for _, name := range []string{"partition-leader", "pause-leader", "kill-leader"} {
		old := p.leads(t, c, -1)
		pid := p.PID(p.members.ID(old))
		_, heal, err := named(t, name).Strike(t.Context(), c, rng(1))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p.leads(t, c, old)
		switch name {
		case "partition-leader":
			if p.dropped(t, old) == 0 {
				t.Error("a leader that was cut off dropped nothing")
			}
		case "pause-leader":
			if s, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat")); err == nil && !strings.Contains(string(s), ") T ") {
				t.Errorf("a process that was paused is not: %s", s)
			}
		case "kill-leader":
			if p.PID(p.members.ID(old)) != 0 {
				t.Error("a process that was killed runs")
			}
		}
		if err := heal(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ready(t.Context(), c, p.members.ID(old))
		if h, err := p.admins[p.members.ID(old)].Ready(t.Context()); err != nil || !h.OK {
			t.Errorf("%s: healed, and member %v is %+v, %v", name, p.members.ID(old), h, err)
		}
	}
}

// filteredProcesses is a cluster of real processes whose packets can be filtered.
type filteredProcesses struct {
	*processes
	by *netns.Filter
}

func (p *filteredProcesses) Filter(ctx context.Context, name string, grudge []quorate.Set, share float64) error {
	return p.by.Filter(ctx, name, grudge, share)
}

// The same with real packets: members drop nothing, and hear nothing.
func TestRealPackets(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if !netns.Inside() {
		reexec(t)
		return
	}
	if err := netns.Up(); err != nil {
		t.Fatal(err)
	}
	var addresses []netip.Addr
	p := startProcesses(t, func(file *quorate.Config) {
		members, err := file.Cluster()
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range members.IDs() {
			addresses = append(addresses, netns.Address(i))
			file.Addresses[id] = "tcp://" + net.JoinHostPort(netns.Address(i).String(), "7000")
		}
	})
	filter, err := netns.NewFilter(t.Context(), addresses)
	if err != nil {
		t.Fatal(err)
	}
	c := newGuard(&filteredProcesses{p, filter}).view("test")
	old := p.leads(t, c, -1)
	_, heal, err := named(t, "partition-leader").Strike(t.Context(), c, rng(1))
	if err != nil {
		t.Fatal(err)
	}
	p.leads(t, c, old)
	if n := p.dropped(t, old); n != 0 {
		t.Errorf("the leader dropped %v messages itself", n)
	}
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		s, err := p.admins[p.members.ID(old)].Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Role != "leader" && s.Leader != "" && s.Leader != s.ID.String() {
			break
		}
		if !sleep.For(t.Context(), 10*time.Millisecond) {
			t.Fatal("the old leader does not hear of the new one")
		}
	}
}

// reexec runs this test in a network of its own.
func reexec(t *testing.T) {
	if err := netns.Supported(); err != nil {
		t.Skip(err)
	}
	proc.Build(t) // in the network of everybody, where its sources may come from
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	code, err := netns.Reexec(t.Context(), me, []string{"-test.run=^" + t.Name() + "$", "-test.v", "-test.timeout=1m"}, netns.Streams{Out: &out, Err: &out}, time.Second)
	if err != nil || code != 0 || !strings.Contains(out.String(), "--- PASS: "+t.Name()) {
		t.Errorf("exit code %d, %v:\n%s", code, err, &out)
	}
}
