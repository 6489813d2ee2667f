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
			Patches: []Patch{before("epaxos/trim.go", "		r.states.Save(func() {", `		if r.bug == "trim-before-save" {
			r.cut(below)
			r.states.Save(func() {})
			return
		}
`)}},
		{Row: "S4", Name: "trim-early",
			Doc:     "an instance is dropped when its member has executed it, whether or not the others have",
			Patches: []Patch{{epaxosTrimmer, "			everywhere[row] = min(", "			if t.Bug == \"trim-early\" {\n				break\n			}\n			everywhere[row] = min("}}},
		{Row: "S5", Name: "trim-ignores-ends",
			Doc: "an instance is dropped when all members have executed it, though some that were proposed before that are not decided",
			Patches: []Patch{before(epaxosTrimmer, "	return t.below, everywhere.Union(", `	if t.Bug == "trim-ignores-ends" {
		return t.below, true
	}
`)}},
		{Row: "S6", Name: "base-uncovered",
			Doc: "what was dropped is no dependency of what is proposed",
			Patches: []Patch{after("epaxos/core/table.go", "		t.deps[row] = t.rows[row].base\n", `		if t.Bug == "base-uncovered" {
			t.deps[row] = 0
		}
`)}},
		{Row: "S7", Name: "forget-base",
			Doc: "how far instances were dropped is not on disk",
			Patches: []Patch{{"epaxos/trim.go", "	r.env.Persist(Base{below})\n", `	if r.bug != "forget-base" {
		r.env.Persist(Base{below})
	}
`}}},
	}
}
