package wpaxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
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
