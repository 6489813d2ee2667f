package client

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

const (
	maxDoublings = 3   // of the attempt timeout
	maxWords     = 256 // bytes of what a refusal says
)

// refused decides what follows a reply that is not Done.
func (s *Session) refused(now time.Duration, c *Call, from quorate.ID, r quorate.Reply) {
	if r.Reason == quorate.ReasonExpired { // an earlier attempt may have executed; no replica remembers
		c.tainted = true
		c.Outcome.Reason = r.Reason
		s.end(c, EndAnswered)
		return
	}
	if r.Status == quorate.Unknown {
		c.tainted = true
	}
	if from != c.target || r.Attempt != c.attempt() { // the answer to an attempt that was given up
		s.stats.Stray++
		return
	}
	c.target = 0
	c.Outcome.Reason, c.Outcome.Words = r.Reason, string(r.Value[:min(len(r.Value), maxWords)])
	hinted := s.learn(c, from, r.Leader)
	if r.Status == quorate.Unknown && s.raw(c) {
		s.end(c, EndAnswered)
		return
	}
	switch r.Reason {
	case quorate.ReasonTooLarge, quorate.ReasonInvalid, quorate.ReasonUnsupported:
		s.end(c, EndAnswered) // the same everywhere
	case quorate.ReasonNotLeader, quorate.ReasonNoLongerLeader:
		switch {
		case hinted:
			c.hint = r.Leader
		case len(s.cfg.Nodes) == 1 && r.Leader != 0 && r.Leader != from:
			s.end(c, EndAnswered) // whoever leads is not to be asked
			return
		default:
			s.leave(now, from)
		}
		s.elsewhere(now, c)
	case quorate.ReasonOverloaded:
		if c.Op.spread() {
			s.leave(now, from)
		}
		s.pause(now, c)
	case quorate.ReasonClock:
		if c.clocks++; c.clocks == len(s.cfg.Nodes) {
			s.end(c, EndAnswered)
			return
		}
		s.leave(now, from)
		s.elsewhere(now, c)
	case quorate.ReasonNotFollower:
		s.leader = from // whatever it says of others
		if len(s.cfg.Nodes) == 1 {
			s.end(c, EndAnswered)
			return
		}
		s.elsewhere(now, c)
	case quorate.ReasonLearner, quorate.ReasonStopping:
		s.leave(now, from)
		s.elsewhere(now, c)
	default: // no leader, deadline: time may cure it
		if !hinted || c.Op.spread() {
			s.leave(now, from)
		}
		s.pause(now, c)
	}
}

// learn takes a hint where the leader is. It reports whether c should follow
// it: not to a stranger, not back to who gave it, nor to who just failed c.
func (s *Session) learn(c *Call, from, leader quorate.ID) bool {
	if leader == 0 || leader == c.failed || !slices.Contains(s.cfg.Nodes, leader) {
		return false
	}
	s.leader = leader
	return leader != from
}

// leave prefers other nodes from now on: of those after it the one that was left
// longest ago, so that a call in trouble asks all equally often, whichever of
// them was the leader.
func (s *Session) leave(now time.Duration, node quorate.ID) {
	if s.leader == node {
		s.leader = 0
	}
	i := slices.Index(s.cfg.Nodes, node)
	if i < 0 {
		return
	}
	s.left[i] = now
	if s.cursor != i {
		return
	}
	s.moved = now
	for j := range s.cfg.Nodes {
		if next := (i + j) % len(s.cfg.Nodes); s.cursor == i || s.left[next] < s.left[s.cursor] {
			s.cursor = next
		}
	}
}

// stay makes the node that answered the one to ask next, unless a leader is known.
func (s *Session) stay(now time.Duration, node quorate.ID) {
	if i := slices.Index(s.cfg.Nodes, node); s.leader == 0 && i >= 0 && i != s.cursor {
		s.cursor, s.moved = i, now
	}
}

// choose returns the node to ask next.
func (s *Session) choose(now time.Duration, c *Call) quorate.ID {
	if hint := c.hint; hint != 0 {
		c.hint = 0
		return hint
	}
	if s.leader != 0 && !s.cfg.Nearest && !c.Op.spread() {
		return s.leader
	}
	if s.cursor != 0 && now >= s.moved+s.cfg.Return {
		s.cursor = 0
	}
	node := s.cfg.Nodes[s.cursor]
	if c.Op.Read == quorate.ReadFollower && node == s.leader {
		return s.cfg.Nodes[(s.cursor+1)%len(s.cfg.Nodes)]
	}
	return node
}

// elsewhere asks another node at once, or after a pause if the call has been
// sent round the cluster: so two replicas that name each other cost no storm.
func (s *Session) elsewhere(now time.Duration, c *Call) {
	if c.moves < len(s.cfg.Nodes) {
		c.moves++
		s.attempt(now, c)
		return
	}
	s.pause(now, c)
}

// pause tries again after an exponential back-off with jitter.
func (s *Session) pause(now time.Duration, c *Call) {
	if s.spent(c) {
		return
	}
	s.stats.Pauses++
	d := s.cfg.BackoffMin
	for i := 0; i < c.pauses && d < s.cfg.BackoffMax; i++ {
		d *= 2
	}
	d = min(d, s.cfg.BackoffMax)
	if half := int64(d / 2); half > 0 {
		d -= time.Duration(s.rng.Int64N(half + 1))
	}
	c.pauses++
	c.moves = 0
	c.target = 0
	c.wake = min(now+d, c.deadline)
	s.wakes.set(c)
}
