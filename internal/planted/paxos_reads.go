package planted

// paxosReads are mistakes in reads that take no slot.
func paxosReads() []Bug {
	return []Bug{
		{Row: "R1", Name: "stamp-unconfirmed",
			Doc: "whoever believes to lead stamps reads without asking whether it still does",
			Patches: []Patch{
				before("paxos/reads/reads.go", "	case r.others < maxQuestions*r.env.Cluster().Size():\n", `	case r.cfg.Bug == "stamp-unconfirmed":
		r.env.SendNow(from, Stamp{Serial: m.Serial, OK: true, Slot: r.cfg.Stamp()})
`),
				before("paxos/reads/reads.go", "	case r.leads():\n		r.check(check{p: p})\n", `	case r.leads() && r.cfg.Bug == "stamp-unconfirmed":
		r.hold(p, r.cfg.Stamp())
		r.Serve()
`),
			}},
		{Row: "R2", Name: "stamp-below-barrier",
			Doc: "a new leader stamps reads with its commit index, though it does not know yet what earlier ones committed",
			Patches: []Patch{before("paxos/reads/reads.go", "	for i := n - 1; i >= 0 && r.checks[i].round == 0; i-- {\n", `	if r.cfg.Bug == "stamp-below-barrier" {
		slot = r.cfg.Executed()
	}
`)}},
		{Row: "R3", Name: "timeline-unseen",
			Doc: "a timeline read is answered at once, whatever its client has seen",
			Patches: []Patch{after("paxos/reads/reads.go", "	case quorate.ReadTimeline:\n", `		if r.cfg.Bug == "timeline-unseen" {
			p.Seen = 0
		}
`)}},
		{Row: "R4", Name: "stamp-unawaited",
			Doc: "a replica answers when it has the stamp, though it has not executed so far",
			Patches: []Patch{before("paxos/reads/reads.go", "		r.hold(a.p, m.Slot)\n", `		if r.cfg.Bug == "stamp-unawaited" {
			m.Slot = 0
		}
`)}},
		{Row: "R5", Name: "stamp-for-all",
			Doc: "a stamp counts for reads that came after its question was asked",
			Patches: []Patch{{"paxos/reads/reads.go", "		if a.serial == 0 || a.serial > m.Serial {\n", `		if r.cfg.Bug != "stamp-for-all" && (a.serial == 0 || a.serial > m.Serial) {
`}}},
		{Row: "R6", Name: "frontier-executed", Rare: true,
			Doc: "an answer tells how much was executed, though states from a snapshot, or from before a restart, may show more",
			Patches: []Patch{before("paxos/reads/reads.go", "	if p.Read.Linearizable() {\n", `	if r.cfg.Bug == "frontier-executed" {
		upto = r.cfg.Executed()
	}
`)}},
	}
}
