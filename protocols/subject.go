package protocols

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/sim"
)

// Bug is a mistake that can be planted in a protocol, to see whether
// simulations find it.
type Bug struct {
	Name string // what Subject calls it
	Row  string // its row in the table of planted bugs: a number, or a letter and a number
	Doc  string // the exact change, in a sentence
}

// Subject returns a protocol as simulations need it, with a bug planted if bug
// is not empty. Errors for other
// names wrap [ErrUnknown] and list what is allowed.
func Subject(name, bug string) (sim.Subject, error) {
	p, err := find(name)
	if err != nil {
		return sim.Subject{}, err
	}
	if err := p.knows(bug); err != nil {
		return sim.Subject{}, err
	}
	s := p.subject(bug)
	s.Name, s.Bug = name, bug
	return s, nil
}

// Bugs returns what can be planted in a protocol, in the order of the rows;
// nothing for a protocol that is unknown.
func Bugs(name string) []Bug {
	p, _ := find(name) // nothing can be planted in the zero protocol
	return p.bugs
}

// knows reports a bug that cannot be planted in p.
func (p protocol) knows(bug string) error {
	if bug == "" {
		return nil
	}
	var names []string
	for _, b := range p.bugs {
		if b.Name == bug {
			return nil
		}
		names = append(names, b.Name)
	}
	if len(names) == 0 {
		return fmt.Errorf("%w bug %q: none can be planted in protocol %s", ErrUnknown, bug, p.name)
	}
	return fmt.Errorf("%w bug %q of protocol %s: want one of %s", ErrUnknown, bug, p.name, strings.Join(names, ", "))
}

func paxosSubject(string) sim.Subject {
	return sim.Subject{
		Quorums: knobQuorums,
		New: func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg, err := paxosConfig(c, k)
			if err != nil {
				return nil, err
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return paxos.New(n, app, cfg)
			}, nil
		},
	}
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
	}
	return cfg, cfg.Validate()
}

// knobQuorums returns the quorums that the knobs ask for, by default majorities.
func knobQuorums(c *quorate.Cluster, k sim.Knobs) (quorate.QuorumSystem, error) {
	if k.Quorum == "" {
		return quorate.MajorityQuorums(c), nil
	}
	return quorate.ParseQuorums(c, k.Quorum)
}

// primarySubject has no knobs. Its primary is fixed, so nothing is done while
// that is away.
func primarySubject(string) sim.Subject {
	return sim.Subject{
		Fragile: true,
		Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
			return quorate.MajorityQuorums(c), nil
		},
		New: func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return primary.New, nil },
	}
}
