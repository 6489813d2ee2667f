package planted

// epaxosClients are mistakes in what clients are told.
func epaxosClients() []Bug {
	return []Bug{
		{Row: "14", Name: "no-dedup",
			Doc: "a write that was executed is executed again when it comes in another instance",
			Patches: []Patch{after("epaxos/execute.go", "		c := &v.Commands[at]\n", `		if r.bug == "no-dedup" {
			c = anew(*c, i.ID)
		}
`)}},
		{Row: "18", Name: "reply-at-commit",
			Doc: "an owner answers when it has committed, with what comes out if everything that is executed there so far precedes",
			Patches: []Patch{before(epaxosPropose, "	for _, request := range p.Requests {\n", `	if r.bug == "reply-at-commit" && !i.Nop {
		r.answerEarly(i)
	}
`)}},
		{Row: "19", Name: "local-reads-any",
			Doc: "every replica answers every read from its own state at once, and does not say so",
			Patches: []Patch{before(epaxosReplica, "	default:\n		r.enqueue(p)\n", `	case r.bug == "local-reads-any" && p.Command.Op == quorate.OpGet:
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), 0)
`)}},
		{Row: "E1", Name: "outcomes-per-client",
			Doc: "outcomes are kept for each client and not for each key: a write that comes after a later one of its client counts as executed",
			Patches: []Patch{{"epaxos/execute.go", "		r.requests.Executed(c.ID(), r.app.Apply(*c), 0)\n", `		if r.bug == "outcomes-per-client" {
			r.requests.Executed(c.ID(), r.applyOfClient(c), 0)
		} else {
			r.requests.Executed(c.ID(), r.app.Apply(*c), 0)
		}
`}}},
		{Row: "E2", Name: "nop-forgotten", Rare: true,
			Doc:     "the requests in an instance that became a Nop are not proposed anew",
			Patches: []Patch{{epaxosPropose, "		if i.Nop && !request.Done() {\n", "		if i.Nop && !request.Done() && r.bug != \"nop-forgotten\" {\n"}}},
	}
}
