package wpaxos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/near"
)

// wide lets 1.1 measure that answers of the other zones take so long, and hear of all
// members then.
func (l *lone) wide(trip time.Duration) {
	l.t.Helper()
	for range 30 {
		at := time.Duration(-1)
		for since := l.now; at < 0; {
			if l.now > since+2*time.Second {
				l.t.Fatal("nobody is asked how far it is")
			}
			l.run(5 * time.Millisecond)
			for _, e := range l.sent {
				if p, ok := e.Msg.(near.Ping); ok {
					at = p.At
				}
			}
			l.take()
		}
		l.hear(id(1, 2), near.Pong{At: at})
		l.hear(id(1, 3), near.Pong{At: at})
		l.run(trip - 5*time.Millisecond)
		for z := 2; z <= 3; z++ {
			for n := 1; n <= 3; n++ {
				l.hear(id(z, n), near.Pong{At: at})
			}
		}
		l.alive(0)
	}
	l.run(150 * time.Millisecond)
	l.alive(0)
	l.take()
}

// alive is a sign of life from every member but those of a zone.
func (l *lone) alive(silent int) {
	for z := 1; z <= 3; z++ {
		if z == silent {
			continue
		}
		for n := 1; n <= 3; n++ {
			if z+n > 2 {
				l.hear(id(z, n), fetch.Beat{})
			}
		}
	}
}

// ask is a client's request for k.
func (l *lone) ask() {
	r := request(1)
	r.Command.Issued = l.now
	l.told(quorate.Route(1), r)
	l.take()
}

// until lets time pass, with all members alive, until something is sent that has
// text in it, and returns after how long; 0 if never.
func (l *lone) until(text string) time.Duration {
	for since := l.now; l.now < since+20*time.Second; {
		l.run(10 * time.Millisecond)
		l.alive(0)
		if strings.Contains(l.take(), text) {
			return l.now - since
		}
	}
	return 0
}

// TestWide: where answers take 600 ms, nobody asks again, gives up or tries again
// before they can be here.
func TestWide(t *testing.T) {
	const ms = time.Millisecond
	follow := func(l *lone, _ time.Duration) {
		l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1)})
		l.ask()
		l.take()
	}
	for _, tc := range []struct {
		name   string
		begin  func(l *lone, trip time.Duration)
		sent   string
		within [2]time.Duration
		near   [2]time.Duration // where all are in one data centre
	}{
		{"phase 1 is asked for again", func(l *lone, trip time.Duration) { l.ask() }, "P1a", [2]time.Duration{750 * ms, 900 * ms}, [2]time.Duration{100 * ms, 200 * ms}},
		{"and again", func(l *lone, _ time.Duration) { l.ask(); l.until("P1a") }, "P1a", [2]time.Duration{1500 * ms, 1700 * ms}, [2]time.Duration{200 * ms, 300 * ms}},
		{"phase 1 is given up", func(l *lone, trip time.Duration) { l.ask() }, "client Reply", [2]time.Duration{4500 * ms, 5500 * ms}, [2]time.Duration{2000 * ms, 2500 * ms}},
		{"phase 2 is asked for again", func(l *lone, trip time.Duration) {
			l.ask()
			l.run(trip / 2)
			l.alive(0)
			l.run(trip / 2)
			l.take()
			l.promised(ballot(1, 1, 1))
		}, "others P2a", [2]time.Duration{750 * ms, 900 * ms}, [2]time.Duration{100 * ms, 200 * ms}},
		{"an owner answers nothing", follow, "others P1a", [2]time.Duration{2400 * ms, 3000 * ms}, [2]time.Duration{1000 * ms, 1700 * ms}},
		{"it was overtaken, by a silent one", func(l *lone, _ time.Duration) {
			l.ask()
			l.run(300 * ms)
			l.alive(3)
			l.run(300 * ms)
			l.told(id(1, 2), wpaxos.P1b{Key: "k", Ballot: ballot(1, 1, 1), Promised: ballot(2, 3, 1)})
			l.take()
		}, "others P1a", [2]time.Duration{300 * ms, 800 * ms}, [2]time.Duration{50 * ms, 200 * ms}},
		{"what is missing is asked for again", func(l *lone, _ time.Duration) {
			l.told(id(2, 1), wpaxos.P3{Key: "k", Ballot: ballot(5, 2, 1), Commit: 7})
			l.take()
		}, "2.1 CatchupRequest", [2]time.Duration{750 * ms, 900 * ms}, [2]time.Duration{100 * ms, 200 * ms}},
		{"nobody says what became of a vote", func(l *lone, _ time.Duration) {
			l.told(id(2, 1), accept(ballot(5, 2, 1), 0, 0))
			l.take()
		}, "2.1 CatchupRequest", [2]time.Duration{2400 * ms, 5000 * ms}, [2]time.Duration{1000 * ms, 2100 * ms}},
	} {
		for _, trip := range []time.Duration{600 * ms, 5 * ms} {
			c := members(t, 3, 3, 3)
			l := newLone(t, wpaxos.Config{Quorums: zones(t, c, 1, 1), Thrifty: true})
			l.wide(trip)
			tc.begin(l, trip)
			want := tc.near
			if trip > 100*ms {
				want = tc.within
			}
			if got := l.until(tc.sent); got < want[0] || got > want[1] {
				t.Errorf("%s: trips take %v: after %v, want %v to %v", tc.name, trip, got, want[0], want[1])
			}
		}
	}
}
