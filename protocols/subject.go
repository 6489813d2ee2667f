package protocols

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/internal/planted"
	buggy "github.com/quorate/quorate/internal/planted/paxos"
	buggyclaims "github.com/quorate/quorate/internal/planted/paxos/claims"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/claims"
	"github.com/quorate/quorate/sim"
)

// Bug is a mistake that can be planted in a protocol, to see whether
// simulations find it.
type Bug struct {
	Name string // what Subject calls it
	Row  string // its row in the table of planted bugs: a number, or a letter and a number
	Doc  string // the exact change, in a sentence
	Rare bool   // random worlds hardly ever show it; figures do
}

// Subject returns a protocol as simulations need it, with a bug planted if bug
// is not empty. Errors for other
// names wrap [ErrUnknown] and list what is allowed.
func Subject(name, bug string) (sim.Subject, error) {
	p, err := find(name)
	if err != nil {
		return sim.Subject{}, err
	}
	b, err := p.bug(bug)
	if err != nil {
		return sim.Subject{}, err
	}
	s := p.subject(b)
	s.Name, s.Bug, s.Fooled, s.Amnesia, s.Hasty = name, bug, b.Fooled, b.Amnesia, b.Hasty
	return s, nil
}

// Bugs returns what can be planted in a protocol, in the order of the rows;
// nothing for a protocol that is unknown.
func Bugs(name string) []Bug {
	p, _ := find(name) // nothing can be planted in the zero protocol
	var bugs []Bug
	for _, b := range p.planted() {
		bugs = append(bugs, Bug{Name: b.Name, Row: b.Row, Doc: b.Doc, Rare: b.Rare})
	}
	return bugs
}

// planted returns the bugs that can be planted in p.
func (p protocol) planted() []planted.Bug {
	if p.bugs == nil {
		return nil
	}
	return p.bugs().Bugs
}

// bug returns one of the bugs that can be planted in p, the zero bug for no name.
func (p protocol) bug(name string) (planted.Bug, error) {
	if name == "" {
		return planted.Bug{}, nil
	}
	var names []string
	for _, b := range p.planted() {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	if len(names) == 0 {
		return planted.Bug{}, fmt.Errorf("%w bug %q: none can be planted in protocol %s", ErrUnknown, name, p.name)
	}
	return planted.Bug{}, fmt.Errorf("%w bug %q of protocol %s: want one of %s", ErrUnknown, name, p.name, strings.Join(names, ", "))
}

// paxosReplica builds replicas, with a bug planted in them if it is one of the protocol's.
func paxosReplica(bug planted.Bug) func(*quorate.Node, *quorate.Once, paxos.Config) (quorate.Replica, error) {
	if len(bug.Patches) == 0 {
		return func(n *quorate.Node, app *quorate.Once, cfg paxos.Config) (quorate.Replica, error) {
			return paxos.New(n, app, cfg)
		}
	}
	return func(n *quorate.Node, app *quorate.Once, cfg paxos.Config) (quorate.Replica, error) {
		return buggy.New(n, app, buggy.Config(cfg), bug.Name)
	}
}

func paxosSubject(bug planted.Bug) sim.Subject {
	s := sim.Subject{Quorums: knobQuorums, Claims: claims.Of, Probes: []string{
		sim.ProbeElected, sim.ProbeSteppedDown, sim.ProbeRecovered, sim.ProbeLearnt, sim.ProbeNoop,
		sim.ProbeDuplicate, sim.ProbeInstalled, sim.ProbeIndexRead, sim.ProbeLeaseRead,
		sim.ProbeHandoffRead, sim.ProbeTimelineRead,
	}, Readmits: true, Leases: true, Spreads: true}
	replica := paxosReplica(bug)
	if len(bug.Patches) > 0 {
		s.Claims = buggyclaims.Of
	}
	if bug.Majorities {
		s.Quorums = majorities
	}
	s.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		cfg, err := paxosConfig(c, k)
		if err != nil {
			return nil, err
		}
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }, nil
	}
	return s
}

func paxosConfig(c *quorate.Cluster, k sim.Knobs) (paxos.Config, error) {
	quorums, err := knobQuorums(c, k)
	if err != nil {
		return paxos.Config{}, err
	}
	cfg := paxos.Config{
		Quorums: quorums, Thrifty: k.Thrifty,
		Heartbeat: k.Heartbeat, ElectionTimeout: k.ElectionTimeout, Retransmit: k.Retransmit, CommitDelay: k.CommitDelay,
		Window: k.Window, Batch: k.Batch, ChunkBytes: k.ChunkBytes, LogLimit: k.LogLimit,
		Lease: k.Lease, ClockError: k.ClockError,
		Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
	}
	return cfg, cfg.Validate()
}

// knobQuorums returns the quorums that the knobs ask for, by default majorities.
func knobQuorums(c *quorate.Cluster, k sim.Knobs) (quorate.QuorumSystem, error) {
	if k.Quorum == "" {
		return quorate.MajorityQuorums(c), nil
	}
	q, err := quorate.ParseQuorums(c, k.Quorum)
	if err == nil && q.Fast != nil {
		err = fmt.Errorf("quorums %s are for protocols with a fast path", q.Name)
	}
	return q, err
}

// majorities are the quorums whatever the knobs ask for.
func majorities(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
	return quorate.MajorityQuorums(c), nil
}

// primarySubject has no knobs. Its primary is fixed, so nothing is done while
// that is away.
func primarySubject(planted.Bug) sim.Subject {
	return sim.Subject{
		Fragile: true,
		Probes:  []string{sim.ProbeDuplicate},
		Quorums: majorities,
		New:     func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return primary.New, nil },
	}
}
