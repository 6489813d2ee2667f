package core_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// The relation tests go through all that a message may meet: what its receiver
// does, how its ballot stands to the promise, what is known of its slot, who sent
// it. The receiver is member 1 of 3. It has heard member 0 lead under ballot 5:
// slots 0 and 1 are chosen, slot 2 is accepted.

var roles = []core.Role{core.Follower, core.Probing, core.Recoverer, core.Leader}

const (
	known     quorate.Slot = 1 // chosen
	accepted  quorate.Slot = 2 // accepted under 5 of member 0
	empty     quorate.Slot = 3
	unheardOf quorate.Slot = 40
)

func in(t *testing.T, role core.Role) *single {
	t.Helper()
	n := member(t, 3, 1)
	old := n.ballot(5, 0)
	for s := range empty {
		n.hear(0, core.Accept{Ballot: old, Slot: s, Commands: command(fmt.Sprint("v", s))})
	}
	n.hear(0, core.Commit{Ballot: old, Seq: 1, Committed: accepted})
	switch role {
	case core.Probing:
		n.probe()
	case core.Recoverer:
		n.recover(accepted)
	case core.Leader:
		n.recover(accepted)
		for s := accepted; s <= empty; s++ {
			n.hear(2, n.promise(s))
			own := n.promise(s)
			if s == accepted {
				own.Accepted = paxos.Entry{Slot: s, Ballot: old, Commands: command("v2")}
			}
			n.hear(1, own)
		}
	}
	if n.state.Role() != role || n.state.Committed() != accepted {
		t.Fatalf("it is %v and knows %v slots", n.state.Role(), n.state.Committed())
	}
	return n
}

// seen is what a step left behind.
type seen struct {
	role      core.Role
	promised  quorate.Ballot
	committed quorate.Slot
	persisted bool // a promise
	stored    int
	stepped   bool // down
	abdicated bool
	reply     string
}

func (n *single) seen(from int) seen {
	s := seen{
		role: n.state.Role(), promised: n.state.Log().Promised(), committed: n.state.Committed(),
		persisted: n.out.Promise != 0, stored: len(n.out.Store),
		stepped: n.out.SteppedDown != 0, abdicated: n.out.Abdicated,
	}
	if n.out.Promise != 0 && n.out.Promise != s.promised {
		n.tb.Errorf("it persists %v and promises %v", n.out.Promise, s.promised)
	}
	for _, m := range n.sentTo(n.id(from)) {
		switch m := m.(type) {
		case core.PrepareReply:
			s.reply += answer(m.OK, m.Reason)
			if m.Accepted.Ballot != 0 {
				s.reply += " " + text(m.Accepted.Commands)
			}
			if m.Progress != (core.Progress{Promised: s.promised, Committed: s.committed}) || m.End < s.committed {
				n.tb.Errorf("it reports %+v", m)
			}
		case core.AcceptReply:
			s.reply += answer(m.OK, m.Reason)
			if m.Progress != (core.Progress{Promised: s.promised, Committed: s.committed}) {
				n.tb.Errorf("it reports %+v", m)
			}
		case core.LeaderCheckReply:
			s.reply += answer(m.OK, core.ReasonNone)
		case core.RetransmitRequest:
			s.reply += fmt.Sprint("from ", m.From)
		default:
			s.reply += fmt.Sprintf("%T", m)
		}
	}
	return s
}

func answer(ok bool, reason core.Reason) string {
	if ok {
		return "ok"
	}
	return "no: " + reason.String()
}

// relations returns ballots of member from, by how they stand to the promise.
func relations(n *single, from int) map[string]quorate.Ballot {
	p := n.state.Log().Promised()
	b := map[string]quorate.Ballot{
		"lower":  n.ballot(p.Counter()-1, from),
		"higher": n.ballot(p.Counter()+1, from),
	}
	switch same := n.ballot(p.Counter(), from); {
	case same == p:
		b["equal"] = same
	case same < p:
		b["lower id"] = same
	default:
		b["higher id"] = same
	}
	return b
}

// stepsDown changes what is expected of a receiver that gives way.
func (s seen) stepsDown() seen {
	s.stepped, s.abdicated = s.role == core.Leader, s.role == core.Leader
	s.role = core.Follower
	return s
}

func each(t *testing.T, test func(t *testing.T, role core.Role, from int, relation string, slot quorate.Slot)) {
	for _, role := range roles {
		for _, from := range []int{0, 2} {
			for _, relation := range []string{"lower", "lower id", "equal", "higher id", "higher"} {
				for _, slot := range []quorate.Slot{known, accepted, empty, unheardOf} {
					t.Run(fmt.Sprintf("%v/from %d/%s/slot %v", role, from, relation, slot), func(t *testing.T) {
						test(t, role, from, relation, slot)
					})
				}
			}
		}
	}
}

// TestPrepareRelations: no for a lower ballot, and where the slot is chosen, which
// changes nothing; otherwise a promise, on disk if it is news, and with what was
// accepted in the slot. Who leads or recovers gives way to it, and answers still.
func TestPrepareRelations(t *testing.T) {
	each(t, func(t *testing.T, role core.Role, from int, relation string, slot quorate.Slot) {
		n := in(t, role)
		b, ok := relations(n, from)[relation]
		if !ok {
			t.Skip("no such ballot")
		}
		want := n.seen(from)
		want.persisted, want.stored, want.stepped, want.abdicated = false, 0, false, false
		n.hear(from, core.Prepare{Ballot: b, Slot: slot})
		switch {
		case b < want.promised:
			want.reply = "no: higher ballot promised"
		case slot == known:
			want.reply = "no: slot committed"
		default:
			want.reply = "ok"
			if slot == accepted {
				want.reply = "ok v2"
			} else if slot == empty && role == core.Leader {
				want.reply = "ok -" // what it proposed there itself
			}
			if b > want.promised || slot > 0 { // the promise was given with an Accept, nobody prepared a slot
				want = want.stepsDown()
			}
			want.persisted, want.promised = b > want.promised, b
		}
		if got := n.seen(from); got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		if want.persisted && n.state.Leader() != 0 {
			t.Errorf("it follows %v still", n.state.Leader())
		}
		n.waits(from)
	})
}

// waits looks that an answer waits for the disk.
func (n *single) waits(from int) {
	for _, s := range n.out.Sends {
		if s.Now && s.To == n.id(from) {
			n.tb.Errorf("%+v does not wait for the disk", s.Message)
		}
	}
}

// TestAcceptRelations: no for a lower ballot, and where the slot is chosen unless
// it is the very proposal that was accepted; otherwise it is on disk before the
// answer leaves, and a promise.
func TestAcceptRelations(t *testing.T) {
	each(t, func(t *testing.T, role core.Role, from int, relation string, slot quorate.Slot) {
		n := in(t, role)
		b, ok := relations(n, from)[relation]
		if !ok {
			t.Skip("no such ballot")
		}
		want := n.seen(from)
		want.persisted, want.stored, want.stepped, want.abdicated = false, 0, false, false
		value := "w"
		if slot <= accepted && relation == "equal" {
			value = fmt.Sprint("v", slot)
		}
		n.hear(from, core.Accept{Ballot: b, Slot: slot, Commands: command(value)})
		switch {
		case b < want.promised:
			want.reply = "no: higher ballot promised"
		case slot == known && relation != "equal":
			want.reply = "no: slot committed"
		default:
			want.reply = "ok"
			want = want.stepsDown()
			if relation != "equal" || slot > accepted {
				want.stored = 1
			}
			want.promised = b
		}
		if got := n.seen(from); got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		if e, _ := n.state.Log().Entry(slot); want.stored > 0 && (text(e.Commands) != value || e.Ballot != b || e.Chosen) {
			t.Errorf("it holds %+v", e)
		}
		n.waits(from)
	})
}

// TestCommitRelations: a Commit from a lower ballot than one's own, of nothing
// new, disturbs nobody; one of something new, or under a higher ballot, makes
// everybody a follower. Values are known chosen only as far as they were accepted
// under the ballot of the Commit; the rest is asked for.
func TestCommitRelations(t *testing.T) {
	each(t, func(t *testing.T, role core.Role, from int, relation string, slot quorate.Slot) {
		n := in(t, role)
		b, ok := relations(n, from)[relation]
		if !ok {
			t.Skip("no such ballot")
		}
		leads := role == core.Recoverer || role == core.Leader
		committed := slot + 1
		want := n.seen(from)
		want.persisted, want.stored, want.stepped, want.abdicated = false, 0, false, false
		n.hear(from, core.Commit{Ballot: b, Seq: 2, Committed: committed})
		heard := b >= n.ballot(5, 0)
		if leads && (b > want.promised || committed > accepted) || heard && role == core.Probing {
			want = want.stepsDown()
		}
		if b == n.ballot(5, 0) && !leads && committed > accepted || leads && from == 0 && relation == "lower" && committed > accepted && role == core.Recoverer {
			want.committed = accepted + 1
		}
		got := n.seen(from)
		if got.reply = ""; got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		if want.committed < committed {
			for n.out.Deadline < n.now+20_000_000 && n.seen(from).reply == "" {
				n.wait()
			}
			if reply := n.seen(from).reply; reply != fmt.Sprint("from ", want.committed) {
				t.Errorf("it asks %q", reply)
			}
		}
	})
}

// TestStrangers: who is no member, and who speaks under another's ballot, is not
// heard. Nor is a member that seems to speak to itself.
func TestStrangers(t *testing.T) {
	for _, role := range roles {
		for _, from := range []quorate.ID{0, quorate.Route(1), quorate.NewBallot(0, 9<<16|9).Owner(), 1<<16 | 2, 1<<16 | 1} {
			n := in(t, role)
			higher := quorate.NewBallot(99, 1<<16|3)
			if from == n.id(1) {
				higher = n.ballot(99, 1)
			}
			before := n.seen(0)
			before.persisted, before.stored, before.stepped, before.abdicated, before.reply = false, 0, false, false, ""
			for _, m := range []core.Message{
				core.Prepare{Ballot: higher, Slot: 2}, core.Accept{Ballot: higher, Slot: 2, Commands: command("w")},
				core.Commit{Ballot: higher, Seq: 3, Committed: 9}, core.LeaderCheck{Ballot: higher, Round: 1}, nil,
			} {
				n.step(core.Event{Kind: core.Received, From: from, Message: m})
				got := n.seen(0)
				if got.reply = ""; got != before || len(n.out.Sends) > 0 {
					t.Errorf("%v of %v makes %+v of %+v, and it sends %+v", m, from, got, before, n.out.Sends)
				}
			}
		}
	}
}
