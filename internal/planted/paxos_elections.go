package planted

// paxosElections are mistakes of new leaders, and of those who help to elect
// them.
func paxosElections() []Bug {
	return []Bug{
		{Row: "7", Name: "ignore-accepted",
			Doc: "a new leader ignores the accepted values in the promises and goes by the chosen ones only",
			Patches: []Patch{before("paxos/core/recovery.go", "	for r.from+quorate.Slot(len(r.best)) <= e.Slot {\n", `	if r.Bug == "ignore-accepted" && !e.Chosen {
		return
	}
`)}},
		{Row: "8", Name: "lowest-ballot",
			Doc: "a new leader adopts the value accepted under the lowest ballot instead of the highest",
			Patches: []Patch{before("paxos/core/recovery.go", "	if best.Chosen || !e.Chosen && e.Ballot <= best.Ballot {\n", `	if r.Bug == "lowest-ballot" && !best.empty() && !best.Chosen && !e.Chosen {
		if e.Ballot < best.Ballot {
			*best = e
		}
		return
	}
`)}},
		{Row: "9", Name: "report-chosen-only",
			Doc: "a P1b reports only the entries known to be chosen",
			Patches: []Patch{before("paxos/core/recovery.go", "	return Promise{From: from, Next: next,", `	if l.Bug == "report-chosen-only" {
		entries = chosen(entries)
	}
`)}},
		{Row: "10", Name: "shared-ballot",
			Doc: "ballots do not contain who proposes: two candidates may use the same one, and receivers cannot tell",
			Patches: []Patch{
				after("paxos/election.go", "	r.election.ballot = r.seen.Next(r.env.ID())\n", `	if r.bug == "shared-ballot" {
		r.election.ballot = r.seen.Next(0)
	}
`),
				after("paxos/election.go", "	b := r.seen.Next(r.env.ID())\n", `	if r.bug == "shared-ballot" {
		b = r.seen.Next(0)
	}
`),
				{"paxos/election.go", "	if m.Ballot.Owner() != from {\n", `	if m.Ballot.Owner() != from && r.bug != "shared-ballot" {
`},
				{"paxos/accept.go", "	if m.Ballot.Owner() != from {\n", `	if m.Ballot.Owner() != from && r.bug != "shared-ballot" {
`},
				{"paxos/lead.go", "m.Ballot.Owner() != from || from ==", `m.Ballot.Owner() != from && r.bug != "shared-ballot" || from ==`},
				{"paxos/lead.go", "m.Ballot.Owner() != from || m.Ballot <", `m.Ballot.Owner() != from && r.bug != "shared-ballot" || m.Ballot <`},
			}},
		{Row: "11", Name: "count-old-votes",
			Doc: "a leader counts the P2b of an older ballot of its own",
			Patches: []Patch{
				{"paxos/accept.go", "	if !r.counts(m.Ballot, m.OK, m.Promised) {\n",
					`	if !(r.bug == "count-old-votes" && r.role == leader && m.OK && m.Ballot.Owner() == r.env.ID()) && !r.counts(m.Ballot, m.OK, m.Promised) {
`},
				{"paxos/core/proposals.go", "	if b != p.ballot ||", `	if b != p.ballot && p.Bug != "count-old-votes" ||`},
			}},
	}
}
