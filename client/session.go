package client

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
)

// Send is a request on its way to a replica.
type Send struct {
	To      quorate.ID
	Request quorate.Request
}

// Stats counts what a session did.
type Stats struct {
	Calls    uint64 // started
	Attempts uint64 // requests sent
	Retries  uint64 // attempts after a call's first
	Timeouts uint64 // attempts that nobody answered in time
	Lost     uint64 // attempts whose connection was lost
	Unsent   uint64 // attempts that the link refused
	Pauses   uint64 // back-offs
	Stray    uint64 // replies that no open call was waiting for: late, duplicated, or another session's
	Done     uint64 // calls by outcome
	Failed   uint64
	Unknown  uint64
}

// Session is one client session without its runtime. A driver feeds it with
// Start, Reply, Lost, Unsent, Full, Tick, Cancel and Close, and after each of these
// drains it with NextSend and NextEnded. Not safe for concurrent use.
type Session struct {
	cfg    Config
	id     quorate.Client
	rng    *rand.Rand
	seq    uint64
	closed bool
	stats  Stats

	calls       openCalls
	first, last *Call // open, in order of Seq
	wakes       wakes

	leader quorate.ID      // last known, zero if none
	cursor int             // the index in cfg.Nodes to ask where no leader is known
	moved  time.Duration   // when the cursor last left a node
	left   []time.Duration // by index in cfg.Nodes: when a call last had enough of that node
	seen   quorate.Slot    // the highest Result.Index

	sends queue[Send]
	ended queue[*Call]
}

// NewSession returns the session with the given number. It takes its jitter
// from rng.
func NewSession(id quorate.Client, cfg Config, rng *rand.Rand) (*Session, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if id == 0 {
		return nil, fmt.Errorf("client session 0: want 64 random bits that no other session has")
	}
	return &Session{cfg: cfg.withDefaults(), id: id, rng: rng, left: make([]time.Duration, len(cfg.Nodes))}, nil
}

// ID returns the session's number.
func (s *Session) ID() quorate.Client { return s.id }

// Leader returns the last known leader, zero if none is known.
func (s *Session) Leader() quorate.ID { return s.leader }

// Open returns the number of calls that have not ended.
func (s *Session) Open() int { return s.calls.len() }

// Stats returns what the session did so far.
func (s *Session) Stats() Stats { return s.stats }

// Start numbers c and makes its first attempt. A call whose session is closed,
// or that makes no sense, ends at once as not executed.
func (s *Session) Start(now time.Duration, c *Call) {
	c.reset()
	s.stats.Calls++
	if c.Timeout == 0 {
		c.Timeout = s.cfg.Timeout
	}
	s.seq++
	c.cmd = quorate.Command{
		Client: s.id, Seq: s.seq, Issued: now,
		Op: c.Op.Kind, Key: c.Op.Key, Value: c.Op.Value, Version: c.Op.Version,
	}
	if c.Op.Read == quorate.ReadTimeline {
		c.seen = max(s.seen, c.Op.Seen)
	}
	c.deadline = now + c.Timeout
	s.calls.add(c)
	s.link(c)
	switch {
	case s.closed:
		s.end(c, EndClosed)
	case !c.Op.valid():
		c.Outcome.Reason = quorate.ReasonInvalid
		s.end(c, EndInvalid)
	case c.Timeout < 0:
		s.end(c, EndDeadline)
	default:
		s.attempt(now, c)
	}
}

// Reply takes a reply that came from a replica. The link must hand on each
// reply at most once: a request carries no number of its attempt, so a second
// copy of a refusal would pass for the answer to a later attempt at the same
// replica.
func (s *Session) Reply(now time.Duration, from quorate.ID, r quorate.Reply) {
	c := s.calls.get(r.Seq)
	if c == nil || r.Client != s.id {
		s.stats.Stray++
		return
	}
	switch r.Status {
	case quorate.Done:
		s.learn(c, from, r.Leader)
		s.stay(now, from)
		s.seen = max(s.seen, r.Index)
		c.Outcome.Status = quorate.Done
		c.Outcome.Result = Result{OK: r.OK, Version: r.Version, Value: r.Value, Stale: r.Stale, Index: r.Index, Node: from}
		s.end(c, EndAnswered)
	case quorate.NotExecuted, quorate.Unknown:
		s.refused(now, c, from, r)
	default:
		s.stats.Stray++
	}
}

// timed reports whether Reply makes use of the time for r: not if it ends its call, and
// changes nothing for others.
func (s *Session) timed(r *quorate.Reply) bool { return r.Status != quorate.Done || s.leader == 0 }

// Lost says that the connection to a replica broke: what was sent there and
// not answered will not be answered, and may have been executed.
func (s *Session) Lost(now time.Duration, node quorate.ID) {
	s.leave(now, node)
	for c := s.first; c != nil; {
		next := c.next // which an end forgets
		if c.target == node {
			s.stats.Lost++
			s.unanswered(c)
			if s.raw(c) {
				s.end(c, EndLost)
			} else {
				s.elsewhere(now, c)
			}
		}
		c = next
	}
}

// Unsent says that the link could not take the request of call seq to node: it
// has not left and never will.
func (s *Session) Unsent(now time.Duration, node quorate.ID, seq uint64) {
	c := s.calls.get(seq)
	if c == nil || c.target != node {
		return
	}
	s.stats.Unsent++
	s.leave(now, node)
	c.failed = node
	s.elsewhere(now, c)
}

// Full is Unsent for a link that has no room just now: the node is as good as
// before, and asking others to forward to it would not help.
func (s *Session) Full(now time.Duration, node quorate.ID, seq uint64) {
	c := s.calls.get(seq)
	if c == nil || c.target != node {
		return
	}
	s.stats.Unsent++
	c.Outcome.Reason = quorate.ReasonOverloaded
	s.pause(now, c)
}

// Tick retries and ends the calls that are due.
func (s *Session) Tick(now time.Duration) {
	for c := s.wakes.next(); c != nil && c.wake <= now; c = s.wakes.next() {
		switch {
		case now >= c.deadline:
			s.end(c, EndDeadline)
		case c.target != 0:
			s.stats.Timeouts++
			s.leave(now, c.target)
			s.unanswered(c)
			c.silence++
			c.moves = 0
			c.Outcome.Silent = true
			if s.raw(c) {
				s.end(c, EndSilence)
				continue
			}
			s.attempt(now, c)
		case !c.tainted && c.deadline-now < 2*min(s.cfg.Farewell, c.Timeout/4):
			c.wake = c.deadline // its answer would come too late, and so make unknown what is known
			s.wakes.set(c)
		default:
			c.failed = 0
			s.attempt(now, c)
		}
	}
}

// Deadline returns when Tick is next due; false if never.
func (s *Session) Deadline() (time.Duration, bool) {
	c := s.wakes.next()
	if c == nil {
		return 0, false
	}
	return c.wake, true
}

// Cancel ends a call that its caller no longer waits for. It does nothing to a
// call that has ended.
func (s *Session) Cancel(c *Call) {
	if s.calls.get(c.cmd.Seq) == c {
		s.end(c, EndCancelled)
	}
}

// Close ends all open calls. Later ones end when they start.
func (s *Session) Close() {
	s.closed = true
	for s.first != nil {
		s.end(s.first, EndClosed)
	}
}

// NextSend returns the next request to hand to the link; false if there is none.
func (s *Session) NextSend() (Send, bool) { return s.sends.pop() }

// NextEnded returns the next call that has ended, nil if there is none.
func (s *Session) NextEnded() *Call {
	c, _ := s.ended.pop()
	return c
}

// raw reports whether c ends when it is not known what became of an attempt.
func (s *Session) raw(c *Call) bool { return s.cfg.Raw || c.Op.Raw }

// spent ends a call that may make no more attempts.
func (s *Session) spent(c *Call) bool {
	if s.cfg.MaxAttempts == 0 || c.Outcome.Attempts < s.cfg.MaxAttempts {
		return false
	}
	s.end(c, EndAttempts)
	return true
}

// attempt sends c to the node that is best now.
func (s *Session) attempt(now time.Duration, c *Call) {
	if s.spent(c) {
		return
	}
	c.Outcome.Silent = false
	c.target = s.choose(now, c)
	c.Outcome.Node = c.target
	c.Outcome.Attempts++
	s.stats.Attempts++
	if c.Outcome.Attempts > 1 {
		s.stats.Retries++
	}
	patience := s.cfg.AttemptTimeout << min(c.silence, maxDoublings)
	c.wake = min(now+patience, c.deadline)
	s.wakes.set(c)
	left := c.deadline - now
	left -= min(left/4, s.cfg.Farewell)
	s.sends.push(Send{c.target, quorate.Request{Command: c.cmd, Read: c.Op.Read, Seen: c.seen, Timeout: left, Attempt: c.attempt()}})
}

// unanswered notes that the attempt under way may have been executed.
func (s *Session) unanswered(c *Call) {
	c.tainted = true
	c.failed = c.target
	c.target = 0
}

// end decides what a caller may believe, and takes c off the session.
func (s *Session) end(c *Call, why End) {
	switch {
	case c.Outcome.Status == quorate.Done:
		s.stats.Done++
	case c.tainted || c.target != 0:
		c.Outcome.Status = quorate.Unknown
		s.stats.Unknown++
	default:
		c.Outcome.Status = quorate.NotExecuted
		s.stats.Failed++
	}
	c.Outcome.End = why
	c.target = 0
	s.calls.remove(c)
	s.unlink(c)
	s.wakes.remove(c)
	s.ended.push(c)
}

func (s *Session) link(c *Call) {
	c.prev = s.last
	if s.last == nil {
		s.first = c
	} else {
		s.last.next = c
	}
	s.last = c
}

func (s *Session) unlink(c *Call) {
	if c.prev == nil {
		s.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		s.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
}
