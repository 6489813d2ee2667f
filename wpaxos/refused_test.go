package wpaxos_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
)

// beats has all members but 1.1 show that they are alive.
func (l *lone) beats() {
	l.t.Helper()
	for zone := 1; zone <= 3; zone++ {
		for node := 1; node <= 3; node++ {
			if zone+node > 2 {
				l.hear(id(zone, node), fetch.Beat{})
			}
		}
	}
}

// A report counts the slots of all keys, those that came with a state, too, and those
// that are trimmed, after a restart as before.
func TestReport(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	for s := range quorate.Slot(4) {
		l.told(id(2, 1), accept(ballot(5, 2, 1), s, s))
	}
	l.told(id(2, 1), wpaxos.P2a{Key: "other", Ballot: ballot(5, 2, 1)})
	l.told(id(2, 1), fetch.CatchupReply{Key: "other", Commit: 10, Upto: 10, State: otherState()})
	check := func(want quorate.Slot) {
		t.Helper()
		if r := l.replica.Report(); r.Executed != want || r.Committed != want || r.Role != "replica" {
			t.Errorf("%+v, want %d executed", r, want)
		}
	}
	check(13) // the last of the first is not known to be chosen
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1), Commit: 4})
	check(14)
	l.run(2500 * time.Millisecond)
	l.start()
	check(14)
}

// otherState is the state of key other after a write.
func otherState() []byte {
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	c := command(3)
	c.Key = "other"
	app.Apply(c)
	return app.Snapshot(nil, "other")
}

// A vote of which nothing more is heard makes nobody wait who asks for the key, though
// the member itself waits for a while before it sees to it.
func TestDanglingHoldsUpNobody(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 1), accept(ballot(5, 2, 1), 0, 0))
	for range 12 {
		l.run(200 * time.Millisecond)
		l.hear(id(2, 1), fetch.Beat{})
	}
	l.run(600 * time.Millisecond)
	if got := l.take(); !strings.Contains(got, "2.1 CatchupRequest 0") || strings.Contains(got, "P1a") {
		t.Fatalf("sent %s", got)
	}
	l.beats()
	l.run(600 * time.Millisecond) // its owner is silent again
	l.take()
	if got := l.told(quorate.Route(1), request(9)); !strings.HasPrefix(got, "others P1a 6@1.1 from 0") {
		t.Errorf("sent %s", got)
	}
}

// While too few members are heard of, requests are refused soon: nothing was executed.
// When they are back, requests are not refused because of what was in vain before.
func TestRefusedUntilTheyAreBack(t *testing.T) {
	for name, before := range map[string]func(l *lone){
		"nothing is known": func(*lone) {},
		"a vote":           func(l *lone) { l.told(id(2, 1), accept(ballot(5, 2, 1), 0, 0)) },
	} {
		l := newLone(t, wpaxos.Config{})
		before(l)
		l.run(time.Second)
		for seq := uint64(1); seq < 12; seq++ {
			l.take()
			l.hear(quorate.Route(1), request(seq))
			l.run(350 * time.Millisecond)
			for _, e := range l.sent {
				if r, ok := e.Msg.(quorate.Reply); ok && (r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonNoQuorum || string(r.Value) != "phase 1 hears nothing of 1.2, 1.3, zone 2, zone 3") {
					t.Errorf("%s: %v, %v: %s", name, r.Status, r.Reason, r.Value)
				}
			}
			if got := l.take(); !strings.Contains(got, "client Reply not executed") {
				t.Errorf("%s: request %d: sent %s", name, seq, got)
			}
		}
		l.beats()
		got := l.told(quorate.Route(1), request(20))
		for range 9 {
			l.run(200 * time.Millisecond)
			l.beats()
		}
		if got += l.take(); !strings.Contains(got, "others P1a") || strings.Contains(got, "Reply") {
			t.Errorf("%s: when they are back: sent %s", name, got)
		}
	}
}

// A vote that dangles is seen to as soon as the first one was, however long that took.
func TestDanglesAnew(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	b := ballot(5, 2, 1)
	pass := func(steps int) string {
		for range steps {
			l.run(100 * time.Millisecond)
			l.hear(id(2, 1), fetch.Beat{})
		}
		return l.take()
	}
	l.told(id(2, 1), accept(b, 0, 0))
	if got := pass(70); strings.Count(got, "CatchupRequest 0") < 2 {
		t.Fatalf("sent %s", got)
	}
	l.told(id(2, 1), accept(b, 1, 1))
	if got := pass(21); !strings.Contains(got, "2.1 CatchupRequest 1") {
		t.Errorf("sent %s", got)
	}
}

// While too few members are heard of, a request tries to take its key once in a while
// only, however many come, for whatever keys; the others are refused at once.
func TestFewTriesInVain(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.run(time.Second)
	tries, refused := map[string]bool{}, 0
	for seq := uint64(1); seq <= 300; seq++ {
		r := request(seq)
		r.Command.Key = fmt.Sprint("k", seq%100)
		l.hear(quorate.Route(1), r)
		l.run(20 * time.Millisecond)
		for _, e := range l.sent {
			switch m := e.Msg.(type) {
			case wpaxos.P1a:
				tries[fmt.Sprint(m.Key, m.Ballot)] = true
			case quorate.Reply:
				refused++
			}
		}
		l.sent = nil
	}
	if len(tries) < 6 || len(tries) > 13 || refused < 285 {
		t.Errorf("in 6 s %d requests began phase 1, and %d were refused", len(tries), refused)
	}
}

// What was forwarded to an owner that fell silent since may be executed, and its client
// hears why nobody else takes the key.
func TestForwardedBeforeTheSilence(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)})
	if got := l.told(quorate.Route(1), request(1)); got != "2.1 Request 1" {
		t.Fatalf("sent %s", got)
	}
	l.run(400 * time.Millisecond)
	l.hear(id(2, 1), fetch.Beat{})
	l.run(450 * time.Millisecond)
	other := request(2)
	other.Command.Key = "other"
	l.hear(quorate.Route(1), other) // the one that is tried in vain
	l.run(100 * time.Millisecond)
	l.sent = nil
	l.run(150 * time.Millisecond)
	for _, e := range l.sent {
		if r, ok := e.Msg.(quorate.Reply); ok && r.Seq == 1 && r.Status == quorate.Unknown && string(r.Value) == "phase 1 hears nothing of 1.2, 1.3, zone 2, zone 3" {
			return
		}
	}
	t.Errorf("sent %s", l.take())
}

// An owner that hears of too few members refuses what comes, since it was not
// executed. What it has proposed it keeps: it is answered when they are back.
func TestOwnerHearsOfTooFew(t *testing.T) {
	l := newLone(t, wpaxos.Config{})
	l.own()
	l.hear(quorate.Route(1), request(2))
	for range 10 {
		l.run(100 * time.Millisecond)
		l.hear(id(2, 1), fetch.Beat{})
		l.hear(id(3, 1), fetch.Beat{})
	}
	if got := l.take(); !strings.Contains(got, "others P2a 1@1.1 slot 1") || strings.Contains(got, "Reply") {
		t.Fatalf("sent %s", got)
	}
	l.hear(quorate.Route(1), request(3))
	again := request(2)
	again.Attempt++
	l.hear(quorate.Route(1), again)
	l.run(time.Second) // both are routed again meanwhile
	for _, e := range l.sent {
		if r, ok := e.Msg.(quorate.Reply); ok && (r.Seq != 3 || r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonNoQuorum ||
			string(r.Value) != "phase 2 hears nothing of 1.2, 1.3, 2.2, 2.3, 3.2, 3.3" && string(r.Value) != "phase 2 hears nothing of 1.2, 1.3, zone 2, zone 3") {
			t.Errorf("%+v: %s", r, r.Value)
		}
	}
	if got := l.take(); strings.Count(got, "Reply") != 1 || strings.Contains(got, "slot 2") {
		t.Errorf("sent %s", got)
	}
	l.beats()
	for _, member := range []quorate.ID{id(1, 2), id(1, 3)} {
		l.hear(member, wpaxos.P2b{Key: "k", Ballot: ballot(1, 1, 1), Slot: 1, OK: true, Promised: ballot(1, 1, 1)})
	}
	if got := l.told(quorate.Route(1), request(4)); !strings.Contains(got, "client Reply done") || !strings.Contains(got, "P2a 1@1.1 slot 2") {
		t.Errorf("when they are back: sent %s", got)
	}
}
