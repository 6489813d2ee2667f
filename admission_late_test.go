package quorate_test

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// TestLateWordsOfAdmissions: what was said in another round, or by another
// incarnation than speaks now, does not count.
func TestLateWordsOfAdmissions(t *testing.T) {
	s := founded(t, 3)
	x, y := s.lost(0), s.at[1]
	self, _ := x.Identity()
	s.lose = func(p parcel) bool { _, answer := p.Msg.(quorate.FenceReply); return answer }
	x.admit()
	s.deliver()
	for _, late := range []quorate.Round{{Incarnation: self.Incarnation, Number: 9}, {Incarnation: 77, Number: 1}} {
		s.hand(parcel{quorate.Envelope{From: y.id, To: x.id, Msg: quorate.FenceReply{Round: late, OK: true}}, quorate.Hello{Incarnation: 2}})
	}
	if waits := x.Admitting(); !strings.Contains(waits, "{1.2, 1.3}") {
		t.Errorf("the answer to another round counted: it %s", waits)
	}
	s.lose = nil
	s.retry(x)
	if !x.Voter() {
		t.Fatalf("it %s", x.Admitting())
	}
	// A fence of an incarnation that is gone, while the one that counts speaks.
	old := quorate.Fence{Round: quorate.Round{Incarnation: 55, Number: 1}, Replaces: self.Incarnation}
	s.hand(parcel{quorate.Envelope{From: x.id, To: y.id, Msg: old}, quorate.Hello{Incarnation: self.Incarnation}})
	x.Send(y.id, ballot{"vote"})
	s.settle()
	y.wantGot("after the late fence", "1.1 vote")
}

// TestReadOfAnotherIncarnation: the disk that was put back between fence and read
// has a state, and it is an old one.
func TestReadOfAnotherIncarnation(t *testing.T) {
	s := founded(t, 3)
	x, y := s.lost(0), s.at[1]
	s.lose = func(p parcel) bool { _, ask := p.Msg.(recall); return ask && p.To == y.id }
	o := x.admit()
	s.deliver()
	before := x.proto.round
	s.lose = func(p parcel) bool { return p.To == y.id }
	s.hand(parcel{quorate.Envelope{From: y.id, To: x.id, Msg: recalled{Round: before}}, quorate.Hello{Incarnation: 99}})
	if o.done || x.Voter() {
		t.Fatalf("admitted with the state of another incarnation: %v", o.err)
	}
}

// TestHeldVotesOfALostDisk: they wait until their incarnation is on disk, and
// meanwhile another one counts.
func TestHeldVotesOfALostDisk(t *testing.T) {
	s := newStreet(t, 3)
	for i := range s.at {
		s.start(i, true)
	}
	y := s.at[1]
	y.holding = true
	s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: y.id, Msg: ballot{"held"}}, quorate.Hello{Incarnation: 1}})
	fence := quorate.Fence{Round: quorate.Round{Incarnation: 50, Number: 1}, Replaces: 1}
	s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: y.id, Msg: fence}, quorate.Hello{Incarnation: 50, Learner: true}})
	for range 3 {
		if y.flying != nil {
			y.sync()
		}
		y.round()
	}
	y.wantGot("when all is on disk")
}
