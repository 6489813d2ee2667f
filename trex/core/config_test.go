package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// TestConfig: what cannot work is refused with the reason.
func TestConfig(t *testing.T) {
	cluster, _ := quorate.Grid(1, 3)
	good := core.Config{Self: cluster.ID(0), Quorums: quorate.MajorityQuorums(cluster)}
	for want, change := range map[string]func(c *core.Config){
		"":                  func(*core.Config) {},
		"commit delay -1ns": func(c *core.Config) { c.CommitDelay = -1 },
		"prepares -1":       func(c *core.Config) { c.Prepares = -1 },
		"quorum system":     func(c *core.Config) { c.Quorums = quorate.QuorumSystem{} },
		"not a member":      func(c *core.Config) { c.Self = quorate.NewBallot(1, 7).Owner() },
		"longer":            func(c *core.Config) { c.TimeoutMin, c.TimeoutMax = time.Second, time.Second },
		"heartbeat":         func(c *core.Config) { c.Heartbeat = time.Second },
		"window":            func(c *core.Config) { c.Window = paxos.Span },
	} {
		c := good
		change(&c)
		if _, err := core.New(c); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	c := good
	c.TimeoutMin = 2 * time.Second // the others follow
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

// TestBrokenInvariant: a member whose promise falls stops, and says with what.
func TestBrokenInvariant(t *testing.T) {
	for want, behindItsBack := range map[string]func(n *single){
		"promised 99@1.1": func(n *single) { n.state.Log().Promise(n.ballot(99, 0)) },
		"committed 9":     func(n *single) { n.state.Log().Trim(9) },
	} {
		n := in(t, core.Leader)
		behindItsBack(n)
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(r.(string), want) {
					t.Errorf("it says %v, want %q", r, want)
				}
			}()
			n.step(core.Event{Kind: core.Timeout})
		}()
	}
}

// TestExhausted: above the last ballot there is none to stand with.
func TestExhausted(t *testing.T) {
	n := member(t, 3, 1)
	p := n.probe()
	n.hear(0, core.PrepareReply{Slot: p.Slot, Progress: core.Progress{Promised: n.ballot(1<<32-1, 2)}})
	if n.state.Role() != core.Follower || n.out.Promise != 0 {
		t.Errorf("it is %v", n.state.Role())
	}
}
