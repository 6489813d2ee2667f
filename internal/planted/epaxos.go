package planted

import "slices"

// EPaxos is the plan of package epaxos. Rows that other protocols have, too, keep
// their names; the E rows are its own. Each group of them follows a part of the
// protocol.
func EPaxos() Protocol {
	return Protocol{
		Name:     "epaxos",
		Packages: []string{"epaxos", "epaxos/core", "epaxos/decide", "epaxos/graph", "epaxos/keep", "epaxos/open", "epaxos/readmit", "epaxos/trim", "epaxos/claims"},
		Plumbing: epaxosPlumbing(),
		Bugs: slices.Concat(epaxosVotes(), epaxosPromises(), epaxosClients(), epaxosDisks(), epaxosFurther(), epaxosReadmission(),
			epaxosOwners(), epaxosRestarts(), epaxosRecoveries(), epaxosValidation(), epaxosInterference(), epaxosExecution()),
	}
}

// epaxosPlumbing makes the bug's name an argument of New and a field of whatever
// a bug is planted in.
func epaxosPlumbing() []Patch {
	return []Patch{
		{"epaxos/replica.go", "cfg Config) (*Replica, error) {", "cfg Config, bug string) (*Replica, error) {"},
		after("epaxos/replica.go", "type Replica struct {\n", `	bug string // the one planted here
	mistakes

`),
		before("epaxos/replica.go", "	r.requests = quorate.NewRequests(", `	r.bug, r.table.Bug, r.quorums.Bug = bug, bug, bug
	r.table.Wire()
`),
		before("epaxos/replica.go", "	r.registerRecords(n)\n", "	r.keep.Bug, r.keep.Trimmer.Bug = bug, bug\n"),
		{epaxosReplica, "	readmit.New(n, readmit.Config{", "	readmit.New(n, readmit.Config{Bug: bug, "},
		after("epaxos/readmit/readmit.go", "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after("epaxos/keep/keeper.go", "type Keeper struct {\n", "	Bug string // the one planted here\n\n"),
		after("epaxos/core/table.go", "type Table struct {\n", `	Bug string // the one planted here
	mistakes

`),
		after("epaxos/core/index.go", "type index struct {\n", "	bug string // the one planted here\n\n"),
		after("epaxos/graph/graph.go", "type Graph[T any] struct {\n", "	Bug string // the one planted here\n\n"),
		{"epaxos/decide/proposal.go", "type Quorums struct{ Size, F, E int }\n", `type Quorums struct {
	Size, F, E int
	Bug        string // the one planted here
}
`},
		after("epaxos/decide/proposal.go", "type Proposal struct {\n", "	mistakes\n\n"),
		after("epaxos/trim/trimmer.go", "type Trimmer struct {\n", "	Bug string // the one planted here\n\n"),
	}
}
