package reads

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Config is what a protocol lends to its [Reads].
type Config struct {
	Requests *quorate.Requests
	Apply    func(quorate.Command) quorate.Result
	// Leader returns whom this replica follows: itself if it leads, zero if nobody.
	Leader func() quorate.ID
	// Executed returns how many slots this replica has executed, and Frontier how
	// many its state may show: see [quorate.States].
	Executed, Frontier func() quorate.Slot
	// Stamp returns at a leader the first slot that nobody has been told is chosen:
	// the greater one of its commit index and its barrier.
	Stamp func() quorate.Slot
	// Check makes a leader ask all members whether they still follow it, and returns
	// the number of that round, which is above those before it.
	Check func() uint64
	// Confirmed reports whether a phase-2 quorum said yes to a round, or a later one,
	// of a leader that still leads.
	Confirmed func(round uint64) bool
	// Leased reports whether this leader holds a lease. Nil where there are none.
	Leased func() bool
	// Retransmit is after which time a question is asked again; 100 ms.
	Retransmit time.Duration
}

// Reads is the part of a replica that answers reads without slots. The protocol
// calls Take for each request that it routes, Serve whenever it has executed
// something or counted an answer to Check, and Deposed when it stops leading.
//
// Reads wait in these queues. They hold requests that are admitted, and for some
// time those answered already, because their time ran out: see prune.
type Reads struct {
	env   quorate.Env
	cfg   Config
	timer *quorate.Timer

	held   []held // until enough is executed; a heap
	asking []asked
	checks []check // at a leader, in the order of their rounds, those without one last

	serial uint64        // of the question asked last
	open   bool          // it is not answered
	asked  quorate.ID    // who was asked
	sent   time.Duration // when
	others int           // checks that are questions of others
}

// held is a read that may be answered once the slots below slot are executed.
type held struct {
	p    *quorate.Admitted
	slot quorate.Slot
}

// asked is a read that waits for a stamp.
type asked struct {
	p      *quorate.Admitted
	serial uint64 // of the first question asked for it, zero for none yet
}

// check is a read or a question that waits for a round.
type check struct {
	p      *quorate.Admitted // nil for a question
	from   quorate.ID        // and
	serial uint64            // of a question
	round  uint64            // zero until one begins
	slot   quorate.Slot
}

// queued marks a request that is in one of the queues.
const queued quorate.Ballot = 1

// maxQuestions bounds the questions of other members that wait for a round, for
// each member. They repeat what is dropped.
const maxQuestions = 16

// New makes the Reads of a replica on n.
func New(n *quorate.Node, cfg Config) *Reads {
	cfg.Retransmit = cmp.Or(cfg.Retransmit, 100*time.Millisecond)
	r := &Reads{env: n, cfg: cfg}
	r.timer = n.NewTimer("reads", r.next)
	quorate.Register(n, r.onStampRequest)
	quorate.Register(n, r.onStamp)
	return r
}

func (r *Reads) leads() bool { return r.cfg.Leader() == r.env.ID() }

// Take answers or queues p and returns true; or false if p goes the way of a
// command, through the leader.
func (r *Reads) Take(p *quorate.Admitted) bool {
	switch p.Read {
	case quorate.ReadLocal:
		r.answer(p)
	case quorate.ReadFollower:
		if r.leads() {
			r.cfg.Requests.Fail(p, quorate.ReasonNotFollower)
			return true
		}
		r.answer(p)
	case quorate.ReadTimeline:
		if p.Mark != queued {
			r.hold(p, p.Seen)
			r.Serve()
		}
	case quorate.ReadHandoff:
		r.handoff(p)
	case quorate.ReadIndex, quorate.ReadLease:
		return r.atLeader(p)
	default:
		return false
	}
	return true
}

// atLeader takes a read that is the leader's.
func (r *Reads) atLeader(p *quorate.Admitted) bool {
	switch {
	case p.Read == quorate.ReadLease && r.cfg.Leased == nil:
		r.cfg.Requests.Fail(p, quorate.ReasonUnsupported)
	case p.Mark == queued:
	case !r.leads():
		return false
	case p.Read == quorate.ReadLease && r.cfg.Leased():
		r.env.Observe(quorate.LeaseRead{})
		r.hold(p, r.cfg.Stamp())
		r.Serve()
	default: // a leader without a lease proves that it leads
		r.check(check{p: p})
	}
	return true
}

// handoff takes a read that the leader, if it is asked itself, serves like an
// index read.
func (r *Reads) handoff(p *quorate.Admitted) {
	switch {
	case p.Mark == queued:
		if r.cfg.Leader() != r.asked { // somebody else leads meanwhile
			r.timer.Reset(0)
		}
	case r.leads():
		r.check(check{p: p})
	default:
		p.Mark = queued
		r.asking = append(prune(r.asking, r.cfg.Requests, func(a asked) *quorate.Admitted { return a.p }), asked{p: p})
		r.timer.Reset(0)
	}
}

// check queues c for the next round. It begins at the end of the batch of steps:
// reads that arrive together share one.
func (r *Reads) check(c check) {
	if c.p != nil {
		c.p.Mark = queued
	} else {
		r.others++
	}
	r.checks = append(prune(r.checks, r.cfg.Requests, func(c check) *quorate.Admitted { return c.p }), c)
	r.timer.Reset(0)
}

// prune drops from a queue what was answered while it waited: where nothing can be
// confirmed for a while, more would queue up behind it without end.
func prune[T any](queue []T, q *quorate.Requests, of func(T) *quorate.Admitted) []T {
	if len(queue) <= 2*q.Len()+64 {
		return queue
	}
	return slices.DeleteFunc(queue, func(e T) bool { p := of(e); return p != nil && p.Done() })
}

// next begins what is due: a round at a leader, a question elsewhere.
func (r *Reads) next() {
	if !r.leads() {
		r.ask()
		return
	}
	for _, a := range r.asking { // this replica came to lead meanwhile
		r.checks = append(r.checks, check{p: a.p})
	}
	r.asking, r.asked = nil, 0
	n := len(r.checks)
	if n == 0 || r.checks[n-1].round != 0 {
		return
	}
	slot, round := r.cfg.Stamp(), r.cfg.Check()
	for i := n - 1; i >= 0 && r.checks[i].round == 0; i-- {
		r.checks[i].round, r.checks[i].slot = round, slot
	}
	r.Serve() // this replica alone may be a quorum
}

// Serve hands out the stamps that are confirmed, and answers the reads for which
// enough is executed.
func (r *Reads) Serve() {
	n, confirmed := 0, uint64(0)
	for _, c := range r.checks {
		if c.round == 0 || c.round != confirmed && !r.cfg.Confirmed(c.round) {
			break
		}
		confirmed = c.round
		if n++; c.p != nil {
			r.hold(c.p, c.slot)
		} else {
			r.others--
			r.env.SendNow(c.from, Stamp{Serial: c.serial, OK: true, Slot: c.slot})
		}
	}
	clear(r.checks[:n])
	r.checks = r.checks[n:]
	for executed := r.cfg.Executed(); len(r.held) > 0 && r.held[0].slot <= executed; {
		switch p := r.release(); {
		case p.Done():
		case p.Seen > executed:
			r.hold(p, p.Seen) // its client has seen more before it asked again
		default:
			r.answer(p)
		}
	}
}

func (r *Reads) answer(p *quorate.Admitted) {
	result, upto := r.cfg.Apply(p.Command), r.cfg.Frontier()
	if p.Read.Linearizable() {
		r.cfg.Requests.Executed(p.Command.ID(), result, upto)
		return
	}
	r.cfg.Requests.Stale(p, result, upto)
}

// Deposed fails the questions of others, which ask the next leader, and gives up
// the rounds. Reads that are the leader's go to the next one when they are routed
// again; the others ask it. What is stamped stays so.
func (r *Reads) Deposed() {
	for _, c := range r.checks {
		switch {
		case c.p == nil:
			r.env.SendNow(c.from, Stamp{Serial: c.serial})
		case c.p.Read == quorate.ReadHandoff:
			r.asking = append(r.asking, asked{p: c.p})
		default:
			c.p.Mark = 0
		}
	}
	r.checks, r.others, r.asked = nil, 0, 0
}

// ask sends one question for all the reads that wait, if none is on its way. One
// may have been lost, or its answer, or whom it was sent to leads no more: then it
// is asked again, under another number, for those reads and the ones that came
// meanwhile.
func (r *Reads) ask() {
	leader, now := r.cfg.Leader(), r.env.Now()
	if wait := r.sent + r.cfg.Retransmit - now; leader == r.asked && r.open && wait > 0 {
		r.timer.Reset(wait)
		return
	}
	r.asking = slices.DeleteFunc(r.asking, func(a asked) bool { return a.p.Done() })
	if len(r.asking) == 0 || leader == 0 {
		r.asked = 0 // without a leader they wait until they are routed again
		return
	}
	if r.serial == 0 { // a late answer to an earlier life must not pass for one to this
		r.serial = r.env.Rand().Uint64() >> 1
	}
	r.serial++
	for i := len(r.asking) - 1; i >= 0 && r.asking[i].serial == 0; i-- {
		r.asking[i].serial = r.serial
	}
	r.open, r.asked, r.sent = true, leader, now
	r.env.SendNow(leader, StampRequest{Serial: r.serial})
	r.timer.Reset(r.cfg.Retransmit)
}

func (r *Reads) onStampRequest(from quorate.ID, m StampRequest) {
	switch {
	case from == r.env.ID():
	case !r.leads():
		r.env.SendNow(from, Stamp{Serial: m.Serial})
	case r.others < maxQuestions*r.env.Cluster().Size():
		r.check(check{from: from, serial: m.Serial})
	}
}

// onStamp takes the stamp for the reads that had come when its question was asked.
// It holds for them whoever gave it, and however late.
func (r *Reads) onStamp(_ quorate.ID, m Stamp) {
	if m.Serial == r.serial {
		r.open = r.open && !m.OK // a refusal is repeated after a while, or to another
	}
	if !m.OK || m.Serial > r.serial {
		return
	}
	n := 0
	for _, a := range r.asking {
		if a.serial == 0 || a.serial > m.Serial {
			break
		}
		r.hold(a.p, m.Slot)
		n++
	}
	clear(r.asking[:n])
	r.asking = r.asking[n:]
	r.Serve()
	r.ask()
}
