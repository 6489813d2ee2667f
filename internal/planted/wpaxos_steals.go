package planted

// wpaxosThieves are mistakes of who takes an object, and in what it makes of what
// it found.
func wpaxosThieves() []Bug {
	return []Bug{
		{Row: "10", Name: "shared-ballot",
			Doc: "ballots do not contain who takes an object: two members may use the same one, and receivers cannot tell",
			Patches: []Patch{
				after(wpaxosSteal, "	b := o.Promised().Next(r.env.ID())\n", `	if r.bug == "shared-ballot" {
		b = o.Promised().Next(0)
	}
`),
				{wpaxosSteal, "	if m.Ballot.Owner() != from || !r.env.Voter() {\n", `	if m.Ballot.Owner() != from && r.bug != "shared-ballot" || !r.env.Voter() {
`},
				{wpaxosAccept, "	if m.Ballot.Owner() != from || !r.env.Voter() {\n", `	if m.Ballot.Owner() != from && r.bug != "shared-ballot" || !r.env.Voter() {
`},
				{wpaxosCommit, "	if m.Ballot.Owner() != from {\n", `	if m.Ballot.Owner() != from && r.bug != "shared-ballot" {
`},
			}},
		{Row: "W11", Name: "ballot-unwritten",
			Doc:     "the ballot of a steal is not written: after a restart it may be used again",
			Patches: []Patch{{wpaxosSteal, "	r.env.Persist(Promise{k.Name, b})\n", "	if r.bug != \"ballot-unwritten\" {\n		r.env.Persist(Promise{k.Name, b})\n	}\n"}}},
		{Row: "W12", Name: "ballot-before-sync",
			Doc: "a thief sends its P1a without waiting for its ballot to be on disk",
			Patches: []Patch{{wpaxosSteal, "	r.env.Send(quorate.Others, m)\n", `	if r.bug == "ballot-before-sync" {
		r.env.SendNow(quorate.Others, m)
	} else {
		r.env.Send(quorate.Others, m)
	}
`}}},
		{Row: "T1", Name: "late-promise",
			Doc: "a promise that comes when the object is taken makes the thief its owner once more, under the same ballot",
			Patches: []Patch{after(wpaxosOwner, "	o.recovery, o.owns = nil, true\n", `	if o.Bug == "late-promise" {
		o.recovery = rec
	}
`)}}, {Row: "13", Name: "local-noop",
			Doc: "a new owner takes a hole for a no-op that is chosen, without proposing it",
			Patches: []Patch{after(wpaxosOwner, "	for _, e := range rec.Values() {\n", `		if o.Bug == "local-noop" && e.Ballot == 0 {
			e.Chosen = true
		}
`)}},
		{Row: "W13", Name: "hole-left", Rare: true,
			Doc: "a new owner passes over a hole, and proposes nothing there",
			Patches: []Patch{before(wpaxosOwner, "		if !e.Chosen {\n", `		if o.Bug == "hole-left" && !e.Chosen && e.Ballot == 0 {
			o.proposals.Skip()
			continue
		}
`)}},
		{Row: "W14", Name: "read-before-recovery",
			Doc: "a new owner answers the reads that waited before it has executed what it took over",
			Patches: []Patch{before(wpaxosSteal, "	o.Told = o.Committed()\n", `	if r.bug == "read-before-recovery" {
		r.answerReads(k)
	}
`)}},
		{Row: "W16", Name: "steal-unanswered", Rare: true,
			Doc:     "a P1a that was not answered is not sent again",
			Patches: []Patch{{wpaxosSteal, "			if !o.Recovery().Promised(i) {\n", "			if !o.Recovery().Promised(i) && r.bug != \"steal-unanswered\" {\n"}}},
		{Row: "W17", Name: "thief-forgotten", Rare: true,
			Doc: "an object that is being taken may rest, and nobody looks at it again",
			Patches: []Patch{before(wpaxosKey, "		return lacks || waits ||", `		if r.bug == "thief-forgotten" {
			return lacks || o.Open() > 0 || o.Dangles()
		}
`)}},
		{Row: "W20", Name: "given-up-put-off", Rare: true,
			Doc:     "requests that are given up put off the next attempt, though none was begun since the last",
			Patches: []Patch{{wpaxosSteal, "		if !o.Want { //", "		if !o.Want || r.bug == \"given-up-put-off\" { //"}}},
	}
}

// wpaxosOwners are mistakes of owners, and of who is none any more.
func wpaxosOwners() []Bug {
	return []Bug{
		{Row: "W21", Name: "owner-goes-on",
			Doc:     "an owner that promises a higher ballot goes on to propose, under that one",
			Patches: []Patch{{wpaxosObject, "	o.yield()\n	return true\n", "	if o.Bug != \"owner-goes-on\" {\n		o.yield()\n	}\n	return true\n"}}},
		{Row: "W22", Name: "voter-goes-on",
			Doc:     "an owner that votes under a higher ballot goes on to own the object",
			Patches: []Patch{{wpaxosObject, "	o.Raise(b)\n	return o.log.Accept", "	if o.Bug != \"voter-goes-on\" {\n		o.Raise(b)\n	}\n	return o.log.Accept"}}},
		{Row: "W23", Name: "learner-goes-on", Rare: true,
			Doc: "an owner that learns from others what is chosen in a slot goes on",
			Patches: []Patch{
				{wpaxosObject, "	if o.owns {\n		o.yield()\n	}\n	o.log.Learn", "	if o.owns && o.Bug != \"learner-goes-on\" {\n		o.yield()\n	}\n	o.log.Learn"},
				{wpaxosObject, "	if o.owns {\n		o.yield()\n	}\n	o.log.Trim", "	if o.owns && o.Bug != \"learner-goes-on\" {\n		o.yield()\n	}\n	o.log.Trim"},
			}},
		{Row: "W24", Name: "refusal-ignored", Rare: true,
			Doc:     "an owner whose P2a is refused goes on, until it hears from who has overtaken it",
			Patches: []Patch{{wpaxosAccept, "		r.raise(k, m.Promised)\n", "		if r.bug != \"refusal-ignored\" {\n			r.raise(k, m.Promised)\n		}\n"}}},
		{Row: "W25", Name: "restart-owns",
			Doc: "an owner that was restarted goes on under its ballot",
			Patches: []Patch{after(wpaxosRecord, "	r.recovered = nil\n", `	if r.bug == "restart-owns" {
		r.ownAgain()
	}
`)}},
		{Row: "W26", Name: "requests-lost",
			Doc:     "the requests of an owner that was overtaken stay where they are",
			Patches: []Patch{{wpaxosKey, "		if !p.Done() {\n", "		if !p.Done() && r.bug != \"requests-lost\" {\n"}}},
		{Row: "W27", Name: "rest-drops-promise",
			Doc:     "an object that rests has forgotten what was promised",
			Patches: []Patch{{wpaxosObject, "	return Idle{o.Promised(), o.Base(), o.owns}, rests\n", "	if o.Bug == \"rest-drops-promise\" {\n		return Idle{0, o.Base(), o.owns}, rests\n	}\n	return Idle{o.Promised(), o.Base(), o.owns}, rests\n"}}},
		{Row: "W28", Name: "slot-left-open", Rare: true,
			Doc:     "nobody sees to a slot that its owner does not finish",
			Patches: []Patch{{wpaxosKey, "		case o.Dangles():\n", "		case o.Dangles() && r.bug != \"slot-left-open\":\n"}}},
		{Row: "W29", Name: "own-request",
			Doc:     "a request for what was owned here before a restart is forwarded to the owner, which is this member",
			Patches: []Patch{{wpaxosReplica, "b == 0 || owner == r.env.ID()", "b == 0 || owner == r.env.ID() && r.bug != \"own-request\""}}},
		{Row: "W30", Name: "forwarded-for-ever", Rare: true,
			Doc:     "a request is forwarded to the same owner again, however long that does not answer",
			Patches: []Patch{{wpaxosReplica, "	case p.Mark == b &&", "	case r.bug != \"forwarded-for-ever\" && p.Mark == b &&"}}},
		{Row: "W31", Name: "silent-owner", Rare: true,
			Doc:     "a request is forwarded to the owner though that is not heard of",
			Patches: []Patch{{wpaxosReplica, "|| !r.members.Alive(owner):", "|| !r.members.Alive(owner) && r.bug != \"silent-owner\":"}}},
	}
}
