package core

import (
	"testing"

	"github.com/quorate/quorate"
)

func cluster(t testing.TB, n int) *quorate.Cluster {
	c, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func whole(from quorate.Slot, entries ...Entry) Promise {
	next := from
	for _, e := range entries {
		next = max(next, e.Slot+1)
	}
	return Promise{From: from, Next: next, Entries: entries}
}

// TestRecoveryChoice goes through what two promises may say of one slot.
func TestRecoveryChoice(t *testing.T) {
	a := Entry{Slot: 0, Ballot: low, Commands: value("a")}
	b := Entry{Slot: 0, Ballot: middle, Commands: value("b")}
	chosen := Entry{Slot: 0, Ballot: low, Chosen: true, Commands: value("a")}
	nothing := Entry{}
	for _, test := range []struct {
		name        string
		left, right Entry
		want        Entry
	}{
		{"the highest ballot wins", a, b, b},
		{"one accepted value", nothing, a, a},
		{"chosen beats a higher ballot", chosen, b, chosen},
		{"nothing: a no-op", nothing, nothing, Entry{Commands: NoOp()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, order := range [][2]Entry{{test.left, test.right}, {test.right, test.left}} {
				c := cluster(t, 3)
				r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 0)
				end := Entry{Slot: 1, Ballot: low, Commands: value("end")}
				for i, e := range order {
					p := whole(0, end)
					if e.Commands != nil {
						p = whole(0, e, end)
					}
					r.Add(i, p)
				}
				if r.Outcome() != quorate.Won {
					t.Fatal("two of three promises are no quorum?")
				}
				got := r.Values()
				if len(got) != 2 || !equal(got[0], test.want) {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
			}
		})
	}
}

func TestRecoveryNeedsWholePromisesOfDistinctMembers(t *testing.T) {
	c := cluster(t, 3)
	r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 0)
	first := Promise{From: 0, Next: 1, More: true, Entries: []Entry{{Slot: 0, Ballot: low, Commands: value("a")}}}
	last := whole(1, Entry{Slot: 1, Ballot: low, Commands: value("b")})
	if r.Add(0, last) {
		t.Error("the second part counted before the first")
	}
	r.Add(0, whole(0))
	r.Add(0, whole(0))
	if r.Outcome() != quorate.Pending {
		t.Error("the same member counted twice")
	}
	if r.Add(1, first) || r.Outcome() != quorate.Pending || r.Wanted(1) != 1 {
		t.Error("an incomplete promise counted")
	}
	if !r.Add(1, last) || r.Outcome() != quorate.Won || len(r.Values()) != 2 {
		t.Error("the complete promise did not count")
	}
}

func TestRecoveryIgnoresPromisesOfTrimmedLogs(t *testing.T) {
	c := cluster(t, 3)
	r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 5)
	p := whole(5)
	p.Base = 6
	if r.Add(0, p) || r.Promised(0) {
		t.Error("a promise that cannot report slot 5 counted")
	}
}

// TestImplausiblePromises: what no log can say must not make a candidate fill
// slots up to the end of numbers.
func TestImplausiblePromises(t *testing.T) {
	far := ^quorate.Slot(0)
	entry := func(s quorate.Slot) Entry { return Entry{Slot: s, Ballot: low, Commands: value("a")} }
	for _, p := range []Promise{
		{From: 0, Next: far},
		{From: 0, Next: far, Entries: []Entry{entry(far - 1)}},
		{From: 0, Next: 1, Entries: []Entry{entry(far)}},
		{From: 0, Next: 3, Entries: []Entry{entry(2), entry(1)}},
		{From: 0, Next: 3, Entries: []Entry{entry(1), entry(1)}},
		{From: 0, Next: Span + 2, Entries: []Entry{entry(Span + 1)}},
	} {
		c := cluster(t, 1)
		r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 0)
		if r.Add(0, p) || len(r.Values()) > 0 {
			t.Errorf("counted: from %v, next %v, %d entries", p.From, p.Next, len(p.Entries))
		}
	}
	c := cluster(t, 1)
	r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 0)
	if !r.Add(0, Promise{From: 0, Next: Span + 1, Entries: []Entry{entry(0), entry(Span)}}) || len(r.Values()) != Span+1 {
		t.Error("the widest possible promise did not count")
	}
}

func TestTrimToTheEndOfNumbers(t *testing.T) {
	l := sample()
	l.Trim(^quorate.Slot(0))
	if l.Len() != 0 || l.Committed() != ^quorate.Slot(0) {
		t.Errorf("len %v, committed %v", l.Len(), l.Committed())
	}
}

func TestPromiseReportsChosenEntries(t *testing.T) {
	p := sample().PromisePart(2, 1<<20)
	if p.Base != 2 || p.More || len(p.Entries) != 4 || !p.Entries[0].Chosen || p.Entries[2].Chosen || !p.Entries[3].Chosen {
		t.Errorf("promise %+v", p)
	}
}

func TestVotesBelongToABallotAndAnOpenSlot(t *testing.T) {
	c := cluster(t, 5)
	p := NewProposals(c, quorate.MajorityQuorums(c).Phase2, middle, 3)
	s := p.Propose(value("a"), 0, c.All())
	for _, wrong := range []struct {
		name   string
		member int
		ballot quorate.Ballot
		slot   quorate.Slot
	}{
		{"lower ballot", 3, low, s}, {"higher ballot", 4, high, s},
		{"earlier slot", 3, middle, s - 1}, {"later slot", 4, middle, s + 1},
	} {
		if p.Vote(wrong.member, wrong.ballot, wrong.slot) {
			t.Errorf("%s: counted", wrong.name)
		}
	}
	for _, member := range []int{0, 0, 0, 1} {
		if p.Vote(member, middle, s) {
			t.Error("chosen by two members of five, or by votes for other ballots and slots")
		}
	}
	if !p.Vote(2, middle, s) || p.Vote(3, middle, s) {
		t.Error("the third vote decides, once")
	}
	if p.Open() != 0 || p.Next() != s+1 {
		t.Errorf("open %d, next %v", p.Open(), p.Next())
	}
}

func TestProposalsOutOfOrder(t *testing.T) {
	c := cluster(t, 1)
	p := NewProposals(c, quorate.MajorityQuorums(c).Phase2, middle, 0)
	p.Skip()
	for range 3 {
		p.Propose(value("a"), 0, c.All())
	}
	p.Vote(0, middle, 2)
	var open []quorate.Slot
	p.Each(func(q *Proposal) bool { open = append(open, q.Slot); return true })
	if len(open) != 2 || open[0] != 1 || open[1] != 3 || p.Open() != 2 {
		t.Errorf("open %v", open)
	}
	p.Vote(0, middle, 1)
	p.Vote(0, middle, 3)
	if p.Open() != 0 || p.Next() != 4 || p.Propose(value("b"), 0, c.All()) != 4 {
		t.Error("slots were lost or used twice")
	}
}

// TestAdvance: what is known chosen meanwhile is not asked for any more, and what
// was read beyond it stays.
func TestAdvance(t *testing.T) {
	c := cluster(t, 3)
	r := NewRecovery(c, quorate.MajorityQuorums(c).Phase1, high, 0)
	entry := func(s quorate.Slot) Entry { return Entry{Slot: s, Ballot: low, Commands: value("a")} }
	r.Add(0, whole(0, entry(0), entry(3)))
	r.Add(1, Promise{From: 0, Next: 1, More: true, Entries: []Entry{entry(0)}})
	r.Advance(2)
	r.Advance(1)
	if r.From() != 2 || r.Wanted(1) != 2 || !r.Promised(0) {
		t.Fatalf("from %v, wanted %v, promised %v", r.From(), r.Wanted(1), r.Promised(0))
	}
	if !r.Add(1, Promise{From: 2, Next: 2, Base: 2}) {
		t.Error("a log that is trimmed up to there is complete")
	}
	if got := r.Values(); len(got) != 2 || got[1].Slot != 3 || got[1].Ballot != low {
		t.Errorf("values %+v", got)
	}
	r.Advance(9)
	if len(r.Values()) != 0 {
		t.Error("values of slots that are chosen")
	}
}

func TestDisownedVotesAreGone(t *testing.T) {
	c := cluster(t, 5)
	p := NewProposals(c, quorate.MajorityQuorums(c).Phase2, middle, 0)
	first, second := p.Propose(value("a"), 0, c.All()), p.Propose(value("b"), 0, c.All())
	for _, i := range []int{0, 1, 2} {
		p.Vote(i, middle, second)
	}
	p.Vote(0, middle, first)
	p.Vote(1, middle, first)
	p.Disown(1)
	p.Disown(4)
	if p.Vote(2, middle, first) {
		t.Error("a vote that was given up counted")
	}
	if !p.Vote(1, middle, first) || p.Open() != 0 {
		t.Error("the member's next vote does not count")
	}
}
