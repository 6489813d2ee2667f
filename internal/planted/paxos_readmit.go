package planted

import "slices"

// paxosReadmission are mistakes in taking back a member that lost its disk.
func paxosReadmission() []Bug {
	return slices.Concat(readers(), []Bug{
		{Row: "D5", Name: "learner-promises",
			Doc: "a member that lost its disk promises before it is admitted, and it counts",
			Patches: []Patch{
				{"paxos/replica.go", "	quorate.Register(n, r.onP1b)\n", `	if r.bug == "learner-promises" {
		quorate.RegisterOpen(n, r.onP1b)
	} else {
		quorate.Register(n, r.onP1b)
	}
`},
				{"paxos/election.go", "	if !r.env.Voter() || wait", "	if !r.env.Voter() && r.bug != \"learner-promises\" || wait"},
			}},
		{Row: "D6", Name: "disown-nothing", Rare: true,
			Doc:     "a leader and a candidate go on counting what a member said before it lost its disk",
			Patches: []Patch{{"paxos/readmission.go", "	switch r.role {\n", "	if r.bug == \"disown-nothing\" {\n		return\n	}\n	switch r.role {\n"}}},
		{Row: "D7", Name: "foreign-votes", Rare: true,
			Doc: "votes count that are still under way from before a disk was lost",
			Patches: []Patch{
				{"paxos/replica.go", "	quorate.Register(n, r.onP2b)\n", `	if r.bug == "foreign-votes" {
		quorate.RegisterOpen(n, r.onP2b)
	} else {
		quorate.Register(n, r.onP2b)
	}
`},
				after("paxos/accept.go", "	r.trimTo(m.Trim)\n", `	if r.bug == "foreign-votes" && !r.env.Voter() {
		return
	}
`),
			}},
	}, forgetChosen())
}

const readmitFile = "paxos/readmit/readmit.go"

// readers are mistakes of whoever reads what the others remember; protocols share
// them with package readmit.
func readers() []Bug {
	return []Bug{
		{Row: "D2", Name: "admit-reads-one",
			Doc: "a member that lost its disk is admitted when it has read one other",
			Patches: []Patch{{readmitFile, "	case r.recovery.Add(i, m.Promise):\n		r.node.Recalled(m.Round, from, false)\n", `	case r.recovery.Add(i, m.Promise):
		r.node.Recalled(m.Round, from, false)
		if r.cfg.Bug == "admit-reads-one" {
			oneIsEnough(r, m.Round)
		}
`}}},
		{Row: "D3", Name: "admit-forgets-promise",
			Doc:     "a member that lost its disk is admitted without the promises of those it read",
			Patches: []Patch{{readmitFile, "	r.promised = max(r.promised, m.Promised)\n", "	if r.cfg.Bug != \"admit-forgets-promise\" {\n		r.promised = max(r.promised, m.Promised)\n	}\n"}}},
		{Row: "D4", Name: "admit-forgets-votes",
			Doc:     "a member that lost its disk takes over what others know to be chosen, but not what they accepted",
			Patches: []Patch{{readmitFile, "		case e.Ballot > own.Ballot:\n", "		case e.Ballot > own.Ballot && r.cfg.Bug != \"admit-forgets-votes\":\n"}}},
	}
}

func forgetChosen() []Bug {
	return []Bug{
		{Row: "D8", Name: "admit-forgets-chosen", Rare: true,
			Doc:     "a member that lost its disk does not write that the values it learnt are chosen: a restart takes them for votes",
			Patches: []Patch{{readmitFile, "	r.node.Persist(Known{log.Committed()})\n", "	if r.cfg.Bug != \"admit-forgets-chosen\" {\n		r.node.Persist(Known{log.Committed()})\n	}\n"}}},
	}
}
