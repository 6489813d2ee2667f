package epaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
)

func never() bool { return false }

// away lets the last of three members be away for so long that the others drop what
// it needs, bounded all the while.
func away(t *testing.T) *world {
	w := newWorld(t, 1, 3, epaxos.Config{TrimStep: 20, Retain: 80, ChunkBytes: 64, Retransmit: 20 * time.Millisecond})
	w.load(3, 1, 50)
	w.crash(w.hosts[2])
	for from := uint64(50); from < 650; from += 100 {
		w.load(2, from, from+100)
		w.settle(300*time.Millisecond, never)
		for _, h := range w.hosts[:2] {
			if n := max(h.replica.Report().Retained, len(h.disk[path+"Vote"])); n > 200 {
				t.Errorf("%v keeps %d instances", h.id, n)
			}
		}
	}
	w.start(w.hosts[2])
	return w
}

// A member that was away for long takes the states of another, and goes on.
func TestAway(t *testing.T) {
	w := away(t)
	if !w.settle(20*time.Second, func() bool { return w.hosts[2].fetched > 0 && w.level() }) {
		t.Fatalf("states came %d times, level %v", w.hosts[2].fetched, w.level())
	}
	w.load(3, 650, 800)
	w.settle(time.Second, never)
	w.crash(w.hosts[2])
	w.start(w.hosts[2])
	w.settle(time.Second, w.level)
	w.checkState(nil, nil)
}

// The states come in many parts. A crash of either side between any two of them does
// no harm.
func TestCrashWhileStatesCome(t *testing.T) {
	for parts := range 8 {
		for victim := range 3 {
			if testing.Short() && (parts+victim)%4 > 0 {
				continue
			}
			w := away(t)
			chunks, done := 0, false
			w.chunk = func() {
				if chunks++; chunks > parts {
					done = true
				}
			}
			if !w.settle(20*time.Second, func() bool { return done || w.hosts[2].fetched > 0 }) {
				t.Fatal("no states come")
			}
			w.crash(w.hosts[victim])
			w.settle(500*time.Millisecond, never) // who is left gives up, and asks another
			w.start(w.hosts[victim])
			if !w.settle(30*time.Second, func() bool { return w.hosts[2].fetched > 0 && w.level() }) {
				t.Errorf("%v crashed after %d parts: states came %d times, level %v", w.hosts[victim].id, parts, w.hosts[2].fetched, w.level())
			}
			w.chunk = nil
			w.load(3, 650, 660)
			w.settle(time.Second, w.level)
			w.checkState(nil, nil)
		}
	}
}

// A member comes back, and the others go on all the while: what it needs is dropped
// again while the states come, in many parts. It must hear of what is decided meanwhile,
// or it would begin again for ever.
func TestBackUnderLoad(t *testing.T) {
	for _, keys := range []uint64{7, 60, 400} {
		w := newWorld(t, 1, 3, epaxos.Config{TrimStep: 20, Retain: 80, ChunkBytes: 64, Retransmit: 20 * time.Millisecond})
		seq, done := uint64(0), 0
		w.answer = func(r quorate.Reply) {
			if r.Status == quorate.Done {
				done++
			}
		}
		work := func(n int) {
			for range n {
				seq++
				c := quorate.Command{Client: 3, Seq: seq, Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", seq%keys), Value: fmt.Append(nil, seq)}
				w.request(w.hosts[seq%2], c)
				w.labour(2*time.Millisecond, 12, never)
			}
		}
		work(50)
		w.crash(w.hosts[2])
		work(500)
		w.start(w.hosts[2])
		lag, most := 1, 0
		for rounds := 0; rounds < 30 || lag > 20 && rounds < 400; rounds++ {
			work(10)
			for _, h := range w.hosts[:2] {
				most = max(most, h.replica.Report().Retained)
			}
			lag = 0
			for key, order := range w.orders {
				if at := w.hosts[2].done(key); at < len(order) {
					lag += len(order) - max(at, 0)
				}
			}
		}
		t.Logf("%d keys: states came %d times, it lags %d behind, at most %d instances", keys, w.hosts[2].fetched, lag, most)
		if w.hosts[2].fetched == 0 || w.hosts[2].fetched > 3 || lag > 20 || most > 400 {
			t.Errorf("%d keys: states came %d times, it lags %d behind; there were %d instances", keys, w.hosts[2].fetched, lag, most)
		}
		w.settle(time.Second, func() bool { return done == int(seq) && w.level() })
		w.checkState(nil, nil)
		if done != int(seq) {
			t.Errorf("%d of %d were answered", done, seq)
		}
	}
}
