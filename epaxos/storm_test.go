package epaxos_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
)

// labour runs w without faults for d, or until done. A member takes in only so many
// messages in a millisecond; the others wait, however many they are. It returns how
// many were taken in.
func (w *world) labour(d time.Duration, each int, done func() bool) (taken int) {
	inbox := map[quorate.ID][]quorate.Envelope{}
	for end := w.now + d; w.now < end && !done(); w.now += time.Millisecond {
		for _, e := range w.flying {
			inbox[e.To] = append(inbox[e.To], e)
		}
		w.flying = nil
		for _, h := range w.hosts {
			waiting := inbox[h.id]
			n := min(each, len(waiting))
			w.flying, inbox[h.id] = append(waiting[:n:n], w.flying...), waiting[n:]
			for range n {
				w.deliver(0)
			}
			taken += n
			w.tick(h)
			w.sync(h)
		}
	}
	return taken
}

// storm lets all of n members propose window instances each of which all hear, and
// nobody gets an answer; then the power fails. It returns how many messages it takes
// until all is committed everywhere, if that happens.
func storm(t *testing.T, n, window, each int, wait time.Duration) (messages int, done bool) {
	w := newWorld(t, 1, n, epaxos.Config{Window: window, Batch: 1, Patience: wait, Retransmit: wait})
	for seq := range window {
		for i, h := range w.hosts {
			w.request(h, quorate.Command{Client: quorate.Client(i + 1), Seq: uint64(seq + 1), Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", seq%3)})
			for range 3 {
				w.sync(h)
				w.flying = slices.DeleteFunc(w.flying, func(e quorate.Envelope) bool {
					_, asks := e.Msg.(epaxos.PreAccept)
					return !asks && e.To != h.id
				})
				for len(w.flying) > 0 {
					w.deliver(0)
				}
				w.tick(h)
			}
			for _, h := range w.hosts {
				w.tick(h)
				w.sync(h)
			}
			w.flying = nil
		}
	}
	for _, h := range w.hosts {
		w.crash(h)
	}
	for _, h := range w.hosts {
		w.start(h)
	}
	left := n * n * window
	w.watch = func(_ *host, e quorate.Event) {
		if _, ok := e.(quorate.Chosen); ok {
			left--
		}
	}
	messages = w.labour(20*time.Second, each, func() bool { return left == 0 })
	return messages, left == 0
}

// After a power failure all members recover what was under way at all of them, and
// they are slow. What they ask each other must not keep them from answering.
func TestStorm(t *testing.T) {
	for _, tc := range []struct {
		n, each int // messages that a member takes in in a millisecond
		wait    time.Duration
	}{
		{3, 1, 30 * time.Millisecond},
		{5, 1, 100 * time.Millisecond},
		{7, 4, 30 * time.Millisecond},
	} {
		const window = 64
		messages, done := storm(t, tc.n, window, tc.each, tc.wait)
		// Of a recovery all hear three times, answer twice, and ask once before: that
		// is 6(n-1) messages. Most instances are begun by two members or three.
		if most := 18 * (tc.n - 1) * tc.n * window; !done || messages > most {
			t.Errorf("%d members: %d messages for %d instances, want at most %d; done %v", tc.n, messages, tc.n*window, most, done)
		}
		t.Logf("%d members: %d messages, %d an instance", tc.n, messages, messages/tc.n/window)
	}
}
