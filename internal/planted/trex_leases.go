package planted

// trexLeases are mistakes with leases, beyond the textbook's.
func trexLeases() []Bug {
	return []Bug{
		leaseUnconfirmed(),
		leaseFromAnswers(),
		leaseForgotten(),
		{Row: "L4", Name: "stand-while-bound",
			Doc: "a member that granted a lease asks nobody else to break it, but stands itself",
			Patches: []Patch{
				{"trex/core/probe.go", "	if wait := n.bound(n.cfg.Self); wait > 0 {\n", "	if wait := n.bound(n.cfg.Self); wait > 0 && n.bug != \"stand-while-bound\" {\n"},
				before("trex/core/node.go", "	return n.learner || n.bound(n.cfg.Self) > 0\n", `	if n.bug == "stand-while-bound" {
		return n.learner
	}
`),
			}},
		leaseTakenBack(),
		clocksBeyondBound(),
	}
}

func trexIgnoreLease() Bug {
	return Bug{Row: "17", Name: "ignore-lease",
		Doc: "a follower that granted a lease promises to others all the same when it is asked",
		Patches: []Patch{
			after("trex/core/prepare.go", "	reason, wait := ReasonNone, n.bound(m.Ballot.Owner())\n", `	if n.bug == "ignore-lease" {
		wait = 0
	}
`),
			after("trex/core/probe.go", "	reply.Leased = n.bound(n.cluster.ID(from))\n", `	if n.bug == "ignore-lease" {
		reply.Leased = 0
	}
`),
		}}
}
