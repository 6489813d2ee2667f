package instances

import (
	"fmt"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// Config says what a ghost watches. Phase1, Phase2 and Fast decide what is enough.
type Config struct {
	Cluster              *quorate.Cluster
	Phase1, Phase2, Fast quorate.Quorum
	Claims               quorate.Claims
}

// State is the ghost of one world. It keeps every instance, until the world ends,
// and the commands it is shown, which must not change any more. Not safe for
// concurrent use.
type State struct {
	cfg     Config
	ids     []quorate.ID
	rows    [][]*instance
	keys    map[string][][]*instance // those that touch a key, by row, in order
	members []member
	done    map[quorate.CommandID]struct{} // commands in chosen instances
	clock   int                            // of what becomes durable
	claims  []quorate.Claim                // scratch
	counts  ghost.Counts
}

// member is what is known of one acceptor, beside its part of each instance.
type member struct {
	lost    bool           // its disk is gone, and it may not vote
	base    []uint64       // on its disk: in each row the instances below are dropped
	settled []quorate.Slot // on its disk: in each row those below are final, or dropped
}

// New returns the ghost of a cluster that has not started.
func New(cfg Config) *State {
	s := &State{cfg: cfg, ids: cfg.Cluster.IDs(), keys: map[string][][]*instance{}, done: map[quorate.CommandID]struct{}{}}
	n := len(s.ids)
	s.rows, s.members = make([][]*instance, n), make([]member, n)
	for i := range s.members {
		s.members[i] = newMember(n)
	}
	return s
}

func newMember(n int) member {
	return member{base: make([]uint64, n), settled: make([]quorate.Slot, n)}
}

// Durable says that rec, a decoded record, became durable on the disk of node, see
// [ghost.State.Durable].
func (s *State) Durable(node int, rec any) error {
	s.claims = s.cfg.Claims(s.claims[:0], rec)
	s.clock++
	for i := range s.claims {
		c := &s.claims[i]
		row, err := s.row(c.Log)
		if err != nil {
			return err
		}
		if c.Kind == quorate.ClaimTrimmed {
			if err := s.storeTrimmed(node, row, c.Upto); err != nil {
				return err
			}
			continue
		}
		at, err := s.instance(node, row, c.Slot)
		if err != nil {
			return err
		}
		switch c.Kind {
		case quorate.ClaimInitial:
			err = s.storeInitial(node, at, c)
		case quorate.ClaimPreAccept:
			err = s.storePreAccept(node, at, c.Deps)
		case quorate.ClaimVote:
			err = s.storeVote(node, at, c)
		case quorate.ClaimChosen:
			err = s.storeChosen(node, at, c)
		case quorate.ClaimPromise:
			err = s.storePromise(node, at, c.Ballot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Sent says that m leaves node now, see [ghost.State.Sent].
func (s *State) Sent(node int, m any) error {
	s.claims = s.cfg.Claims(s.claims[:0], m)
	for i := range s.claims {
		c := &s.claims[i]
		row, err := s.row(c.Log)
		if err != nil {
			return err
		}
		if c.Kind == quorate.ClaimCommitted {
			if err := s.sendCommitted(node, row, c.Upto); err != nil {
				return err
			}
			continue
		}
		at, err := s.instance(node, row, c.Slot)
		if err != nil {
			return err
		}
		switch c.Kind {
		case quorate.ClaimInitial:
			err = s.sendInitial(node, at, c)
		case quorate.ClaimPreAccept:
			err = s.sendPreAccept(node, at, c.Deps)
		case quorate.ClaimPropose:
			err = s.sendPropose(node, at, c)
		case quorate.ClaimVote:
			err = s.sendVote(node, at, c.Ballot)
		case quorate.ClaimChosen:
			err = s.mustBeChosen(node, at, at.value(c))
		case quorate.ClaimPrepare:
			err = s.uses(node, at, c.Ballot, "asks for promises of")
		case quorate.ClaimPromise:
			return s.sendPromise(node, at, c.Ballot, s.claims[i+1:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Elected takes nothing down: nobody leads.
func (s *State) Elected(int, quorate.Elected) error { return nil }

// Chosen says that node observed that an instance is final. The error is a
// [*ghost.Broken].
func (s *State) Chosen(node int, e quorate.Chosen) error {
	return s.observe(node, e.Log, e.Slot, e.Commands)
}

// Executed says that node executed an instance. The error is a [*ghost.Broken].
func (s *State) Executed(node int, e quorate.Executed) error {
	return s.observe(node, e.Log, e.Slot, e.Commands)
}

// Done says that a client is being told that the command is done: it must be in a
// chosen instance. The error is a [*ghost.Broken].
func (s *State) Done(id quorate.CommandID) error {
	if _, ok := s.done[id]; !ok {
		return &ghost.Broken{Rule: ghost.RuleChosen, Node: -1, Text: fmt.Sprintf("client %v was told that its command %d is done, but no chosen instance holds it", id.Client, id.Seq)}
	}
	return nil
}

// Promised returns 0: promises are for one instance each.
func (s *State) Promised(int) quorate.Ballot { return 0 }

// Counts returns what was counted so far.
func (s *State) Counts() ghost.Counts { return s.counts }

// ChosenValue returns what is chosen in an instance, no commands for a no-op; false
// if nothing is. The caller must not change it.
func (s *State) ChosenValue(log string, slot quorate.Slot) ([]quorate.Command, bool) {
	row, err := s.row(log)
	if err != nil || slot >= quorate.Slot(len(s.rows[row])) || !s.rows[row][slot].isChosen {
		return nil, false
	}
	if i := s.rows[row][slot]; !i.chosen.nop {
		return i.commands, true
	}
	return nil, true
}

// row returns the row that a claim or an event means.
func (s *State) row(log string) (int, error) {
	if n, err := strconv.Atoi(log); err == nil && n >= 0 && n < len(s.rows) {
		return n, nil
	}
	for i, id := range s.ids {
		if id.String() == log {
			return i, nil
		}
	}
	return 0, fmt.Errorf("there is no row %q", log)
}

// reach bounds how far beyond the last instance of a row the next one may lie.
const reach = 1 << 20

func (s *State) instance(node, row int, at quorate.Slot) (*instance, error) {
	n := quorate.Slot(len(s.rows[row]))
	if at >= n+reach {
		return nil, &ghost.Broken{Rule: ghost.RuleValue, Node: node, Text: fmt.Sprintf("%v speaks of instance %v of row %v, far beyond its end at %v", s.ids[node], at, s.ids[row], n)}
	}
	for ; n <= at; n++ {
		s.rows[row] = append(s.rows[row], &instance{state: s, row: row, number: uint64(n), parts: make([]part, len(s.ids))})
	}
	return s.rows[row][at], nil
}

// observe takes a member's word that an instance is final.
func (s *State) observe(node int, log string, slot quorate.Slot, commands []quorate.Command) error {
	row, err := s.row(log)
	if err != nil {
		return err
	}
	i, err := s.instance(node, row, slot)
	if err != nil {
		return err
	}
	if !i.isChosen {
		return i.broken(ghost.RuleChosen, node, "takes %s for final, but no quorum has made it so: %s", brief(commands), i.evidence())
	}
	if nop := len(commands) == 0; nop != i.chosen.nop || !nop && !same(commands, i.commands) {
		return i.broken(ghost.RuleAgreement, node, "takes %s for final, but it is %s", brief(commands), i.text(i.chosen))
	}
	return nil
}
