package epaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/keep"
)

// A member that was down or cut off while the others decided thousands of instances is
// level with them within a second, though they go on, and is told little twice.
func TestBehind(t *testing.T) {
	const lag = 400 // of two instances a millisecond
	for _, down := range []bool{true, false} {
		if testing.Short() && !down {
			continue
		}
		w := newWorld(t, 1, 3, epaxos.Config{})
		last, seq := w.hosts[2], uint64(0)
		work := func(d time.Duration, done func() bool) {
			for end := w.now + d; w.now < end && !done(); {
				for range 2 {
					seq++
					c := quorate.Command{Client: 3, Seq: seq, Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", seq%100)}
					w.request(w.hosts[seq%2], c)
				}
				w.labour(time.Millisecond, 500, never)
			}
		}
		work(100*time.Millisecond, never)
		if down {
			w.crash(last)
		}
		commits, questions, away := 0, 0, true
		w.cut = func(from, to quorate.ID) bool { return away && (from == last.id || to == last.id) }
		work(1500*time.Millisecond, never)
		away = false
		w.sent = func(e quorate.Envelope) {
			switch e.Msg.(type) {
			case epaxos.Commit:
				if e.To == last.id {
					commits++
				}
			case keep.Missing:
				questions++
			}
		}
		if down {
			w.start(last)
		}
		missed, back := w.hosts[0].replica.Report().Executed, w.now
		if got := last.replica.Report().Executed; got+2000 > missed {
			t.Fatalf("it has %d of %d", got, missed)
		}
		work(time.Second, func() bool {
			return last.replica.Report().Executed+lag >= w.hosts[0].replica.Report().Executed
		})
		took, a, b := w.now-back, w.hosts[0].replica.Report(), last.replica.Report()
		t.Logf("down %v: of %d, %d lag %d behind after %v, with %d commits and %d questions", down, missed, a.Executed, a.Executed-b.Executed, took, commits, questions)
		if a.Executed > b.Executed+lag {
			t.Errorf("down %v: it has executed %d of %d after %v", down, b.Executed, a.Executed, took)
		}
		if most := 4 * int(a.Executed) / 3; commits > most || questions > 40 {
			t.Errorf("down %v: it was sent %d commits for %d questions, at most %d are wanted", down, commits, questions, most)
		}
		questions = 0
		work(500*time.Millisecond, never)
		if questions > 20 {
			t.Errorf("down %v: it goes on to ask, %d times", down, questions)
		}
		w.settle(time.Second, w.level)
		w.checkState(nil, nil)
	}
}
