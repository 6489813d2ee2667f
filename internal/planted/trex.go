package planted

import "slices"

// Trex is the plan of package trex. Its bugs are in the order of their rows.
func Trex() Protocol {
	return Protocol{
		Name:     "trex",
		Packages: []string{"trex", "trex/core", "trex/claims", "paxos/core", "paxos/readmit", "paxos/reads"},
		Plumbing: trexPlumbing(),
		Bugs:     slices.Concat(trexVotes(), trexElections(), trexClients(), trexDisks(), trexFurther(), trexReadmission(), trexOfOld(), trexLeases()),
	}
}

// trexPlumbing makes the bug's name an argument of New and a field of whatever
// a bug is planted in.
func trexPlumbing() []Patch {
	return slices.Concat(leasePlumbing(), []Patch{
		{"trex/replica.go", "cfg Config) (*Replica, error) {", "cfg Config, bug string) (*Replica, error) {"},
		after("trex/replica.go", "type Replica struct {\n", `	bug string // the one planted here
	mistakes

`),
		{"trex/replica.go", "	state, err := trex.New(cfg.rules(n.ID()))\n", `	rules := cfg.rules(n.ID())
	rules.Bug = bug
	state, err := trex.New(rules)
`},
		after("trex/replica.go", "	r := &Replica{env: n, cfg: cfg, app: app, state: state}\n", "	r.bug = bug\n"),
		after("trex/readmission.go", "	readmit.New(n, readmit.Config{\n", "		Bug: r.bug,\n"),
		after("trex/core/config.go", "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after("trex/core/node.go", "type node struct {\n", `	bug string // the one planted here
	mistakes

`),
		after("trex/core/state.go", "	n := &node{cfg: cfg.withDefaults(), cluster: c, self: c.Index(cfg.Self)}\n", "	n.bug, n.log.Bug = cfg.Bug, cfg.Bug\n"),
		after("paxos/readmit/readmit.go", "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/log.go", "type Log struct {\n", "	Bug string // the one planted here\n\n"),
		after("trex/core/state.go", "	n.grant = paxos.NewGrant(cfg.Lease)\n", "	n.grant.Bug = cfg.Bug\n"),
		after("trex/core/commit.go", "	n.lease = paxos.NewLease(n.cfg.Lease)\n", "	n.lease.Bug, n.lease.Now = n.bug, func() time.Duration { return n.now }\n"),
		after("trex/read.go", "	r.reads = reads.New(n, reads.Config{\n", "		Bug: r.bug,\n"),
	})
}
