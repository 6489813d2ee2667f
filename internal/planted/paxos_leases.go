package planted

// paxosLeases are mistakes with leases, beyond the textbook's.
func paxosLeases() []Bug {
	return []Bug{
		leaseUnconfirmed(),
		leaseFromAnswers(),
		leaseForgotten(),
		{Row: "L4", Name: "stand-while-bound",
			Doc: "a member that granted a lease asks nobody else to break it, but stands itself",
			Patches: []Patch{
				{"paxos/election.go", "	if wait := r.grant.Binds(r.election.ballot, r.env.Now()); wait > 0 {\n",
					"	if wait := r.grant.Binds(r.election.ballot, r.env.Now()); wait > 0 && r.bug != \"stand-while-bound\" {\n"},
				{"paxos/election.go", "	if b == 0 || r.grant.Binds(b, r.env.Now()) > 0 ||", "	if b == 0 || r.grant.Binds(b, r.env.Now()) > 0 && r.bug != \"stand-while-bound\" ||"},
			}},
		leaseTakenBack(),
		clocksBeyondBound(),
	}
}

func paxosIgnoreLease() Bug {
	return Bug{Row: "17", Name: "ignore-lease",
		Doc: "a follower that granted a lease promises to others all the same when it is asked",
		Patches: []Patch{
			{"paxos/election.go", "	wait := r.grant.Binds(m.Ballot, r.env.Now())\n	r.env.SendNow(", `	wait := r.grant.Binds(m.Ballot, r.env.Now())
	if r.bug == "ignore-lease" {
		wait = 0
	}
	r.env.SendNow(`},
			after("paxos/election.go", "What it answers does not leave.\n	wait := r.grant.Binds(m.Ballot, r.env.Now())\n", `	if r.bug == "ignore-lease" {
		wait = 0
	}
`),
		}}
}
