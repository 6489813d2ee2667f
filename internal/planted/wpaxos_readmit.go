package planted

const (
	wpaxosReader      = "wpaxos/readmit/reader.go"
	wpaxosTell        = "wpaxos/readmit/tell.go"
	wpaxosReadmission = "wpaxos/readmission.go"
	wpaxosHold        = "wpaxos/core/readmit.go"
)

// wpaxosReadmissionPlumbing takes the bug's name to who reads, and who is read.
func wpaxosReadmissionPlumbing() []Patch {
	return []Patch{
		{wpaxosReadmission, "readmit.Config{\n", "readmit.Config{Bug: r.bug,\n"},
		after(wpaxosReader, "type Config struct {\n", "	Bug string // the one planted here\n\n"),
	}
}

// wpaxosReadmissions are mistakes in taking back a member that lost its disk.
func wpaxosReadmissions() []Bug {
	return []Bug{
		{Row: "D2", Name: "admit-reads-one",
			Doc: "a member that lost its disk is admitted when it has read one other",
			Patches: []Patch{after(wpaxosReader, "		r.known = r.known.Add(i)\n", `		if r.cfg.Bug == "admit-reads-one" {
			r.known = r.node.Cluster().All()
		}
`)}},
		{Row: "W61", Name: "admit-reads-few", Rare: true,
			Doc: "a member that lost its disk is admitted when others that have theirs are a quorum of some phase, though not every quorum has one of them",
			Patches: []Patch{{wpaxosReader, "error { return r.cfg.Quorums.Meets(members) }", `error {
	if r.cfg.Bug == "admit-reads-few" && (r.cfg.Quorums.Phase1(members) || r.cfg.Quorums.Phase2(members)) {
		return nil
	}
	return r.cfg.Quorums.Meets(members)
}`}}},
		{Row: "W62", Name: "admit-first-part",
			Doc:     "a member that lost its disk has read another one when the first part of its keys is here",
			Patches: []Patch{{wpaxosReader, "	case rd.part.More:\n", "	case rd.part.More && r.cfg.Bug != \"admit-first-part\":\n"}}},
		{Row: "D3", Name: "admit-forgets-promise",
			Doc:     "a member that lost its disk is admitted without the promises of those it read",
			Patches: []Patch{{wpaxosReader, "		r.cfg.Raise(k, told.Promised)\n", "		if r.cfg.Bug != \"admit-forgets-promise\" {\n			r.cfg.Raise(k, told.Promised)\n		}\n"}}},
		{Row: "D4", Name: "admit-forgets-votes",
			Doc:     "a member that lost its disk takes over what others know to be chosen, but not what they accepted",
			Patches: []Patch{{wpaxosHold, "	case e.Ballot > own.Ballot:\n", "	case e.Ballot > own.Ballot && o.Bug != \"admit-forgets-votes\":\n"}}},
		{Row: "W63", Name: "admit-unfetched",
			Doc:     "a member that lost its disk is admitted before it has fetched what the others know to be chosen",
			Patches: []Patch{{wpaxosReader, "	if k.Committed() < commit {\n", "	if k.Committed() < commit && r.cfg.Bug != \"admit-unfetched\" {\n"}}},
		{Row: "W64", Name: "admit-unsaved",
			Doc: "a member that lost its disk is admitted before what it has fetched is on disk",
			Patches: []Patch{before(wpaxosTrimmer, "	keys := t.cfg.Objects.Warmed()\n", `	if t.cfg.Bug == "admit-unsaved" && then != nil {
		t.busy, t.then = true, then
		t.timer.Reset(0)
		return true
	}
`)}},
	}
}

// wpaxosLost are mistakes with what such a member said before, or says too soon.
func wpaxosLost() []Bug {
	return []Bug{
		{Row: "D5", Name: "learner-promises",
			Doc: "a member that lost its disk promises before it is admitted, and it counts",
			Patches: []Patch{
				{wpaxosReplica, "	quorate.Register(n, heeding(r, r.onP1b))\n", `	if r.bug == "learner-promises" {
		quorate.RegisterOpen(n, heeding(r, r.onP1b))
	} else {
		quorate.Register(n, heeding(r, r.onP1b))
	}
`},
				after(wpaxosSteal, "func (r *Replica) onP1a(from quorate.ID, m P1a) {\n", `	if r.bug == "learner-promises" && !r.env.Voter() {
		r.promiseAnyway(from, m)
		return
	}
`),
			}},
		{Row: "D6", Name: "disown-nothing", Rare: true,
			Doc:     "an owner and a thief go on counting what a member said before it lost its disk",
			Patches: []Patch{after(wpaxosReadmission, "func (r *Replica) disown(id quorate.ID) {\n", "	if r.bug == \"disown-nothing\" {\n		return\n	}\n")}},
		{Row: "D7", Name: "foreign-votes", Rare: true,
			Doc: "votes count that are still under way from before a disk was lost",
			Patches: []Patch{
				{wpaxosReplica, "	quorate.Register(n, heeding(r, r.onP2b))\n", `	if r.bug == "foreign-votes" {
		quorate.RegisterOpen(n, heeding(r, r.onP2b))
	} else {
		quorate.Register(n, heeding(r, r.onP2b))
	}
`},
				{wpaxosReplica, "	quorate.Register(n, heeding(r, func(from quorate.ID, m Parcel) { m.Unpack(from, r.onP2a, r.onP2b, r.onP3) }))\n", `	if r.bug == "foreign-votes" {
		quorate.RegisterOpen(n, heeding(r, func(from quorate.ID, m Parcel) { m.Unpack(from, r.onP2a, r.onP2b, r.onP3) }))
	} else {
		quorate.Register(n, heeding(r, func(from quorate.ID, m Parcel) { m.Unpack(from, r.onP2a, r.onP2b, r.onP3) }))
	}
`},
			}},
		{Row: "D8", Name: "admit-forgets-chosen", Rare: true,
			Doc: "a member that lost its disk does not write what others know to be chosen beyond a hole",
			Patches: []Patch{after(wpaxosHold, "		o.log.Learn(e.Slot, e.Ballot, e.Commands)\n		o.follow()\n", `		if o.Bug == "admit-forgets-chosen" {
			return e, false, true
		}
`)}},
		{Row: "W65", Name: "cursor-kept", Rare: true,
			Doc: "a member that is read goes on after a restart where it was asked to, though its keys have other numbers then",
			Patches: []Patch{
				{wpaxosTell, "	if m.Life != r.life || m.At > count {\n", "	if m.Life != r.life && !(r.cfg.Bug == \"cursor-kept\" && m.Life != 0) || m.At > count {\n"},
				before(wpaxosReader, "	switch {\n	case m.Lost:\n", `	if r.cfg.Bug == "cursor-kept" && rd.life != 0 && m.At == rd.at && m.From == rd.from {
		rd.life = m.Life
	}
`),
			}},
	}
}
