package quorate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

func TestAdmission(t *testing.T) {
	s := founded(t, 3)
	s.at[1].proto.keep("x")
	s.settle()
	x := s.lost(0)
	var shown []quorate.Hello
	x.OnIdentity(func(h quorate.Hello) { shown = append(shown, h) })
	o := x.admit()
	s.deliver()
	o.wantAdmitted(t, x)
	if !x.proto.facts["x"] || len(shown) != 1 || shown[0].Learner {
		t.Errorf("facts %v, shown %v", x.proto.facts, shown)
	}
	x.Send(quorate.Others, ballot{"vote"})
	s.settle()
	for _, y := range s.at[1:] {
		y.wantGot("after the admission", "1.1 vote")
		if !slices.Equal(y.proto.disowned, []quorate.ID{x.id}) {
			t.Errorf("%v disowned %v", y.id, y.proto.disowned)
		}
		s.hand(parcel{quorate.Envelope{From: x.id, To: y.id, Msg: ballot{"late"}}, quorate.Hello{Incarnation: 1}})
		y.wantErr("the earlier incarnation", "000000000000000")
	}
	if again := s.start(0, false); !again.Voter() || !again.proto.facts["x"] {
		t.Errorf("after a restart: voter %v, facts %v", again.Voter(), again.proto.facts)
	}
	if o := x.admit(); !o.done || o.err != nil {
		t.Errorf("admitting a voter: %v", o)
	}
}

// TestAdmissionWaitsForAll: one that is not there may have a promise of the old
// incarnation in memory.
func TestAdmissionWaitsForAll(t *testing.T) {
	s := founded(t, 5)
	x := s.lost(0)
	s.lose = func(p parcel) bool { return p.To == s.cluster.ID(4) || p.From == s.cluster.ID(4) }
	o := x.admit()
	s.deliver()
	s.retry(x)
	if o.done || x.proto.round.Number != 0 || !strings.Contains(x.Admitting(), "waits until {1.5} count") {
		t.Fatalf("done %v, round %v, %q", o.done, x.proto.round, x.Admitting())
	}
	s.lose = func(p parcel) bool { _, q := p.Msg.(recalled); return q && p.From == s.cluster.ID(4) }
	s.retry(x)
	if o.done || !strings.Contains(x.Admitting(), "reads the state of {1.5}") {
		t.Fatalf("done %v, %q", o.done, x.Admitting())
	}
	s.lose = nil
	s.retry(x)
	o.wantAdmitted(t, x)
}

// TestReadsBeginWhenAllHaveFenced: what was read before could have been voted
// for since, with the old incarnation's help.
func TestReadsBeginWhenAllHaveFenced(t *testing.T) {
	s := founded(t, 3)
	x := s.lost(0)
	fenced := map[quorate.ID]bool{}
	s.lose = func(p parcel) bool {
		switch p.Msg.(type) {
		case quorate.FenceReply:
			fenced[p.From] = true
		case recall:
			if len(fenced) < 2 {
				t.Errorf("%v is read when %v have fenced", p.To, fenced)
			}
		}
		return false
	}
	o := x.admit()
	s.deliver()
	o.wantAdmitted(t, x)
}

// TestFencesAreDurable: the answer waits for the disk.
func TestFencesAreDurable(t *testing.T) {
	s := founded(t, 3)
	x := s.lost(0)
	s.at[1].holding = true
	o := x.admit()
	s.deliver()
	if missing := x.Admitting(); !strings.Contains(missing, "waits until {1.2} count") {
		t.Fatalf("1.2 answered before its disk: %q", missing)
	}
	s.at[1].holding = false
	s.start(1, false) // it has forgotten that it fenced
	s.retry(x)
	o.wantAdmitted(t, x)
}

// TestVoterWhenDurable: what it read and that it is a voter are one batch, and
// until that is on disk it is a learner.
func TestVoterWhenDurable(t *testing.T) {
	s := founded(t, 3)
	s.at[1].proto.keep("x")
	s.settle()
	x := s.lost(0)
	o := x.admit()
	x.holding = true
	s.deliver()
	if x.proto.adopted != 1 || x.Voter() || o.done || x.Admitting() != "writes what it read" {
		t.Fatalf("adopted %d times, voter %v, done %v, %q", x.proto.adopted, x.Voter(), o.done, x.Admitting())
	}
	x.Send(quorate.Others, ballot{"too early"})
	records := x.flying.Records
	if last := records[len(records)-1]; !strings.HasSuffix(last.Type, ".Identity") || len(records) < 4 {
		t.Errorf("the last of %d records is a %s", len(records), last.Type)
	}
	x.holding = false
	if again := s.start(0, false); again.Voter() || again.proto.facts["x"] {
		t.Fatal("a crash before the sync, and it votes")
	}
	o = x.admit()
	s.deliver()
	o.wantAdmitted(t, x)
	s.at[1].wantGot("what a learner queued")
}

// TestMajorityLost: those with their disks were not part of every quorum.
func TestMajorityLost(t *testing.T) {
	s := founded(t, 3)
	x := s.lost(0)
	s.lost(1)
	o := x.admit()
	s.deliver()
	if !o.done || x.Voter() || o.err == nil {
		t.Fatalf("done %v, %v", o.done, o.err)
	}
	for _, part := range []string{"admit node 1.1", "{1.3} have their disks and {1.2} lost them, too", "{1.1, 1.2} is a quorum of phase 1 without any of {1.3}"} {
		if !strings.Contains(o.err.Error(), part) {
			t.Errorf("the error %q lacks %q", o.err, part)
		}
	}
	s.lost(2)
	if o = x.admit(); !o.done {
		s.deliver()
	}
	if o.err == nil || !strings.Contains(o.err.Error(), "{} have their disks") {
		t.Errorf("nobody has a disk: %v", o.err)
	}
}

// TestTwoLearners: of five members two lost their disks at the same time. Each
// says to the other that it has nothing, and both are admitted.
func TestTwoLearners(t *testing.T) {
	s := founded(t, 5)
	for _, y := range s.at[2:] {
		y.proto.keep("x of " + y.id.String())
	}
	s.settle()
	a, b := s.lost(0), s.lost(1)
	oa, ob := a.admit(), b.admit()
	s.deliver()
	for range 5 {
		s.retry(a)
		s.retry(b)
	}
	oa.wantAdmitted(t, a)
	ob.wantAdmitted(t, b)
	if len(a.proto.facts) != 3 || len(b.proto.facts) != 3 {
		t.Errorf("facts %v and %v", a.proto.facts, b.proto.facts)
	}
	a.Send(b.id, ballot{"vote"})
	b.Send(a.id, ballot{"vote"})
	s.settle()
	a.wantGot("votes", "1.2 vote")
	b.wantGot("votes", "1.1 vote")
}

// TestLearnerThatBecomesVoterMeanwhile: it fences as a learner and is read as a
// voter: with what it has learnt on its own admission.
func TestLearnerThatBecomesVoterMeanwhile(t *testing.T) {
	s := founded(t, 3)
	s.at[2].proto.keep("x")
	s.settle()
	b := s.lost(1)
	ob := b.admit()
	wait := []parcel{}
	s.lose = func(p parcel) bool { // the last of what 1.2 reads is under way
		if _, last := p.Msg.(recalled); last && p.To == b.id {
			wait = append(wait, p)
			return true
		}
		return false
	}
	s.deliver()
	if len(wait) != 2 || wait[0].From != s.cluster.ID(0) && wait[1].From != s.cluster.ID(0) {
		t.Fatalf("under way: %v", wait)
	}
	a := s.lost(0) // while what it said to 1.2 is under way
	oa := a.admit()
	s.lose = func(p parcel) bool { _, ask := p.Msg.(recall); return ask && p.To == b.id }
	s.deliver()
	// 1.2 has counted on the lost incarnation of 1.1 and begins anew.
	for _, p := range wait {
		s.hand(p)
	}
	s.deliver()
	if b.Voter() {
		t.Fatal("1.2 counted what it read from an incarnation of 1.1 that it has fenced since")
	}
	s.lose = nil
	for range 4 {
		s.retry(b)
		s.retry(a)
	}
	// Two of three lost their disks: neither can be admitted.
	if ob.err == nil || oa.err == nil || a.Voter() || b.Voter() {
		t.Errorf("1.1: %v, 1.2: %v", oa.err, ob.err)
	}

	s = founded(t, 5)
	s.at[2].proto.keep("x")
	s.settle()
	a, b = s.lost(0), s.lost(1)
	ob = b.admit()
	oa = a.admit()
	s.lose = func(p parcel) bool { _, ask := p.Msg.(recall); return ask && p.From == a.id }
	s.deliver()
	s.retry(b)
	s.retry(b)
	ob.wantAdmitted(t, b)
	if oa.done {
		t.Fatal("1.1 has read nobody")
	}
	b.proto.keep("y") // voted for since
	s.lose = nil
	s.settle()
	s.retry(a)
	oa.wantAdmitted(t, a)
	if !a.proto.facts["x"] || !a.proto.facts["y"] {
		t.Errorf("1.1 learnt %v: 1.2 was a voter when it was read", a.proto.facts)
	}
}

// TestDiskLostBetweenFenceAndRead: who fenced has nothing to tell any more, but
// it has given up the earlier incarnation's votes before it forgot everything. What
// it told others before that they are asked for again.
func TestDiskLostBetweenFenceAndRead(t *testing.T) {
	s := founded(t, 5)
	x := s.lost(0)
	o := x.admit()
	s.lose = func(p parcel) bool { _, ask := p.Msg.(recall); return ask && p.To == s.cluster.ID(1) }
	s.deliver()
	before := x.proto.round
	y := s.lost(1)
	s.lose = nil
	s.retry(x)
	s.retry(x)
	o.wantAdmitted(t, x)
	if x.proto.round == before {
		t.Error("it counts what others said before the disk was lost")
	}
	oy := y.admit()
	s.deliver()
	oy.wantAdmitted(t, y)
}

// TestAdmittedBetweenFenceAndRead: the member that is read is another one than
// fenced; it must be asked again on whom it counts.
func TestAdmittedBetweenFenceAndRead(t *testing.T) {
	s := founded(t, 5)
	x := s.lost(0)
	o := x.admit()
	s.lose = func(p parcel) bool { _, ask := p.Msg.(recall); return ask && p.From == x.id }
	s.deliver()
	before := x.proto.round
	y := s.lost(1)
	oy := y.admit()
	s.deliver()
	s.retry(y)
	oy.wantAdmitted(t, y)
	s.lose = nil
	s.retry(x)
	s.retry(x)
	o.wantAdmitted(t, x)
	if x.proto.round == before {
		t.Error("it went on in the same round")
	}
}

// TestSecondLoss: a member that loses its disk again while it is admitted is
// another incarnation; what was said to the one before does not count.
func TestSecondLoss(t *testing.T) {
	s := founded(t, 3)
	s.at[1].proto.keep("x")
	s.settle()
	x := s.lost(0)
	x.admit()
	var late []parcel
	s.lose = func(p parcel) bool {
		if _, answer := p.Msg.(quorate.FenceReply); answer {
			late = append(late, p)
			return true
		}
		_, fence := p.Msg.(quorate.Fence)
		return fence && p.To == s.cluster.ID(2)
	}
	s.deliver()
	s.lose = nil
	x = s.lost(0)
	o := x.admit()
	for _, p := range late {
		s.hand(p)
	}
	s.deliver()
	s.retry(x)
	o.wantAdmitted(t, x)
	if !x.proto.facts["x"] {
		t.Error("it forgot x")
	}
	// The fence of the first loss arrives at last.
	y := s.at[2]
	s.hand(parcel{quorate.Envelope{From: x.id, To: y.id, Msg: quorate.Fence{Round: quorate.Round{Incarnation: 4, Number: 1}, Replaces: 1}}, quorate.Hello{Incarnation: 4, Learner: true}})
	s.deliver()
	x.Send(y.id, ballot{"vote"})
	s.settle()
	y.wantGot("after a late fence", "1.1 vote")
}

// TestOldDiskPutBack: a disk that was replaced comes back, and answers a learner
// as if it were a member. The others tell.
func TestOldDiskPutBack(t *testing.T) {
	s := founded(t, 5)
	old := s.at[1].disk
	b := s.lost(1)
	ob := b.admit()
	s.deliver()
	ob.wantAdmitted(t, b)
	x := s.lost(0)
	s.at[1].disk = old
	s.start(1, false)
	o := x.admit()
	s.deliver()
	if o.err == nil || x.Voter() || !strings.Contains(o.err.Error(), "1.2 answers as incarnation 0000000000000002, and 1.3 counts on 0000000000000006 of it") {
		t.Fatalf("done %v, %v", o.done, o.err)
	}
	s.at[1].Send(quorate.Others, ballot{"vote"})
	s.settle()
	s.at[2].wantGot("from the old disk")
	if err := s.at[1].Err(); err == nil {
		t.Error("the old disk was not told")
	}
}

func TestAdmissionOfAProtocolWithout(t *testing.T) {
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c, Incarnation: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(0, nil); err != nil {
		t.Fatal(err)
	}
	n.Admit(func(got error) { err = got })
	if err == nil || !strings.Contains(fmt.Sprint(err), "cannot take back") {
		t.Errorf("error %v", err)
	}
}
