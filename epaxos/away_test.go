package epaxos_test

import (
	"testing"
	"time"

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
