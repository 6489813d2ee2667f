package planted

// wpaxosClients are mistakes in what is executed, and in what clients are told.
func wpaxosClients() []Bug {
	return []Bug{
		{Row: "12", Name: "execute-gaps",
			Doc: "a slot is executed as soon as it is chosen, though one before it is not",
			Patches: []Patch{
				before(wpaxosCommit, "	for {\n		e, ok := o.Execute()\n", `	if r.bug == "execute-gaps" {
		r.executeAhead(k)
	}
`),
				before(wpaxosCommit, "	for i := range e.Commands {\n", `	if r.bug == "execute-gaps" && r.wasAhead(k, e.Slot) {
		return
	}
`),
			}},
		{Row: "14", Name: "no-dedup",
			Doc: "a write that was executed is executed again when it comes in another slot",
			Patches: []Patch{before(wpaxosCommit, "		result := r.app.Apply(c)\n", `		if r.bug == "no-dedup" {
			c = anew(c, e.Slot)
		}
`)}},
		{Row: "15", Name: "local-reads-owner",
			Doc: "whoever believes to own an object answers every read from its own state at once",
			Patches: []Patch{after(wpaxosReplica, "	k := r.objects.Put(p.Command.Key)\n", `	if r.bug == "local-reads-owner" && k.Owns() && p.Command.Op == quorate.OpGet {
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), 0)
		return
	}
`)}},
		{Row: "18", Name: "reply-before-quorum",
			Doc: "an owner answers clients when it proposes, with what comes out if nothing else is under way",
			Patches: []Patch{before(wpaxosAccept, "			r.propose(k, commands)\n", `			if r.bug == "reply-before-quorum" {
				r.answerEarly(k, commands)
			}
`)}},
		{Row: "19", Name: "local-reads-any",
			Doc: "every replica answers every read from its own state at once, and does not say so",
			Patches: []Patch{before(wpaxosReplica, "	case p.Read != quorate.ReadLog:\n", `	case r.bug == "local-reads-any" && p.Command.Op == quorate.OpGet:
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), 0)
		return
`)}},
	}
}
