package wpaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/steal"
)

// What earlier implementations of WPaxos did wrong is told here, each with the test
// that fails where it is done again:
//
//   - An acknowledged write is not there after a steal: promises bring along what is
//     accepted, and reads wait for it. read-your-write.txt, trimmed-log.txt,
//     chain-of-steals.txt, [TestEveryMinimalQuorum].
//   - The specification in TLA+ chooses two values in one slot: two-values.txt.
//   - A late message, or a hint, about a key that is unknown crashes the member:
//     [TestUnknownKey].
//   - Requests are forwarded to an owner that is dead, for ever: [TestOwnerIsDead].
//   - A forwarded request counts for the zone of the last forwarder, which did not ask:
//     [TestForwardedTwice].
//   - A request counts that only waits: [TestWaitingIsNoHit], [TestThiefHasNoHits],
//     [TestRetriesAreNoHits].
//   - Nodes are counted for zones: hand-over.txt. A tie moves an object: ties.txt. The
//     average of zones is a zone: TestPolicies of package steal.

// TestUnknownKey: no message about a key that a member has not heard of, and none that
// comes late, harms it; nor does any make it take the key.
func TestUnknownKey(t *testing.T) {
	b := ballot(5, 2, 1)
	state := snapshot()
	for _, m := range []any{
		wpaxos.HandOver{Key: "x", Ballot: b}, wpaxos.HandOver{Key: "x"},
		wpaxos.P1a{Key: "x", Ballot: b}, wpaxos.P1a{Key: "x"}, wpaxos.P1a{Key: "x", Ballot: b, From: 1 << 40},
		wpaxos.P1b{Key: "x", Ballot: b, OK: true, Promised: b}, wpaxos.P1b{Key: "x", Ballot: b, Promised: ballot(9, 3, 1)},
		wpaxos.P1b{Key: "x", Ballot: b, OK: true, Upto: 7, State: state, Promise: core.Promise{From: 7, Next: 7, Base: 7}},
		wpaxos.P2a{Key: "x", Ballot: b, Commands: commands(1)}, wpaxos.P2a{Key: "x", Ballot: b, Slot: 1 << 40, Commit: 1 << 40}, wpaxos.P2a{Key: "x"},
		wpaxos.P2b{Key: "x", Ballot: b, OK: true}, wpaxos.P2b{Key: "x", Ballot: b, Promised: ballot(9, 3, 1)},
		wpaxos.P3{Key: "x", Ballot: b, Commit: 3}, wpaxos.P3{Key: "x", Commit: 1 << 40, Ballot: b, Entries: []core.Entry{{Slot: 1 << 39}}},
		fetch.CatchupRequest{Key: "x"}, fetch.CatchupRequest{Key: "x", Upto: 9, Offset: 1 << 40},
		fetch.CatchupReply{Key: "x", Commit: 5}, fetch.CatchupReply{Key: "x", Upto: 5, State: []byte("?")},
		fetch.Beat{Heads: []fetch.Head{{Key: "x", Commit: 7}}},
		quorate.Reply{Client: 7, Seq: 99, Status: quorate.Done},
	} {
		for _, before := range []string{"nothing", "owned", "yielded"} {
			l := newLone(t, wpaxos.Config{})
			switch before {
			case "owned":
				l.own()
			case "yielded":
				l.own()
				l.told(id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(7, 3, 1)})
			}
			l.told(id(2, 1), m)
			for range 30 {
				l.run(50 * time.Millisecond)
				for _, e := range l.sent {
					if p, ok := e.Msg.(wpaxos.P1a); ok {
						if a, voted := m.(wpaxos.P2a); !voted || a.Ballot == 0 { // who voted may finish what it voted for
							t.Errorf("%T after %s: begins phase 1 of %s", m, before, p.Key)
						}
					}
				}
				l.take()
			}
		}
	}
}

// TestOwnerIsDead: a member that forwards to an owner takes the object when that is
// dead, and the client is answered; wherever the owner dies, and whatever the policy.
func TestOwnerIsDead(t *testing.T) {
	for _, policy := range []string{"null", "consecutive:3", "immediate"} {
		for _, asked := range []quorate.ID{id(1, 2), id(2, 1)} {
			p, err := steal.Parse(policy)
			if err != nil {
				t.Fatal(err)
			}
			c := members(t, 3, 3, 3)
			w := newWorld(t, c, 1, wpaxos.Config{Quorums: zones(t, c, 0, 1), Policy: p}, nil)
			if err := w.Request(id(1, 1), put(1, 1, "X", w.Now())); err != nil {
				t.Fatal(err)
			}
			w.Settle()
			w.Run(100 * time.Millisecond)
			if err := w.Crash(id(1, 1)); err != nil {
				t.Fatal(err)
			}
			if err := w.Request(asked, get(2, 1)); err != nil {
				t.Fatal(err)
			}
			for i := 0; i < 30 && len(w.Answers()) < 2; i++ {
				w.Run(100 * time.Millisecond)
			}
			if a := w.Answers(); len(a) < 2 || string(a[1].Reply.Value) != "X" {
				t.Errorf("%s, %v is asked: %+v", policy, asked, a[1:])
			}
		}
	}
}

// TestForwardedTwice: a request that an owner of before sends on is no hit of that
// one's zone. Zone 2 asks 1.1, which no longer owns the object: 3.1 does, and zone 1 is
// not given it, nor is zone 2, of which 3.1 does not know.
func TestForwardedTwice(t *testing.T) {
	c := members(t, 3, 3, 3)
	hints := 0
	w := newWorld(t, c, 1, wpaxos.Config{Quorums: zones(t, c, 0, 1), Policy: steal.Policy{Kind: steal.Consecutive, N: 2}, Residence: time.Millisecond}, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Request(id(1, 1), put(1, 1, "X", w.Now())))
	w.Settle()
	w.Cut(id(3, 1), id(2, 1)) // 2.1 hears nothing of the steal
	w.Run(10 * time.Millisecond)
	for seq := range uint64(3) {
		must(w.Request(id(3, 1), get(3, seq+1)))
		w.Settle()
		w.Run(10 * time.Millisecond)
	}
	if d := wpaxos.Describe(w.Replica(id(3, 1)).(*wpaxos.Replica)); d != "o promised 2@3.1 committed 5 owned awake" {
		t.Fatal(d)
	}
	for seq := range uint64(6) {
		must(w.Inject(id(2, 1), id(1, 1), forwarded(seq+1)))
		w.Settle()
		hints += len(w.InFlight(script.Match{Pattern: "HandOver"}))
		w.Run(10 * time.Millisecond)
	}
	if d := wpaxos.Describe(w.Replica(id(3, 1)).(*wpaxos.Replica)); d != "o promised 2@3.1 committed 11 owned awake" || hints > 0 {
		t.Errorf("%d hints; 3.1: %s", hints, d)
	}
}

// forwarded is a client's request of 2.1 that it sends on.
func forwarded(seq uint64) quorate.Request {
	r := get(2, seq)
	r.Hops = 1
	return r
}

// TestWaitingIsNoHit: a request that comes again while it waits is one hit, however
// often.
func TestWaitingIsNoHit(t *testing.T) {
	l := newLone(t, wpaxos.Config{Residence: time.Millisecond, Window: 1, Policy: steal.Policy{Kind: steal.Consecutive, N: 3}})
	l.own()
	l.run(10 * time.Millisecond)
	for range 9 {
		for seq := uint64(2); seq < 4; seq++ {
			r := request(seq)
			r.Hops = 1
			l.hear(id(3, 1), r)
		}
	}
	for _, e := range l.sent {
		if _, ok := e.Msg.(wpaxos.HandOver); ok {
			t.Error("two requests are three hits")
		}
	}
	if n := wpaxos.Hits(l.replica); n != 1 {
		t.Error(fmt.Sprint("hits of ", n, " objects"))
	}
}
