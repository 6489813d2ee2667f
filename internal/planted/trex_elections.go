package planted

// trexElections are mistakes of new leaders, and of those who help to elect them.
func trexElections() []Bug {
	const prepare = "trex/core/prepare.go"
	return []Bug{
		{Row: "7", Name: "ignore-accepted",
			Doc: "a new leader ignores the accepted values in the promises and goes by the chosen ones only",
			Patches: []Patch{{prepare, "if e := m.Accepted; !blank(&e) &&",
				`if e := m.Accepted; !blank(&e) && (n.bug != "ignore-accepted" || e.Chosen) &&`}}},
		{Row: "8", Name: "lowest-ballot",
			Doc: "a new leader adopts the value accepted under the lowest ballot instead of the highest",
			Patches: []Patch{{prepare, "(e.Chosen || e.Ballot > o.best.Ballot) {",
				`(e.Chosen || e.Ballot > o.best.Ballot && (n.bug != "lowest-ballot" || blank(&o.best)) || n.bug == "lowest-ballot" && e.Ballot < o.best.Ballot) {`}}},
		{Row: "9", Name: "report-chosen-only",
			Doc: "a promise reports only a value known to be chosen",
			Patches: []Patch{after(prepare, "		reply.Accepted, _ = n.log.Entry(m.Slot)\n", `		if n.bug == "report-chosen-only" && !reply.Accepted.Chosen {
			reply.Accepted = paxos.Entry{}
		}
`)}},
		{Row: "10", Name: "shared-ballot",
			Doc: "ballots do not contain who proposes: two members may use the same one, and receivers cannot tell",
			Patches: []Patch{
				after(prepare, "	b := max(n.seen, n.log.Promised()).Next(n.cfg.Self)\n", `	if n.bug == "shared-ballot" {
		b = max(n.seen, n.log.Promised()).Next(0)
	}
`),
				before("trex/core/node.go", "	return from != n.self && b.Owner() ==", `	if n.bug == "shared-ballot" {
		return from != n.self
	}
`),
				{"trex/core/node.go", "leads && n.epoch.Owner() != n.cfg.Self:", `leads && n.epoch.Owner() != n.cfg.Self && n.bug != "shared-ballot":`},
			}},
		{Row: "11", Name: "count-old-votes",
			Doc: "a leader counts votes under an older ballot of its own",
			Patches: []Patch{{"trex/core/accept.go", "m.Ballot != n.epoch {",
				`m.Ballot != n.epoch && (n.bug != "count-old-votes" || !m.OK || m.Ballot.Owner() != n.cfg.Self) {`}}},
	}
}
