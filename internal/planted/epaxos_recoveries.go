package planted

// epaxosRecoveries are mistakes of who decides in an owner's place.
func epaxosRecoveries() []Bug {
	return []Bug{
		{Row: "E21", Name: "no-recovery",
			Doc:     "what its owner does not decide nobody decides",
			Patches: []Patch{{"epaxos/open.go", "	if r.env.Voter() {\n		room =", "	if r.env.Voter() && r.bug != \"no-recovery\" {\n		room ="}}},
		{Row: "E22", Name: "ignore-commit",
			Doc:     "who has promised a recovery ignores Commit",
			Patches: []Patch{{epaxosVote, "	if i := r.at(m.ID, m.Value.Deps); i != nil {\n", "	if i := r.at(m.ID, m.Value.Deps); i != nil && (r.bug != \"ignore-commit\" || i.Promised == 0) {\n"}}},
		{Row: "E23", Name: "nop-over-fast",
			Doc: "a recovery takes the Nop unless all who promised have pre-accepted what was proposed, though a fast quorum may be the others and some of them",
			Patches: []Patch{{epaxosRecovery, "r.same < r.asked.Len()-r.quorums.E:\n",
				`r.same < r.asked.Len()-r.quorums.E || r.quorums.Bug == "nop-over-fast" && r.same < r.asked.Len():
`}}},
		{Row: "E24", Name: "committed-as-vote",
			Doc: "who has committed an instance promises a recovery, and tells only what it had voted for",
			Patches: []Patch{before(epaxosRecover, "	switch r.table.Promise(i, m.Ballot) {\n", `	if r.bug == "committed-as-vote" && i.Phase == core.Committed {
		r.env.Send(from, RecoverReply{Ballot: m.Ballot, ID: m.ID, OK: true, Promised: m.Ballot, State: asVote(i)})
		return
	}
`)}},
		{Row: "E25", Name: "late-answer-ignored", Rare: true,
			Doc: "a recovery that waits, or validates, ignores promises from outside its quorum",
			Patches: []Patch{after(epaxosRecovery, "	case validating, waiting:\n", `		if r.quorums.Bug == "late-answer-ignored" {
			return Nothing
		}
`)}},
	}
}

// epaxosValidation are mistakes in finding out whether an owner may have decided
// on the fast path.
func epaxosValidation() []Bug {
	return []Bug{
		{Row: "E31", Name: "no-validation",
			Doc: "a recovery takes a proposal that may have been decided on the fast path without asking what speaks against it",
			Patches: []Patch{before(epaxosRecovery, "	r.stage = validating\n", `	if r.quorums.Bug == "no-validation" {
		return r.accept(core.Value{Commands: proposal.Value.Commands, Deps: proposal.InitDeps})
	}
`)}},
		{Row: "E32", Name: "committed-conflict-ignored",
			Doc: "what is committed is not told by who validates",
			Patches: []Patch{{epaxosAcceptor, "			found = append(found, Conflict{j.ID, true})\n", `			if t.Bug != "committed-conflict-ignored" {
				found = append(found, Conflict{j.ID, true})
			}
`}}},
		{Row: "E33", Name: "no-waiting", Rare: true,
			Doc: "a recovery takes the proposal at once, though something that speaks against it is not decided",
			Patches: []Patch{before(epaxosRecovery, "	r.stage = waiting\n	return DoWait\n", `	if r.quorums.Bug == "no-waiting" {
		return r.accept(r.Value)
	}
`)}},
		{Row: "E34", Name: "nop-for-absent-owner",
			Doc: "a recovery takes the Nop if the owner of what speaks against the proposal has not promised, though not all outside need be of the fast quorum",
			Patches: []Patch{{epaxosRecovery, "c.Committed || r.same == r.asked.Len()-r.quorums.E &&",
				`c.Committed || (r.same == r.asked.Len()-r.quorums.E || r.quorums.Bug == "nop-for-absent-owner") &&`}}},
		{Row: "E35", Name: "waiting-eager", Rare: true,
			Doc: "a recovery takes the Nop when another one that waits for it has pre-accepts of n-f-e members, instead of more",
			Patches: []Patch{{epaxosRecovery, "j.Waited > r.quorums.Slow()-r.quorums.E:\n",
				`(j.Waited > r.quorums.Slow()-r.quorums.E || r.quorums.Bug == "waiting-eager" && j.Waited == r.quorums.Slow()-r.quorums.E):
`}}},
		{Row: "E36", Name: "late-validation",
			Doc: "a Validate that comes after the Accept of its ballot puts the proposal in place of the accepted value",
			Patches: []Patch{after(epaxosAcceptor, "		return nil, Final\n", `	case t.Bug == "late-validation" && b == i.Promised && i.Voted == b:
		t.learn(i, commands)
		i.Phase, i.Nop, i.Deps = PreAccepted, false, deps
		i.Initial, i.InitDeps = true, deps
		return nil, Stored
`)}},
	}
}
