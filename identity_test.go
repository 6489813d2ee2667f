package quorate_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// TestNothingLeavesBeforeTheIdentityIsDurable: a crash would otherwise make two
// incarnations of one, and both would have been heard of.
func TestNothingLeavesBeforeTheIdentityIsDurable(t *testing.T) {
	s := newStreet(t, 3)
	x := s.at[0]
	x.holding = true
	s.start(0, true)
	var shown []quorate.Hello
	x.OnIdentity(func(h quorate.Hello) { shown = append(shown, h) })
	x.SendNow(s.cluster.ID(1), ballot{"soon"})
	x.Send(s.cluster.ID(1), ballot{"later"})
	x.Flush(x.send)
	if _, known := x.Identity(); known || len(s.way) > 0 || shown != nil {
		t.Fatalf("known %v, under way %v, shown %v before the sync", known, s.way, shown)
	}
	x.sync()
	x.Flush(x.send)
	if h, known := x.Identity(); !known || h.Learner || !slices.Equal(shown, []quorate.Hello{h}) {
		t.Fatalf("identity %v %v, shown %v after the sync", h, known, shown)
	}
	x.holding = false
	x.round()
	if len(s.way) != 2 {
		t.Errorf("under way %v, want both messages", s.way)
	}
}

// TestIdentitySurvives goes through what a journal may say when a node starts.
func TestIdentitySurvives(t *testing.T) {
	s := newStreet(t, 3)
	first, _ := s.start(0, true).Identity()
	if first.Learner || first.Incarnation != 1 {
		t.Fatalf("a new member is %+v", first)
	}
	for _, init := range []bool{false, true} {
		if again, known := s.start(0, init).Identity(); again != first || !known {
			t.Errorf("after a restart with init %v: %+v, known %v, want %+v", init, again, known, first)
		}
	}
	learner, _ := s.lost(0).Identity()
	if !learner.Learner || learner.Incarnation == first.Incarnation || s.at[0].Voter() {
		t.Errorf("without its disk it is %+v", learner)
	}
	again, _ := s.start(0, true).Identity()
	if !again.Learner || again.Incarnation == learner.Incarnation {
		t.Errorf("a learner restarts as %+v: want another learner than %+v, whatever the flag says", again, learner)
	}
}

// TestLearnersSayOnlyWhatAnybodyMay, at the sender: to others, to itself, at
// once or after a sync.
func TestLearnersSayOnlyWhatAnybodyMay(t *testing.T) {
	s := founded(t, 3)
	x := s.lost(0)
	x.Broadcast(ballot{"vote"})
	x.Send(x.id, ballot{"own vote"})
	x.SendNow(quorate.Others, ballot{"now"})
	x.SendNow(quorate.Route(1), ballot{"to a client"})
	x.Broadcast(question{"what"})
	s.settle()
	x.wantGot("itself", "1.1 what?")
	for _, y := range s.at[1:] {
		y.wantGot("others", "1.1 what?")
	}
	s.at[1].Send(x.id, ballot{"chosen"})
	s.settle()
	x.wantGot("a learner hears voters", "1.2 chosen")
}

// A learner tells its clients what becomes of their requests. Here the protocol
// takes no replies itself.
func TestLearnersAnswerClients(t *testing.T) {
	x := founded(t, 3).lost(0)
	x.SendNow(quorate.Route(1), quorate.Reply{Seq: 7})
	var left []any
	x.Flush(func(e quorate.Envelope) { left = append(left, e.Msg) })
	if len(left) != 1 || left[0].(quorate.Reply).Seq != 7 {
		t.Errorf("to the client left %v, want its reply", left)
	}
}

// TestForeignVotes enumerates who may talk to a voter that has met incarnation 1
// of 1.1.
func TestForeignVotes(t *testing.T) {
	s := founded(t, 3)
	y := s.at[1]
	for _, test := range []struct {
		name   string
		hello  quorate.Hello
		reason string // empty: a vote counts
	}{
		{"who it met", quorate.Hello{Incarnation: 1}, ""},
		{"another voter", quorate.Hello{Incarnation: 77}, "incarnation 000000000000004d: not from the incarnation that counts, which is 0000000000000001"},
		{"a learner", quorate.Hello{Incarnation: 77, Learner: true}, "lost its disk"},
		{"the same as a learner", quorate.Hello{Incarnation: 1, Learner: true}, "lost its disk"},
		{"nobody", quorate.Hello{}, "has not said who it is"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.t, y.got, y.errs = t, nil, nil
			for _, m := range []any{ballot{"yes"}, question{"how"}} {
				s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: y.id, Msg: m}, test.hello})
			}
			if test.reason == "" {
				y.wantGot("vote", "1.1 yes", "1.1 how?")
				return
			}
			y.wantGot("foreign", "1.1 how?")
			y.wantErr("foreign", "1.2: message quorate_test.ballot from 1.1", test.reason)
		})
	}
}

// TestVotesWaitUntilTheirIncarnationIsDurable: if 1.2 counted them before and
// crashed, it would take whoever comes next for the first.
func TestVotesWaitUntilTheirIncarnationIsDurable(t *testing.T) {
	s := newStreet(t, 3)
	for i := range s.at {
		s.start(i, true)
	}
	y := s.at[1]
	y.holding = true
	s.at[0].Send(y.id, ballot{"a"})
	s.at[0].Send(y.id, question{"b"})
	s.at[0].Send(y.id, ballot{"c"})
	s.settle()
	y.wantGot("before the sync", "1.1 b?")
	y.sync()
	y.wantGot("after the sync", "1.1 a", "1.1 c")
	for range 2000 {
		s.at[2].Send(y.id, ballot{"flood"})
	}
	s.settle()
	if y.sync(); len(y.got) != 64 || len(y.errs) != 2000-64 {
		t.Errorf("%d of 2000 messages were held, %d refused, want 64 and the rest", len(y.got), len(y.errs))
	}
	y.errs = nil
	y.holding = false
	s.start(1, true)
	s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: y.id, Msg: ballot{"amnesiac"}}, quorate.Hello{Incarnation: 9}})
	y.wantErr("after a restart", "which is 0000000000000001")
}

// TestReplacedMembersFallSilent: a disk put back, or --init on an empty one.
func TestReplacedMembersFallSilent(t *testing.T) {
	s := founded(t, 3)
	s.at[0].disk = journal.NewMemory()
	x := s.start(0, true)
	x.Send(quorate.Others, ballot{"elect me"})
	s.settle()
	if err := x.Err(); !errors.Is(err, quorate.ErrReplaced) || !strings.Contains(err.Error(), "1.2 counts on incarnation 0000000000000001, this disk has 0000000000000004") {
		t.Fatalf("it goes on: %v", err)
	}
	for _, y := range s.at[1:] {
		y.wantGot("from the replaced")
		if y.Err() != nil {
			t.Errorf("%v fell silent: %v", y.id, y.Err())
		}
	}
}

// TestForeignersSilenceNobody: what an old disk thinks of the others does not
// matter.
func TestForeignersSilenceNobody(t *testing.T) {
	s := founded(t, 3)
	s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: s.cluster.ID(1), Msg: quorate.Replaced{Incarnation: 2, Known: 99}}, quorate.Hello{Incarnation: 55}})
	s.hand(parcel{quorate.Envelope{From: s.cluster.ID(0), To: s.cluster.ID(1), Msg: quorate.Replaced{Incarnation: 3, Known: 99}}, quorate.Hello{Incarnation: 1}})
	if err := s.at[1].Err(); err != nil {
		t.Errorf("1.2 fell silent: %v", err)
	}
}

func TestGreetingsOfStrangers(t *testing.T) {
	s := founded(t, 3)
	stranger, _ := quorate.NewID(7, 7)
	if err := s.at[0].Receive(0, stranger, quorate.Hello{Incarnation: 5}); !errors.Is(err, quorate.ErrStranger) {
		t.Errorf("error %v", err)
	}
	off := onWorkbench(t).started()
	if err := off.Receive(0, off.Cluster().ID(1), quorate.Hello{Incarnation: 5}); err != nil || !off.Voter() {
		t.Errorf("a node without an identity: %v, voter %v", err, off.Voter())
	}
	if h, known := off.Identity(); h != (quorate.Hello{}) || !known {
		t.Errorf("a node without an identity greets as %v, %v", h, known)
	}
	if slices.Contains(off.Messages(), reflect.TypeFor[quorate.Fence]()) {
		t.Error("a node without an identity takes part in admissions")
	}
}
