package planted

// paxosDisks are mistakes that show after a restart, or after a message was
// lost.
func paxosDisks() []Bug {
	return []Bug{
		{Row: "20", Name: "torn-journal", Fooled: true,
			Doc: "the journal has no checksums: it takes the torn end of what was being written for records"},
		{Row: "21", Name: "commit-by-index",
			Doc:     "a follower that hears how far the leader has committed takes its own accepted values for chosen, whatever their ballot",
			Patches: commitByIndex()},
		{Row: "22", Name: "forget-promise",
			Doc: "a restart does not restore the promise from its record; what the votes on disk imply is still promised",
			Patches: []Patch{{"paxos/record.go", "func(rec Promise) { r.log.Promise(max(rec.Ballot, r.log.Promised())) })", `func(rec Promise) {
		if r.bug != "forget-promise" {
			r.log.Promise(max(rec.Ballot, r.log.Promised()))
		}
	})`}}},
		{Row: "23", Name: "drop-last-record",
			Doc: "a restart forgets the last entry of the log on disk",
			Patches: []Patch{before("paxos/record.go", "	for _, e := range r.recovered {\n", `	if r.bug == "drop-last-record" && len(r.recovered) > 0 {
		r.recovered = r.recovered[:len(r.recovered)-1]
	}
`)}},
		leaseBeforeBarrier(),
		{Row: "25", Name: "no-retransmit",
			Doc:     "a P2a that was lost is never sent again",
			Patches: []Patch{{"paxos/accept.go", "		if now-p.Sent >= r.cfg.Retransmit<<", `		if r.bug != "no-retransmit" && now-p.Sent >= r.cfg.Retransmit<<`}}},
	}
}

func commitByIndex() []Patch {
	return []Patch{{"paxos/core/log.go", "			if e.Ballot != b {\n",
		`			if e.Ballot != b && (l.Bug != "commit-by-index" || e.Ballot == 0) {
`}}
}
