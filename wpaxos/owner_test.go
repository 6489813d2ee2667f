package wpaxos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/steal"
)

// An owner has so many slots open, and puts what waits into the next ones.
func TestWindow(t *testing.T) {
	l := newLone(t, wpaxos.Config{Window: 1, Batch: 2, Thrifty: true})
	l.own()
	b := ballot(1, 1, 1)
	vote := func(s quorate.Slot) string {
		t.Helper()
		return l.told(id(1, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: s, OK: true})
	}
	for i, want := range []string{"1.2 P2a 1@1.1 slot 1", "", "", ""} {
		if got := l.told(quorate.Route(1), request(uint64(i+2))); got != want {
			t.Errorf("request %d: %q, want %q", i+2, got, want)
		}
	}
	if got := vote(1); got != "client Reply done, 1.2 P2a 1@1.1 slot 2" {
		t.Errorf("then %q", got)
	}
	if got := vote(2); got != "client Reply done, client Reply done, 1.2 P2a 1@1.1 slot 3" {
		t.Errorf("two at once: %q", got)
	}
	if got := vote(3); got != "client Reply done" {
		t.Errorf("the last: %q", got)
	}
}

// An owner that learns from others what is in its open slots has been overtaken,
// though it has not heard by whom: what it had proposed goes another way.
func TestOvertakenUnheard(t *testing.T) {
	for name, m := range map[string]fetch.CatchupReply{
		"an entry": {Key: "k", Commit: 2, Entries: []core.Entry{{Slot: 1, Ballot: ballot(9, 3, 1), Chosen: true, Commands: commands(77)}}},
		"a state":  {Key: "k", Commit: 2, Upto: 2, State: snapshot()},
	} {
		l := newLone(t, wpaxos.Config{})
		l.own()
		l.told(quorate.Route(1), request(2))
		l.told(id(2, 1), m)
		l.run(200 * time.Millisecond)
		if got := l.take(); !strings.HasPrefix(got, "others P1a 2@1.1 from 2") {
			t.Errorf("%s: sent %s", name, got)
		}
		l.promised(ballot(2, 1, 1))
		l.told(id(1, 2), wpaxos.P2b{Key: "k", Ballot: ballot(2, 1, 1), Slot: 2, OK: true})
		if r := l.app.Apply(quorate.Command{Op: quorate.OpGet, Key: "k"}); string(r.Value) != "2" {
			t.Errorf("%s: its own command is lost, the value is %q", name, r.Value)
		}
	}
}

// A state that came from another takes the place of what was voted for, on disk too.
func TestInstalledIsTrimmed(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	b := ballot(5, 2, 1)
	l.told(id(2, 1), accept(b, 0, 0))
	l.told(id(2, 1), fetch.CatchupReply{Key: "k", Commit: 5, Upto: 5, State: snapshot()})
	l.run(2500 * time.Millisecond)
	if len(l.disk) != 2 {
		t.Errorf("%d records: want a state and where the log begins", len(l.disk))
	}
	l.start()
	l.told(id(2, 1), fetch.CatchupReply{Key: "k", Commit: 3, Upto: 3})
	if got := l.told(id(2, 1), wpaxos.P1a{Key: "k", Ballot: b}); got != "2.1 P1b yes 5@2.1 state 5" {
		t.Errorf("after a restart it reports %s", got)
	}
}

// A member that was away for long gets a state far beyond what it has on disk. It votes,
// and owns, when that is there: a restart would else have a log of all slots between.
func TestFarState(t *testing.T) {
	const far = 1 << 20
	b := ballot(5, 2, 1)
	l := newLone(t, wpaxos.Config{})
	l.told(quorate.Route(1), request(1))
	l.told(id(3, 1), wpaxos.P1b{Key: "k", Ballot: ballot(1, 1, 1), OK: true, Promised: ballot(1, 1, 1), Promise: core.Promise{From: far, Next: far, Base: far}, Upto: far, State: snapshot()})
	if got := l.promised(ballot(1, 1, 1)); got != "" {
		t.Errorf("it owns, and sends %s", got)
	}
	if got := l.told(id(2, 1), accept(b, far, far)); got != "" {
		t.Errorf("it votes: %s", got)
	}
	l.start()
	if n := l.replica.Report().Retained; n > 1 {
		t.Fatalf("%d slots after a restart", n)
	}
	l.told(id(2, 1), fetch.CatchupReply{Key: "k", Commit: far, Upto: far, State: snapshot()})
	l.run(500 * time.Millisecond)
	l.take()
	if got := l.told(id(2, 1), accept(b, far, far)); got != fmt.Sprintf("2.1 P2b yes 5@2.1 slot %d", far) {
		t.Errorf("after a trim it sends %q", got)
	}
	l.start()
	if n := l.replica.Report().Retained; n != 1 {
		t.Errorf("%d slots after a restart", n)
	}
}

// A state that comes in while logs are trimmed is not on disk yet: no crash leaves a log
// that begins behind the state that is there.
func TestInstalledWhileTrimming(t *testing.T) {
	b := ballot(5, 2, 1)
	seen := map[string]int{}
	for at := range 12 {
		l := newLone(t, wpaxos.Config{Heartbeat: time.Millisecond, Suspect: time.Second, Rest: time.Hour})
		for i := range 150 {
			c := command(uint64(i) + 1)
			c.Key = fmt.Sprint("j", i)
			l.hear(id(2, 1), wpaxos.P2a{Key: c.Key, Ballot: b, Commands: []quorate.Command{c}})
			l.hear(id(2, 1), wpaxos.P3{Key: c.Key, Ballot: b, Commit: 1})
		}
		l.told(id(2, 1), accept(b, 0, 0))
		l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 1})
		l.sync()
		wpaxos.Trim(l.replica)
		for step := range 12 {
			if step == at {
				l.told(id(2, 1), fetch.CatchupReply{Key: "k", Commit: 5, Upto: 5, State: snapshot()})
			}
			l.now += time.Millisecond
			l.node.Tick(l.now)
			l.flush()
			l.sync()
		}
		l.start()
		begins, r := "0", l.app.Apply(quorate.Command{Op: quorate.OpGet, Key: "k"})
		if got := l.told(id(2, 1), wpaxos.P1a{Key: "k", Ballot: b}); strings.Contains(got, "state") {
			begins = got[len(got)-1:]
		}
		seen[fmt.Sprintf("log from %s, value %s", begins, r.Value)]++
	}
	if seen["log from 5, value 1"] > 0 {
		t.Errorf("%v: what was chosen is lost", seen)
	}
	if len(seen) < 2 {
		t.Errorf("%v: no state came while logs were trimmed", seen)
	}
}

// Where something is chosen all the time, nobody waits in vain.
func TestForwardedToABusyOwner(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	b := ballot(5, 2, 1)
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: b})
	l.told(quorate.Route(1), request(9))
	for s := range quorate.Slot(15) {
		l.run(200 * time.Millisecond)
		l.hear(id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: s + 1, Entries: []core.Entry{{Slot: s, Ballot: b, Chosen: true, Commands: commands(100 + uint64(s))}}})
		if got := l.take(); strings.Contains(got, "P1a") {
			t.Fatalf("taken after %v", l.now-time.Hour)
		}
	}
}

// An owner that has answered is asked again, though the news of the commit was lost.
func TestForwardedAgain(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)})
	l.told(quorate.Route(1), request(9))
	l.told(id(2, 1), quorate.Reply{Client: 7, Seq: 9, Status: quorate.Done})
	for range 8 {
		l.run(200 * time.Millisecond)
		l.told(id(2, 1), fetch.Beat{})
	}
	if got := l.told(quorate.Route(1), request(10)); got != "2.1 Request 10" {
		t.Errorf("sent %s", got)
	}
}

// Hits are the owner's.
func TestThiefHasNoHits(t *testing.T) {
	l := newLone(t, wpaxos.Config{Policy: steal.Policy{Kind: steal.Consecutive, N: 9}})
	r := request(1)
	r.Hops = 1
	l.told(id(2, 1), r)
	if n := wpaxos.Hits(l.replica); n != 0 {
		t.Errorf("hits of %d objects", n)
	}
}

// That a request is looked at again is no hit.
func TestRetriesAreNoHits(t *testing.T) {
	l := newLone(t, wpaxos.Config{Residence: 200 * time.Millisecond, Policy: steal.Policy{Kind: steal.Consecutive, N: 3}})
	l.own()
	for seq := uint64(2); seq < 4; seq++ {
		r := request(seq)
		r.Hops = 1
		l.told(id(3, 1), r)
	}
	l.run(3 * time.Second)
	if got := l.take(); strings.Contains(got, "HandOver") {
		t.Errorf("sent %s", got)
	}
}

// The outcomes of a key that nobody writes any more are emptied by its owner, also if
// that has restarted since.
func TestIdleOutcomes(t *testing.T) {
	for _, restart := range []bool{false, true} {
		l := newLone(t, wpaxos.Config{})
		l.own()
		l.run(3 * time.Second) // the log is trimmed
		want := "1.2 P2a 1@1.1 slot 1"
		if restart {
			l.start()
			want = "others P1a 2@1.1 from 1"
		}
		l.take()
		l.run(5 * time.Second)
		if got := l.take(); got != "" {
			t.Errorf("restart %v: too early: %s", restart, got)
		}
		l.run(10 * time.Second)
		if got := l.take(); !strings.Contains(got, want) {
			t.Errorf("restart %v: sent %s, want %s", restart, got, want)
		}
	}
}

// Many keys are trimmed a few at a time, whatever comes meanwhile.
func TestManyTrimmed(t *testing.T) {
	l := newLone(t, wpaxos.Config{Heartbeat: time.Millisecond, Suspect: time.Second, LogLimit: 1})
	b := ballot(5, 2, 1)
	const keys = 1000
	for i := range keys {
		key := fmt.Sprint("k", i)
		c := command(uint64(i) + 1)
		c.Key = key
		l.hear(id(2, 1), wpaxos.P2a{Key: key, Ballot: b, Commands: []quorate.Command{c}})
		l.hear(id(2, 1), wpaxos.P3{Key: key, Ballot: b, Commit: 1})
		if i >= 700 && i%10 == 9 { // a few come after many
			l.run(5 * time.Millisecond)
		}
	}
	l.run(time.Second)
	if n := wpaxos.Awake(l.replica); len(l.disk) != 2*keys || n > 0 {
		t.Errorf("%d records of %d keys, %d are awake", len(l.disk), keys, n)
	}
}
