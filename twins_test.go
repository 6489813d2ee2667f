package quorate_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// TestTwins: two processes of one member, both without their disk, are admitted at
// the same time, each reaching some of the others now and then. Whoever is read
// must still count on the one that reads: otherwise both would vote, and each with
// others that count on it.
func TestTwins(t *testing.T) {
	s := founded(t, 3)
	a, b := s.cluster.ID(1), s.cluster.ID(2)
	s.lose = func(p parcel) bool { return p.To == b }
	one := s.lost(0)
	first := one.admit()
	s.deliver() // 1.2 has fenced for the one,

	other := &station{street: s, id: one.id, disk: journal.NewMemory()}
	s.at[0] = other
	s.start(0, false)
	s.lose = func(p parcel) bool { return p.To == a }
	second := other.admit()
	s.deliver() // 1.3 for the other,
	s.lose = func(p parcel) bool { _, read := p.Msg.(recall); return read || p.To == b }
	s.retry(other) // and now 1.2 for the other, too,

	s.at[0] = one
	s.lose = nil
	s.retry(one) // and 1.3 for the one, which has the answer of 1.2.
	s.at[0] = other
	s.retry(other)
	for range 5 {
		for _, x := range []*station{one, other} {
			s.at[0] = x
			s.retry(x)
		}
	}
	if !first.done || !second.done {
		t.Fatalf("the one: %v; the other: %v", first, second)
	}
	for _, x := range []*station{one, other} {
		s.at[0] = x
		x.Send(quorate.Others, ballot{"vote"})
		s.settle()
	}
	for _, y := range s.at[1:] {
		y.wantGot("of the one that is counted on", "1.1 vote")
	}
	if (one.Err() == nil) == (other.Err() == nil) {
		t.Errorf("the one: %v; the other: %v; want one of them replaced", one.Err(), other.Err())
	}
}
