package ghost_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

func lost(node int) step { return func(w *world) error { w.Lost(node); return nil } }

func fenced(node int) step { return func(w *world) error { w.Fenced(node); return nil } }

func admitted(node int) step { return func(w *world) error { return w.Admitted(node) } }

// knows says on disk that the slots below upto are chosen.
func knows(node int, upto quorate.Slot) step { return disk(node, committed(0, upto)) }

// TestAdmitted: x is chosen in slot 0 under b1 by nodes 0 and 2, and node 2 loses
// its disk.
func TestAdmitted(t *testing.T) {
	before := steps(phase1(b1, 1, 2), elected(0, b1), accept(b1, 0, "x", 0, 2), lost(2))
	back := steps(before, fenced(2), disk(2, vote(b1, 0, "x")), disk(2, promise(b1, 0)), admitted(2))
	higher := steps(phase1(b2), tells(0, b2, report(b1, 0, "x")), accept(b2, 0, "x", 1))
	tell(t, 3, []story{
		{"with all it owes", "", 0, "", back},
		{"without the promise", ghost.RuleAdmitted, 2, "with the promise of 0", steps(before, fenced(2), knows(2, 1), admitted(2))},
		{"without the value", ghost.RuleAdmitted, 2, "has not got what was chosen in slot 0 at 1@1.1", steps(before, fenced(2), disk(2, promise(b1, 0)), admitted(2))},
		{"knowing that it is chosen", "", 0, "", steps(before, fenced(2), disk(2, promise(b1, 0)), knows(2, 1), admitted(2))},
		{"with the value as a chosen one", "", 0, "", steps(before, fenced(2), disk(2, promise(b1, 0)), disk(2, chosen(b1, 0, "x")), admitted(2))},
		{"under a ballot too low", ghost.RuleAdmitted, 2, "chosen in slot 0 at 2@1.2", steps(
			phase1(b1, 1, 2), accept(b1, 0, "x", 0), higher, disk(2, vote(b2, 0, "x")), lost(2), fenced(2),
			disk(2, vote(b1, 0, "x")), disk(2, promise(b2, 0)), admitted(2))},
		{"what is chosen later is no debt", "", 0, "", steps(phase1(b1, 1, 2), lost(2), accept(b1, 0, "x", 0), fenced(2),
			disk(1, vote(b1, 0, "x")), disk(2, promise(b1, 0)), admitted(2))},
		{"knowing more than is chosen", ghost.RuleChosen, 2, "slot 1 is not", steps(before, knows(2, 2))},
		{"promising before", ghost.RuleAdmitted, 2, "promises 2@1.2, but it lost its disk", steps(before, disk(2, promise(b2, 0)), send(2, promise(b2, 0)))},
		{"voting before", ghost.RuleAdmitted, 2, "votes at 1@1.1, but it lost its disk", steps(before, disk(2, vote(b1, 0, "x")), send(2, vote(b1, 0)))},
		{"voting for what it was told", "", 0, "", steps(back, send(2, vote(b1, 0)))},
		{"reporting what it was told", "", 0, "", steps(back, disk(2, promise(b2, 0)), send(2, promise(b2, 0), report(b1, 0, "x")))},
		{"not reporting it", ghost.RuleReport, 2, "without its vote", steps(back, disk(2, promise(b2, 0)), send(2, promise(b2, 0)))},
		{"promising less than it was told", ghost.RuleBallot, 2, "after it had acknowledged", steps(
			before, fenced(2), disk(2, promise(b3, 0)), knows(2, 1), admitted(2), send(2, promise(b1, 0)))},
		{"losing it again", ghost.RuleAdmitted, 2, "", steps(back, lost(2), fenced(2), disk(2, promise(b1, 0)), admitted(2))},
	})
}

// TestLostBefore: a log that is first heard of when a member has lost its disk knows it.
func TestLostBefore(t *testing.T) {
	named := func(log string) step {
		c := promise(b2, 0)
		c.Log = log
		return steps(disk(2, c), send(2, c))
	}
	tell(t, 3, []story{
		{"not yet admitted", ghost.RuleAdmitted, 2, "but it lost its disk", steps(lost(2), named("k"))},
		{"admitted", "", 0, "", steps(lost(2), fenced(2), admitted(2), named("k"))},
	})
}

// TestLostVotes: how long a vote counts whose disk is lost.
func TestLostVotes(t *testing.T) {
	half := steps(phase1(b1, 1, 2), accept(b1, 0, "x", 2), lost(2)) // under way to the owner of b1
	tell(t, 3, []story{
		{"until all have fenced", "", 0, "", steps(half, disk(1, vote(b1, 0, "x")), sees(1, 0, "x"))},
		{"not afterwards", ghost.RuleChosen, 1, "", steps(half, fenced(2), disk(1, vote(b1, 0, "x")), sees(1, 0, "x"))},
		{"what it made chosen stays so", "", 0, "", steps(half, disk(1, vote(b1, 0, "x")), fenced(2), sees(0, 0, "x"))},
		{"what a learner accepts is no vote", ghost.RuleChosen, 1, "", steps(half, fenced(2), disk(1, vote(b1, 0, "x")), disk(2, vote(b1, 0, "x")), sees(1, 0, "x"))},
		{"until it may vote and does", "", 0, "", steps(half, fenced(2), disk(1, vote(b1, 0, "x")), disk(2, vote(b1, 0, "x")),
			disk(2, promise(b1, 0)), admitted(2), send(2, vote(b1, 0)), sees(1, 0, "x"))},
	})
}

// TestLostPromises: an election that all have fenced cannot go on with a promise
// that is lost.
func TestLostPromises(t *testing.T) {
	asks := steps(disk(0, promise(b1, 0)), send(0, prepare(b1, 0)), disk(2, promise(b1, 0)), send(2, promise(b1, 0)), lost(2))
	wins := func(w *world) error { return w.Elected(0, quorate.Elected{Ballot: b1}) }
	tell(t, 3, []story{
		{"elected before", "", 0, "", steps(asks, wins, fenced(2))},
		{"elected afterwards", ghost.RuleQuorum, 0, "only {1.1} has promised", steps(asks, fenced(2), wins)},
		{"owed if it was elected", ghost.RuleAdmitted, 2, "1@1.1 was elected", steps(asks, wins, fenced(2), admitted(2))},
		{"not owed if it was not", "", 0, "", steps(asks, fenced(2), admitted(2))},
	})
}
