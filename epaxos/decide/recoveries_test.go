package decide_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// There are the more recoveries the more are decided, and half as many when answers
// are late, though once in a while only; one there is always room for.
func TestRoom(t *testing.T) {
	var s decide.Recoveries
	number := uint64(0)
	begin := func(n int) {
		for range n {
			s.Begin(decide.NewRecovery(decide.Quorums{Size: 3, F: 1, E: 1}, core.ID{Number: number}, quorate.NewBallot(1, 1)))
			number++
		}
	}
	want := func(what string, room int) {
		t.Helper()
		if got := s.Room(); got != room {
			t.Errorf("%s: room for %d, want %d", what, got, room)
		}
	}
	want("in the beginning", 4)
	begin(4)
	want("with four", 0)
	s.End(core.ID{Number: 0})
	want("when one is given up", 1)
	s.Decided(core.ID{Number: 1})
	want("when one is decided", 3)
	s.Decided(core.ID{Number: 1})
	s.Decided(core.ID{Number: 99})
	want("when others are decided", 3)
	late := func(now time.Duration, id uint64) {
		t.Helper()
		r := s.Get(core.ID{Number: id})
		r.Wait = 100
		if s.Repeat(r, now-1) || !s.Repeat(r, now) {
			t.Errorf("the question is not asked again at %d", now)
		}
	}
	late(100, 2)
	want("when an answer is late", 0)
	s.End(core.ID{Number: 3})
	want("with one under way", 1)
	late(300, 2)
	begin(1)
	want("late again", 0)
	s.Get(core.ID{Number: number - 1}).Sent = 299
	late(399, number-1)
	s.Decided(core.ID{Number: 2})
	s.Decided(core.ID{Number: number - 1})
	want("not lowered twice at about the same time", 3)
	for n := range 9 {
		begin(1)
		s.Get(core.ID{Number: number - 1}).Sent = 1000 * time.Duration(n+1)
		late(1000*time.Duration(n+1)+100, number-1)
		s.End(core.ID{Number: number - 1})
	}
	want("always", 1)
	s.Begin(decide.NewRecovery(decide.Quorums{Size: 3, F: 1, E: 1}, core.ID{Number: number}, quorate.NewBallot(1, 1)))
	for _, at := range []time.Duration{100, 300, 700, 1500, 2300, 3100} { // ever more seldom
		late(at, number)
	}
	s.End(core.ID{Number: number})
	number++
	for range 100 {
		begin(1)
		s.Decided(core.ID{Number: number - 1})
	}
	want("when all goes well", 64)
}

// A recovery that waits for another one leaves room for that one, up to a bound.
func TestRoomForWhatIsWaitedFor(t *testing.T) {
	var s decide.Recoveries
	for number := range uint64(64) {
		if s.Room() == 0 {
			t.Fatalf("no room when %d wait", number)
		}
		id := core.ID{Number: number}
		r := decide.NewRecovery(decide.Quorums{Size: 5, F: 2, E: 2}, id, quorate.NewBallot(1, 1))
		for member := 1; member < 4; member++ {
			r.Promised(member, core.State{Phase: core.PreAccepted, Initial: true})
		}
		for member := 1; member < 4; member++ {
			r.Validated(member, []core.Conflict{{ID: core.ID{Row: 1}}})
		}
		if !r.Waits() {
			t.Fatal("it does not wait")
		}
		s.Begin(r)
	}
	if s.Room() != 0 {
		t.Errorf("room for %d when 64 wait", s.Room())
	}
}
