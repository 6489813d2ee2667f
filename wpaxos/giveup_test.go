package wpaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
)

// TestGivesUpAndTriesAgain: requests that are refused before it is time to try an
// object again do not put that off, however many come.
func TestGivesUpAndTriesAgain(t *testing.T) {
	l := newLone(t, wpaxos.Config{Backoff: 200 * time.Millisecond, GiveUp: 300 * time.Millisecond})
	owner := l.node.Cluster().ID(3) // has begun something, and is silent
	l.told(owner, wpaxos.P2a{Key: "o", Ballot: quorate.NewBallot(1, owner), Commands: []quorate.Command{{Op: quorate.OpNop}}})
	tried, refused := map[quorate.Ballot]bool{}, 0
	for seq := range uint64(300) {
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
