package planted

// wpaxosDisks are mistakes that show after a restart.
func wpaxosDisks() []Bug {
	return []Bug{
		{Row: "20", Name: "torn-journal", Fooled: true,
			Doc: "the journal has no checksums: it takes the torn end of what was being written for records"},
		{Row: "22", Name: "forget-promise",
			Doc: "a restart does not restore a promise from its record; what the votes on disk imply is still promised",
			Patches: []Patch{{wpaxosRecord, "		k.Idle.Promised = max(k.Idle.Promised, rec.Ballot)\n", `		if r.bug != "forget-promise" {
			k.Idle.Promised = max(k.Idle.Promised, rec.Ballot)
		}
`}}},
		{Row: "23", Name: "drop-last-record",
			Doc: "a restart forgets the last entry on disk",
			Patches: []Patch{before(wpaxosRecord, "	for _, rec := range r.recovered {\n", `	if r.bug == "drop-last-record" && len(r.recovered) > 0 {
		r.recovered = r.recovered[:len(r.recovered)-1]
	}
`)}},
		{Row: "D1", Name: "lost-disk-votes", Amnesia: true,
			Doc: "a member that lost its disk is started again as if it were new, and votes"},
	}
}

// wpaxosTrims are mistakes in dropping logs, and in the states that replace them.
func wpaxosTrims() []Bug {
	return []Bug{
		{Row: "S1", Name: "trim-drops-promise",
			Doc: "trimming keeps the state and the rest of the log, and drops the promise",
			Patches: []Patch{before(wpaxosTrim, "	r.env.Forget(Promise{Key: k.Name}, 0, 1)\n", `	if r.bug == "trim-drops-promise" {
		r.env.Persist(Trimmed{k.Name, upto, 0})
	}
`)}},
		{Row: "S2", Name: "snapshot-drops-outcomes",
			Doc: "the states of keys, from disk or from another replica, come without the outcomes of their writes",
			Patches: []Patch{
				after(wpaxosReplica, "	r.restore()\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes(r.app.Keys()...)
	}
`),
				after(wpaxosCommit, "	o.Install(upto)\n", `	if r.bug == "snapshot-drops-outcomes" {
		r.dropOutcomes(k.Name)
	}
`),
			}},
		{Row: "S3", Name: "trim-before-save",
			Doc: "logs are trimmed first, and the states that replace them are written afterwards",
			Patches: []Patch{before(wpaxosTrimmer, "	t.busy, t.rest, t.then = true, keys, then\n", `	if t.cfg.Bug == "trim-before-save" {
		for _, k := range keys {
			if from, upto := t.cfg.Objects.Cut(k); from < upto {
				t.cfg.Cut(k, from, upto)
			}
		}
		keys = nil
	}
`)}},
		{Row: "S7", Name: "forget-base",
			Doc: "where the log of a key begins is not on disk",
			Patches: []Patch{before(wpaxosTrim, "	r.env.Persist(Trimmed{k.Name, upto, k.Promised()})\n", `	if r.bug == "forget-base" {
		r.env.Persist(Promise{k.Name, k.Promised()})
		return
	}
`)}},
		{Row: "S11", Name: "install-older",
			Doc:     "a state is put in place of a newer one",
			Patches: []Patch{{wpaxosCommit, "	if upto <= o.Committed() || r.app", "	if upto <= o.Committed() && r.bug != \"install-older\" || r.app"}}},
		{Row: "S12", Name: "mixed-state", Rare: true,
			Doc: "a state that is sent in parts changes meanwhile",
			Patches: []Patch{before(wpaxosFetch, "		f.part(&reply, s, m.Offset)\n", `		if f.cfg.Bug == "mixed-state" {
			if s.data = f.cfg.Snapshot(nil, m.Key); m.Offset > uint64(len(s.data)) {
				return
			}
		}
`)}},
		{Row: "S13", Name: "trim-unsaved",
			Doc: "trimming drops all that is executed, though the states were written before",
			Patches: []Patch{before(wpaxosObjects, "	from, upto = o.Trim(o.Cut)\n", `	if s.Bug == "trim-unsaved" {
		o.Cut = o.Executed()
	}
`)}},
		{Row: "S14", Name: "installed-unsaved",
			Doc: "a state that came from another replica is not written before the log is trimmed",
			Patches: []Patch{{wpaxosCommit, "	r.states.Changed(&quorate.Command{Op: quorate.OpPut, Key: k.Name})\n", `	if r.bug != "installed-unsaved" {
		r.states.Changed(&quorate.Command{Op: quorate.OpPut, Key: k.Name})
	}
`}}},
	}
}
