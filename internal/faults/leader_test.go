package faults_test

import (
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/workload"
)

// Rule: when the leader is killed others serve, and it comes back from its
// journal to where they are.
func TestLeaderKilled(t *testing.T) { each(t, leaderKilled) }

func leaderKilled(t *testing.T, protocol string) {
	r := newRig(t, 3, seedOf(t), runs(protocol))
	l := r.load(loadConfig{binary: 6, rest: 2})
	l.serves(50)
	rounds := 3
	if *soak {
		rounds = 20
	}
	var took []time.Duration
	for range rounds {
		old := r.leader()
		at := time.Now()
		r.Process(old).Kill()
		if s := r.writes(at, r.others(old)); s > 0 {
			took = append(took, s)
		}
		next := r.leader()
		if next == old {
			t.Fatalf("%v leads, and is dead", old)
		}
		l.serves(20)
		r.Start(t, old)
		l.serves(20)
		l.turn()
	}
	slices.Sort(took)
	t.Logf("from kill -9 of the leader to the next write that was done: %v", took)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// writes asks for one write as a client would that knows nothing, and returns
// how long after an instant it was done.
func (r *rig) writes(since time.Time, first []quorate.ID) time.Duration {
	r.t.Helper()
	c, err := r.reach.Client(client.Config{Nodes: first, Timeout: patience})
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Put(r.t.Context(), "probe", nil); err != nil {
		r.t.Fatalf("a write by %v: %v", first, err)
	}
	return time.Since(since).Round(time.Millisecond)
}

// Rule: a leader that stands still and goes on is like one that was cut off: it
// has been replaced, and does no harm.
func TestLeaderStandsStill(t *testing.T) { each(t, leaderStandsStill) }

func leaderStandsStill(t *testing.T, protocol string) {
	r := newRig(t, 3, seedOf(t), runs(protocol))
	l := r.load(loadConfig{binary: 6, rest: 2, mix: workload.Config{Keys: 5, Reads: 0.5, Conditional: 0.2, Index: 0.6, Local: 0.1}})
	l.serves(50)
	for range 3 {
		old := r.leader()
		still := r.Process(old)
		still.Signal(syscall.SIGSTOP)
		r.await("another one leads", func() bool {
			return slices.ContainsFunc(r.others(old), func(id quorate.ID) bool { return r.status(id).Role == "leader" })
		})
		l.serves(20)
		still.Signal(syscall.SIGCONT)
		r.await("it has heard of it", func() bool {
			s, err := r.ask(old)
			return err == nil && s.Role == "follower"
		})
		l.serves(20)
		l.turn()
	}
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// Rule: members that are told to end do so in order, and clients that retry see
// no failure while all are restarted, one after the other.
func TestRollingRestart(t *testing.T) { all(t, rollingRestart) }

func rollingRestart(t *testing.T, protocol string) {
	r := newRig(t, 3, seedOf(t), runs(protocol))
	l := r.load(loadConfig{binary: 6, patient: patience})
	l.serves(50)
	for range 2 {
		for _, id := range r.IDs() {
			p := r.Process(id)
			p.Signal(syscall.SIGTERM)
			if code := p.Wait(t); code != 0 || p.Stderr() != "" {
				t.Errorf("%v ended with %d: %s", id, code, p.Stderr())
			}
			l.serves(5)
			r.Start(t, id)
			l.serves(5)
		}
	}
	l.readAll()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d calls failed: %v", n, l.failures)
	}
	r.agree(l.keys()...)
	r.check()
	p := r.Process(r.ID(0))
	p.Signal(os.Interrupt)
	if code := p.Wait(t); code != 130 {
		t.Errorf("after an interrupt it ended with %d", code)
	}
}
