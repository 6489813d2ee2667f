package planted

// trexClients are mistakes in what is executed, and in what clients are told.
func trexClients() []Bug {
	return []Bug{
		{Row: "12", Name: "execute-gaps",
			Doc: "a slot is executed as soon as it is chosen, though one before it is not",
			Patches: []Patch{
				before("trex/step.go", "	r.execute()\n", `	if r.bug == "execute-gaps" {
		r.executeAhead()
	}
`),
				after("trex/step.go", "	r.executed++\n", `	if r.bug == "execute-gaps" && r.wasAhead(e.Slot) {
		return
	}
`),
			}},
		{Row: "13", Name: "local-noop",
			Doc: "a new leader takes a hole for a no-op that is chosen, without proposing it",
			Patches: []Patch{after("trex/core/prepare.go", "		value = paxos.NoOp()\n", `		if n.bug == "local-noop" {
			n.believe(s, value)
			return
		}
`)}},
		{Row: "14", Name: "no-dedup",
			Doc: "a write that was executed is executed again when it comes in another slot",
			Patches: []Patch{before("trex/step.go", "		result := r.app.Apply(*c)\n", `		if r.bug == "no-dedup" {
			c = anew(*c, e.Slot)
		}
`)}},
		{Row: "15", Name: "local-reads-leader",
			Doc: "whoever believes to lead answers every read from its own state at once",
			Patches: []Patch{after("trex/client.go", "func (r *Replica) route(p *quorate.Admitted) {\n", `	if r.bug == "local-reads-leader" && r.state.Role() == trex.Leader && p.Command.Op == quorate.OpGet {
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), r.executed)
		return
	}
`)}},
		leaseMargin(),
		trexIgnoreLease(),
		{Row: "18", Name: "reply-before-quorum",
			Doc: "a leader answers clients when it proposes, with what will come out if the proposal is chosen",
			Patches: []Patch{
				after("trex/client.go", "	if out.Elected != 0 {\n", `		if r.bug == "reply-before-quorum" {
			r.lookAhead()
		}
`),
				after("trex/client.go", "	r.clients.open = append(r.clients.open, proposal{out.Slot, requests})\n", `	if r.bug == "reply-before-quorum" {
		r.answerEarly(commands)
	}
`),
			}},
		{Row: "19", Name: "local-reads-any",
			Doc: "every replica answers every read from its own state at once, and does not say so",
			Patches: []Patch{before("trex/client.go", "	case r.reads.Take(p):\n", `	case r.bug == "local-reads-any" && p.Command.Op == quorate.OpGet:
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), r.executed)
`)}},
	}
}
