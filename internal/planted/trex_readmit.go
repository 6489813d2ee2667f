package planted

import "slices"

// trexReadmission are mistakes in taking back a member that lost its disk.
func trexReadmission() []Bug {
	return slices.Concat(readers(), []Bug{
		{Row: "D5", Name: "learner-promises",
			Doc: "a member that lost its disk promises before it is admitted, and it counts",
			Patches: []Patch{
				{"trex/replica.go", "	quorate.Register(n, receive[trex.PrepareReply](r))\n", `	if r.bug == "learner-promises" {
		quorate.RegisterOpen(n, receive[trex.PrepareReply](r))
	} else {
		quorate.Register(n, receive[trex.PrepareReply](r))
	}
`},
				{"trex/core/prepare.go", "	case n.learner:\n", `	case n.learner && n.bug != "learner-promises":
`},
			}},
		{Row: "D6", Name: "disown-nothing", Rare: true,
			Doc: "who leads, or tries to, goes on counting what a member said before it lost its disk",
			Patches: []Patch{before("trex/core/backdown.go", "	n.rounds[member] = 0\n	if n.role", `	if n.bug == "disown-nothing" {
		return
	}
`)}},
		{Row: "D7", Name: "foreign-votes", Rare: true,
			Doc: "votes count that are still under way from before a disk was lost",
			Patches: []Patch{
				{"trex/replica.go", "	quorate.Register(n, receive[trex.AcceptReply](r))\n", `	if r.bug == "foreign-votes" {
		quorate.RegisterOpen(n, receive[trex.AcceptReply](r))
	} else {
		quorate.Register(n, receive[trex.AcceptReply](r))
	}
`},
			}},
	}, forgetChosen())
}
