package instances

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
)

func TestPreAccepts(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"an owner proposes", func(rig) {}, func(r rig) error { r.propose(f.p, write("x")); return nil }, "", ""},
		ruleCase{"a proposal not on disk", func(rig) {}, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.initial(0, write("x"))}) }, "durable", "use the number again"},
		ruleCase{"another's row", func(rig) {}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.initial(0, write("x"))}) }, "leader", "not its own"},
		ruleCase{"a number twice", f.proposed, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.initial(0, write("y"))}) }, "value", "the owner proposed"},
		ruleCase{"other dependencies", f.proposed, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.initial(0, write("x"), 0, 1)}) }, "value", "dependencies"},
		ruleCase{"pre-accept not on disk", f.proposed, func(r rig) error { return r.Sent(1, []quorate.Claim{f.pre}) }, "durable", "not on its disk"},
		ruleCase{"pre-accept of nothing", func(rig) {}, func(r rig) error { return r.Durable(1, []quorate.Claim{f.pre}) }, "value", "nobody proposed"},
		ruleCase{"pre-accept without the commands", f.proposed, func(r rig) error { return r.Durable(1, []quorate.Claim{f.pre}) }, "durable", "not the commands"},
		ruleCase{"pre-accept with less than was proposed", func(r rig) { r.propose(f.p, write("x"), 0, 3); r.disk(1, f.p.initial(0, write("x"), 0, 3)) },
			func(r rig) error {
				return r.Durable(1, []quorate.Claim{f.p.claim(quorate.ClaimPreAccept, 0, nil, 0, 2)})
			}, "visibility", "leaves out"},
		ruleCase{"pre-accept without what it knew", func(r rig) {
			f.proposed(r)
			r.propose(f.q, write("x"))
			r.disk(1, f.p.initial(0, write("x")))
		}, func(r rig) error { return r.Durable(1, []quorate.Claim{f.pre}) }, "visibility", "which it knew"},
		ruleCase{"pre-accept without what it dropped", func(r rig) {
			f.fastReady(r)
			r.disk(0, f.p.claim(quorate.ClaimChosen, 0, nil))
			r.disk(1, quorate.Claim{Kind: quorate.ClaimTrimmed, Log: "0", Upto: 1})
		}, func(r rig) error { r.propose(f.q, write("x")); return nil }, "", ""},
		ruleCase{"pre-accept twice", func(r rig) { f.proposed(r); r.accept(1, f.p, write("x"), f.none) },
			func(r rig) error {
				return r.Durable(1, []quorate.Claim{f.p.claim(quorate.ClaimPreAccept, 0, nil, 0, 1)})
			}, "value", "and before"},
		ruleCase{"pre-accept after a promise", func(r rig) { f.proposed(r); r.promise(1, f.p, f.b1); r.disk(1, f.p.initial(0, write("x"))) },
			func(r rig) error { return r.Durable(1, []quorate.Claim{f.pre}) }, "ballot", "after it had promised"},
		ruleCase{"pre-accept sent after a promise", func(r rig) { f.proposed(r); r.accept(1, f.p, write("x"), f.none); r.promise(1, f.p, f.b1, f.told...) },
			func(r rig) error { return r.Sent(1, []quorate.Claim{f.pre}) }, "ballot", "after it had acknowledged"},
		ruleCase{"reads do not interfere", func(r rig) { r.propose(f.p, read("x")); r.disk(1, f.p.initial(0, read("x"))) },
			func(r rig) error { r.propose(f.q, read("x")); return nil }, "", ""},
	)
}

func TestSlowPath(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"a slow proposal", func(r rig) {
			f.proposed(r)
			r.accept(1, f.p, write("x"), f.none, 0, 2)
			r.accept(2, f.p, write("x"), f.none)
		},
			func(r rig) error {
				return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimPropose, 0, write("x"), 0, 2)})
			}, "", ""},
		ruleCase{"a slow proposal that leaves out a dependency", func(r rig) {
			f.proposed(r)
			r.accept(1, f.p, write("x"), f.none, 0, 2)
			r.accept(2, f.p, write("x"), f.none)
		},
			func(r rig) error {
				return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimPropose, 0, write("x"), 0, 1)})
			}, "quorum", "only {1.1, 1.3}"},
		ruleCase{"a slow proposal too early", func(r rig) { f.proposed(r); r.accept(1, f.p, write("x"), f.none) },
			func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimPropose, 0, write("x"))}) }, "quorum", ""},
	)
}

func TestFastPath(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"fast", f.fastReady, func(r rig) error { return r.Durable(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "", ""},
		ruleCase{"fast with too few", func(r rig) {
			f.proposed(r)
			r.accept(1, f.p, write("x"), f.none)
			r.accept(2, f.p, write("x"), f.none)
			r.accept(3, f.p, write("x"), f.none, 0, 1)
		}, func(r rig) error { return r.Durable(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "chosen", ""},
		ruleCase{"fast by another", f.fastReady, func(r rig) error { return r.Durable(1, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "chosen", ""},
		ruleCase{"fast, told before it is on disk", f.fastReady, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, write("x"))}) }, "chosen", "no quorum"},
		ruleCase{"fast, executed before it is on disk", f.fastReady, func(r rig) error { return r.Executed(0, quorate.Executed{Log: "1.1", Commands: write("x")}) }, "chosen", "no quorum"},
		ruleCase{"fast, done before it is on disk", f.fastReady, func(r rig) error { return r.Done(write("x")[0].ID()) }, "chosen", "no chosen instance"},
		ruleCase{"fast after a promise", func(r rig) { f.fastReady(r); r.promise(0, f.p, f.b1, f.told...) },
			func(r rig) error { return r.Durable(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "ballot", "fast path after it had promised"},
		ruleCase{"fast after the slow path", func(r rig) {
			f.fastReady(r)
			r.leaves(0, f.p.claim(quorate.ClaimPropose, 0, write("x")))
		}, func(r rig) error { return r.Durable(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "chosen", ""},
	)
}

func TestRecoveries(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"a recovery proposes what was proposed", f.recovering, func(r rig) error {
			return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, write("x"))})
		}, "", ""},
		ruleCase{"a recovery proposes a no-op where the fast path is possible", f.recovering,
			func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "safe", "with {1.1, 1.2, 1.3, 1.5}"},
		ruleCase{"a recovery proposes a no-op that the owner cannot prevent", f.abandoned,
			func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "", ""},
		ruleCase{"a recovery proposes a no-op where a fast quorum is there", func(r rig) {
			f.fastReady(r)
			for m := 1; m < 4; m++ {
				r.promise(m, f.p, f.b1, f.told...)
			}
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "safe", "may still decide on the fast path"},
		ruleCase{"a recovery proposes a no-op when the owner has promised", func(r rig) {
			f.fastReady(r)
			for m := range 3 {
				r.promise(m, f.p, f.b1, f.told...)
			}
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "", ""},
		ruleCase{"a recovery proposes a no-op since another must add a dependency", func(r rig) {
			r.propose(f.q, write("x"))
			r.accept(4, f.q, write("x"), f.none)
			f.proposed(r)
			r.accept(2, f.p, write("x"), f.none)
			r.accept(3, f.p, write("x"), f.none)
			for m := 1; m < 4; m++ {
				if m == 1 {
					r.promise(m, f.p, f.b1)
					continue
				}
				r.promise(m, f.p, f.b1, f.told...)
			}
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "", ""},
		ruleCase{"a recovery with too few promises", func(r rig) {
			f.proposed(r)
			r.promise(1, f.p, f.b1)
			r.promise(3, f.p, f.b1)
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "quorum", "only {1.2, 1.4}"},
		ruleCase{"a recovery invents dependencies", f.recovering, func(r rig) error {
			return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, write("x"), 0, 9)})
		}, "value", "nobody proposed before"},
		ruleCase{"a recovery under another's ballot", f.recovering, func(r rig) error { return r.Sent(3, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "leader", ""},
		ruleCase{"two values under one ballot", func(r rig) { f.recovering(r); r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, write("x"))) },
			func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "value", "two values"},
		ruleCase{"promises asked for without one on disk", f.proposed, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPrepare, f.b1, nil)}) }, "durable", "use the same ballot again"},
		ruleCase{"a promise not on disk", f.proposed, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}) }, "durable", ""},
		ruleCase{"a promise below another", func(r rig) { r.promise(1, f.p, f.b2) }, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}) }, "ballot", ""},
		ruleCase{"a promise that falls on disk", func(r rig) { r.promise(1, f.p, f.b2) }, func(r rig) error { return r.Durable(1, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}) }, "ballot", "writes to disk"},
		ruleCase{"a promise without the pre-accept", func(r rig) {
			f.proposed(r)
			r.accept(2, f.p, write("x"), f.none)
			r.disk(2, f.p.claim(quorate.ClaimPromise, f.b1, nil))
		},
			func(r rig) error { return r.Sent(2, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}) }, "report", "pre-accepted"},
		ruleCase{"a promise with a pre-accept that is none", func(r rig) { f.proposed(r); r.disk(2, f.p.claim(quorate.ClaimPromise, f.b1, nil)) },
			func(r rig) error {
				return r.Sent(2, append([]quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}, f.told...))
			}, "report", "not on its disk"},
		ruleCase{"validation of something else", f.recovering, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.initial(f.b1, write("x"), 1)}) }, "value", ""},
	)
}

func TestVotes(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"votes choose", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			for m := 1; m < 4; m++ {
				r.vote(m, f.p, f.b1, nop())
			}
		}, func(r rig) error { return r.Sent(3, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nop())}) }, "", ""},
		ruleCase{"too few votes do not", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			r.vote(1, f.p, f.b1, nop())
			r.vote(2, f.p, f.b1, nop())
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nop())}) }, "chosen", ""},
		ruleCase{"a vote not on disk", func(r rig) { f.abandoned(r); r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop())) },
			func(r rig) error { return r.Sent(3, []quorate.Claim{f.p.claim(quorate.ClaimVote, f.b1, nil)}) }, "durable", ""},
		ruleCase{"a vote for what nobody proposed", f.recovering, func(r rig) error { return r.Durable(3, []quorate.Claim{f.p.claim(quorate.ClaimVote, f.b1, nop())}) }, "value", ""},
		ruleCase{"a vote without the commands", func(r rig) { f.abandoned(r); r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, write("x"))) },
			func(r rig) error { return r.Durable(3, []quorate.Claim{f.p.claim(quorate.ClaimVote, f.b1, nil)}) }, "durable", "not the commands"},
		ruleCase{"a vote below a promise", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			r.promise(3, f.p, f.b2)
		}, func(r rig) error { return r.Durable(3, []quorate.Claim{f.p.claim(quorate.ClaimVote, f.b1, nop())}) }, "ballot", ""},
		ruleCase{"a promise without the vote", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			r.vote(3, f.p, f.b1, nop())
			r.disk(3, f.p.claim(quorate.ClaimPromise, f.b2, nil))
		}, func(r rig) error { return r.Sent(3, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b2, nil)}) }, "report", "without its vote"},
		ruleCase{"another value above one that may be chosen", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			r.vote(1, f.p, f.b1, nop())
			r.vote(2, f.p, f.b1, nop())
			r.vote(3, f.p, f.b1, nop())
			for m := 1; m < 4; m++ {
				r.promise(m, f.p, f.b2, f.p.claim(quorate.ClaimReport, f.b1, nop()))
			}
		}, func(r rig) error {
			return r.Sent(2, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b2, write("x"))})
		}, "safe", "is or can be chosen"},
	)
}

func TestAgreement(t *testing.T) {
	f := newFixture()
	fast := func(r rig) {
		f.fastReady(r)
		r.disk(0, f.p.claim(quorate.ClaimChosen, 0, nil))
	}
	check(t,
		ruleCase{"what is final is told", fast, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, write("x"))}) }, "", ""},
		ruleCase{"a short way to tell it", fast, func(r rig) error { return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "", ""},
		ruleCase{"something else is told", fast, func(r rig) error {
			return r.Sent(0, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, write("x"), 0, 1)})
		}, "agreement", "but it is"},
		ruleCase{"final on disk without the commands", fast, func(r rig) error { return r.Durable(4, []quorate.Claim{f.p.claim(quorate.ClaimChosen, 0, nil)}) }, "durable", "not the commands"},
		ruleCase{"a second value", func(r rig) {
			f.abandoned(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, nop()))
			for m := 1; m < 4; m++ {
				r.vote(m, f.p, f.b1, nop())
			}
			i := r.rows[0][0]
			i.rounds = append(i.rounds, round{ballot: f.b2}) // as if nobody had noticed
			r.vote(0, f.p, f.b2, nil)
			r.vote(1, f.p, f.b2, nil)
		}, func(r rig) error { return r.Durable(2, []quorate.Claim{f.p.claim(quorate.ClaimVote, f.b2, nil)}) }, "agreement", "was so already"},
		ruleCase{"a recovery after the fast path", func(r rig) {
			fast(r)
			for m := 1; m < 4; m++ {
				r.promise(m, f.p, f.b1, f.told...)
			}
		}, func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPropose, f.b1, nop())}) }, "safe", "fast path"},
		ruleCase{"a report of no vote", func(r rig) {
			f.recovering(r)
			r.leaves(1, f.p.claim(quorate.ClaimPropose, f.b1, write("x")))
			r.disk(2, f.p.claim(quorate.ClaimPromise, f.b2, nil))
		}, func(r rig) error {
			return r.Sent(2, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b2, nil), f.p.claim(quorate.ClaimReport, f.b1, write("x"))})
		}, "report", "a vote for"},
	)
}

func TestVisibility(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"commands that interfere and do not know of each other", func(r rig) {
			r.propose(f.q, write("x"))
			for _, m := range []int{2, 3, 4} {
				r.accept(m, f.q, write("x"), f.none)
			}
			r.disk(1, f.q.claim(quorate.ClaimChosen, 0, nil))
			f.proposed(r)
			for _, m := range []int{2, 3} {
				r.accept(m, f.p, write("x"), f.none, 0, 1)
			}
			r.leaves(0, f.p.claim(quorate.ClaimPropose, 0, write("x"), 0, 1))
			r.rows[0][0].round(0).value.deps = nil // as if nobody had noticed
			r.vote(0, f.p, 0, nil)
			r.vote(2, f.p, 0, nil)
			r.disk(3, f.p.initial(0, write("x")))
		}, func(r rig) error { return r.Durable(3, []quorate.Claim{f.p.claim(quorate.ClaimVote, 0, nil)}) }, "visibility", "neither depends it"},
	)
}

func TestOtherClaims(t *testing.T) {
	f := newFixture()
	check(t,
		ruleCase{"executed and not final on disk", func(r rig) { f.fastReady(r); r.disk(0, f.p.claim(quorate.ClaimChosen, 0, nil)) },
			func(r rig) error {
				return r.Sent(1, []quorate.Claim{{Kind: quorate.ClaimCommitted, Log: "0", Upto: 1}})
			}, "durable", "is not on its disk"},
		ruleCase{"executed and not final", f.fastReady, func(r rig) error {
			return r.Sent(1, []quorate.Claim{{Kind: quorate.ClaimCommitted, Log: "0", Upto: 1}})
		}, "chosen", ""},
		ruleCase{"dropped and not final", f.fastReady, func(r rig) error {
			return r.Durable(1, []quorate.Claim{{Kind: quorate.ClaimTrimmed, Log: "0", Upto: 1}})
		}, "chosen", "drops"},
		ruleCase{"a promise without a disk", func(r rig) { f.proposed(r); r.Lost(1); r.disk(1, f.p.claim(quorate.ClaimPromise, f.b1, nil)) },
			func(r rig) error { return r.Sent(1, []quorate.Claim{f.p.claim(quorate.ClaimPromise, f.b1, nil)}) }, "admitted", ""},
		ruleCase{"a number again that was only on a lost disk", func(r rig) {
			r.propose(f.p, write("x"))
			r.Lost(0)
			if err := r.Admitted(0); err != nil {
				r.t.Fatal(err)
			}
		}, func(r rig) error { r.propose(f.p, write("y")); r.propose(f.q, write("x")); return nil }, "", ""},
		ruleCase{"a number again of which another member knew", func(r rig) {
			f.proposed(r)
			r.disk(1, f.p.initial(0, write("x")))
			r.Lost(0)
			if err := r.Admitted(0); err != nil {
				r.t.Fatal(err)
			}
		},
			func(r rig) error { return r.Durable(0, []quorate.Claim{f.p.initial(0, write("y"))}) }, "value", "the owner proposed"},
		ruleCase{"far beyond the end", func(rig) {}, func(r rig) error { return r.Sent(0, []quorate.Claim{place{0, 1 << 30}.initial(0, write("x"))}) }, "value", "far beyond"},
	)
}

func TestWhatIsChosenIsTold(t *testing.T) {
	r, p := newRig(t), place{0, 0}
	r.propose(p, write("x"))
	for m := 1; m < 4; m++ {
		r.accept(m, p, write("x"), nil)
	}
	if _, ok := r.ChosenValue("0", 0); ok {
		t.Error("chosen too early")
	}
	r.disk(0, p.claim(quorate.ClaimChosen, 0, nil))
	if got, ok := r.ChosenValue("1.1", 0); !ok || fmt.Sprint(got) != fmt.Sprint(write("x")) {
		t.Errorf("chosen: %v, %v", got, ok)
	}
	if err := r.Chosen(4, quorate.Chosen{Log: "1.1", Commands: nil}); err == nil {
		t.Error("a no-op passes for what is chosen")
	}
	if err := r.Executed(4, quorate.Executed{Log: "1.1", Commands: write("x")}); err != nil {
		t.Error(err)
	}
	if err := r.Done(write("x")[0].ID()); err != nil {
		t.Error(err)
	}
	if err := r.Durable(0, []quorate.Claim{{Kind: quorate.ClaimChosen, Log: "7"}}); err == nil {
		t.Error("there is no row 7")
	}
}
