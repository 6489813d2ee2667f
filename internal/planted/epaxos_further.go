package planted

const epaxosTrimmer = "epaxos/trim/trimmer.go"

// epaxosFurther are mistakes in dropping instances.
func epaxosFurther() []Bug {
	return []Bug{
		{Row: "S2", Name: "snapshot-drops-outcomes",
			Doc: "after a restart the states of keys come without the outcomes of their writes",
			Patches: []Patch{before(epaxosReplica, "	r.table.Restored()\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes()
	}
`)}},
		{Row: "S3", Name: "trim-before-save",
			Doc: "instances are dropped first, and the states that replace them are written afterwards",
			Patches: []Patch{before("epaxos/keep/keeper.go", "		k.States.Save(func() {", `		if k.Bug == "trim-before-save" {
			k.cut(below)
			k.States.Save(func() {})
			return
		}
`)}},
		{Row: "S4", Name: "trim-early",
			Doc: "an instance is dropped when its member has executed it, whether or not the others have",
			Patches: []Patch{before(epaxosTrimmer, "	below, _ := t.round(table)\n", `	if executed := table.Executed(); t.Bug == "trim-early" && count(table.Base(), executed) >= t.cfg.Step {
		return executed, true
	}
`)}},
		{Row: "S5", Name: "trim-ignores-ends",
			Doc: "instances are dropped when enough members have executed them, though some that were known before that are not decided",
			Patches: []Patch{before(epaxosTrimmer, "	return floor, executed.Union(", `	if t.Bug == "trim-ignores-ends" {
		ends = nil
	}
`)}},
		{Row: "S6", Name: "base-uncovered",
			Doc: "what was dropped is no dependency of what is pre-accepted",
			Patches: []Patch{
				after("epaxos/core/table.go", "		t.deps[row] = max(t.floor.At(row), t.cover.At(row))\n", `		if t.Bug == "base-uncovered" {
			t.deps[row] = 0
		}
`),
				after("epaxos/core/acceptor.go", "	for row, upto := range t.floor {\n", `		if t.Bug == "base-uncovered" {
			break
		}
`)}},
		{Row: "S7", Name: "forget-base",
			Doc: "how far instances were dropped is not on disk",
			Patches: []Patch{{"epaxos/record.go", "	r.env.Persist(Base{r.table.Base(), own.Floor, own.Ends})\n", `	if r.bug != "forget-base" {
		r.env.Persist(Base{r.table.Base(), own.Floor, own.Ends})
	}
`}}},
		{Row: "S8", Name: "floor-not-added",
			Doc: "who pre-accepts does not add what is below its floor",
			Patches: []Patch{before(epaxosAcceptor, "		t.deps[row] = max(t.deps[row], upto)\n", `		if t.Bug == "floor-not-added" {
			break
		}
`)}},
		{Row: "S9", Name: "validate-silent", Rare: true,
			Doc: "who validates does not tell that it dropped something that the proposal does not depend on",
			Patches: []Patch{after(epaxosAcceptor, "	found := t.lost(deps)\n", `	if t.Bug == "validate-silent" {
		found = nil
	}
`)}},
		{Row: "S10", Name: "states-without-base",
			Doc: "a member that takes the states of another does not write on its disk what they include",
			Patches: []Patch{{"epaxos/keep/catchup.go", "	k.cfg.Store()\n", `	if k.Bug != "states-without-base" {
		k.cfg.Store()
	}
`}}},
	}
}

// epaxosReadmission are mistakes in taking back a member that lost its disk.
func epaxosReadmission() []Bug {
	return []Bug{
		{Row: "D5", Name: "learner-promises",
			Doc: "a member that lost its disk promises, pre-accepts and votes before it is admitted, and the first two count",
			Patches: []Patch{
				{epaxosVote, "	if !r.env.Voter() {\n		return nil\n", "	if !r.env.Voter() && r.bug != \"learner-promises\" {\n		return nil\n"},
				{epaxosReplica, "	quorate.Register(n, r.onRecoverReply)\n", `	if r.bug == "learner-promises" {
		quorate.RegisterOpen(n, r.onRecoverReply)
	} else {
		quorate.Register(n, r.onRecoverReply)
	}
`},
				{epaxosReplica, "	quorate.Register(n, r.onPreAcceptReply)\n", `	if r.bug == "learner-promises" {
		quorate.RegisterOpen(n, r.onPreAcceptReply)
	} else {
		quorate.Register(n, r.onPreAcceptReply)
	}
`},
			}},
		{Row: "D9", Name: "admit-unexecuted",
			Doc: "a member that lost its disk is admitted before it has executed what the others know of",
			Patches: []Patch{{"epaxos/readmit/readmit.go", "executed.Union(r.ends[member]).Equal(executed) {\n", `executed.Union(r.ends[member]).Equal(executed) || r.cfg.Bug == "admit-unexecuted" {
`}}},
	}
}
