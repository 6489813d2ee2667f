package wpaxos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/steal"
)

// What an acceptor answers, by what it has promised and by what it is asked.
func TestAcceptor(t *testing.T) {
	b := ballot(5, 2, 1)
	before := func(l *lone) {
		l.told(id(2, 1), accept(b, 0, 0))
		l.told(id(2, 1), accept(b, 1, 1)) // slot 0 is chosen, 1 is not known to be
	}
	for _, tc := range []struct {
		name string
		from quorate.ID
		m    any
		want string
	}{
		{"phase 1, lower", id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(4, 3, 1)}, "3.1 P1b no 5@2.1"},
		{"phase 1, the same again", id(2, 1), wpaxos.P1a{Key: "k", Ballot: b}, "2.1 P1b yes 5@2.1 0! 1"},
		{"phase 1, higher", id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(5, 3, 1)}, "3.1 P1b yes 5@3.1 0! 1"},
		{"phase 1, from a later slot", id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(6, 3, 1), From: 1}, "3.1 P1b yes 6@3.1 1"},
		{"phase 1, of another key", id(3, 1), wpaxos.P1a{Key: "other", Ballot: ballot(1, 3, 1)}, "3.1 P1b yes 1@3.1"},
		{"phase 1, another's ballot", id(3, 2), wpaxos.P1a{Key: "k", Ballot: ballot(6, 3, 1)}, ""},
		{"phase 2, lower", id(3, 1), accept(ballot(4, 3, 1), 1, 0), "3.1 P2b no 5@2.1"},
		{"phase 2, chosen", id(2, 1), accept(b, 0, 0), "2.1 P2b yes 5@2.1 slot 0"},
		{"phase 2, the same again", id(2, 1), accept(b, 1, 0), "2.1 P2b yes 5@2.1 slot 1"},
		{"phase 2, next", id(2, 1), accept(b, 2, 0), "2.1 P2b yes 5@2.1 slot 2"},
		{"phase 2, higher", id(3, 1), accept(ballot(6, 3, 1), 1, 0), "3.1 P2b yes 6@3.1 slot 1"},
		{"phase 2, too far ahead", id(2, 1), accept(b, 500, 400), "2.1 CatchupRequest 1"},
		{"phase 2, another's ballot", id(3, 1), accept(b, 2, 0), ""},
		{"commits, another's ballot", id(3, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 7}, ""},
		{"commits it lacks", id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 7}, "2.1 CatchupRequest 2"},
		{"commits under a ballot it has not accepted under", id(3, 1), wpaxos.P3{Key: "k", Ballot: ballot(6, 3, 1), Commit: 2}, "3.1 CatchupRequest 1"},
		{"it has less than another", id(3, 3), fetch.Beat{Heads: []fetch.Head{{Key: "k", Commit: 3}}}, "3.3 CatchupRequest 1"},
		{"it has as much", id(3, 3), fetch.Beat{Heads: []fetch.Head{{Key: "k", Commit: 1}}}, ""},
		{"a hint of who does not own the key", id(2, 2), wpaxos.HandOver{Key: "k", Ballot: b}, ""},
		{"a hint under a ballot of before", id(2, 1), wpaxos.HandOver{Key: "k", Ballot: ballot(4, 2, 1)}, ""},
		{"a hint for a key that is unknown", id(2, 1), wpaxos.HandOver{Key: "x", Ballot: b}, ""},
		{"a hint for nothing", 0, wpaxos.HandOver{Key: "x"}, ""},
		{"a hint", id(2, 1), wpaxos.HandOver{Key: "k", Ballot: b}, "others P1a 6@1.1 from 1"},
		{"a promise nobody asked for", id(2, 1), wpaxos.P1b{Key: "k", Ballot: b, OK: true}, ""},
		{"a vote nobody asked for", id(2, 1), wpaxos.P2b{Key: "k", Ballot: b, OK: true}, ""},
	} {
		l := newLone(t, wpaxos.Config{})
		before(l)
		if tc.from == 0 {
			tc.from = id(2, 1)
		}
		if got := l.told(tc.from, tc.m); got != tc.want {
			t.Errorf("%s: answers %q, want %q", tc.name, got, tc.want)
		}
	}
}

// No answer that binds leaves before what it says is on disk, and after a restart it
// is still so.
func TestDurableBeforeVisible(t *testing.T) {
	b := ballot(5, 2, 1)
	for _, tc := range []struct {
		name, answer, then string
		m, again           any
	}{
		{"promise", "2.1 P1b yes 5@2.1", "3.1 P1b no 5@2.1", wpaxos.P1a{Key: "k", Ballot: b}, wpaxos.P1a{Key: "k", Ballot: ballot(4, 3, 1)}},
		{"vote", "2.1 P2b yes 5@2.1 slot 0", "3.1 P1b yes 6@3.1 0", accept(b, 0, 0), wpaxos.P1a{Key: "k", Ballot: ballot(6, 3, 1)}},
		{"promise of a vote", "2.1 P2b yes 5@2.1 slot 0", "3.1 P2b no 5@2.1", accept(b, 0, 0), accept(ballot(4, 3, 1), 1, 0)},
	} {
		l := newLone(t, wpaxos.Config{})
		l.hear(id(2, 1), tc.m)
		if got := l.take(); got != "" {
			t.Errorf("%s: sent %s before it was on disk", tc.name, got)
		}
		l.sync()
		if got := l.take(); got != tc.answer {
			t.Errorf("%s: answered %s, want %s", tc.name, got, tc.answer)
		}
		l.start()
		if got := l.told(id(3, 1), tc.again); got != tc.then {
			t.Errorf("%s: after a restart %s, want %s", tc.name, got, tc.then)
		}
	}
	l := newLone(t, wpaxos.Config{})
	l.hear(quorate.Route(1), request(1))
	if got := l.take(); got != "" {
		t.Errorf("a thief sent %s before its ballot was on disk", got)
	}
}

// Whom a request goes to.
func TestRoute(t *testing.T) {
	follow := func(l *lone) { l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)}) }
	near := func(l *lone) { l.told(id(1, 2), wpaxos.P3{Key: "k", Ballot: ballot(5, 1, 2)}) }
	for _, tc := range []struct {
		name   string
		policy string
		before func(l *lone)
		want   string
	}{
		{"nobody owns it", "null", func(*lone) {}, "others P1a 1@1.1 from 0"},
		{"it is owned here", "null", (*lone).own, "1.2 P2a 1@1.1 slot 1, 1.3 P2a 1@1.1 slot 1"},
		{"somebody owns it", "null", follow, "2.1 Request 9"},
		{"its owner is silent", "null", func(l *lone) { follow(l); l.run(time.Second); l.take() }, "others P1a 6@1.1 from 0"},
		{"it was owned here before a restart", "null", func(l *lone) { l.own(); l.start() }, "others P1a 2@1.1 from 0"},
		{"it has just changed hands", "immediate", follow, "2.1 Request 9"},
		{"another zone owns it for a while", "immediate", func(l *lone) {
			follow(l)
			l.run(990 * time.Millisecond)
			l.told(id(2, 1), fetch.Beat{})
			l.run(20 * time.Millisecond)
			l.take()
		}, "others P1a 6@1.1 from 0"},
		{"this zone owns it", "immediate", func(l *lone) {
			near(l)
			l.run(990 * time.Millisecond)
			l.told(id(1, 2), fetch.Beat{})
			l.run(20 * time.Millisecond)
			l.take()
		}, "1.2 Request 9"},
	} {
		p, err := steal.Parse(tc.policy)
		if err != nil {
			t.Fatal(err)
		}
		l := newLone(t, wpaxos.Config{Policy: p})
		tc.before(l)
		if got := l.told(quorate.Route(1), request(9)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// An owner that answers nothing is not waited for, though it is alive.
func TestForwardedInVain(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)})
	l.told(quorate.Route(1), request(9))
	for range 9 {
		l.run(200 * time.Millisecond)
		l.hear(id(2, 1), fetch.Beat{})
		if strings.Contains(l.take(), "others P1a 6@1.1") {
			if l.now < time.Hour+time.Second {
				t.Errorf("taken after %v", l.now-time.Hour)
			}
			return
		}
	}
	t.Error("it is waited for")
}

// A value that is chosen beyond a gap, of a key whose owner is unknown: nobody is
// asked who does not exist.
func TestGapWithoutOwner(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 2), fetch.Beat{Heads: []fetch.Head{{Key: "k", Commit: 1}}})
	l.told(id(2, 2), fetch.CatchupReply{Key: "k", Entries: []core.Entry{{Slot: 2, Ballot: ballot(1, 2, 1), Chosen: true, Commands: commands(1)}}})
	for range 200 {
		l.run(50 * time.Millisecond)
		if got := l.take(); strings.Contains(got, "0.0") {
			t.Fatalf("sent %s", got)
		} else if strings.Contains(got, "P1a") {
			return
		}
	}
	t.Error("nobody sees to it")
}

// What an owner counts, and what it does not.
func TestOwnerCounts(t *testing.T) {
	b := ballot(1, 1, 1)
	for _, tc := range []struct {
		name string
		from quorate.ID
		m    wpaxos.P2b
		want string
	}{
		{"a vote in the zone", id(1, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: 1, OK: true}, "client Reply done"},
		{"a vote of another zone", id(2, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: 1, OK: true}, ""},
		{"a refusal", id(1, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: 1, Promised: b}, ""},
		{"a vote under another ballot", id(1, 2), wpaxos.P2b{Key: "k", Ballot: ballot(2, 1, 1), Slot: 1, OK: true}, ""},
		{"a vote for another slot", id(1, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: 0, OK: true}, ""},
		{"a refusal under a higher promise", id(1, 2), wpaxos.P2b{Key: "k", Ballot: b, Slot: 1, Promised: ballot(2, 3, 1)}, "3.1 Request 2"},
	} {
		l := newLone(t, wpaxos.Config{})
		l.own()
		l.told(quorate.Route(1), request(2))
		if got := l.told(tc.from, tc.m); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// What a thief counts, and what it does with what it is told.
func TestThiefCounts(t *testing.T) {
	b := ballot(1, 1, 1)
	yes := func(p core.Promise) wpaxos.P1b {
		return wpaxos.P1b{Key: "k", Ballot: b, OK: true, Promised: b, Promise: p}
	}
	entries := core.Promise{Next: 1, Entries: []core.Entry{{Ballot: ballot(0, 2, 1), Commands: commands(5)}}}
	for _, tc := range []struct {
		name string
		last wpaxos.P1b // of 3.2, the others have promised
		want string
	}{
		{"nothing is known", yes(core.Promise{}), "1.2 P2a 1@1.1 slot 0, 1.3 P2a 1@1.1 slot 0"},
		{"a value was accepted", yes(entries), "1.2 P2a 1@1.1 slot 0, 1.2 P2a 1@1.1 slot 1, 1.3 P2a 1@1.1 slot 0, 1.3 P2a 1@1.1 slot 1"},
		{"a part of a promise", yes(core.Promise{Next: 1, More: true, Entries: entries.Entries}), "3.2 P1a 1@1.1 from 1"},
		{"a state", wpaxos.P1b{Key: "k", Ballot: b, OK: true, Upto: 4, State: snapshot(), Promise: core.Promise{From: 4, Next: 4, Base: 4}},
			"1.2 P2a 1@1.1 slot 4, 1.3 P2a 1@1.1 slot 4"},
		{"a state that does not fit", yes(core.Promise{From: 4, Next: 4, Base: 4}), "3.2 CatchupRequest 0"},
		{"under another ballot", wpaxos.P1b{Key: "k", Ballot: ballot(2, 1, 1), OK: true}, ""},
		{"a refusal", wpaxos.P1b{Key: "k", Ballot: b, Promised: b}, ""},
		{"a refusal under a higher promise", wpaxos.P1b{Key: "k", Ballot: b, Promised: ballot(3, 2, 1)}, "2.1 Request 1"},
	} {
		l := newLone(t, wpaxos.Config{})
		l.told(quorate.Route(1), request(1))
		for _, from := range []quorate.ID{id(1, 2), id(2, 1), id(2, 2), id(3, 1), id(3, 1)} {
			if got := l.told(from, yes(core.Promise{})); strings.Contains(got, "P2a") {
				t.Fatalf("it proposes without a quorum: %s", got)
			}
		}
		if got := l.told(id(3, 2), tc.last); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// snapshot is the state of key k after a write.
func snapshot() []byte {
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	app.Apply(command(3))
	return app.Snapshot(nil, "k")
}

// A log that is trimmed is reported as the state that it left, on the same disk too.
func TestTrimmed(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	b := ballot(5, 2, 1)
	for s := range quorate.Slot(4) {
		l.told(id(2, 1), accept(b, s, s))
	}
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 4})
	if len(l.disk) != 5 {
		t.Errorf("%d records: want a promise and four votes", len(l.disk))
	}
	l.run(2500 * time.Millisecond)
	if len(l.disk) != 2 {
		t.Errorf("%d records: want a state and where the log begins", len(l.disk))
	}
	for range 2 {
		l.take()
		if got := l.told(id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(4, 3, 1)}); got != "3.1 P1b no 5@2.1" {
			t.Errorf("the promise is gone: %s", got)
		}
		if got := l.told(id(2, 1), wpaxos.P1a{Key: "k", Ballot: b, From: 2}); got != "2.1 P1b yes 5@2.1 state 4" {
			t.Errorf("reports %s", got)
		}
		if r := l.app.Apply(quorate.Command{Op: quorate.OpGet, Key: "k"}); r.Version != 4 {
			t.Errorf("version %d", r.Version)
		}
		l.start()
	}
	l.told(id(2, 1), accept(b, 4, 4))
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 5})
	if got := l.told(id(2, 1), wpaxos.P1a{Key: "k", Ballot: b, From: 2}); got != "2.1 P1b yes 5@2.1 state 5" {
		t.Errorf("reports %s", got)
	}
}

// A vote of which nothing more is heard: its owner is asked, and if that is away the
// object is taken. Each member waits for a while, so that not all do it at once.
func TestDangling(t *testing.T) {
	for _, alive := range []bool{true, false} {
		l := newLone(t, wpaxos.Config{})
		l.told(id(2, 1), accept(ballot(5, 2, 1), 0, 0))
		var asked, taken time.Duration
		for since := time.Duration(0); since < 12*time.Second && taken == 0; since += 50 * time.Millisecond {
			l.run(50 * time.Millisecond)
			if alive {
				l.hear(id(2, 1), fetch.Beat{})
			}
			got := l.take()
			if strings.Contains(got, "2.1 CatchupRequest 0") && asked == 0 {
				asked = since
			}
			if strings.Contains(got, "others P1a 6@1.1 from 0") {
				taken = since
			}
		}
		if alive && (asked < 900*time.Millisecond || asked > 2100*time.Millisecond || taken > 0 && taken < 5*time.Second) {
			t.Errorf("its owner is alive: asked after %v, taken after %v", asked, taken)
		}
		if !alive && (asked > 0 || taken < 2*time.Second) {
			t.Errorf("its owner is away: asked after %v, taken after %v", asked, taken)
		}
	}
}

// A thief that was overtaken waits before it tries again.
func TestBackOff(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)})
	l.run(time.Second) // whoever owned it is silent, and so is 3.1
	for _, id := range []quorate.ID{id(1, 2), id(1, 3), id(2, 2), id(2, 3), id(3, 2), id(3, 3)} {
		l.hear(id, fetch.Beat{})
	}
	l.take()
	if got := l.told(quorate.Route(1), request(9)); got != "others P1a 6@1.1 from 0" {
		t.Fatalf("sent %s", got)
	}
	if got := l.told(id(2, 2), wpaxos.P1b{Key: "k", Ballot: ballot(6, 1, 1), Promised: ballot(7, 3, 1)}); got != "" {
		t.Errorf("at once: %s", got)
	}
	l.run(40 * time.Millisecond)
	if got := l.take(); got != "" {
		t.Errorf("too early: %s", got)
	}
	l.run(200 * time.Millisecond)
	if got := l.take(); !strings.HasPrefix(got, "others P1a 8@1.1 from 0") {
		t.Errorf("later: %s", got)
	}
	if got := l.promised(ballot(8, 1, 1)); got != "1.2 P2a 8@1.1 slot 0, 1.3 P2a 8@1.1 slot 0" {
		t.Errorf("in the end: %q", got)
	}

	l.run(600 * time.Millisecond)
	l.told(id(1, 2), wpaxos.P2b{Key: "k", Ballot: ballot(8, 1, 1), Slot: 0, Promised: ballot(9, 2, 2)}) // its owner is silent
	l.run(5 * time.Millisecond)
	l.take()
	if got := l.told(id(3, 3), wpaxos.P3{Key: "k", Ballot: ballot(9, 3, 3)}); got != "3.3 Request 9" {
		t.Errorf("somebody owns it who is alive: %q", got)
	}
	l.run(300 * time.Millisecond)
	if got := l.take(); strings.Contains(got, "P1a") {
		t.Errorf("it is taken all the same: %s", got)
	}
}

// A state that fits no message is not part of a promise: it must be fetched.
func TestLargeStateInPromise(t *testing.T) {
	l := newLone(t, wpaxos.Config{ChunkBytes: 10})
	b := ballot(5, 2, 1)
	l.told(id(2, 1), accept(b, 0, 0))
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: b, Commit: 1})
	l.run(2500 * time.Millisecond)
	l.take()
	l.hear(id(3, 1), wpaxos.P1a{Key: "k", Ballot: ballot(6, 3, 1)})
	l.sync()
	for _, e := range l.sent {
		if m, ok := e.Msg.(wpaxos.P1b); ok && (m.Upto != 0 || len(m.State) > 0 || m.Promise.Base != 1 || !m.OK) {
			t.Errorf("promises %+v", m)
		}
	}
	if got := l.take(); got != "3.1 P1b yes 6@3.1" {
		t.Errorf("sent %s", got)
	}
}

// A promise to itself counts when it is on disk, though no other is needed.
func TestAlone(t *testing.T) {
	elected := false
	c := members(t, 1)
	w := newWorld(t, c, 1, wpaxos.Config{}, func(_ quorate.ID, e quorate.Event) {
		if _, ok := e.(quorate.Elected); ok {
			elected = true
		}
	})
	if err := w.HoldSync(c.ID(0), true); err != nil {
		t.Fatal(err)
	}
	if err := w.Request(c.ID(0), put(1, 1, "X", w.Now())); err != nil {
		t.Fatal(err)
	}
	if elected {
		t.Error("elected before its promise is on disk")
	}
	if err := w.Sync(c.ID(0)); err != nil || !elected {
		t.Errorf("elected %v, %v", elected, err)
	}
	if len(w.Answers()) != 0 {
		t.Error("answered before its vote is on disk")
	}
	if err := w.Sync(c.ID(0)); err != nil || len(w.Answers()) != 1 {
		t.Errorf("%d answers, %v", len(w.Answers()), err)
	}
}
