package server_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// Rule: a clock is as wrong as it was made, never runs backwards, and is right again
// in the end, but for what its rate gained.
func TestClock(t *testing.T) {
	const ms = time.Millisecond
	now := time.Hour
	c := server.NewClock(func() time.Duration { return now })
	last := c.Now()
	step := func(what string, passes time.Duration, set *server.Skew, want time.Duration) {
		t.Helper()
		if set != nil {
			c.Set(*set)
		}
		now += passes
		got := c.Now()
		if got < last {
			t.Errorf("%s: from %v back to %v", what, last, got)
		}
		last = got
		if c.Error() != want || got-now != want {
			t.Errorf("%s: it is wrong by %v, want %v", what, c.Error(), want)
		}
	}
	step("right", 5*ms, nil, 0)
	step("set ahead", 0, &server.Skew{Ahead: 90 * ms}, 90*ms)
	step("stays ahead", time.Second, nil, 90*ms)
	step("set back: it crawls", 50*ms, &server.Skew{}, 45*ms)
	step("it has caught up", 50*ms, nil, 0)
	step("runs on", 50*ms, nil, 0)
	step("set behind: it crawls", 10*ms, &server.Skew{Ahead: -90 * ms}, -9*ms)
	step("behind", time.Second, nil, -90*ms)
	step("right again, at once", 0, &server.Skew{}, 0)
	step("fast", time.Second, &server.Skew{Rate: 1.25}, 250*ms)
	step("keeps what it gained", time.Second, &server.Skew{}, 250*ms)
	step("slow", 2*time.Second, &server.Skew{Rate: 0.875}, 0)
	c.Set(server.Skew{})
	now = now.Truncate(time.Second) + time.Second // of an even second
	for now/time.Second%2 == 1 {
		now += time.Second
	}
	last = c.Now()
	step("strobe: the right half", 100*ms, &server.Skew{Ahead: 90 * ms, Period: time.Second}, 0)
	step("strobe: the wrong half", time.Second, nil, 90*ms)
	step("strobe: right again", time.Second, nil, 0)
}

// Rule: a clock that is set ahead reaches the node, whose timers are due then.
func TestClockReachesTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		clock := server.NewClock(func() time.Duration { return time.Since(began) })
		cluster, err := quorate.Grid(1, 3)
		if err != nil {
			t.Fatal(err)
		}
		hub := transport.NewHub(transport.HubConfig{})
		fired := time.Duration(-1)
		n, err := server.StartNode(server.NodeConfig{
			ID: cluster.ID(0), Cluster: cluster, Journal: journal.NewMemory().Open(), Join: func(n *quorate.Node) (transport.Link, error) { return hub.Join(n) },
			New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				n.NewTimer("alarm", func() { fired = n.Now() }).Reset(time.Hour)
				return paxos.New(n, app, paxos.Config{})
			},
			Clock: clock.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		look := func() (got time.Duration) {
			if err := n.Inspect(context.Background(), func(quorate.Replica, *quorate.Once) { got = fired }); err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := look(); got != -1 {
			t.Errorf("its timer fired at %v", got)
		}
		clock.Set(server.Skew{Ahead: time.Hour})
		if got := look(); got < time.Hour {
			t.Errorf("its clock is ahead, and its timer fired at %v", got)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		hub.Close()
	})
}
