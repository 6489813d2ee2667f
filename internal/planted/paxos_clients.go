package planted

// paxosClients are mistakes in what is executed, and in what clients are told.
func paxosClients() []Bug {
	return []Bug{
		{Row: "12", Name: "execute-gaps",
			Doc: "a slot is executed as soon as it is chosen, though one before it is not",
			Patches: []Patch{
				before("paxos/commit.go", "	r.reads.Serve()\n", `	if r.bug == "execute-gaps" {
		r.executeAhead()
	}
`),
				after("paxos/commit.go", "	r.executed++\n", `	if r.bug == "execute-gaps" && r.wasAhead(e.Slot) {
		return
	}
`),
			}},
		{Row: "13", Name: "local-noop",
			Doc: "a new leader takes a hole for a no-op that is chosen, without proposing it",
			Patches: []Patch{before("paxos/accept.go", "		if e.Chosen {\n", `		if r.bug == "local-noop" && e.Ballot == 0 {
			e.Chosen = true
		}
`)}},
		{Row: "14", Name: "no-dedup",
			Doc: "a write that was executed is executed again when it comes in another slot",
			Patches: []Patch{before("paxos/commit.go", "		result := r.app.Apply(*c)\n", `		if r.bug == "no-dedup" {
			c = anew(*c, e.Slot)
		}
`)}},
		{Row: "15", Name: "local-reads-leader",
			Doc: "whoever believes to lead answers every read from its own state at once",
			Patches: []Patch{after("paxos/replica.go", "func (r *Replica) route(p *quorate.Admitted) {\n", `	if r.bug == "local-reads-leader" && r.role == leader && p.Command.Op == quorate.OpGet {
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), r.executed)
		return
	}
`)}},
		leaseMargin(),
		paxosIgnoreLease(),
		{Row: "18", Name: "reply-before-quorum",
			Doc: "a leader answers clients when it proposes, with what will come out if the proposal is chosen",
			Patches: []Patch{
				after("paxos/accept.go", "	r.startLeadership(rec)\n", `	if r.bug == "reply-before-quorum" {
		r.lookAhead(rec)
	}
`),
				after("paxos/accept.go", "	r.propose(commands)\n", `	if r.bug == "reply-before-quorum" {
		r.answerEarly(commands)
	}
`),
			}},
		{Row: "19", Name: "local-reads-any",
			Doc: "every replica answers every read from its own state at once, and does not say so",
			Patches: []Patch{before("paxos/replica.go", "	case r.reads.Take(p):\n", `	case r.bug == "local-reads-any" && p.Command.Op == quorate.OpGet:
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), r.executed)
`)}},
	}
}
