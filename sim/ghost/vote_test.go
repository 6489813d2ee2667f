package ghost_test

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

func TestDurableVotes(t *testing.T) {
	before := steps(phase1(b1, 1, 2), accept(b1, 0, "x"))
	tell(t, 3, []story{
		{"on disk", "", 0, "", steps(before, disk(1, vote(b1, 0, "x")), send(1, vote(b1, 0)))},
		{"not yet", ghost.RuleDurable, 1, "votes for slot 0 at 1@1.1, but the vote is not on its disk", steps(before, send(1, vote(b1, 0)))},
		{"in a new slot", ghost.RuleDurable, 1, "nothing was proposed in slot 1", steps(before, send(1, vote(b1, 1)))},
		{"for what nobody proposed", ghost.RuleDurable, 1, "", steps(before, disk(0, vote(b1, 0, "x")), disk(1, vote(b1, 0, "x")), disk(1, promise(b2, 0)), send(1, vote(b2, 0)))},
		{"of another ballot", ghost.RuleDurable, 1, "", steps(before, disk(1, vote(b1, 0, "x")), phase1(b2, 0), accept(b2, 0, "x"), send(1, vote(b2, 0)))},
		{"in an unknown slot", ghost.RuleDurable, 1, "nothing was proposed in slot 9", steps(before, send(1, vote(b1, 9)))},
		{"where the slot is chosen", "", 0, "", steps(before, disk(0, vote(b1, 0, "x")), disk(1, vote(b1, 0, "x")), send(2, vote(b1, 0)))},
		{"where the slot is chosen, at a ballot not promised", ghost.RuleDurable, 2, "votes at 2@1.2 with the promise of 1@1.1 on its disk",
			steps(before, disk(0, vote(b1, 0, "x")), disk(1, vote(b1, 0, "x")), phase1(b2), tells(0, b2, report(b1, 0, "x")), send(1, propose(b2, 0, "x")), send(2, vote(b2, 0)))},
		{"a second copy", "", 0, "", steps(before, disk(1, vote(b1, 0, "x")), send(1, vote(b1, 0)), send(1, vote(b1, 0)))},
		{"a batch survived a crash", "", 0, "", steps(before, disk(1, vote(b1, 0, "x")), disk(2, vote(b1, 0, "x")), sees(0, 0, "x"))},
	})
}

func TestValues(t *testing.T) {
	before := steps(phase1(b1, 1, 2), accept(b1, 0, "x"))
	tell(t, 3, []story{
		{"again", "", 0, "", steps(before, send(0, propose(b1, 0, "x")))},
		{"two under one ballot", ghost.RuleValue, 0, "two values under 1@1.1 in slot 0: [put x= (78:1)] and [put y= (79:1)]", steps(before, send(0, propose(b1, 0, "y")))},
		{"a longer one", ghost.RuleValue, 0, "", steps(before, send(0, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b1, Commands: value("x", "y")}))},
		{"voted for another", ghost.RuleValue, 1, "which nobody proposed", steps(before, disk(1, vote(b1, 0, "y")))},
		{"voted for nothing proposed", ghost.RuleValue, 1, "nothing was proposed in slot 1", steps(before, disk(1, vote(b1, 1, "y")))},
		{"voted under another ballot", ghost.RuleValue, 2, "which nobody proposed", steps(before, disk(2, vote(b2, 0, "x")))},
		{"nothing at all", "", 0, "", steps(before, send(0, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b1, Slot: 1}), send(0, quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b1, Slot: 1}))},
		{"the owner votes for another", ghost.RuleValue, 0, "two values", steps(before, disk(0, vote(b1, 0, "y")))},
		{"the owner votes first", "", 0, "", steps(before, disk(0, vote(b1, 1, "y")), send(0, propose(b1, 1, "y")))},
		{"out of reach", ghost.RuleValue, 0, "far beyond the end of the log", steps(before, send(0, propose(b1, 1<<40, "y")))},
	})
}

func TestSafeValues(t *testing.T) {
	one := func(who ...int) step { return steps(phase1(b1, 1, 2), accept(b1, 0, "x", who...)) }
	// Of two members that promise b2 one may have voted at b1.
	two := steps(disk(1, promise(b2, 0)), send(1, prepare(b2, 0)), disk(2, promise(b2, 0)))
	free := send(2, promise(b2, 0))
	tell(t, 3, []story{
		{"the value that may be chosen", "", 0, "", steps(one(1, 2), phase1(b2, 0), send(1, propose(b2, 0, "x")))},
		{"another than the chosen one", ghost.RuleSafe, 1, "can be chosen at 1@1.1 by {1.2, 1.3}", steps(one(1, 2), phase1(b2, 0), send(1, propose(b2, 0, "z")))},
		{"another than one that can still be chosen", ghost.RuleSafe, 1, "can be chosen at 1@1.1 by {1.1, 1.2}", steps(one(1), two, free, send(1, propose(b2, 0, "z")))},
		{"another than one that cannot be chosen any more", "", 0, "", steps(one(), two, free, send(1, propose(b2, 0, "z")))},
		{"a vote by one who promised nothing more", "", 0, "", steps(one(0), two, free, send(1, propose(b2, 0, "z")))},
		{"a second ballot is looked at too", ghost.RuleSafe, 2, "can be chosen at 2@1.2",
			steps(one(0), two, free, accept(b2, 0, "z", 1), disk(2, vote(b2, 0, "z")), phase1(b3), tells(0, b3, report(b1, 0, "x")), send(2, propose(b3, 0, "x")))},
		{"a lower ballot comes late", "", 0, "", steps(phase1(b1, 1, 2), phase1(b2, 0), accept(b2, 0, "z", 0, 1), send(0, propose(b1, 0, "x")))},
		{"an owner's own vote", ghost.RuleSafe, 1, "", steps(one(0, 2), phase1(b2), tells(0, b2, report(b1, 0, "x")), disk(1, vote(b2, 0, "z")))},
	})
}

func TestChosen(t *testing.T) {
	before := steps(phase1(b1, 1, 2), accept(b1, 0, "x", 0, 1), accept(b1, 1, "y", 0))
	tell(t, 3, []story{
		{"learnt", "", 0, "", steps(before, sees(0, 0, "x"), executes(2, 0, "x"), done("x"), send(0, committed(b1, 1)), send(1, committed(0, 1)), send(1, chosen(b1, 0, "x")), disk(2, chosen(b1, 0, "x")), disk(2, trimmed(1)))},
		{"one vote is not enough", ghost.RuleChosen, 2, "with votes on the disks of {1.1}", steps(before, sees(2, 1, "y"))},
		{"votes at two ballots are not one quorum", ghost.RuleChosen, 1, "",
			steps(before, phase1(b2), disk(2, promise(b2, 0)), send(2, promise(b2, 0)), accept(b2, 1, "y", 2), sees(1, 1, "y"))},
		{"seen in an unknown slot", ghost.RuleChosen, 2, "nothing was proposed in slot 2", steps(before, sees(2, 2, "y"))},
		{"seen in a hole", ghost.RuleChosen, 2, "nothing was proposed in slot 2", steps(before, send(0, propose(b1, 3, "z")), sees(2, 2, "y"))},
		{"told", ghost.RuleChosen, 0, "", steps(before, send(0, chosen(b1, 1, "y")))},
		{"on disk", ghost.RuleChosen, 0, "", steps(before, disk(0, chosen(b1, 1, "y")))},
		{"committed", ghost.RuleChosen, 0, "slot 1 is not: in slot 1 there is at 1@1.1", steps(before, send(0, committed(b1, 2)))},
		{"committed without a ballot", ghost.RuleChosen, 2, "", steps(before, send(2, committed(0, 2)))},
		{"trimmed", ghost.RuleChosen, 0, "", steps(before, disk(0, trimmed(2)))},
		{"trimmed, in a message", ghost.RuleChosen, 0, "", steps(before, send(0, trimmed(2)))},
		{"executed beyond a hole", ghost.RuleChosen, 0, "slot 1 is not", steps(before, accept(b1, 2, "z", 0, 1), executes(0, 2, "z"))},
		{"executed something else", ghost.RuleAgreement, 0, "", steps(before, executes(0, 0, "y"))},
		{"done too early", ghost.RuleChosen, -1, "client 79 was told that its command 1 is done", steps(before, done("y"))},
		{"another value", ghost.RuleAgreement, 2, "but it is [put x= (78:1)]", steps(before, sees(2, 0, "y"))},
		{"another value, told", ghost.RuleAgreement, 2, "", steps(before, send(2, chosen(b1, 0, "y")))},
		{"another value, on disk", ghost.RuleAgreement, 2, "", steps(before, disk(2, chosen(b1, 0, "y")))},
	})
}

// A value is chosen at b1, which nobody knows. Its leader proposes it again
// under c1, a later ballot of its own, and gets an old vote.
func TestLeaderCounts(t *testing.T) {
	c1 := ballot(3, 0)
	before := steps(phase1(b1, 1), accept(b1, 0, "x", 0, 1), phase1(c1), tells(1, c1, report(b1, 0, "x")), accept(c1, 0, "x", 0))
	tell(t, 3, []story{
		{"an old vote", ghost.RuleChosen, 0, "chosen under its ballot 3@1.1, at which only {1.1} voted", steps(before, counts(0, c1, 0, "x"))},
		{"a new vote", "", 0, "", steps(before, disk(1, vote(c1, 0, "x")), counts(0, c1, 0, "x"))},
		{"a vote of one who knew", "", 0, "", steps(before, send(1, vote(c1, 0)), counts(0, c1, 0, "x"))},
		{"told that the slot is chosen", "", 0, "", steps(before, send(2, chosen(b1, 0, "x")), counts(0, c1, 0, "x"))},
		{"told that it is committed", "", 0, "", steps(before, send(2, committed(0, 1)), counts(0, c1, 0, "x"))},
		{"told so itself", ghost.RuleChosen, 0, "", steps(before, send(0, committed(c1, 1)), counts(0, c1, 0, "x"))},
		{"under its earlier ballot", "", 0, "", steps(before, counts(0, b1, 0, "x"))},
		{"what it never proposed", "", 0, "", steps(before, phase1(ballot(4, 0)), counts(0, ballot(4, 0), 0, "x"))},
		{"another member's word", "", 0, "", steps(before, counts(1, c1, 0, "x"))},
	})
}

// With phases that need not meet two values are chosen, and nobody else is to
// blame.
func TestAgreement(t *testing.T) {
	w := newWorld(t, 4, func(c *ghost.Config) {
		c.Phase1 = func(q quorate.Set) bool { return q.Len() >= 2 }
		c.Phase2 = c.Phase1
	})
	if err := steps(phase1(b1, 2), phase1(b2, 3), accept(b2, 0, "y", 1, 3), accept(b1, 0, "x", 0))(w); err != nil {
		t.Fatal(err)
	}
	err := disk(2, vote(b1, 0, "x"))(w)
	if err == nil || err.Error() != "agreement: 1.3 completes the vote for a second value, [put y= (79:1)] was chosen already: "+
		"in slot 0 there is at 2@1.2 [put y= (79:1)] with votes on the disks of {1.2, 1.4}, at 1@1.1 [put x= (78:1)] with votes on the disks of {1.1, 1.3}" {
		t.Error(err)
	}
}

// Without claims the first word about a slot counts, and the rest is ignored.
func TestNoClaims(t *testing.T) {
	w := newWorld(t, 3, func(c *ghost.Config) { *c = ghost.Config{Cluster: c.Cluster} })
	if err := steps(send(0, promise(b1, 0)), disk(1, vote(b1, 3, "x")), elected(1, b1), done("x"), executes(1, 4, "y"), sees(0, 4, "y"), sees(0, 2, "x"))(w); err != nil {
		t.Error(err)
	}
	for name, s := range map[string]step{"another value": executes(2, 4, "z"), "out of reach": sees(1, 1<<40, "x")} {
		if err := s(w); err == nil {
			t.Errorf("%s went unnoticed", name)
		}
	}
}

func TestLogsAreApart(t *testing.T) {
	w := newWorld(t, 3)
	in := func(name string, c quorate.Claim) quorate.Claim {
		c.Log = name
		return c
	}
	err := steps(phase1(b1, 1), accept(b1, 0, "x", 0, 1),
		disk(2, in("a", promise(b3, 0))), disk(0, in("a", promise(b3, 0))), send(0, in("a", promise(b3, 0))),
		send(2, in("a", propose(b3, 0, "z"))), disk(0, in("a", vote(b3, 0, "z"))), disk(2, in("a", vote(b3, 0, "z"))),
		accept(b1, 1, "y", 1))(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		log  string
		slot quorate.Slot
		want string
	}{{"", 0, "x"}, {"a", 0, "z"}, {"", 1, ""}, {"", 2, ""}, {"a", 9, ""}, {"b", 0, ""}} {
		v, ok := w.ChosenValue(c.log, c.slot)
		if ok != (c.want != "") || ok && v[0].Key != c.want {
			t.Errorf("log %q, slot %v: %v, %v, want %q", c.log, c.slot, v, ok, c.want)
		}
	}
	if err := w.Sent(0, []quorate.Claim{in("a", promise(b1, 0))}); err == nil || err.Error() != `ballot: log "a": 1.1 promises 1@1.1 after it had acknowledged 3@1.3` {
		t.Error(err)
	}
}

// Evidence fits on a line.
func TestBriefEvidence(t *testing.T) {
	w := newWorld(t, 3)
	long := value("a", "b", "c", "d", "e")
	long[0].Value = make([]byte, 1000)
	err := w.Sent(0, []quorate.Claim{{Kind: quorate.ClaimChosen, Commands: long}})
	if err == nil || !strings.Contains(err.Error(), "and 2 more]") || len(err.Error()) > 300 {
		t.Error(err)
	}
}

// What is recovered and what is learnt is counted, each time once.
func TestCounts(t *testing.T) {
	w := newWorld(t, 3)
	told := steps(phase1(b1, 1, 2), accept(b1, 0, "x", 1, 2), accept(b1, 1, "y", 1, 2))
	if err := told(w); err != nil || w.Counts() != (ghost.Counts{}) {
		t.Fatalf("%+v, %v", w.Counts(), err)
	}
	again := steps(phase1(b2, 0), send(1, propose(b2, 0, "x")), send(1, propose(b2, 0, "x")), disk(0, chosen(b1, 1, "y")))
	if err := again(w); err != nil || w.Counts() != (ghost.Counts{Recovered: 1, Learnt: 1}) {
		t.Errorf("%+v, %v: want one of each", w.Counts(), err)
	}
}

func TestNoopsAreNotRecovered(t *testing.T) {
	w := newWorld(t, 3)
	noop := quorate.Claim{Kind: quorate.ClaimPropose, Ballot: b1, Commands: []quorate.Command{{}}}
	again := noop
	again.Ballot = b2
	told := steps(phase1(b1, 1, 2), send(0, noop), phase1(b2, 0), send(1, again))
	if err := told(w); err != nil || w.Counts() != (ghost.Counts{}) {
		t.Errorf("%+v, %v", w.Counts(), err)
	}
}
