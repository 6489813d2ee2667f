package wpaxos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
)

// TestGivesUpAndTriesAgain: requests that are refused before it is time to try an
// object again do not put that off, however many come. The members are alive and do not
// answer, but for the owner.
func TestGivesUpAndTriesAgain(t *testing.T) {
	l := newLone(t, wpaxos.Config{Backoff: 200 * time.Millisecond, GiveUp: 300 * time.Millisecond})
	owner := l.node.Cluster().ID(3) // has begun something, and is silent
	l.told(owner, wpaxos.P2a{Key: "o", Ballot: quorate.NewBallot(1, owner), Commands: []quorate.Command{{Op: quorate.OpNop}}})
	tried, refused := map[quorate.Ballot]bool{}, 0
	for seq := range uint64(300) {
		for zone := 1; zone <= 3; zone++ {
			for node := 1; node <= 3; node++ {
				if m := id(zone, node); m != owner && m != l.node.ID() {
					l.hear(m, fetch.Beat{})
				}
			}
		}
		request := get(1, seq+1)
		request.Command.Issued = l.now
		l.hear(quorate.Route(1), request)
		l.run(100 * time.Millisecond)
		for _, e := range l.sent {
			switch m := e.Msg.(type) {
			case wpaxos.P1a:
				tried[m.Ballot] = true
			case quorate.Reply:
				refused++
			}
		}
		l.sent = nil
	}
	// 200 ms, doubled four times, and once more by chance, is 6.4 s.
	if len(tried) < 7 || refused < 280 {
		t.Errorf("in 30 s %d ballots were tried, and %d requests refused", len(tried), refused)
	}
}

// An owner that is alive, and does not say in the end what became of a slot, has lost it.
func TestDanglesForLong(t *testing.T) {
	l := newLone(t, wpaxos.Config{Patience: 50 * time.Millisecond})
	l.told(id(2, 1), accept(ballot(5, 2, 1), 0, 0))
	l.take()
	var asked, taken int
	for range 50 { // looks are 50 ms apart, doubled three times, and once more by chance: 1.5 s
		l.run(100 * time.Millisecond)
		l.hear(id(2, 1), fetch.Beat{})
		got := l.take()
		asked += strings.Count(got, "2.1 CatchupRequest 0")
		taken += strings.Count(got, "others P1a 6@1.1 from 0")
	}
	if asked < 3 || taken == 0 {
		t.Errorf("its owner is asked %d times, and the object is taken %d times", asked, taken)
	}
}

// A thief whose phase 1 counts on a member that has lost its disk begins anew, before its
// requests are looked at again.
func TestBeginsAnewWithoutTheLost(t *testing.T) {
	c := members(t, 3, 3, 3)
	cfg := wpaxos.Config{Quorums: zones(t, c, 0, 1)}
	w, err := script.NewWorld(script.Config{Cluster: c, Seed: 1, Identities: true,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return wpaxos.New(n, app, cfg) },
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
		}})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.Crash(id(2, 1)))
	must(w.RestartEmpty(id(2, 1)))
	w.Run(100 * time.Millisecond)
	w.Hold(script.Match{Pattern: "P1b"})
	must(w.Request(id(1, 1), put(1, 1, "X", w.Now())))
	w.Run(20 * time.Millisecond)
	must(w.Admit(id(2, 1)))
	w.Run(80 * time.Millisecond)
	if d := wpaxos.Describe(w.Replica(id(1, 1)).(*wpaxos.Replica)); !strings.HasPrefix(d, "o promised 2@1.1") {
		t.Error(d)
	}
}
