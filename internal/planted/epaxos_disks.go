package planted

// epaxosDisks are mistakes that show after a restart, or after a message was lost.
func epaxosDisks() []Bug {
	return []Bug{
		{Row: "20", Name: "torn-journal", Fooled: true,
			Doc: "the journal has no checksums: it takes the torn end of what was being written for records"},
		{Row: "22", Name: "forget-promise",
			Doc: "a restart does not restore a promise; what the vote on disk implies is still promised",
			Patches: []Patch{{"epaxos/record.go", "	quorate.Recover(n, func(rec Vote) { r.table.RestoreVote(rec.ID, rec.Vote) })\n", `	quorate.Recover(n, func(rec Vote) {
		if r.bug == "forget-promise" {
			rec.Vote.Promised = rec.Vote.Voted
		}
		r.table.RestoreVote(rec.ID, rec.Vote)
	})
`}}},
		{Row: "23", Name: "drop-last-record",
			Doc: "a restart forgets the vote for the last instance of each row on disk",
			Patches: []Patch{before("epaxos/core/restore.go", "		r.advance()\n", `		if t.Bug == "drop-last-record" {
			r.dropLast()
		}
`)}},
		{Row: "25", Name: "no-retransmit",
			Doc:     "what a recovery asks for is never asked for again",
			Patches: []Patch{{"epaxos/open.go", "	r.resendRecoveries()\n", "	if r.bug != \"no-retransmit\" {\n		r.resendRecoveries()\n	}\n"}}},
		{Row: "D1", Name: "lost-disk-votes", Amnesia: true,
			Doc: "a member that lost its disk is started again as if it were new, and votes"},
	}
}

// epaxosRestarts are mistakes in what an owner, or anybody, has on disk before it
// says so, and in what it makes of that after a restart.
func epaxosRestarts() []Bug {
	return []Bug{
		{Row: "E11", Name: "propose-before-sync",
			Doc: "an owner sends its proposal without waiting for it to be on disk: after a restart the number may be used again",
			Patches: []Patch{{epaxosPropose, "	r.sendTo(p.Asked.Remove(r.self), PreAccept{i.ID, commands, deps})\n", `	if r.bug == "propose-before-sync" {
		r.sendNowTo(p.Asked.Remove(r.self), PreAccept{i.ID, commands, deps})
	} else {
		r.sendTo(p.Asked.Remove(r.self), PreAccept{i.ID, commands, deps})
	}
`}}},
		{Row: "E12", Name: "pre-accept-before-sync",
			Doc: "a member answers a PreAccept without waiting for its dependencies to be on disk",
			Patches: []Patch{before(epaxosVote, "		r.env.Send(from, PreAcceptReply{ID: m.ID, OK: true,", `		if r.bug == "pre-accept-before-sync" {
			r.env.SendNow(from, PreAcceptReply{ID: m.ID, OK: true, Promised: i.Promised, Deps: i.Deps})
			break
		}
`)}},
		{Row: "E13", Name: "fast-commit-before-sync",
			Doc: "an owner executes and tells what it decided on the fast path before its own disk has it",
			Patches: []Patch{before(epaxosPropose, "		if r.table.Commit(i, p.Value) {\n", `		if r.bug == "fast-commit-before-sync" {
			r.env.SendNow(quorate.Others, Commit{i.ID, p.Value})
			r.commit(i, p.Value, quorate.PathFast)
			return
		}
`)}},
		{Row: "E14", Name: "restart-proposes-again",
			Doc: "a restarted owner goes on under the zero ballot: it proposes once more what it had not committed, with the dependencies that it knows by then",
			Patches: []Patch{before(epaxosReplica, "	r.changed()\n	r.resend.Reset(", `	if r.bug == "restart-proposes-again" {
		r.proposeAgain()
	}
`)}},
		{Row: "E15", Name: "forget-commit",
			Doc: "a restart takes what was committed for what had been voted for",
			Patches: []Patch{before("epaxos/core/restore.go", "	i := t.at(id)\n	i.Promised,", `	if t.Bug == "forget-commit" && v.Phase == Committed {
		v.Phase = lastVote(v)
	}
`)}},
		{Row: "E16", Name: "forget-initial",
			Doc: "a restart forgets with which dependencies an instance was proposed",
			Patches: []Patch{after("epaxos/core/restore.go", "	i.Initial, i.InitDeps = o.Initial, o.InitDeps\n", `	if t.Bug == "forget-initial" {
		i.Initial, i.InitDeps = false, nil
	}
`)}},
	}
}
