package quorate

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate/internal/bounds"
)

// RequestsConfig bounds the client requests of one replica. Its zero value
// means the defaults named at each field.
type RequestsConfig struct {
	MaxPending int           // requests admitted and not yet answered; 8192
	MaxKey     int           // bytes of a key; 1 KiB
	MaxValue   int           // bytes of a value; 1 MiB
	MaxTimeout time.Duration // how long a request may be kept at most; 60 s
	Retry      time.Duration // after which a request is handed to Route again; 500 ms
	MaxHops    uint8         // how often a request is forwarded at most; 3
	ClockSkew  time.Duration // how far Issued may lie ahead of this node's clock; a quarter of the horizon
}

func (c RequestsConfig) withDefaults(horizon time.Duration) RequestsConfig {
	c.MaxPending = cmp.Or(c.MaxPending, 8192)
	c.MaxKey = cmp.Or(c.MaxKey, 1<<10)
	c.MaxValue = cmp.Or(c.MaxValue, 1<<20)
	c.MaxTimeout = cmp.Or(c.MaxTimeout, time.Minute)
	c.Retry = cmp.Or(c.Retry, 500*time.Millisecond)
	c.MaxHops = cmp.Or(c.MaxHops, 3)
	c.ClockSkew = cmp.Or(c.ClockSkew, horizon/4)
	return c
}

// Validate reports negative values.
func (c RequestsConfig) Validate() error {
	err := bounds.Negative("max pending", c.MaxPending, "max key", c.MaxKey, "max value", c.MaxValue, "max timeout", c.MaxTimeout, "retry", c.Retry, "clock skew", c.ClockSkew)
	if err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	return nil
}

// Admitted is a client request that a replica admitted and has not answered.
// The fields Command, Read and Seen are for the protocol; it may keep marks in Mark.
type Admitted struct {
	Command Command
	Read    ReadMode
	Seen    Slot
	Mark    Ballot // the protocol's own: under which ballot it proposed or forwarded the request

	client     ID // where the reply goes: the client's latest route here,
	peer       ID // and the replica that forwarded the request last; either may be zero
	hops       uint8
	attempt    uint8 // the client's latest
	exposed    bool  // it has left this replica's hands: it may be executed
	done       bool  // it was answered
	deadline   time.Duration
	sent       time.Duration
	prev, next *Admitted // in order of admission
}

// Done reports whether the request was answered, for instance because its
// deadline passed while it waited in a queue of the protocol's.
func (p *Admitted) Done() bool { return p.done }

// Exposed reports whether the request has left this replica's hands, see
// [Requests.Expose].
func (p *Admitted) Exposed() bool { return p.exposed }

// waits notes who asked for the command last. A client may have reconnected: its
// older route is forgotten. A peer that forwards what a client asked for here
// does not replace that client: the request may have gone in a circle, through a
// replica that led before this one.
func (p *Admitted) waits(from ID) {
	if from.IsRoute() {
		p.client = from
		return
	}
	p.peer = from
}

// Requests is the part of a replica that faces clients, the same in every
// protocol: it admits a bounded number of requests, remembers where each reply
// goes, forwards, and turns a reply that cannot come into an error in time.
//
// A request is refused as NotExecuted only while it has not left this replica's
// hands. After it was proposed or forwarded its fate is Unknown until it is
// executed, because a copy of it may be executed later.
type Requests struct {
	env     Env
	cfg     RequestsConfig
	horizon time.Duration
	route   func(*Admitted)
	leader  func() ID
	explain func(*Admitted) (Reason, string)
	pending map[CommandID]*Admitted
	list    Admitted // sentinel of the ring
	timer   *Timer
	answers Answers
}

// NewRequests returns the front of one replica. route hands a request on: the
// protocol proposes it, queues it or calls Forward. It is called when a request
// is admitted, by RouteAll, every cfg.Retry while the request is pending, and when it
// comes back from another replica to one that leads.
// leader gives the hint that replies carry. The horizon is that of the outcome
// tables: a write issued too long ago, or too far in the future, is refused.
func NewRequests(env Env, cfg RequestsConfig, horizon time.Duration, route func(*Admitted), leader func() ID) *Requests {
	q := &Requests{env: env, cfg: cfg.withDefaults(horizon), horizon: horizon, route: route, leader: leader, pending: map[CommandID]*Admitted{}}
	q.list.prev, q.list.next = &q.list, &q.list
	q.timer = env.NewTimer("requests", q.scan)
	return q
}

// Len returns the number of requests admitted and not answered.
func (q *Requests) Len() int { return len(q.pending) }

// Answers returns how the requests until now were answered.
func (q *Requests) Answers() Answers { return q.answers }

// Receive admits a request from a client's route or a forwarding replica, or
// refuses it with a reply.
func (q *Requests) Receive(from ID, r Request) {
	if p, dup := q.pending[r.Command.ID()]; dup {
		if !p.Command.Equal(&r.Command) {
			q.Refuse(from, &r, ReasonInvalid) // one number for two commands
			return
		}
		p.waits(from)
		p.attempt = r.Attempt
		p.Seen = max(p.Seen, r.Seen)
		hops := min(p.hops, r.Hops) // it may go further than the copy that came in a circle,
		if !from.IsRoute() && q.leader() == q.env.ID() {
			p.hops = r.Hops // but not at once
			q.route(p)      // whoever it was forwarded to takes it for this replica's by now
		}
		p.hops = hops
		return
	}
	if reason := q.refusal(&r); reason != ReasonNone {
		q.Refuse(from, &r, reason)
		return
	}
	now := q.env.Now()
	p := &Admitted{Command: r.Command, Read: r.Read, Seen: r.Seen, hops: r.Hops, attempt: r.Attempt, sent: now,
		deadline: now + min(r.Timeout, q.cfg.MaxTimeout)}
	p.waits(from)
	q.pending[r.Command.ID()] = p
	p.prev, p.next = q.list.prev, &q.list
	p.prev.next, p.next.prev = p, p
	if !q.timer.Armed() {
		q.timer.Reset(q.tick())
	}
	q.route(p)
}

func (q *Requests) refusal(r *Request) Reason {
	c := &r.Command
	switch {
	case !c.Op.Valid() || c.Op == OpNop || c.Op == OpTrim || !r.Read.Valid() || c.Client == 0 || c.Seq == 0:
		return ReasonInvalid
	case c.Op != OpGet && r.Read != ReadLog || r.Seen != 0 && r.Read != ReadTimeline:
		return ReasonInvalid
	case len(c.Key) > q.cfg.MaxKey || len(c.Value) > q.cfg.MaxValue:
		return ReasonTooLarge
	case r.Timeout <= 0:
		return ReasonDeadline
	case r.Read.Spread() && !q.env.Voter():
		return ReasonLearner
	case c.Op.IsWrite() && (c.Issued > q.env.Now()+q.cfg.ClockSkew || c.Issued < q.env.Now()-q.horizon+q.cfg.ClockSkew):
		return ReasonClock
	case len(q.pending) >= q.cfg.MaxPending:
		return ReasonOverloaded
	}
	return ReasonNone
}

// Refuse answers a request that was not admitted.
func (q *Requests) Refuse(to ID, r *Request, reason Reason) {
	q.answers.count(NotExecuted, reason)
	q.env.SendNow(to, Reply{Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt, Status: NotExecuted, Reason: reason, Leader: q.leader()})
}

// Expose says that p is about to leave this replica's hands, for instance into
// a proposal: from now on its fate is Unknown until it is executed.
func (q *Requests) Expose(p *Admitted) { p.exposed = true }

// late reports whether p's deadline has passed: it must not be proposed.
func (q *Requests) late(p *Admitted) bool { return q.env.Now() >= p.deadline }

// Forward sends p to another replica, unless it was forwarded too often.
func (q *Requests) Forward(p *Admitted, to ID) {
	left := p.deadline - q.env.Now()
	if p.hops >= q.cfg.MaxHops || left <= 0 || to == q.env.ID() {
		return
	}
	p.exposed = true
	p.sent = q.env.Now()
	q.env.SendNow(to, Request{Command: p.Command, Read: p.Read, Seen: p.Seen, Timeout: left, Hops: p.hops + 1, Attempt: p.attempt})
}

// RouteAll hands every pending request to route again, oldest first: after a
// change of leader.
func (q *Requests) RouteAll() {
	for p := q.list.next; p != &q.list; {
		next := p.next
		q.route(p)
		p = next
	}
}

// Executed answers the request for the command id, if it is pending here, with
// the result of its execution by a state that includes the slots below upto; 0
// where a protocol has no single log.
func (q *Requests) Executed(id CommandID, r Result, upto Slot) {
	p, ok := q.pending[id]
	if !ok {
		return
	}
	reply := Reply{Client: id.Client, Seq: id.Seq, Status: Done, OK: r.OK, Version: r.Version, Value: r.Value, Index: upto}
	if r.Expired {
		reply.Status, reply.Reason, reply.Index = Unknown, ReasonExpired, 0
	}
	q.answer(p, reply)
}

// Stale answers a read that need not be linearizable with what this replica's own state says, which
// includes the slots below upto.
func (q *Requests) Stale(p *Admitted, r Result, upto Slot) {
	id := p.Command.ID()
	q.answer(p, Reply{Client: id.Client, Seq: id.Seq, Status: Done, OK: r.OK, Version: r.Version, Value: r.Value, Stale: true, Index: upto})
}

// Relay takes the reply of a replica this one forwarded to and passes it on. A
// refusal there is Unknown here: a duplicate of the forwarded request may yet
// be executed.
func (q *Requests) Relay(r Reply) {
	p, ok := q.pending[CommandID{r.Client, r.Seq}]
	if !ok || !p.exposed {
		return
	}
	if r.Status != Done {
		r.Status = Unknown
	}
	q.answer(p, r)
}

// Fail gives up on p for the given reason.
func (q *Requests) Fail(p *Admitted, reason Reason) { q.fail(p, reason, "") }

func (q *Requests) fail(p *Admitted, reason Reason, words string) {
	status := NotExecuted
	if p.exposed {
		status = Unknown
	}
	q.answer(p, Reply{Client: p.Command.Client, Seq: p.Command.Seq, Status: status, Reason: reason, Value: []byte(words)})
}

// Explain lets a protocol say what a request has waited for in vain: a reason, with
// more words. ReasonNone leaves it at the reason that was given to GiveUp.
func (q *Requests) Explain(f func(p *Admitted) (Reason, string)) { q.explain = f }

// GiveUp is Fail with what Explain knows of p, otherwise with the given reason.
func (q *Requests) GiveUp(p *Admitted, otherwise Reason) {
	if q.explain != nil {
		if reason, words := q.explain(p); reason != ReasonNone {
			q.fail(p, reason, words)
			return
		}
	}
	q.Fail(p, otherwise)
}

// answer sends the reply and forgets the request. A reply reveals only what a
// quorum has on disk, so it need not wait for this node's.
func (q *Requests) answer(p *Admitted, r Reply) {
	r.Leader, r.Attempt = q.leader(), p.attempt
	q.answers.count(r.Status, r.Reason)
	for _, to := range [...]ID{p.client, p.peer} {
		if to != 0 {
			q.env.SendNow(to, r)
		}
	}
	delete(q.pending, p.Command.ID())
	p.prev.next, p.next.prev = p.next, p.prev
	p.done = true
}

func (q *Requests) tick() time.Duration { return q.cfg.Retry / 10 }

// scan expires the requests past their deadline and routes old ones again.
func (q *Requests) scan() {
	now := q.env.Now()
	for p := q.list.next; p != &q.list; {
		next := p.next
		switch {
		case now >= p.deadline && !p.exposed && q.leader() == 0:
			q.Fail(p, ReasonNoLeader)
		case now >= p.deadline:
			q.GiveUp(p, ReasonDeadline)
		case now-p.sent >= q.cfg.Retry:
			p.sent = now
			q.route(p)
		}
		p = next
	}
	if len(q.pending) > 0 {
		q.timer.Reset(q.tick())
	}
}
