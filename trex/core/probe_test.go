package core_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// heartbeat makes a member hear the leader of ballot 5.
func (n *single) heartbeat(seq uint64) {
	n.hear(0, core.Commit{Ballot: n.ballot(5, 0), Seq: seq})
}

// TestEvidence: a follower stays put only if those with newer signs of life of
// the leader are a majority together with the leader.
func TestEvidence(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int
		own   uint64
		heard []uint64 // by members from 2 on
		stays bool
		beat  uint64
	}{
		{"nobody has heard more", 3, 1000, []uint64{999}, false, 1000},
		{"nobody has heard anything", 3, 0, []uint64{0}, false, 0},
		{"one of three has", 3, 0, []uint64{999}, true, 999},
		{"one of five has", 5, 998, []uint64{998, 999}, false, 998},
		{"two of five have", 5, 888, []uint64{998, 999}, true, 999},
		{"two of five have, at different times", 5, 998, []uint64{999, 1000}, true, 1000},
		{"the same, heard the other way round", 5, 998, []uint64{1000, 999}, true, 1000},
		{"all the same", 5, 7, []uint64{7, 7}, false, 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := member(t, test.size, 1)
			if test.own > 0 {
				n.heartbeat(test.own)
			}
			p := n.probe()
			n.now += time.Millisecond
			for i, seq := range test.heard {
				if n.state.Role() != core.Probing {
					t.Fatalf("it is %v after %d answers", n.state.Role(), i)
				}
				m := core.PrepareReply{Slot: p.Slot, Reason: core.ReasonProbe}
				if seq > 0 {
					m.Heartbeat = core.Heartbeat{Ballot: n.ballot(5, 0), Seq: seq}
				}
				n.hear(i+2, m)
			}
			if stays := n.state.Role() == core.Follower; stays != test.stays || !stays && n.state.Role() != core.Recoverer {
				t.Fatalf("it is %v", n.state.Role())
			}
			if test.stays {
				// It has heard of that sign of life now: if nothing newer follows, it
				// fails over. A sign of life no newer than that changes nothing.
				due := n.out.Deadline
				if due != n.now+300*time.Millisecond {
					t.Errorf("it waits until %v at %v", due, n.now)
				}
				n.now += time.Millisecond
				if n.heartbeat(test.beat); n.out.Deadline != due {
					t.Error("it hears news in what it knows")
				}
				p = n.probe()
				for i := range test.heard {
					n.hear(i+2, core.PrepareReply{Slot: p.Slot, Heartbeat: core.Heartbeat{Ballot: n.ballot(5, 0), Seq: test.beat}})
				}
				if n.state.Role() != core.Recoverer {
					t.Errorf("at second sight it is %v", n.state.Role())
				}
			}
		})
	}
}

// TestHeartbeatOrder: a leader with a higher ballot is newer whatever its number;
// an answer about a leadership of the prober's own is no evidence; and a leader
// that answers itself is.
func TestHeartbeatOrder(t *testing.T) {
	for _, test := range []struct {
		name string
		beat func(n *single) core.Heartbeat
		from int
		role core.Role
	}{
		{"higher ballot", func(n *single) core.Heartbeat { return core.Heartbeat{Ballot: n.ballot(6, 0), Seq: 1} }, 2, core.Follower},
		{"lower ballot", func(n *single) core.Heartbeat { return core.Heartbeat{Ballot: n.ballot(4, 0), Seq: 99} }, 2, core.Recoverer},
		{"its own", func(n *single) core.Heartbeat { return core.Heartbeat{Ballot: n.ballot(6, 1), Seq: 99} }, 2, core.Recoverer},
		{"the leader itself", func(n *single) core.Heartbeat { return core.Heartbeat{Ballot: n.ballot(6, 0), Seq: 1} }, 0, core.Follower},
		{"of no member", func(*single) core.Heartbeat { return core.Heartbeat{Ballot: quorate.NewBallot(6, 7), Seq: 1} }, 2, core.Recoverer},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := member(t, 3, 1)
			n.heartbeat(50)
			p := n.probe()
			n.hear(test.from, core.PrepareReply{Slot: p.Slot, Heartbeat: test.beat(n)})
			if n.state.Role() != test.role {
				t.Errorf("it is %v", n.state.Role())
			}
		})
	}
}

// TestPatience: a follower does nothing before its deadline; every newer sign of
// life, and nothing else, puts it off and ends a probe.
func TestPatience(t *testing.T) {
	n := member(t, 3, 1)
	n.heartbeat(1)
	due := n.out.Deadline
	if n.now = due - 1; len(n.step(core.Event{Kind: core.Timeout}).Sends) > 0 {
		t.Error("it does not wait")
	}
	n.heartbeat(1)
	if n.out.Deadline != due {
		t.Error("the same sign of life counts twice")
	}
	if n.heartbeat(2); n.out.Deadline <= due {
		t.Error("a new sign of life does not count")
	}
	first := n.probe()
	if again := n.probe(); again != first {
		t.Errorf("it probes again as %v after %v", again, first)
	}
	if n.heartbeat(3); n.state.Role() != core.Follower || n.state.Leader() != n.id(0) {
		t.Error("a sign of life does not end the probe")
	}
	n.hear(2, core.PrepareReply{Slot: first.Slot})
	if n.state.Role() != core.Follower {
		t.Error("a late answer counts")
	}
	if next := n.probe(); next == first {
		t.Error("another probe is called the same")
	}
	n.hear(2, core.PrepareReply{Slot: first.Slot})
	if n.state.Role() != core.Probing {
		t.Error("an answer to an earlier probe counts")
	}
	n.hear(0, core.Accept{Ballot: n.ballot(5, 0), Commands: command("v")})
	if n.state.Role() != core.Follower {
		t.Error("an Accept is no sign of life")
	}
}

// TestAnswerToProbe tells all that the prober wants to know, at once, and
// promises nothing.
func TestAnswerToProbe(t *testing.T) {
	for _, role := range roles {
		n := in(t, role)
		before := n.seen(2)
		n.hear(2, core.Prepare{Slot: 77})
		m := n.sentTo(n.id(2))[0].(core.PrepareReply)
		beat := core.Heartbeat{Ballot: n.ballot(5, 0), Seq: 1}
		end := empty
		if role == core.Leader {
			beat, end = core.Heartbeat{Ballot: n.state.Epoch(), Seq: 1}, empty+1
		}
		if m.OK || m.Ballot != 0 || m.Slot != 77 || m.Heartbeat != beat || m.End != end || m.CommitBallot != n.ballot(5, 0) ||
			m.Progress != (core.Progress{Promised: before.promised, Committed: 2}) {
			t.Errorf("%v answers %+v", role, m)
		}
		if !n.out.Sends[0].Now || n.state.Role() != role || n.out.Promise != 0 {
			t.Errorf("the probe leaves traces: %+v", n.out)
		}
	}
}

// TestTakeover: the new ballot is above all that were heard of, and phase 1 asks
// about each slot that may hold a value anywhere, and one more. The ballot is on
// disk before anybody hears of it.
func TestTakeover(t *testing.T) {
	n := in(t, core.Follower) // slot 2 is accepted here
	p := n.probe()
	n.hear(2, core.PrepareReply{
		Slot: p.Slot, End: 5, CommitBallot: n.ballot(30, 0),
		Progress: core.Progress{Promised: n.ballot(20, 2), Committed: 2},
	})
	if want := n.ballot(31, 1); n.state.Epoch() != want || n.out.Promise != want || n.state.Log().Promised() != want {
		t.Errorf("it stands with %v and persists %v", n.state.Epoch(), n.out.Promise)
	}
	var slots []quorate.Slot
	for _, s := range n.out.Sends {
		if m, ok := s.Message.(core.Prepare); ok {
			slots = append(slots, m.Slot)
			if s.Now || s.To != quorate.Others || m.Ballot != n.state.Epoch() {
				t.Errorf("%+v", s)
			}
		}
	}
	if len(slots) != 4 || slots[0] != 2 || slots[3] != 5 || n.state.Barrier() != 6 {
		t.Errorf("it prepares %v up to %v", slots, n.state.Barrier())
	}
	if own := n.sentTo(n.id(1)); len(own) != 4 || text(own[0].(core.PrepareReply).Accepted.Commands) != "v2" {
		t.Errorf("its own votes are %+v", own)
	}
}

// TestLongestLog: of several answers the longest log counts.
func TestLongestLog(t *testing.T) {
	n := member(t, 5, 1)
	p := n.probe()
	n.hear(0, core.PrepareReply{Slot: p.Slot, End: 7})
	n.hear(2, core.PrepareReply{Slot: p.Slot, End: 3})
	if n.state.Role() != core.Recoverer || n.state.Barrier() != 8 {
		t.Errorf("it is %v up to %v", n.state.Role(), n.state.Barrier())
	}
}

// TestLateLeader: who has heard of a newer leader does not take an earlier one for
// the leader again, though it may still vote for that one.
func TestLateLeader(t *testing.T) {
	n := in(t, core.Follower)
	n.hear(2, core.Commit{Ballot: n.ballot(9, 2), Seq: 1, Committed: 2})
	n.hear(0, core.Accept{Ballot: n.ballot(5, 0), Slot: 3, Commands: command("v")})
	if a := n.sentTo(n.id(0))[0].(core.AcceptReply); !a.OK || n.state.Leader() != n.id(2) {
		t.Errorf("it follows %v and votes %+v", n.state.Leader(), a)
	}
}

// TestBehindWhileProbing: who learns that others know more slots chosen catches up
// first. One that tells of them again and again and never hands them over does
// not keep others from going on without it.
func TestBehindWhileProbing(t *testing.T) {
	n := member(t, 3, 1)
	tries := 0
	for ; tries < 10; tries++ {
		p := n.probe()
		n.hear(2, core.PrepareReply{Slot: p.Slot, End: 9, Progress: core.Progress{Committed: 9}})
		if n.state.Role() == core.Recoverer {
			break
		}
		if asks := n.sentTo(n.id(2)); n.state.Role() != core.Follower || tries == 0 && (len(asks) != 1 || asks[0] != core.RetransmitRequest{From: 0}) {
			t.Fatalf("it is %v and sends %v", n.state.Role(), asks)
		}
	}
	if tries == 0 || tries > 5 {
		t.Errorf("it goes on after %d tries", tries)
	}
}

// TestAlone: quorums are looked at after a member's own vote, too. One alone leads
// as soon as its promise is on disk, and commits as soon as its vote is.
func TestAlone(t *testing.T) {
	n := member(t, 1, 0)
	if n.wait(); n.state.Role() != core.Recoverer {
		t.Fatalf("it is %v", n.state.Role())
	}
	if n.hearSelf(); n.state.Role() != core.Leader {
		t.Fatalf("it is %v", n.state.Role())
	}
	if n.hearSelf(); n.state.Committed() != 1 {
		t.Fatalf("it knows %v", n.state.Committed())
	}
	if n.step(core.Event{Kind: core.Checked}); n.out.Confirmed != n.out.Round {
		t.Error("it needs nobody to confirm that it leads")
	}
	for range 200 {
		n.wait()
	}
	if n.state.Role() != core.Leader {
		t.Error("it gives up, though it needs nobody")
	}
}

// TestPairWithOneAccept: two members whose accept quorums are one of them.
func TestPairWithOneAccept(t *testing.T) {
	cluster, _ := quorate.Grid(1, 2)
	n := memberOf(t, 2, 0, core.Config{Quorums: quorate.EvenQuorums(cluster)})
	n.recover(0)
	n.hear(1, n.promise(0))
	n.hear(0, n.promise(0))
	if n.hear(0, n.accepted(0)); n.state.Committed() != 1 {
		t.Error("its own vote is not enough")
	}
}

// TestDraws: the wait is drawn between the two limits, and from a wider range
// after failures.
func TestDraws(t *testing.T) {
	cfg := core.Config{TimeoutMin: 100 * time.Millisecond, TimeoutMax: 300 * time.Millisecond}
	for _, draw := range []float64{0, 0.5, 0.999} {
		n := memberOf(t, 3, 1, cfg)
		n.draw = draw
		n.heartbeat(1)
		want := n.now + 100*time.Millisecond + time.Duration(draw*float64(200*time.Millisecond))
		if n.out.Deadline != want {
			t.Errorf("draw %v: %v, want %v", draw, n.out.Deadline, want)
		}
		n.recover(0)
		n.hear(0, core.PrepareReply{Ballot: n.state.Epoch(), Slot: 0, Reason: core.ReasonBallot})
		n.hear(2, core.PrepareReply{Ballot: n.state.Epoch(), Slot: 0, Reason: core.ReasonBallot})
		want = n.now + 100*time.Millisecond + time.Duration(draw*float64(400*time.Millisecond))
		if n.state.Role() != core.Follower || n.out.Deadline != want {
			t.Errorf("draw %v after a failure: %v, want %v", draw, n.out.Deadline, want)
		}
		for range 70 { // the range does not grow for ever
			n.recover(0)
			n.hear(0, core.PrepareReply{Ballot: n.state.Epoch(), Slot: 0, Reason: core.ReasonBallot})
			n.hear(2, core.PrepareReply{Ballot: n.state.Epoch(), Slot: 0, Reason: core.ReasonBallot})
		}
		if want = n.now + 100*time.Millisecond + time.Duration(draw*float64(1600*time.Millisecond)); n.out.Deadline != want {
			t.Errorf("draw %v after many failures: %v, want %v", draw, n.out.Deadline, want)
		}
		n.heartbeat(2)
		if want = n.now + 100*time.Millisecond + time.Duration(draw*float64(200*time.Millisecond)); n.out.Deadline != want {
			t.Errorf("draw %v with a leader: %v, want %v", draw, n.out.Deadline, want)
		}
		n.recover(0)
		n.hear(0, n.promise(0))
		n.hear(1, n.promise(0))
		n.hear(0, n.accepted(0))
		n.hear(1, n.accepted(0)) // a success, after which it is the first failure again
		n.hear(0, core.Prepare{Ballot: n.ballot(500, 0), Slot: 1})
		if want = n.now + 100*time.Millisecond + time.Duration(draw*float64(400*time.Millisecond)); n.out.Deadline != want {
			t.Errorf("draw %v after a success: %v, want %v", draw, n.out.Deadline, want)
		}
	}
}
