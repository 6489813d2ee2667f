package planted

// trexDisks are mistakes that show after a restart, or after a message was lost.
func trexDisks() []Bug {
	return []Bug{
		{Row: "20", Name: "torn-journal", Fooled: true,
			Doc: "the journal has no checksums: it takes the torn end of what was being written for records"},
		{Row: "21", Name: "commit-by-index",
			Doc:     "a follower that hears how far the leader has committed takes its own accepted values for chosen, whatever their ballot",
			Patches: commitByIndex()},
		{Row: "22", Name: "forget-promise",
			Doc: "a restart does not restore the promise from its record; what the votes on disk imply is still promised",
			Patches: []Patch{{"trex/record.go", "	r.log().Promise(max(progress.Promised, r.log().Promised()))\n", `	if r.bug != "forget-promise" {
		r.log().Promise(max(progress.Promised, r.log().Promised()))
	}
`}}},
		{Row: "23", Name: "drop-last-record",
			Doc: "a restart forgets the last entry of the log on disk",
			Patches: []Patch{before("trex/record.go", "	for _, e := range r.recovered.entries {\n", `	if n := len(r.recovered.entries); r.bug == "drop-last-record" && n > 0 {
		r.recovered.entries = r.recovered.entries[:n-1]
	}
`)}},
		leaseBeforeBarrier(),
		{Row: "25", Name: "no-retransmit",
			Doc:     "an Accept that was lost is never sent again",
			Patches: []Patch{{"trex/core/backdown.go", "o.phase == p && n.now >= o.due {", `o.phase == p && (n.bug != "no-retransmit" || p != accepting) && n.now >= o.due {`}}},
	}
}
