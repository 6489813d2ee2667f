package ghost_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

func TestBallots(t *testing.T) {
	tell(t, 3, []story{
		{"promises rise", "", 0, "", steps(phase1(b1, 1, 2), phase1(b2, 0, 2))},
		{"the same promise again", "", 0, "", steps(phase1(b1, 1), send(1, promise(b1, 0)))},
		{"a lower promise", ghost.RuleBallot, 2, "promises 1@1.1 after it had acknowledged 2@1.2",
			steps(phase1(b2, 2), send(2, promise(b1, 0)))},
		{"a lower promise on disk", ghost.RuleBallot, 2, "", steps(disk(2, promise(b2, 0)), disk(2, promise(b1, 0)))},
		{"a lower vote on disk", ghost.RuleBallot, 2, "", steps(phase1(b1, 1), send(0, propose(b1, 0, "x")), disk(2, promise(b2, 0)), disk(2, vote(b1, 0, "x")))},
		{"a vote after a promise left", ghost.RuleBallot, 2, "votes at 1@1.1 after it had acknowledged 2@1.2",
			steps(phase1(b1, 1), accept(b1, 0, "x"), disk(2, vote(b1, 0, "x")), disk(2, promise(b2, 0)), send(2, promise(b2, 0), report(b1, 0, "x")), send(2, vote(b1, 0)))},
		{"a promise after a vote left", ghost.RuleBallot, 2, "promises 1@1.1 after it had acknowledged 2@1.2",
			steps(phase1(b2, 2), accept(b2, 0, "x", 2), send(2, promise(b1, 0)))},
		{"a vote waits for the disk while a promise is written", "", 0, "",
			steps(phase1(b1, 1), accept(b1, 0, "x"), disk(2, vote(b1, 0, "x"), promise(b2, 0)), send(2, vote(b1, 0)))},
		{"following binds nobody", "", 0, "", steps(phase1(b2, 2), send(0, follow(b2)), disk(0, promise(b1, 0)), send(0, follow(b1)))},
		{"following after a promise", ghost.RuleBallot, 2, "follows the leader of 1@1.1 after it had promised 2@1.2",
			steps(phase1(b2, 2), send(2, follow(b1)))},
	})
}

func TestDurablePromises(t *testing.T) {
	tell(t, 3, []story{
		{"promise", ghost.RuleDurable, 2, "promises 1@1.1 with the promise of 0@0.0 on its disk", send(2, promise(b1, 0))},
		{"prepare", ghost.RuleDurable, 0, "asks for promises of 1@1.1", send(0, prepare(b1, 0))},
		{"elected", ghost.RuleDurable, 0, "was elected", steps(disk(1, promise(b1, 0)), disk(2, promise(b1, 0)), send(1, promise(b1, 0)), send(2, promise(b1, 0)), elected(0, b1))},
		{"propose", ghost.RuleDurable, 0, "proposes under 1@1.1", steps(disk(1, promise(b1, 0)), disk(2, promise(b1, 0)), send(1, promise(b1, 0)), send(2, promise(b1, 0)), send(0, propose(b1, 0, "x")))},
		{"a vote is a promise", "", 0, "", steps(phase1(b1, 1), accept(b1, 0, "x", 2), send(2, promise(b1, 0), report(b1, 0, "x")))},
		{"what was learnt is a promise after a restart", "", 0, "",
			steps(phase1(b1, 1), accept(b1, 0, "x", 0, 1), disk(2, chosen(b1, 0, "x")), send(2, promise(b1, 0), chosen(b1, 0, "x")))},
	})
}

// A vote is all that tells of a promise, until the slot is trimmed or gets a
// value that was learnt.
func TestPromisesThatGoWithVotes(t *testing.T) {
	before := steps(phase1(b1, 1), accept(b1, 0, "x", 0, 1, 2), accept(b1, 1, "y", 2))
	again := send(2, vote(b1, 0))
	tell(t, 3, []story{
		{"a vote is left", "", 0, "", steps(before, disk(2, trimmed(1)), again)},
		{"none is left", ghost.RuleDurable, 2, "votes at 1@1.1, but the vote that promised 1@1.1 is gone from its disk: after a crash it would find the promise of 0@0.0",
			steps(before, disk(1, vote(b1, 1, "y")), disk(2, trimmed(2)), again)},
		{"one is trimmed, one replaced", ghost.RuleDurable, 2, "gone", steps(before, disk(1, vote(b1, 1, "y")), disk(2, trimmed(1)), disk(2, chosen(0, 1, "y")), again)},
		{"one is replaced, both are trimmed", ghost.RuleDurable, 2, "gone", steps(before, disk(1, vote(b1, 1, "y")), disk(2, chosen(0, 1, "y")), disk(2, trimmed(2)), again)},
		{"written twice", ghost.RuleDurable, 2, "gone", steps(before, disk(2, vote(b1, 0, "x")), disk(1, vote(b1, 1, "y")), disk(2, trimmed(2)), again)},
		{"the promise is written with it", "", 0, "", steps(before, disk(1, vote(b1, 1, "y")), disk(2, trimmed(2), promise(b1, 0)), again)},
		{"the promise was written before", "", 0, "", steps(before, disk(1, vote(b1, 1, "y")), disk(1, trimmed(2)), send(1, vote(b1, 0)))},
		{"what was learnt tells of it", "", 0, "", steps(before, disk(1, vote(b1, 1, "y")), disk(2, chosen(b1, 1, "y")), disk(2, trimmed(1)), again)},
		{"a later vote tells of more", "", 0, "", steps(before, phase1(b2), tells(0, b2, report(b1, 0, "x")), send(1, propose(b2, 1, "y")), disk(2, vote(b2, 1, "y")), disk(2, trimmed(1)), again)},
		{"a leader", ghost.RuleDurable, 0, "proposes under 1@1.1, but the vote that promised 3@1.3 is gone",
			steps(phase1(b1, 1), phase1(b3, 1), accept(b3, 0, "x", 0, 1), disk(0, trimmed(1)), send(0, propose(b1, 5, "x")))},
	})
}

func TestLeaders(t *testing.T) {
	tell(t, 3, []story{
		{"one for each ballot", "", 0, "", steps(phase1(b1, 1), elected(0, b1), phase1(b2, 2), elected(1, b2))},
		{"twice", ghost.RuleLeader, 0, "second time", steps(phase1(b1, 1), elected(0, b1), elected(0, b1))},
		{"not the owner", ghost.RuleLeader, 1, "belongs to 1.1", steps(phase1(b1, 1), elected(1, b1))},
		{"prepares another's", ghost.RuleLeader, 1, "belongs to 1.1", steps(phase1(b1, 1), send(1, prepare(b1, 0)))},
		{"proposes under another's", ghost.RuleLeader, 1, "belongs to 1.1", steps(phase1(b1, 1), send(1, propose(b1, 0, "x")))},
		{"speaks for another", ghost.RuleLeader, 1, "belongs to 1.1", steps(phase1(b1, 1), send(1, committed(b1, 0)))},
	})
}

// A ballot has one owner in each log, who is elected there once.
func TestLeadersOfManyLogs(t *testing.T) {
	of := func(log string, c quorate.Claim) quorate.Claim {
		c.Log = log
		return c
	}
	asks := func(log string) step {
		mine := of(log, promise(b1, 0))
		return steps(disk(0, mine), send(0, of(log, prepare(b1, 0))), disk(1, mine), send(1, mine))
	}
	wins := func(node int, log string) step {
		return func(w *world) error { return w.Elected(node, quorate.Elected{Log: log, Ballot: b1}) }
	}
	tell(t, 3, []story{
		{"of two logs", "", 0, "", steps(asks("k"), asks("l"), wins(0, "k"), wins(0, "l"))},
		{"of one log twice", ghost.RuleLeader, 0, "second time", steps(asks("k"), asks("l"), wins(0, "k"), wins(0, "l"), wins(0, "k"))},
		{"of a log that was not asked for", ghost.RuleQuorum, 0, "", steps(asks("k"), disk(0, of("l", promise(b1, 0))), send(0, of("l", propose(b1, 0, "x"))))},
		{"not the owner", ghost.RuleLeader, 1, "belongs to 1.1", steps(asks("k"), wins(1, "k"))},
	})
}

func TestPhase1Quorum(t *testing.T) {
	tell(t, 5, []story{
		{"enough", "", 0, "", steps(phase1(b1, 1, 2), elected(0, b1), send(0, propose(b1, 0, "x")))},
		{"too few to propose", ghost.RuleQuorum, 0, "only {1.1, 1.2} has promised it completely", steps(phase1(b1, 1), send(0, propose(b1, 0, "x")))},
		{"too few to be elected", ghost.RuleQuorum, 0, "only {1.1, 1.2} has promised", steps(phase1(b1, 1), elected(0, b1))},
		{"promised on disk but not to anybody", ghost.RuleQuorum, 0, "", steps(phase1(b1, 1), disk(2, promise(b1, 0)), send(0, propose(b1, 0, "x")))},
		{"promised another ballot", ghost.RuleQuorum, 0, "", steps(phase1(b1, 1), phase1(b2, 2, 3), send(0, propose(b1, 0, "x")))},
		{"promised for later slots only", ghost.RuleQuorum, 0, "", steps(phase1(b1, 1), disk(2, promise(b1, 0)), send(2, promise(b1, 3)), send(0, propose(b1, 2, "x")))},
		{"promised for these slots", "", 0, "", steps(phase1(b1, 1), disk(2, promise(b1, 0)), send(2, promise(b1, 3)), send(0, propose(b1, 3, "x")))},
		{"elected for fewer slots than asked", ghost.RuleQuorum, 0, "", steps(phase1(b1, 1), disk(2, promise(b1, 0)), send(2, promise(b1, 3)), elected(0, b1))},
		{"the owner's vote counts as a proposal", ghost.RuleQuorum, 0, "", steps(phase1(b1, 1), disk(0, vote(b1, 0, "x")))},
	})
}

// A promise comes in parts, which get lost, come again, and out of order.
func TestPartsOfPromises(t *testing.T) {
	parts := func(sent ...quorate.Claim) step {
		list := []step{phase1(b1, 1), disk(2, promise(b1, 0))}
		for _, p := range sent {
			list = append(list, send(2, p))
		}
		return steps(append(list, send(0, propose(b1, 2, "x")))...)
	}
	tell(t, 5, []story{
		{"in order", "", 0, "", parts(part(b1, 2, 4), part(b1, 4, 4), promise(b1, 4))},
		{"backwards", "", 0, "", parts(promise(b1, 6), part(b1, 4, 6), part(b1, 2, 4))},
		{"overlapping", "", 0, "", parts(part(b1, 0, 3), part(b1, 5, 7), part(b1, 1, 6), promise(b1, 6))},
		{"first missing", ghost.RuleQuorum, 0, "", parts(part(b1, 3, 4), promise(b1, 4))},
		{"middle missing", ghost.RuleQuorum, 0, "", parts(part(b1, 2, 4), promise(b1, 5))},
		{"last missing", ghost.RuleQuorum, 0, "", parts(part(b1, 2, 4), part(b1, 4, 9))},
		{"apart", ghost.RuleQuorum, 0, "", parts(part(b1, 8, 9), part(b1, 2, 3), part(b1, 5, 6), promise(b1, 9))},
	})
}

// Slots may be prepared one by one: each has a quorum of its own, and only what
// it has promised for this one counts.
func TestSlotBySlot(t *testing.T) {
	asked := func(sent ...step) step {
		ask := func(s quorate.Slot) quorate.Claim {
			return quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: b1, Slot: s, Upto: s + 1}
		}
		return steps(append([]step{disk(0, promise(b1, 0)), disk(1, promise(b1, 0)), disk(2, promise(b1, 0)), send(0, ask(1), ask(2))}, sent...)...)
	}
	from1, from2 := send(1, part(b1, 1, 2), promise(b1, 3)), send(2, part(b1, 2, 3), promise(b1, 3))
	tell(t, 3, []story{
		{"one slot", "", 0, "", asked(from1, send(0, propose(b1, 1, "x")))},
		{"another slot", ghost.RuleQuorum, 0, "only {1.1} has promised it completely from slot 2 on", asked(from1, send(0, propose(b1, 2, "x")))},
		{"each slot by another", "", 0, "", asked(from1, from2, send(0, propose(b1, 1, "x"), propose(b1, 2, "x")), elected(0, b1), send(0, propose(b1, 7, "x")))},
		{"elected with one slot open", ghost.RuleQuorum, 0, "from slot 2 on", asked(from1, elected(0, b1))},
		{"elected with the first slot open", ghost.RuleQuorum, 0, "from slot 1 on", asked(from2, elected(0, b1))},
		{"elected with the end open", ghost.RuleQuorum, 0, "from slot 3 on", asked(send(1, part(b1, 1, 2)), send(2, part(b1, 2, 3)), elected(0, b1))},
		{"elected with one slot chosen", "", 0, "", steps(phase1(b1, 1, 2), accept(b1, 2, "x", 0, 1, 2),
			disk(0, promise(b2, 0)), disk(1, promise(b2, 0)), send(1, quorate.Claim{Kind: quorate.ClaimPrepare, Ballot: b2, Slot: 1, Upto: 2}),
			send(0, part(b2, 1, 2), promise(b2, 3)), elected(1, b2))},
		{"the end alone", ghost.RuleQuorum, 0, "", asked(from1, send(0, propose(b1, 9, "x"), propose(b1, 2, "x")))},
	})
}

func TestReports(t *testing.T) {
	// 1.2 and 1.3 voted for x in slot 0, 1.3 for y in slot 1: x is chosen.
	before := steps(phase1(b1, 1, 2), accept(b1, 0, "x", 1, 2), accept(b1, 1, "y", 2))
	ask := func(claims ...quorate.Claim) step {
		return steps(before, phase1(b2), disk(2, promise(b2, 0)), send(2, claims...))
	}
	tell(t, 3, []story{
		{"all", "", 0, "", ask(promise(b2, 0), report(b1, 0, "x"), report(b1, 1, "y"))},
		{"in parts", "", 0, "", steps(ask(part(b2, 0, 1), report(b1, 0, "x")), send(2, promise(b2, 1), report(b1, 1, "y")))},
		{"what is chosen is told as chosen", "", 0, "", ask(promise(b2, 0), chosen(b1, 0, "x"), report(b1, 1, "y"))},
		{"what is below the question is not told", "", 0, "", ask(promise(b2, 1), report(b1, 1, "y"))},
		{"a vote left out", ghost.RuleReport, 2, "without its vote for [put y= (79:1)] in slot 1 at 1@1.1", ask(promise(b2, 0), report(b1, 0, "x"))},
		{"a vote left out of a part", ghost.RuleReport, 2, "slot 0", ask(part(b2, 0, 1))},
		{"a vote left out of the last part", ghost.RuleReport, 2, "slot 1", steps(ask(part(b2, 0, 1), report(b1, 0, "x")), send(2, promise(b2, 1)))},
		{"another value", ghost.RuleReport, 2, "that is not on its disk", ask(promise(b2, 0), report(b1, 0, "z"), report(b1, 1, "y"))},
		{"another ballot", ghost.RuleReport, 2, "that is not on its disk", ask(promise(b2, 0), report(ballot(0, 0), 0, "x"), report(b1, 1, "y"))},
		{"a vote never cast", ghost.RuleReport, 2, "nothing was proposed in slot 7", ask(promise(b2, 0), report(b1, 0, "x"), report(b1, 1, "y"), report(b1, 7, "z"))},
		{"another's vote", ghost.RuleReport, 1, "that is not on its disk", steps(before, phase1(b3), disk(1, promise(b3, 0)), send(1, promise(b3, 0), report(b1, 0, "x"), report(b1, 1, "y")))},
		{"a trimmed vote", "", 0, "", steps(before, disk(2, trimmed(1)), phase1(b2), tells(2, b2, report(b1, 1, "y")))},
		{"a vote left out, with other claims after", ghost.RuleReport, 2, "slot 0", ask(promise(b2, 0), report(b1, 1, "y"), committed(0, 0))},
		{"a vote never cast in the next slot", ghost.RuleReport, 2, "nothing was proposed in slot 2", ask(promise(b2, 0), report(b1, 0, "x"), report(b1, 1, "y"), report(b1, 2, "z"))},
		{"what is below the question is told all the same", "", 0, "", ask(promise(b2, 1), chosen(b1, 0, "x"), report(b1, 1, "y"))},
		{"what is above the part is told all the same", "", 0, "", ask(part(b2, 0, 0), chosen(b1, 0, "x"))},
		{"chosen under an unknown ballot", "", 0, "", ask(promise(b2, 0), chosen(0, 0, "x"), report(b1, 1, "y"))},
		{"called chosen what is not", ghost.RuleChosen, 2, "slot 1", ask(promise(b2, 0), report(b1, 0, "x"), chosen(b1, 1, "y"))},
	})
}

// Only the last vote below the ballot must be told; what became durable after
// the promise was made need not be, and may be.
func TestReportOfSeveralVotes(t *testing.T) {
	before := steps(phase1(b1, 1), accept(b1, 0, "x", 2), phase1(b2, 0), accept(b2, 0, "y", 2), disk(2, promise(b3, 0)))
	tell(t, 3, []story{
		{"the last", "", 0, "", steps(before, send(2, promise(b3, 0), report(b2, 0, "y")))},
		{"an earlier one", ghost.RuleReport, 2, "but it has voted for [put y= (79:1)] at 2@1.2", steps(before, send(2, promise(b3, 0), report(b1, 0, "x")))},
		{"one at the promised ballot", "", 0, "", steps(before, phase1(b3, 0), accept(b3, 0, "y", 2), send(2, promise(b3, 0), report(b3, 0, "y")))},
		{"not the one at the promised ballot", "", 0, "", steps(before, phase1(b3, 0), accept(b3, 0, "y", 2), send(2, promise(b3, 0), report(b2, 0, "y")))},
	})
}
