package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// TestPrepareReplyRelations: only a recoverer counts promises, and only those for
// its own ballot and a slot that it asks about.
func TestPrepareReplyRelations(t *testing.T) {
	for _, role := range roles {
		for _, ballot := range []string{"probe", "the epoch", "own, earlier", "another's"} {
			for _, slot := range []quorate.Slot{known, accepted, empty, unheardOf} {
				for _, ok := range []bool{true, false} {
					t.Run(fmt.Sprintf("%v/%s/slot %v/%v", role, ballot, slot, ok), func(t *testing.T) {
						n := in(t, role)
						b := map[string]quorate.Ballot{"the epoch": n.state.Epoch(), "own, earlier": n.ballot(3, 1), "another's": n.ballot(7, 2)}[ballot]
						if ballot == "the epoch" && b == 0 {
							t.Skip("no epoch")
						}
						if role == core.Probing && ballot == "probe" && slot == 1 {
							t.Skip("this is the probe's number")
						}
						before := n.seen(2)
						for range 2 { // the second is a copy
							n.hear(2, core.PrepareReply{Ballot: b, Slot: slot, OK: ok, End: 2, Progress: core.Progress{Promised: b, Committed: 2}})
						}
						n.hearSelf()
						if n.state.Role() != role || n.out.Elected != 0 || n.state.Committed() != before.committed {
							t.Errorf("it is %v under %v", n.state.Role(), n.state.Epoch())
						}
						// With one more promise, from its own disk, it has a majority.
						n.hear(1, n.promise(slot))
						proposed := len(n.sentTo(quorate.Others)) > 0
						if counts := role == core.Recoverer && ballot == "the epoch" && ok && (slot == accepted || slot == empty); proposed != counts {
							t.Errorf("it goes on with slot %v: %v", slot, proposed)
						}
					})
				}
			}
		}
	}
}

// TestAcceptReplyRelations: votes count for the epoch and an open slot, one for
// each member.
func TestAcceptReplyRelations(t *testing.T) {
	for _, role := range roles {
		for _, ballot := range []string{"the epoch", "own, earlier", "another's"} {
			for _, slot := range []quorate.Slot{known, accepted, empty, unheardOf} {
				for _, ok := range []bool{true, false} {
					t.Run(fmt.Sprintf("%v/%s/slot %v/%v", role, ballot, slot, ok), func(t *testing.T) {
						n := in(t, role)
						b := map[string]quorate.Ballot{"the epoch": n.state.Epoch(), "own, earlier": n.ballot(3, 1), "another's": n.ballot(7, 2)}[ballot]
						vote := core.AcceptReply{Ballot: b, Slot: slot, OK: ok, Progress: core.Progress{Promised: b}}
						for range 2 {
							n.hear(2, vote)
						}
						if n.state.Role() != role || n.state.Committed() != 2 {
							t.Fatalf("two of the same vote make it %v with %v slots", n.state.Role(), n.state.Committed())
						}
						n.hear(1, core.AcceptReply{Ballot: n.state.Epoch(), Slot: slot, OK: ok, Progress: core.Progress{Promised: b}})
						want, wantRole := accepted, role
						switch open := role == core.Leader && ballot == "the epoch" && (slot == accepted || slot == empty); {
						case open && ok && slot == accepted:
							want = empty
						case open && !ok:
							wantRole = core.Follower // lost: two of three said no
						}
						if n.state.Committed() != want || n.state.Role() != wantRole {
							t.Errorf("it is %v with %v slots, want %v with %v", n.state.Role(), n.state.Committed(), wantRole, want)
						}
						if n.out.Abdicated != (wantRole != role) || (n.out.SteppedDown != 0) != (wantRole != role) {
							t.Errorf("abdicated %v, stepped down from %v", n.out.Abdicated, n.out.SteppedDown)
						}
					})
				}
			}
		}
	}
}

// TestCheckRelations: a member that has promised nothing above the ballot says
// yes, and promises nothing by that.
func TestCheckRelations(t *testing.T) {
	each(t, func(t *testing.T, role core.Role, from int, relation string, _ quorate.Slot) {
		n := in(t, role)
		b, ok := relations(n, from)[relation]
		if !ok {
			t.Skip("no such ballot")
		}
		want := n.seen(from)
		want.persisted, want.stored, want.stepped, want.abdicated = false, 0, false, false
		want.reply = answer(b >= want.promised, core.ReasonNone)
		if b > want.promised && (role == core.Leader || role == core.Recoverer) {
			want = want.stepsDown()
		}
		n.hear(from, core.LeaderCheck{Ballot: b, Round: 4})
		if got := n.seen(from); got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	})
}

// confirms returns a yes to a round.
func (n *single) confirms(round uint64) core.LeaderCheckReply {
	return core.LeaderCheckReply{Ballot: n.state.Epoch(), Round: round, OK: true, Progress: core.Progress{Promised: n.state.Epoch()}}
}

// TestCheckReplies: a round is confirmed by an accept quorum of answers to it or
// to a later one, under the epoch. A higher promise ends the leadership.
func TestCheckReplies(t *testing.T) {
	for _, test := range []struct {
		name      string
		answer    func(n *single) core.LeaderCheckReply
		confirmed uint64
		role      core.Role
	}{
		{"yes", func(n *single) core.LeaderCheckReply { return n.confirms(2) }, 2, core.Leader},
		{"to an earlier round", func(n *single) core.LeaderCheckReply { return n.confirms(1) }, 1, core.Leader},
		{"to a round that is not", func(n *single) core.LeaderCheckReply { return n.confirms(3) }, 0, core.Leader},
		{"of another epoch", func(n *single) core.LeaderCheckReply {
			m := n.confirms(2)
			m.Ballot = n.ballot(1, 1)
			return m
		}, 0, core.Leader},
		{"no, by a learner", func(n *single) core.LeaderCheckReply {
			m := n.confirms(2)
			m.OK = false
			return m
		}, 0, core.Leader},
		{"no", func(n *single) core.LeaderCheckReply {
			m := n.confirms(2)
			m.OK, m.Progress.Promised = false, n.ballot(9, 0)
			return m
		}, 0, core.Follower},
		{"a higher commit index", func(n *single) core.LeaderCheckReply {
			m := n.confirms(2)
			m.Progress.Committed = 9
			return m
		}, 0, core.Follower},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := in(t, core.Leader)
			for round := uint64(1); round <= 2; round++ {
				if n.step(core.Event{Kind: core.Checked}); n.out.Round != round || n.out.Confirmed != 0 {
					t.Fatalf("round %v, confirmed %v", n.out.Round, n.out.Confirmed)
				}
			}
			n.hear(2, test.answer(n))
			if n.out.Confirmed != test.confirmed || n.state.Role() != test.role {
				t.Errorf("confirmed %v, %v", n.out.Confirmed, n.state.Role())
			}
			if test.role == core.Leader {
				n.hear(2, n.confirms(2))
				if test.confirmed < 2 && n.out.Confirmed != 2 {
					t.Errorf("confirmed %v at last", n.out.Confirmed)
				}
			}
		})
	}
}

// TestOddCheckReplies: answers to rounds that never began, and late ones.
func TestOddCheckReplies(t *testing.T) {
	n := in(t, core.Leader)
	n.step(core.Event{Kind: core.Checked})
	n.hear(0, n.confirms(9))
	if n.hear(2, n.confirms(9)); n.out.Confirmed != 0 {
		t.Errorf("it confirms round %v, which it never began", n.out.Confirmed)
	}
	no := n.confirms(1)
	no.OK, no.Progress.Promised = false, n.ballot(30, 2)
	n.hear(2, no)
	if n.recover(accepted); n.state.Epoch() != n.ballot(31, 1) {
		t.Errorf("it stands with %v", n.state.Epoch())
	}
	n = leading(t, 5)
	n.step(core.Event{Kind: core.Checked})
	n.step(core.Event{Kind: core.Checked})
	n.hear(1, n.confirms(2))
	n.hear(1, n.confirms(1)) // late
	if n.hear(2, n.confirms(2)); n.out.Confirmed != 2 {
		t.Errorf("a late answer undoes another: confirmed %v", n.out.Confirmed)
	}
	n = in(t, core.Recoverer)
	if n.step(core.Event{Kind: core.Checked}); n.out.Round != 0 || len(n.out.Sends) > 0 {
		t.Error("who does not lead has nothing to confirm")
	}
}

// TestCheckAgain: the last round is asked about again until it is confirmed.
func TestCheckAgain(t *testing.T) {
	const r = 10 * time.Millisecond
	n := leadingWith(t, 3, core.Config{Retransmit: r, Heartbeat: time.Hour, TimeoutMin: 2 * time.Hour})
	n.step(core.Event{Kind: core.Checked})
	n.step(core.Event{Kind: core.Checked})
	asked := func() (rounds []uint64) {
		for end := n.now + 5*r; n.now < end; {
			n.wait()
			for _, m := range n.sentTo(quorate.Others) {
				if m, ok := m.(core.LeaderCheck); ok {
					rounds = append(rounds, m.Round)
				}
			}
		}
		return rounds
	}
	for _, round := range []uint64{0, 1} {
		n.hear(1, core.LeaderCheckReply{Ballot: n.state.Epoch(), Round: round, OK: true})
		if rounds := asked(); len(rounds) < 4 || len(rounds) > 6 || rounds[0] != 2 {
			t.Fatalf("with round %v it asks about %v", round, rounds)
		}
	}
	n.hear(1, core.LeaderCheckReply{Ballot: n.state.Epoch(), Round: 2, OK: true})
	if n.out.Confirmed != 2 || n.out.Deadline < n.now+time.Second {
		t.Errorf("confirmed %v, and it waits until %v", n.out.Confirmed, n.out.Deadline)
	}
}

// TestRetransmitRelations: what is chosen from the slot asked for on, without a
// gap, as much as fits; or that it is gone.
func TestRetransmitRelations(t *testing.T) {
	for _, role := range roles {
		for from := range quorate.Slot(8) {
			n := member(t, 3, 1)
			old := n.ballot(5, 0)
			for s := range quorate.Slot(6) {
				n.hear(0, core.Accept{Ballot: old, Slot: s, Commands: command(fmt.Sprint("v", s))})
			}
			n.hear(0, core.Commit{Ballot: old, Seq: 1, Committed: 4})
			n.state.Log().Trim(2)
			if role == core.Probing {
				n.probe()
			} else if role != core.Follower {
				n.recover(4)
			}
			n.hear(2, core.RetransmitRequest{From: from})
			answer := n.sentTo(n.id(2))
			switch m := answer[0].(type) {
			case core.Behind:
				if from >= 2 || m != (core.Behind{Oldest: 2, Committed: 4}) {
					t.Errorf("%v from %v: %+v", role, from, m)
				}
			case core.RetransmitResponse:
				if from < 2 || m.Committed != 4 || len(m.Entries) != int(max(4-int(from), 0)) {
					t.Errorf("%v from %v: %+v", role, from, m)
				}
				for i, e := range m.Entries {
					if e.Slot != from+quorate.Slot(i) || !e.Chosen || text(e.Commands) != fmt.Sprint("v", e.Slot) {
						t.Errorf("%v from %v: %+v", role, from, m)
					}
				}
			}
		}
	}
}

// TestResponseRelations: the run of chosen values that goes on where the log ends
// is learnt, and the promise stays what it is. Nothing is learnt behind a gap,
// and nothing twice. Who recovers or leads while somebody else has values chosen
// has no business there.
func TestResponseRelations(t *testing.T) {
	high := quorate.NewBallot(7, 1<<16|3)
	entries := func(slots ...quorate.Slot) []paxos.Entry {
		var list []paxos.Entry
		for _, s := range slots {
			list = append(list, paxos.Entry{Slot: s, Ballot: high, Chosen: true, Commands: command(fmt.Sprint("v", s))})
		}
		return list
	}
	open := entries(2, 3)
	open[1].Chosen = false
	for _, test := range []struct {
		name      string
		entries   []paxos.Entry
		committed quorate.Slot
	}{
		{"nothing", nil, 2},
		{"what is known", entries(0, 1), 2},
		{"the next", entries(2, 3, 4), 5},
		{"overlapping", entries(1, 2, 3), 4},
		{"a gap before", entries(3, 4), 2},
		{"a gap within", entries(2, 4), 3},
		{"out of order", entries(2, 4, 3), 3},
		{"twice", entries(2, 2, 3), 4},
		{"not chosen", open, 3},
	} {
		for _, role := range roles {
			t.Run(fmt.Sprintf("%s/%v", test.name, role), func(t *testing.T) {
				n := in(t, role)
				promised := n.state.Log().Promised()
				n.hear(2, core.RetransmitResponse{Entries: test.entries, Committed: test.committed})
				if n.state.Committed() != test.committed || n.out.From != 2 || n.out.To != test.committed {
					t.Errorf("it knows %v, [%v, %v) is news", n.state.Committed(), n.out.From, n.out.To)
				}
				if n.state.Log().Promised() != promised {
					t.Error("the promise changed")
				}
				gone := test.committed > 2 && (role == core.Recoverer || role == core.Leader)
				if (n.state.Role() != role) != gone || n.out.Abdicated != (gone && role == core.Leader) {
					t.Errorf("it is %v, abdicated %v", n.state.Role(), n.out.Abdicated)
				}
				for _, e := range n.out.Store {
					if !e.Chosen {
						t.Errorf("it stores %+v", e)
					}
				}
			})
		}
	}
}
