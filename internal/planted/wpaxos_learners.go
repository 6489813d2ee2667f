package planted

// wpaxosLearners are mistakes in what is taken for chosen.
func wpaxosLearners() []Bug {
	return []Bug{
		{Row: "21", Name: "commit-by-index",
			Doc:     "a member that hears how far an owner has committed takes its own accepted values for chosen, whatever their ballot",
			Patches: commitByIndex()},
		{Row: "W32", Name: "accepted-as-chosen",
			Doc: "an owner tells those it did not ask that the last value it accepted is chosen, too",
			Patches: []Patch{before(wpaxosObject, "	entries, _ := o.log.Entries(from, o.log.Committed(), limit)\n", `	if o.Bug == "accepted-as-chosen" {
		entries, _ := o.log.Entries(from, o.log.End(), limit)
		return entries
	}
`)}},
	}
}

// wpaxosMessages are mistakes that show when a message is lost.
func wpaxosMessages() []Bug {
	return []Bug{
		{Row: "25", Name: "no-retransmit",
			Doc:     "a P2a that was lost is never sent again",
			Patches: []Patch{{wpaxosAccept, "		if now-p.Sent >= again<<", `		if r.bug != "no-retransmit" && now-p.Sent >= again<<`}}},
		{Row: "W41", Name: "beat-ignored", Rare: true,
			Doc:     "who hears that others know more of a key does not ask for it",
			Patches: []Patch{{wpaxosFetch, "h.Commit > k.Committed() {\n", "h.Commit > k.Committed() && f.cfg.Bug != \"beat-ignored\" {\n"}}},
		{Row: "W42", Name: "recent-only", Rare: true,
			Doc:     "members tell only of the keys that were written lately how far they are chosen",
			Patches: []Patch{{wpaxosFetch, "	f.round()\n", "	if f.cfg.Bug != \"recent-only\" {\n		f.round()\n	}\n"}}},
		{Row: "W43", Name: "overtaken-unheard", Rare: true,
			Doc:     "who hears from the owner of an object what is chosen does not take it for its owner",
			Patches: []Patch{{wpaxosCommit, "	r.raise(k, m.Ballot) // whoever", "	if r.bug != \"overtaken-unheard\" {\n		r.raise(k, m.Ballot)\n	} // whoever"}}},
		{Row: "W45", Name: "near-only", Rare: true,
			Doc: "a P2a that is sent again goes to those only that were asked first",
			Patches: []Patch{before(wpaxosAccept, "			r.post.Ask(r.env.Cluster().All()&^p.Voted(), P2a", `			if r.bug == "near-only" {
				r.post.Ask(r.members.Near()&^p.Voted(), P2a{Key: k.Name, Ballot: o.Promised(), Slot: p.Slot, Commands: p.Commands, Commit: o.Committed()})
				return true
			}
`)}}, {Row: "W46", Name: "commit-unsought", Rare: true,
			Doc:     "who hears from an owner that more is chosen than it accepted does not ask for it",
			Patches: []Patch{{wpaxosCommit, "	if reached < to {\n", "	if reached < to && r.bug != \"commit-unsought\" {\n"}}},
	}
}

// wpaxosPolicies are mistakes in when an object moves. None breaks a promise to a
// client: what shows is that objects move that should stay, or to whom they should not.
func wpaxosPolicies() []Bug {
	return []Bug{
		{Row: "W51", Name: "hint-obeyed", Rare: true,
			Doc:     "who is given a hint takes the object, whoever has taken it since",
			Patches: []Patch{{wpaxosSteal, "k.Promised() == m.Ballot &&", `(r.bug == "hint-obeyed" || k.Promised() == m.Ballot) &&`}}},
		{Row: "W52", Name: "majority-tie", Rare: true,
			Doc: "half of the hits, rounded down, are a majority: a tie moves the object",
			Patches: []Patch{before("wpaxos/steal/policy.go", "		to, saved = h.majority(zone, own, p.N, places)\n", `		if p.Bug == "majority-tie" {
			return h.tied(zone, own, p.N)
		}
`)}},
		{Row: "W53", Name: "average-numbers", Rare: true,
			Doc: "it is the numbers of zones that are averaged: zones 1 and 3 move the object to zone 2",
			Patches: []Patch{before("wpaxos/steal/policy.go", "		to, saved = h.average(zone, own, p, places)\n", `		if p.Bug == "average-numbers" {
			return h.averageNumber(zone, p.Alpha)
		}
`)}},
		{Row: "W54", Name: "consecutive-nodes", Rare: true,
			Doc: "hits in a row must come from one node, not from one zone",
			Patches: []Patch{before(wpaxosSteal, "	stayed := now - k.Since", `	if r.bug == "consecutive-nodes" && r.otherNode(k) {
		p.Hit(k.Hits, r.zone, r.zone, r.members.Places(), 0)
	}
`)}},
		{Row: "W55", Name: "no-residence", Rare: true,
			Doc:     "an object that was just taken may move again at once",
			Patches: []Patch{{wpaxosSteal, "	if to != r.zone && stayed >= r.cfg.Residence {\n", "	if to != r.zone && (r.bug == \"no-residence\" || stayed >= r.cfg.Residence) {\n"}}},
	}
}
