// Package ghost keeps the state of a cluster that no member has: which votes
// are on which disks, what is therefore chosen, who has promised what. It is
// fed with the claims of records as they become durable and of messages as they
// leave, and holds each against the rules of Paxos, so that a slip shows when
// it is made, long before a history of clients tells of it, if ever.
//
// It believes no message about what is chosen: a value is chosen by the durable
// votes of a phase-2 quorum at one ballot, and by nothing else (Lamport, "Paxos
// Made Simple", 2001, §2.2; the variables of his specification "Voting").
// Phases may have quorums of their own (Howard, Malkhi, Spiegelman, "Flexible
// Paxos", 2016).
//
// The files follow the phases: promise (phase 1), report (what a promise tells
// of earlier votes), vote (phase 2), learn (what is chosen); log and slot hold
// what is remembered. The rules are listed at [Broken].
package ghost

import (
	"fmt"
	"maps"
	"slices"

	"github.com/quorate/quorate"
)

// Config says what a ghost watches.
type Config struct {
	Cluster *quorate.Cluster
	// Phase1 and Phase2 decide what is enough. They are what the cluster is
	// meant to use, which need not be what a planted bug makes it use.
	Phase1, Phase2 quorate.Quorum
	// Claims reads messages and records. Without it the ghost knows neither
	// ballots nor votes, and only compares what members say is chosen.
	Claims quorate.Claims
}

// State is the ghost of one world. It keeps every slot, until the world ends,
// and the commands it is shown, which must not change any more. Members are
// meant by their index in the cluster. After a rule was broken, what it says is
// no longer of use. Not safe for concurrent use.
type State struct {
	cfg    Config
	ids    []quorate.ID
	plain  *log // the log without a name
	logs   map[string]*log
	lost   quorate.Set                    // members that lost their disks, and may not vote
	done   map[quorate.CommandID]struct{} // commands in chosen slots
	claims []quorate.Claim                // scratch
	told   []int32                        // scratch of report
	counts Counts
}

// Counts is how often something happened that only a ghost sees.
type Counts struct {
	// Recovered counts the values, other than no-ops, that were proposed again in
	// their slot under a higher ballot.
	Recovered int
	// Learnt counts the entries that became durable as chosen, on disks of members
	// that had not voted for them.
	Learnt int
}

// New returns the ghost of a cluster that has not started.
func New(cfg Config) *State {
	s := &State{cfg: cfg, ids: cfg.Cluster.IDs(), logs: map[string]*log{}, done: map[quorate.CommandID]struct{}{}}
	s.plain = s.log("")
	return s
}

func (s *State) log(name string) *log {
	if name == "" && s.plain != nil {
		return s.plain
	}
	l := s.logs[name]
	if l == nil {
		l = newLog(s, name)
		s.logs[name] = l
	}
	return l
}

// Durable says that rec, a decoded record, became durable on the disk of node.
// It is called in the order of the batch, before anything that waits for the
// batch leaves, and also for a batch that survived a crash though nobody was
// told. The error is a [*Broken].
func (s *State) Durable(node int, rec any) error {
	if s.cfg.Claims == nil {
		return nil
	}
	s.claims = s.cfg.Claims(s.claims[:0], rec)
	for i := range s.claims {
		c := &s.claims[i]
		l := s.log(c.Log)
		var err error
		switch c.Kind {
		case quorate.ClaimPromise:
			err = l.storePromise(node, c.Ballot)
		case quorate.ClaimVote:
			err = l.storeVote(node, c)
		case quorate.ClaimChosen:
			err = l.storeChosen(node, c)
		case quorate.ClaimTrimmed:
			err = l.storeTrimmed(node, c.Upto)
		case quorate.ClaimCommitted:
			err = l.storeKnown(node, c.Upto)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Sent says that m leaves node now, for one member or for all others; copies
// that the network makes do not count, nor do messages to self. The error is a
// [*Broken].
func (s *State) Sent(node int, m any) error {
	if s.cfg.Claims == nil {
		return nil
	}
	s.claims = s.cfg.Claims(s.claims[:0], m)
	for i := range s.claims {
		c := &s.claims[i]
		l := s.log(c.Log)
		var err error
		switch c.Kind {
		case quorate.ClaimPropose:
			err = l.sendPropose(node, c)
		case quorate.ClaimVote:
			err = l.sendVote(node, c)
		case quorate.ClaimCommitted, quorate.ClaimTrimmed:
			err = l.sendCommitted(node, c)
		case quorate.ClaimFollow:
			err = l.sendFollow(node, c.Ballot)
		case quorate.ClaimChosen:
			err = l.sendChosen(node, c)
		case quorate.ClaimPrepare:
			err = l.sendPrepare(node, c)
		case quorate.ClaimPromise:
			err = l.sendPromise(node, c, s.claims[i+1:])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Elected says that node observed its election. The error is a [*Broken].
func (s *State) Elected(node int, e quorate.Elected) error {
	if s.cfg.Claims == nil {
		return nil
	}
	return s.log(e.Log).elected(node, e.Ballot)
}

// Chosen says that node observed that a slot is chosen. The error is a
// [*Broken].
func (s *State) Chosen(node int, e quorate.Chosen) error {
	l := s.log(e.Log)
	if err := l.observe(node, e.Slot, e.Commands); err != nil || s.cfg.Claims == nil {
		return err
	}
	return l.counted(node, e.Slot, e.Ballot)
}

// Executed says that node applied a slot. All slots up to it must be chosen.
// The error is a [*Broken].
func (s *State) Executed(node int, e quorate.Executed) error {
	l := s.log(e.Log)
	if err := l.observe(node, e.Slot, e.Commands); err != nil || s.cfg.Claims == nil {
		return err
	}
	return l.mustBeCommitted(node, e.Slot+1)
}

// Done says that a client is being told that the command is done: it must be in
// a chosen slot. The error is a [*Broken].
func (s *State) Done(id quorate.CommandID) error {
	if s.cfg.Claims == nil {
		return nil
	}
	if _, ok := s.done[id]; !ok {
		return &Broken{Rule: RuleChosen, Node: -1, Text: fmt.Sprintf("client %v was told that its command %d is done, but no chosen slot holds it", id.Client, id.Seq)}
	}
	return nil
}

// names returns the names of all logs, sorted.
func (s *State) names() []string { return slices.Sorted(maps.Keys(s.logs)) }

// Promised returns the highest ballot that node has promised on its disk, in the
// log without a name.
func (s *State) Promised(node int) quorate.Ballot { return s.log("").members[node].promised }

// Counts returns what was counted so far.
func (s *State) Counts() Counts { return s.counts }

// ChosenValue returns what is chosen in a slot, false if nothing is. The caller
// must not change it.
func (s *State) ChosenValue(name string, slot quorate.Slot) ([]quorate.Command, bool) {
	l := s.logs[name]
	if l == nil || slot >= quorate.Slot(len(l.slots)) || l.slots[slot].chosen == 0 {
		return nil, false
	}
	return l.values[l.slots[slot].chosen], true
}
