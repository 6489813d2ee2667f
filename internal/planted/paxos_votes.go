package planted

// paxosVotes are mistakes of acceptors, and of those who count their votes.
func paxosVotes() []Bug {
	return []Bug{
		{Row: "1", Name: "small-phase1", Majorities: true,
			Doc: "phase 1 is won by n/2 promises instead of n/2+1",
			Patches: []Patch{before("paxos/replica.go", "	if cfg.Quorums.IsZero() {\n", `	if bug == "small-phase1" {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase1 = atLeast(n.Cluster().Size() / 2)
	}
`)}},
		{Row: "2", Name: "small-phase2", Majorities: true,
			Doc: "phase 2 is won by n/2 votes instead of n/2+1",
			Patches: []Patch{before("paxos/replica.go", "	if have, want := cfg.Quorums.Cluster.String()", `	if bug == "small-phase2" {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase2 = atLeast(n.Cluster().Size() / 2)
	}
`)}},
		{Row: "3", Name: "count-duplicates",
			Doc: "the leader counts messages of votes instead of acceptors: a P2b that comes twice counts twice",
			Patches: []Patch{before("paxos/core/proposals.go", "	if pr.chosen || pr.tally.Vote(member, true)", `	if p.Bug == "count-duplicates" {
		member = pr.tally.Silent().Lowest() // whoever it is from, it is one more
	}
`)}},
		{Row: "4", Name: "vote-before-sync",
			Doc: "an acceptor sends its P2b without waiting for the accepted value to be on disk",
			Patches: []Patch{after("paxos/accept.go", "	reply.OK, reply.Executed = true, r.executed\n", `	if r.bug == "vote-before-sync" {
		r.env.SendNow(from, reply)
		return
	}
`)}},
		{Row: "5", Name: "promise-before-sync",
			Doc: "an acceptor sends its P1b without waiting for the promise to be on disk",
			Patches: []Patch{after("paxos/election.go", "	r.election.read = m.From\n", `	if r.bug == "promise-before-sync" {
		r.env.SendNow(from, r.promise(m))
		return
	}
`)}},
		{Row: "6", Name: "accept-below-promise",
			Doc:     "an acceptor accepts a P2a whose ballot lies below its promise; the promise stays",
			Patches: acceptBelowPromise()},
	}
}

func acceptBelowPromise() []Patch {
	return []Patch{
		{"paxos/core/log.go", `	if b < l.promised {
		return Refused
`, `	if b < l.promised && l.Bug != "accept-below-promise" {
		return Refused
`},
		{"paxos/core/log.go", `	l.promised = b
	if s < l.committed`, `	if l.Bug != "accept-below-promise" || b > l.promised {
		l.promised = b
	}
	if s < l.committed`},
	}
}
