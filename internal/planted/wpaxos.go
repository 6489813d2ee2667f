package planted

import (
	"slices"
	"strings"
)

// WPaxos is the plan of package wpaxos. Rows that other protocols have, too, keep
// their names; the W rows are its own. Each group of them follows a part of the
// protocol.
func WPaxos() Protocol {
	return Protocol{
		Name:     "wpaxos",
		Packages: []string{"wpaxos", "wpaxos/core", "wpaxos/fetch", "wpaxos/objects", "wpaxos/post", "wpaxos/readmit", "wpaxos/steal", "wpaxos/trim", "wpaxos/claims", "paxos/core"},
		Plumbing: slices.Concat(wpaxosPlumbing(), wpaxosReadmissionPlumbing()),
		Bugs: slices.Concat(wpaxosQuorums(), wpaxosVotes(), wpaxosPromises(), wpaxosThieves(), wpaxosOwners(), wpaxosClients(),
			wpaxosDisks(), wpaxosReadmissions(), wpaxosLost(), wpaxosTrims(), wpaxosLearners(), wpaxosMessages(), wpaxosPolicies()),
	}
}

// wpaxosPlumbing makes the bug's name an argument of New and a field of whatever
// a bug is planted in.
func wpaxosPlumbing() []Patch {
	return []Patch{
		{wpaxosReplica, "cfg Config) (*Replica, error) {", "cfg Config, bug string) (*Replica, error) {"},
		after(wpaxosReplica, "type Replica struct {\n", `	bug string // the one planted here
	mistakes

`),
		after(wpaxosReplica, "	r.objects = objects.New(r.woken)\n", "	r.bug, r.objects.Bug, r.cfg.Policy.Bug = bug, bug, bug\n"),
		{wpaxosReplica, "fetch.New(n, fetch.Config{", "fetch.New(n, fetch.Config{Bug: bug, "},
		{wpaxosReplica, "trim.New(n, trim.Config{", "trim.New(n, trim.Config{Bug: bug, "},
		after(wpaxosTrimmer, "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after(wpaxosFetch, "type Config struct {\n", "	Bug string // the one planted here\n\n"),
		after("wpaxos/steal/policy.go", "type Policy struct {\n", "	Bug string // the one planted here\n\n"),
		after(wpaxosObjects, "type Objects struct {\n", "	Bug string // the one planted here\n\n"),
		{wpaxosObjects, "k.Idle.Wake()", "k.Idle.Wake(s.Bug)"},
		after(wpaxosObject, "type Object struct {\n", "	Bug string // the one planted here\n\n"),
		{wpaxosObject, "func (i Idle) Wake() Object {\n	o := Object{", `func (i Idle) Wake(bug string) Object {
	o := Object{Bug: bug, `},
		before(wpaxosObject, "	o.log.Trim(i.Base)\n", "	o.log.Bug = bug\n"),
		after(wpaxosOwner, "	o.recovery = core.NewRecovery(c, phase1, b, o.log.Committed())\n", "	o.recovery.Bug = o.Bug\n"),
		after(wpaxosOwner, "	o.proposals = core.NewProposals(c, phase2, rec.Ballot(), rec.From())\n", "	o.proposals.Bug = o.Bug\n"),
		after(wpaxosOwner, "		o.proposals = core.NewProposals(c, phase2, o.Promised(), o.log.Committed())\n", "		o.proposals.Bug = o.Bug\n"),
		after("paxos/core/log.go", "type Log struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/recovery.go", "type Recovery struct {\n", "	Bug string // the one planted here\n\n"),
		after("paxos/core/proposals.go", "type Proposals struct {\n", "	Bug string // the one planted here\n\n"),
	}
}

const (
	wpaxosReplica = "wpaxos/replica.go"
	wpaxosKey     = "wpaxos/key.go"
	wpaxosAccept  = "wpaxos/accept.go"
	wpaxosCommit  = "wpaxos/commit.go"
	wpaxosSteal   = "wpaxos/steal.go"
	wpaxosRecord  = "wpaxos/record.go"
	wpaxosTrim    = "wpaxos/trim.go"
	wpaxosTrimmer = "wpaxos/trim/trim.go"
	wpaxosObject  = "wpaxos/core/object.go"
	wpaxosOwner   = "wpaxos/core/owner.go"
	wpaxosObjects = "wpaxos/objects/objects.go"
	wpaxosFetch   = "wpaxos/fetch/fetch.go"
)

// ofPaxos returns the patches that a bug of package paxos has in paxos/core.
func ofPaxos(name string) []Patch {
	for _, b := range slices.Concat(paxosVotes(), paxosElections()) {
		if b.Name == name {
			return slices.DeleteFunc(b.Patches, func(p Patch) bool { return !strings.HasPrefix(p.File, "paxos/core/") })
		}
	}
	return nil
}
