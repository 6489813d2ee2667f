package planted

// trexVotes are mistakes of acceptors, and of those who count their votes.
func trexVotes() []Bug {
	return []Bug{
		{Row: "1", Name: "small-phase1", Majorities: true,
			Doc: "phase 1 is won by n/2 promises instead of n/2+1",
			Patches: []Patch{before("trex/replica.go", "	if cfg.Quorums.IsZero() {\n", `	if bug == "small-phase1" {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase1 = atLeast(n.Cluster().Size() / 2)
	}
`)}},
		{Row: "2", Name: "small-phase2", Majorities: true,
			Doc: "phase 2 is won by n/2 votes instead of n/2+1",
			Patches: []Patch{before("trex/replica.go", "	if have, want := cfg.Quorums.Cluster.String()", `	if bug == "small-phase2" {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
		cfg.Quorums.Phase2 = atLeast(n.Cluster().Size() / 2)
	}
`)}},
		{Row: "3", Name: "count-duplicates",
			Doc: "the leader counts messages of votes instead of acceptors: an AcceptReply that comes twice counts twice",
			Patches: []Patch{before("trex/core/accept.go", "	switch o.tally.Vote(from, m.OK) {\n", `	if n.bug == "count-duplicates" {
		from = o.tally.Silent().Lowest() // whoever it is from, it is one more
	}
`)}},
		{Row: "4", Name: "vote-before-sync",
			Doc: "an acceptor sends its vote without waiting for the accepted value to be on disk",
			Patches: []Patch{after("trex/core/accept.go", "	reply.Progress = n.progress()\n", `	if n.bug == "vote-before-sync" {
		n.sendNow(n.cluster.ID(from), reply)
		return
	}
`)}},
		{Row: "5", Name: "promise-before-sync",
			Doc: "an acceptor sends its promise without waiting for it to be on disk",
			Patches: []Patch{after("trex/core/prepare.go", "	reply.Leased = wait\n", `	if n.bug == "promise-before-sync" {
		n.sendNow(n.cluster.ID(from), reply)
		return
	}
`)}},
		{Row: "6", Name: "accept-below-promise",
			Doc: "an acceptor accepts under a ballot that lies below its promise; the promise stays",
			Patches: append([]Patch{
				{"trex/core/accept.go", "	case m.Ballot < before:\n", `	case m.Ballot < before && n.bug != "accept-below-promise":
`},
			}, acceptBelowPromise()...)},
	}
}
