package planted

// trexFurther are mistakes beyond the textbook: in trimming the log, in flexible
// quorums, and with what comes late.
func trexFurther() []Bug {
	return []Bug{
		{Row: "S1", Name: "trim-drops-promise",
			Doc: "trimming keeps the states and the rest of the log, and drops the promise",
			Patches: []Patch{{"trex/trim.go", "	r.persist(max(r.log().Committed(), to)) // a vote that goes may be all that told of its promise\n",
				`	if r.bug == "trim-drops-promise" {
		r.env.Forget(Progress{}, 0, 1)
	} else {
		r.persist(max(r.log().Committed(), to)) // a vote that goes may be all that told of its promise
	}
`}}},
		{Row: "S2", Name: "snapshot-drops-outcomes",
			Doc: "the states of keys, from disk or from another replica, come without the outcomes of their writes",
			Patches: []Patch{
				after("trex/replica.go", "	r.executed = r.log().Base()\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes()
	}
`),
				before("trex/transfer.go", "	r.executed = upto\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes()
	}
`),
			}},
		{Row: "S3", Name: "trim-before-save",
			Doc: "the log is trimmed first, and the states that replace it are written afterwards",
			Patches: []Patch{before("trex/trim.go", "	r.states.Save(func() {", `	if r.bug == "trim-before-save" {
		r.cut(r.unpinned(target))
		r.states.Save(func() {})
		return
	}
`)}},
		{Row: "F1", Name: "flexible-sum", Majorities: true,
			Doc: "the quorums of the phases may have n members together instead of n+1: phase 2 is won by n/3 votes, phase 1 by n-n/3 promises",
			Patches: []Patch{before("trex/replica.go", "	cfg = cfg.withDefaults()\n", `	if bug == "flexible-sum" {
		size := n.Cluster().Size()
		phase2 := max(size/3, 1)
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase1, cfg.Quorums.Phase2 = atLeast(size-phase2), atLeast(phase2)
	}
`)}},
		{Row: "T1", Name: "late-promise",
			Doc: "a promise that comes after the election elects the leader once more, under the same ballot",
			Patches: []Patch{
				{"trex/core/prepare.go", "	if n.role != Recoverer ||", `	if n.role != Recoverer && (n.bug != "late-promise" || n.role != Leader) ||`},
				before("trex/core/prepare.go", "	if o == nil || o.phase != preparing {\n", `	if n.bug == "late-promise" && n.role == Leader && m.OK {
		n.lead()
		return
	}
`),
			}},
		{Row: "D1", Name: "lost-disk-votes", Amnesia: true,
			Doc: "a member that lost its disk is started again as if it were new, and votes"},
	}
}

// trexOfOld are mistakes that implementations of TRex were seen to make.
func trexOfOld() []Bug {
	return []Bug{
		{Row: "R1", Name: "ballot-without-prepare",
			Doc: "a leader that is not answered, and knows of a higher promise, sends its proposals again under a higher ballot without asking for promises of it",
			Patches: []Patch{
				before("trex/core/backdown.go", "			n.promote()\n			return\n", `			if n.bug == "ballot-without-prepare" {
				n.goHigher()
				return
			}
`),
				after("trex/core/node.go", "func (n *node) sendNow(to quorate.ID, m any) {\n", `	if n.bug == "ballot-without-prepare" { // the ballot may not be on disk yet, and that is another mistake
		n.send(to, m)
		return
	}
`),
				after("trex/core/node.go", "func (n *node) sendTo(members quorate.Set, now bool, m any) {\n", `	if n.bug == "ballot-without-prepare" {
		now = false
	}
`),
			}},
		{Row: "R2", Name: "answer-committed",
			Doc: "what is asked about a slot that is known chosen is promised and accepted, whether or not it is still in the log, and nobody minds",
			Patches: []Patch{
				{"trex/core/prepare.go", "	case m.Slot < n.log.Committed():\n", `	case m.Slot < n.log.Committed() && n.bug != "answer-committed":
`},
				{"trex/core/accept.go", "	case m.Slot < n.log.Committed() && known", `	case m.Slot < n.log.Committed() && n.bug != "answer-committed" && known`},
				before("trex/core/probe.go", "	n.fetch(from, committed, 0)\n", `	if n.bug == "answer-committed" {
		return false
	}
`),
			}},
		{Row: "R3", Name: "old-promises",
			Doc: "promises of an earlier ballot of the same member count for its new one, those that came and those that come late",
			Patches: []Patch{
				{"trex/core/prepare.go", " m.Ballot != n.epoch {", ` m.Ballot != n.epoch && (n.bug != "old-promises" || m.Ballot.Owner() != n.cfg.Self) {`},
				before("trex/core/prepare.go", "	for s := n.open.first; s < n.open.next(); s++ {\n", `	if n.bug == "old-promises" {
		n.keep()
	}
`),
				before("trex/core/backdown.go", "	n.open.clear()\n", `	if n.bug == "old-promises" {
		n.keep()
	}
`),
				after("trex/core/prepare.go", "		o.tally = quorate.NewTally(n.cfg.Quorums.Phase1, n.cluster.All())\n", `		if n.bug == "old-promises" {
			n.countOld(o)
		}
`),
			}},
		{Row: "R4", Name: "term-without-prepare",
			Doc: "a leader that is asked for what somebody misses, and knows of a higher promise, proposes under a higher ballot from then on without asking for promises of it",
			Patches: []Patch{
				before("trex/core/retransmit.go", "	if m.From < n.log.Base() {\n", `	if n.bug == "term-without-prepare" && n.role == Leader && n.seen > n.epoch {
		n.raise()
	}
`),
				before("trex/core/node.go", "	n.out.Sends = append(n.out.Sends, Send{To: to, Now: true, Message: m})\n", `	if n.bug == "term-without-prepare" { // the ballot may not be on disk yet, and that is another mistake
		n.send(to, m)
		return
	}
`),
			}},
	}
}
