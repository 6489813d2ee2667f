package inject

import (
	"context"
	"errors"
	"flag"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
)

var (
	soak   = flag.Bool("soak", false, "run the tests of processes with every protocol")
	rounds = flag.Int("soak.rounds", 1, "how often each nemesis strikes in them")
)

// patience is how long anything may take.
const patience = time.Minute

// machines is a cluster of real ones.
type machines struct {
	*proc.Cluster
	t       *testing.T
	members *quorate.Cluster
	reach   *remote.Cluster
	flags   []string
}

func newMachines(t *testing.T, protocol string, nodes int) *machines {
	t.Helper()
	if testing.Short() {
		t.Skip("takes processes and seconds; without -short it runs")
	}
	p := &machines{Cluster: proc.NewCluster(t, nodes, func(f *quorate.Config) { f.Protocol = protocol }), t: t, flags: []string{"--linger", "0s"}}
	p.flags = append(p.flags, ServerFlags([]string{"power"})...)
	var err error
	if p.members, err = p.File.Cluster(); err != nil {
		t.Fatal(err)
	}
	if p.reach, err = remote.Open(remote.Config{File: p.File}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.reach.Close() })
	p.StartAll(t, append([]string{"--init"}, p.flags...)...)
	return p
}

func (p *machines) Members() *quorate.Cluster { return p.members }
func (p *machines) Local() bool               { return true }

func (p *machines) Admin(id quorate.ID) (*admin.Client, error) {
	return admin.NewClient(admin.ClientConfig{URL: p.File.AdminAddresses[id]})
}

func (p *machines) signal(id quorate.ID, s os.Signal) error {
	if p.PID(id) == 0 {
		return errors.New("it does not run")
	}
	p.Process(id).Signal(s)
	return nil
}

func (p *machines) Kill(id quorate.ID) error   { return p.signal(id, syscall.SIGKILL) }
func (p *machines) End(id quorate.ID) error    { return p.signal(id, syscall.SIGTERM) }
func (p *machines) Pause(id quorate.ID) error  { return p.signal(id, syscall.SIGSTOP) }
func (p *machines) Resume(id quorate.ID) error { return p.signal(id, syscall.SIGCONT) }

func (p *machines) Start(id quorate.ID) error {
	p.Launch(p.t, id, p.flags...)
	return nil
}

func (p *machines) PID(id quorate.ID) int {
	if q := p.Process(id); q != nil && q.Running() {
		return q.PID()
	}
	return 0
}

func (p *machines) LastWords(id quorate.ID) string { return p.Process(id).Stderr() }

// counter is a client that writes ever higher numbers to one key.
type counter struct {
	p    *machines
	c    *client.Client
	next int
	done int // the highest number that was acknowledged
}

func newCounter(p *machines) *counter {
	c, err := p.reach.Client(client.Config{Timeout: 2 * time.Second})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	return &counter{p: p, c: c}
}

// write writes until ctx ends, or so many writes are done.
func (k *counter) write(ctx context.Context, most int) {
	k.p.t.Helper()
	limit := time.Now().Add(patience)
	for n := 0; n < most && ctx.Err() == nil; {
		k.next++
		call, cancel := context.WithTimeout(context.Background(), patience)
		_, err := k.c.Put(call, "k", []byte(strconv.Itoa(k.next)))
		if cancel(); err == nil {
			k.done = k.next
			n++
		} else if time.Now().After(limit) {
			k.p.t.Fatalf("no write is done: %v", err)
		}
	}
}

// read returns the number that is there. It must not be one that was never written.
func (k *counter) read() int {
	k.p.t.Helper()
	for limit := time.Now().Add(patience); ; {
		call, cancel := context.WithTimeout(context.Background(), patience)
		got, err := k.c.Get(call, "k")
		cancel()
		if err == nil {
			n, err := strconv.Atoi(string(got.Value))
			if err != nil || n > k.next {
				k.p.t.Errorf("%q was never written", got.Value)
			}
			return n
		}
		if time.Now().After(limit) {
			k.p.t.Fatalf("nothing can be read: %v", err)
		}
	}
}

// strike lets a nemesis do its work while the counter counts, and ends it.
func (p *machines) strike(name string, g *guard, seed uint64, k *counter) history.Map {
	p.t.Helper()
	n := named(p.t, name)
	if checked, ok := n.(Checked); ok {
		if err := checked.Check(p); err != nil {
			p.t.Fatal(err)
		}
	}
	began := time.Now()
	ctx, cancel := context.WithCancel(p.t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { k.write(ctx, 1<<30) })
	what, heal, err := n.Strike(p.t.Context(), g.view(name), rng(seed))
	if err != nil {
		p.t.Errorf("%s: %v: %v", name, what, err)
	}
	<-time.After(300 * time.Millisecond) // how long it lasts
	if heal != nil {
		for limit := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
			if err = heal(p.t.Context()); err == nil {
				break
			}
			if time.Now().After(limit) {
				p.t.Fatalf("%s: %v was not healed: %v", name, what, err)
			}
		}
	}
	healed := time.Since(began)
	cancel()
	beside.Wait()
	k.write(p.t.Context(), 3)
	p.t.Logf("%s: %v; %d writes tried, the last one done is %d; healed after %v, done after %v", name, what, k.next, k.done, healed, time.Since(began))
	m, _ := what.(history.Map)
	return m
}

// Rule: whatever happens to disks, clocks and power, what was acknowledged is there,
// and all members serve in the end.
func TestHarmToProcesses(t *testing.T) {
	protocols, names := []string{"paxos"}, []string{"power-all", "disk-lost", "kill-at-sync"}
	if *soak {
		names = []string{
			"power-all", "kill-at-sync", "disk-lost", "disk-fail-leader", "power-minority", "disk-rot",
			"disk-slow", "disk-full", "clock-bump", "clock-drift", "power-leader",
		}
		protocols = []string{"paxos", "trex", "epaxos", "wpaxos"}
	}
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			p := newMachines(t, protocol, 3)
			k, g := newCounter(p), newGuard(p)
			k.write(t.Context(), 20)
			for round := range uint64(*rounds) {
				for i, name := range names {
					seed := 1 + round*100 + uint64(i)
					p.strike(name, g, seed, k)
					if got := k.read(); got < k.done {
						t.Fatalf("after %s (seed %d) it reads %d, and %d was acknowledged", name, seed, got, k.done)
					}
				}
			}
			for _, id := range p.IDs() {
				a, _ := p.Admin(id)
				p.until(func() error {
					h, err := a.Ready(t.Context())
					if err == nil && !h.OK {
						err = errors.New(h.Why)
					}
					return err
				})
			}
		})
	}
}

func (p *machines) until(good func() error) {
	p.t.Helper()
	for limit := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) {
		err := good()
		if err == nil {
			return
		}
		if time.Now().After(limit) {
			p.t.Fatal(err)
		}
	}
}

// Rule: disks that lie lose what was acknowledged when the power fails: so the power
// does fail, and who does not sync is found.
func TestLyingDisksLoseWrites(t *testing.T) {
	p := newMachines(t, "paxos", 3)
	k := newCounter(p)
	k.write(t.Context(), 5)
	synced := k.done
	what, heal, err := lyingDisk{"disk-lie", everyone}.Strike(t.Context(), newGuard(p).view("disk-lie"), rng(1))
	if err != nil {
		t.Fatal(what, err)
	}
	k.write(t.Context(), 30)
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := k.read(); got != synced {
		t.Errorf("disks lied from %d to %d, the power failed, and it reads %d", synced, k.done, got)
	}
}
