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
	}
}
