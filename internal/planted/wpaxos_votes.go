package planted

// wpaxosQuorums are mistakes in how many members of how many zones are enough.
func wpaxosQuorums() []Bug {
	const anchor = "	r := &Replica{env: n,"
	return []Bug{
		{Row: "1", Name: "small-phase1",
			Doc: "phase 1 is won by the promises of one zone fewer than the zones without fz",
			Patches: []Patch{before(wpaxosReplica, anchor, `	if bug == "small-phase1" {
		cfg.Quorums = fewerZones(cfg.Quorums)
	}
`)}},
		{Row: "2", Name: "small-phase2",
			Doc: "phase 2 is won by the votes of one member fewer in each zone than its members without fn",
			Patches: []Patch{before(wpaxosReplica, "	r.members = near.New(", `	if bug == "small-phase2" {
		r.cfg.Quorums = fewerMembers(cfg.Quorums)
	}
`)}},
		{Row: "W1", Name: "capped-quorums",
			Doc: "quorums may be spread thin over more zones: it is members that are counted, up to as many in a zone as one zone needs",
			Patches: []Patch{before(wpaxosReplica, "	n.Agree(\"protocol\", \"wpaxos\")\n", `	if bug == "capped-quorums" {
		r.cfg.Quorums = capped(cfg.Quorums)
	}
`)}},
		{Row: "W2", Name: "one-zone",
			Doc: "phase 2 is won by the votes of one zone, though a zone may be lost",
			Patches: []Patch{before(wpaxosReplica, "	n.Agree(\"quorums\", cfg.Quorums.Name)\n", `	if bug == "one-zone" {
		r.cfg.Quorums = oneZone(cfg.Quorums)
	}
`)}},
	}
}

// wpaxosVotes are mistakes of acceptors, and of those who count their votes.
func wpaxosVotes() []Bug {
	return []Bug{
		{Row: "3", Name: "count-duplicates",
			Doc:     "an owner counts messages of votes instead of acceptors: a P2b that comes twice counts twice",
			Patches: ofPaxos("count-duplicates")},
		{Row: "4", Name: "vote-before-sync",
			Doc: "an acceptor sends its P2b without waiting for the accepted value to be on disk",
			Patches: []Patch{before(wpaxosAccept, "	r.post.Vote(from, reply)\n}\n\n// onP2b", `	if r.bug == "vote-before-sync" {
		r.env.SendNow(from, reply)
		return
	}
`)}},
		{Row: "5", Name: "promise-before-sync",
			Doc: "an acceptor sends its P1b without waiting for the promise to be on disk",
			Patches: []Patch{before(wpaxosSteal, "	r.env.Send(from, r.promise(k, m))\n", `	if r.bug == "promise-before-sync" {
		r.env.SendNow(from, r.promise(k, m))
		return
	}
`)}},
		{Row: "6", Name: "accept-below-promise",
			Doc:     "an acceptor accepts a P2a whose ballot lies below its promise; the promise stays",
			Patches: acceptBelowPromise()},
		{Row: "11", Name: "count-old-votes",
			Doc: "an owner counts the P2b of an older ballot of its own",
			Patches: []Patch{
				{wpaxosAccept, "|| m.Ballot != k.Open.Promised() {\n",
					`|| m.Ballot != k.Open.Promised() && !(r.bug == "count-old-votes" && m.OK && m.Ballot.Owner() == r.env.ID()) {
`},
				{"paxos/core/proposals.go", "	if b != p.ballot ||", `	if b != p.ballot && p.Bug != "count-old-votes" ||`},
			}},
		{Row: "W3", Name: "own-vote-early",
			Doc: "an owner counts its own vote when it proposes, though it is not on disk",
			Patches: []Patch{{wpaxosAccept, "	r.post.Vote(r.env.ID(), P2b{Key: k.Name, Ballot: e.Ballot, Slot: e.Slot, OK: true, Promised: e.Ballot})\n",
				`	if r.bug == "own-vote-early" {
		r.onP2b(r.env.ID(), P2b{Key: k.Name, Ballot: e.Ballot, Slot: e.Slot, OK: true, Promised: e.Ballot})
		return
	}
	r.post.Vote(r.env.ID(), P2b{Key: k.Name, Ballot: e.Ballot, Slot: e.Slot, OK: true, Promised: e.Ballot})
`}}},
		{Row: "W18", Name: "votes-after-promise",
			Doc:     "votes that wait for others to travel with are sent after a promise under a higher ballot",
			Patches: []Patch{{wpaxosKey, "		r.post.Post() // votes", "		if r.bug != \"votes-after-promise\" {\n			r.post.Post()\n		} // votes"}}},
	}
}

// wpaxosPromises are mistakes in what a promise tells, and in what is made of it.
func wpaxosPromises() []Bug {
	return []Bug{
		{Row: "7", Name: "ignore-accepted",
			Doc:     "a thief ignores the accepted values in the promises and goes by the chosen ones only",
			Patches: ofPaxos("ignore-accepted")},
		{Row: "8", Name: "lowest-ballot",
			Doc:     "a thief adopts the value accepted under the lowest ballot instead of the highest",
			Patches: ofPaxos("lowest-ballot")},
		{Row: "9", Name: "report-chosen-only",
			Doc:     "a P1b reports only the entries known to be chosen",
			Patches: ofPaxos("report-chosen-only")},
		{Row: "W4", Name: "report-accepted-only",
			Doc: "a P1b leaves out the entries known to be chosen",
			Patches: []Patch{after("paxos/core/recovery.go", "	entries, next := l.Entries(from, l.End(), limit)\n", `	if l.Bug == "report-accepted-only" {
		entries = undecided(entries)
	}
`)}},
		{Row: "W5", Name: "promise-without-state",
			Doc: "a P1b leaves out the slots that are trimmed, and the state that they left",
			Patches: []Patch{after(wpaxosSteal, "	reply.Promise = o.Report(at, r.cfg.ChunkBytes)\n", `	if r.bug == "promise-without-state" && m.From < o.Base() {
		reply.Upto, reply.State, reply.Promise.From, reply.Promise.Base = 0, nil, m.From, 0
	}
`)}},
		{Row: "W6", Name: "first-part",
			Doc:     "a promise that comes in parts counts when the first is here",
			Patches: []Patch{{"paxos/core/recovery.go", "	if p.More {\n		return false", "	if p.More && r.Bug != \"first-part\" {\n		return false"}}},
		{Row: "W7", Name: "own-zone-reports",
			Doc: "a thief ignores what acceptors of other zones report",
			Patches: []Patch{before(wpaxosSteal, "	rec := o.Recovery()\n	switch {", `	if r.bug == "own-zone-reports" && zoneOf(r.env.Cluster(), from) != r.zone {
		m.Promise.Entries = nil
	}
`)}},
		{Row: "W8", Name: "own-promise-early",
			Doc: "a thief counts its own promise when it asks for those of others, though it is not on disk",
			Patches: []Patch{before(wpaxosSteal, "	r.env.Send(r.env.ID(), r.promise(k, m))\n", `	if r.bug == "own-promise-early" {
		r.onP1b(r.env.ID(), r.promise(k, m))
		return
	}
`)}},
		{Row: "W9", Name: "any-promise",
			Doc:     "a thief counts promises of whatever ballot",
			Patches: []Patch{{wpaxosSteal, "m.Ballot != k.Open.Recovery().Ballot()", `m.Ballot != k.Open.Recovery().Ballot() && r.bug != "any-promise"`}}},
		{Row: "W19", Name: "foreign-promise",
			Doc: "a promise for one key counts for another one that is taken under the same ballot",
			Patches: []Patch{after(wpaxosSteal, "func (r *Replica) onP1b(from quorate.ID, m P1b) {\n", `	if r.bug == "foreign-promise" {
		r.countElsewhere(from, m)
	}
`)}},
		{Row: "W10", Name: "refusal-counts",
			Doc:     "a thief counts refusals as promises",
			Patches: []Patch{{wpaxosSteal, "	if !m.OK {\n", "	if !m.OK && r.bug != \"refusal-counts\" {\n"}}},
	}
}
