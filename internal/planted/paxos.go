package planted

import "slices"

// Paxos is the plan of package paxos. Its bugs are in the order of their rows.
func Paxos() Protocol {
	return Protocol{
		Name:     "paxos",
		Packages: []string{"paxos", "paxos/core", "paxos/readmit", "paxos/reads", "paxos/claims"},
		Plumbing: paxosPlumbing(),
		Bugs:     slices.Concat(paxosVotes(), paxosElections(), paxosClients(), paxosDisks(), paxosFurther(), paxosReadmission(), paxosLeases(), paxosReads()),
	}
}

// paxosPlumbing makes the bug's name an argument of New and a field of whatever
// a bug is planted in.
func paxosPlumbing() []Patch {
	return slices.Concat(leasePlumbing(), []Patch{
		{"paxos/replica.go", "cfg Config) (*Replica, error) {", "cfg Config, bug string) (*Replica, error) {"},
		after("paxos/replica.go", "type Replica struct {\n", `	bug string // the one planted here
	mistakes

`),
		after("paxos/replica.go", "	r := &Replica{env: n, cfg: cfg, app: app, self: n.Cluster().Index(n.ID())}\n",
			"	r.bug, r.log.Bug = bug, bug\n"),
		after("paxos/election.go", "	r.election.recovery = core.NewRecovery(r.env.Cluster(), r.cfg.Quorums.Phase1, b, r.log.Committed())\n",
			"	r.election.recovery.Bug = r.bug\n"),
		after("paxos/lead.go", "	l.proposals = core.NewProposals(r.env.Cluster(), r.cfg.Quorums.Phase2, rec.Ballot(), rec.From())\n",
			"	l.proposals.Bug = r.bug\n"),
		after("paxos/readmission.go", "	readmit.New(n, readmit.Config{\n", "		Bug: r.bug,\n"),
		after("paxos/readmit/readmit.go", "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/log.go", "type Log struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/recovery.go", "type Recovery struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/proposals.go", "type Proposals struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/replica.go", "	r.grant = core.NewGrant(cfg.lease())\n", "	r.grant.Bug = bug\n"),
		after("paxos/lead.go", "	l.lease = core.NewLease(r.cfg.lease())\n", "	l.lease.Bug, l.lease.Now = r.bug, r.env.Now\n"),
		after("paxos/read.go", "	r.reads = reads.New(n, reads.Config{\n", "		Bug: r.bug,\n"),
	})
}
