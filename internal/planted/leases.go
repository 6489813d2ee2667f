package planted

// leasePlumbing makes the bug's name a field of what leases are made of, in
// whatever protocol has them.
func leasePlumbing() []Patch {
	return []Patch{
		after("paxos/core/lease.go", "type Lease struct {\n", "	Bug string // the one planted here\n	Now func() time.Duration\n\n"),
		after("paxos/core/lease.go", "type Grant struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/reads/reads.go", "type Config struct {\n", "	Bug string // the one planted here\n\n"),
	}
}

// These are mistakes in the rules of leases, which protocols share.

func leaseMargin() Bug {
	return Bug{Row: "16", Name: "lease-margin",
		Doc: "a leader counts on its lease for as long as those who granted it wait: for the window and the margin, instead of without it",
		Patches: []Patch{{"paxos/core/lease.go", "			l.until = l.asked[i].at + l.terms.Held()\n", `			l.until = l.asked[i].at + l.terms.Held()
			if l.Bug == "lease-margin" {
				l.until = l.asked[i].at + l.terms.Waited()
			}
`}}}
}

func leaseBeforeBarrier() Bug {
	return Bug{Row: "24", Name: "lease-before-barrier",
		Doc: "a new leader that holds a lease answers reads before it has executed what it took over",
		Patches: []Patch{before("paxos/reads/reads.go", "		r.hold(p, r.cfg.Stamp())\n", `		if r.cfg.Bug == "lease-before-barrier" {
			r.answer(p)
			return true
		}
`)}}
}

func leaseUnconfirmed() Bug {
	return Bug{Row: "L1", Name: "lease-unconfirmed",
		Doc: "a renewal counts when it is asked for, whether or not anybody grants it",
		Patches: []Patch{before("paxos/core/lease.go", "	n := len(l.asked)\n", `	if l.Bug == "lease-unconfirmed" && l.until > 0 {
		l.until = now + l.terms.Held()
	}
`)}}
}

func leaseFromAnswers() Bug {
	return Bug{Row: "L2", Name: "lease-from-answers",
		Doc: "a lease counts from when the answers come instead of from when it was asked for",
		Patches: []Patch{before("paxos/core/lease.go", "			l.asked = l.asked[i+1:]\n", `			if l.Bug == "lease-from-answers" {
				l.until = l.Now() + l.terms.Held()
			}
`)}}
}

func leaseForgotten() Bug {
	return Bug{Row: "L3", Name: "lease-forgotten",
		Doc: "a member that starts again has forgotten what it granted, and promises at once",
		Patches: []Patch{{"paxos/core/lease.go", `	if g.terms.Window > 0 {
		g.nobody`, `	if g.terms.Window > 0 && g.Bug != "lease-forgotten" {
		g.nobody`}}}
}

func leaseTakenBack() Bug {
	return Bug{Row: "L5", Name: "lease-taken-back", Rare: true,
		Doc: "a late request of an earlier leader takes over what was granted to a later one",
		Patches: []Patch{{"paxos/core/lease.go", `	if b < g.least {
`, `	if b < g.least && g.Bug != "lease-taken-back" {
`}}}
}

func clocksBeyondBound() Bug {
	return Bug{Row: "L6", Name: "clocks-beyond-bound", Hasty: true,
		Doc: "clocks are wrong by three times as much as leases allow for"}
}
