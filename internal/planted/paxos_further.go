package planted

// paxosFurther are mistakes beyond the textbook: in trimming the log, in flexible
// quorums, and with what comes late.
func paxosFurther() []Bug {
	return []Bug{
		{Row: "S1", Name: "trim-drops-promise",
			Doc: "trimming keeps the states and the rest of the log, and drops the promise",
			Patches: []Patch{{"paxos/trim.go", "	r.env.Persist(Promise{r.log.Promised()}) // a vote that goes may be all that told of it\n",
				`	if r.bug == "trim-drops-promise" {
		r.env.Forget(Promise{}, 0, 1)
	} else {
		r.env.Persist(Promise{r.log.Promised()}) // a vote that goes may be all that told of it
	}
`}}},
		{Row: "S2", Name: "snapshot-drops-outcomes",
			Doc: "the states of keys, from disk or from another replica, come without the outcomes of their writes",
			Patches: []Patch{
				before("paxos/replica.go", "	r.advanced(r.log.Committed()) // what was learnt", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes()
	}
`),
				before("paxos/catchup.go", "	r.executed = upto\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes()
	}
`),
			}},
		{Row: "S3", Name: "trim-before-save",
			Doc: "the log is trimmed first, and the states that replace it are written afterwards",
			Patches: []Patch{before("paxos/trim.go", "		r.states.Save(func() {", `		if r.bug == "trim-before-save" {
			r.cut(r.unpinned(target))
			r.states.Save(func() {})
			return
		}
`)}},
		{Row: "F1", Name: "flexible-sum", Majorities: true,
			Doc: "the quorums of the phases may have n members together instead of n+1: phase 2 is won by n/3 votes, phase 1 by n-n/3 promises",
			Patches: []Patch{before("paxos/replica.go", "	cfg = cfg.withDefaults()\n", `	if bug == "flexible-sum" {
		size := n.Cluster().Size()
		phase2 := max(size/3, 1)
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase1, cfg.Quorums.Phase2 = atLeast(size-phase2), atLeast(phase2)
	}
`)}},
		{Row: "T1", Name: "late-promise",
			Doc: "a promise that comes after the election elects the leader once more, under the same ballot",
			Patches: []Patch{
				{"paxos/accept.go", "	r.election.recovery = nil\n", `	if r.bug != "late-promise" {
		r.election.recovery = nil
	}
`},
				{"paxos/election.go", "	if r.role != candidate || m.Ballot != rec.Ballot() {\n",
					`	if r.role != candidate && (r.bug != "late-promise" || r.role != leader) || m.Ballot != rec.Ballot() {
`},
			}},
		{Row: "D1", Name: "lost-disk-votes", Amnesia: true,
			Doc: "a member that lost its disk is started again as if it were new, and votes"},
	}
}
