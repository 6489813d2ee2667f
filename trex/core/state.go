package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// Role is what a member does beside accepting and learning.
type Role uint8

// The roles.
const (
	Follower  Role = iota
	Probing        // asks for signs of life of the leader
	Recoverer      // phase 1, and phase 2 of what that finds
	Leader         // phase 2 of new commands
)

// String returns the role in lower case.
func (r Role) String() string {
	return [...]string{"follower", "probing", "recoverer", "leader"}[r]
}

// State is a member between two steps.
type State struct{ n *node }

// New returns a member before its first step, [Started]. Until then the caller
// puts into the log what it has on disk.
func New(cfg Config) (State, error) {
	if err := cfg.Validate(); err != nil {
		return State{}, err
	}
	c := cfg.Quorums.Cluster
	n := &node{cfg: cfg.withDefaults(), cluster: c, self: c.Index(cfg.Self)}
	n.grant = paxos.NewGrant(cfg.Lease)
	n.heard = make([]time.Duration, c.Size())
	n.rounds = make([]uint64, c.Size())
	return State{n}, nil
}

// Step handles e. As with append, s must not be used afterwards.
func (s State) Step(e Event) (State, Effects) {
	s.n.step(e)
	return s, s.n.out
}

// Log returns the log: what this member promised, accepted and knows chosen.
// Between steps the caller may trim it below what was executed, and readmission
// may write what others remember of this member's votes.
func (s State) Log() *paxos.Log { return &s.n.log }

// Role returns the member's role.
func (s State) Role() Role { return s.n.role }

// Epoch returns the ballot under which it recovers or leads, zero if it does not.
func (s State) Epoch() quorate.Ballot { return s.n.epoch }

// Leader returns whom it follows, itself if it leads, zero if it knows nobody.
func (s State) Leader() quorate.ID { return s.n.leader }

// Committed returns the first slot not known chosen.
func (s State) Committed() quorate.Slot { return s.n.log.Committed() }

// Known returns a slot above all those that it has heard of.
func (s State) Known() quorate.Slot { return max(s.n.log.End(), s.n.catchup.goal) }

// Barrier returns the slot below which a leader's predecessors may have had
// values chosen. A read waits until all slots below are executed, or it might
// miss one.
func (s State) Barrier() quorate.Slot { return s.n.recoverTo }

// Room reports whether it leads and may propose one more batch.
func (s State) Room() bool { return s.n.room() }

// Open returns how many slots it has proposed that are not chosen yet.
func (s State) Open() int { return s.n.accepting }

// Counters returns what has been counted since the start.
func (s State) Counters() Counters { return s.n.counters }

// Counters counts what operators want to know of a member. They only grow.
type Counters struct {
	Probes        uint64 // after a leader's silence
	Stays         uint64 // probes that found a leader alive
	Ballots       uint64 // prepared
	Elections     uint64 // won
	Retries       uint64 // Prepares and Accepts sent again
	Retransmitted uint64 // slots sent to others that missed them
	CaughtUp      uint64 // slots got so
}
