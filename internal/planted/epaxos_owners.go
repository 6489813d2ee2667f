package planted

// epaxosOwners are mistakes in how an instance is proposed, pre-accepted, and
// decided on the fast path.
func epaxosOwners() []Bug {
	return []Bug{
		{Row: "E3", Name: "drop-owner-deps",
			Doc: "who pre-accepts answers with the dependencies that it knows, without those that the owner knew, and the slow path takes what was answered",
			Patches: []Patch{
				{epaxosAcceptor, "	copy(t.deps, deps)\n", `	if t.Bug != "drop-owner-deps" {
		copy(t.deps, deps)
	}
`},
				before(epaxosProposal, "		p.union = p.union.Union(deps)\n", `		if p.quorums.Bug == "drop-owner-deps" && p.others.Len() == 1 {
			p.union = nil
		}
`),
			}},
		{Row: "E4", Name: "equal-to-each-other",
			Doc: "the fast path is taken when the members of a fast quorum but for the owner answer the same dependencies, whatever the owner proposed",
			Patches: []Patch{before(epaxosProposal, "	heard := p.Answered()\n	switch {\n", `	if p.quorums.Bug == "equal-to-each-other" && p.agreed(member, deps) {
		p.done, p.Value.Deps = true, p.union
		return DoCommit
	}
`)}},
		{Row: "E5", Name: "pre-accept-after-promise",
			Doc:     "a member pre-accepts what its owner proposes after it promised a recovery",
			Patches: []Patch{{epaxosAcceptor, "	case i.Promised > 0 || i.Phase == Accepted:\n", "	case i.Promised > 0 && t.Bug != \"pre-accept-after-promise\" || i.Phase == Accepted:\n"}}},
		{Row: "E6", Name: "owner-ignores-promise",
			Doc:     "an owner goes on counting answers to its proposal after it promised a recovery",
			Patches: []Patch{{epaxosPropose, "	if !m.OK || i.Promised > 0 {\n", "	if !m.OK || i.Promised > 0 && r.bug != \"owner-ignores-promise\" {\n"}}},
		{Row: "E7", Name: "one-ballot",
			Doc: "an instance has one ballot: a promise raises that of the vote as well",
			Patches: []Patch{
				{epaxosAcceptor, "	i.Promised = b\n	return Stored\n", `	i.Promised = b
	if t.Bug == "one-ballot" {
		i.Voted = b
	}
	return Stored
`},
				{epaxosAcceptor, "	case b == i.Voted && i.Phase == Accepted:\n", "	case b == i.Voted && i.Phase == Accepted && t.Bug != \"one-ballot\":\n"},
				{epaxosAcceptor, "b != i.Promised || i.Voted == b:\n", "b != i.Promised || i.Voted == b && t.Bug != \"one-ballot\":\n"},
			}},
	}
}
