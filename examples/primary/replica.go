package primary

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

const (
	beat        = 50 * time.Millisecond // between heartbeats, which also repeat what was lost
	appendBytes = 256 << 10             // of commands in one Append, about
	maxLog      = 1 << 17               // slots kept for a member that is away; then requests are refused
)

// Replica is one member.
type Replica struct {
	env      quorate.Env
	app      *quorate.Once
	requests *quorate.Requests
	primary  quorate.ID
	quorum   quorate.Quorum

	base     quorate.Slot      // where the log begins; trim moves it
	log      []quorate.Command // at most maxLog
	executed quorate.Slot      // slots below are executed

	// Of the primary only.
	stored []quorate.Slot // what each member has on disk: the slots below
	sent   quorate.Slot   // slots below were broadcast once
	share  *quorate.Timer // broadcasts what came in this round
	beat   *quorate.Timer
}

// New makes a replica of app on n. It is a [quorate.Constructor].
func New(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	r := &Replica{
		env: n, app: app,
		primary: n.Cluster().ID(0),
		quorum:  quorate.MajorityQuorums(n.Cluster()).Phase2,
		stored:  make([]quorate.Slot, n.Cluster().Size()),
	}
	r.requests = quorate.NewRequests(n, quorate.RequestsConfig{}, app.Horizon(), r.route,
		func() quorate.ID { return r.primary })
	r.share = n.NewTimer("share", r.shareNew)
	r.beat = n.NewTimer("beat", r.heartbeat)

	quorate.Register(n, r.requests.Receive)
	quorate.Register(n, func(_ quorate.ID, m quorate.Reply) { r.requests.Relay(m) })
	quorate.Register(n, r.onAppend)
	quorate.Register(n, r.onStored)
	quorate.Recover(n, r.recoverBase)
	quorate.Recover(n, r.recoverEntry)
	quorate.Recover(n, r.recoverState)
	n.OnStart(r.start)
	return r, nil
}

func (r *Replica) start() {
	if r.env.ID() == r.primary {
		r.sent = r.end()
		r.beat.Reset(0)
	}
}

// end returns the first slot that this member has not stored.
func (r *Replica) end() quorate.Slot { return r.base + quorate.Slot(len(r.log)) }

// route takes a client's request on.
func (r *Replica) route(p *quorate.Admitted) {
	switch {
	case p.Read == quorate.ReadLocal:
		r.requests.Stale(p, r.app.Apply(p.Command), r.executed)
	case p.Read != quorate.ReadLog:
		r.requests.Fail(p, quorate.ReasonUnsupported)
	case r.env.ID() != r.primary:
		r.requests.Forward(p, r.primary)
	case p.Mark != 0:
		// It is in the log already and waits for a majority.
	case len(r.log) >= maxLog:
		r.requests.Fail(p, quorate.ReasonOverloaded)
	default:
		p.Mark = 1
		r.requests.Expose(p)
		r.propose(p.Command)
	}
}

// propose gives c the next slot. The timer fires when this round's messages
// are handled, so that commands which came together leave together.
func (r *Replica) propose(c quorate.Command) {
	r.store(c)
	r.share.Reset(0)
}

// store appends c to the log. What is sent from now on waits for the disk.
func (r *Replica) store(c quorate.Command) {
	r.env.Persist(Entry{Slot: r.end(), Command: c})
	r.log = append(r.log, c)
}

func (r *Replica) shareNew() {
	for r.sent < r.end() {
		m := r.tail(r.sent)
		r.env.Broadcast(m)
		r.sent += quorate.Slot(len(m.Commands))
	}
}

// tail returns the part of the log from a slot on that fits in one message.
func (r *Replica) tail(from quorate.Slot) Append {
	from = max(from, r.base)
	commands := r.log[from-r.base:]
	size, n := 0, 0
	for n < len(commands) && size < appendBytes {
		size += len(commands[n].Key) + len(commands[n].Value) + 64
		n++
	}
	return Append{Slot: from, Commands: commands[:n], Committed: r.executed, Everywhere: slices.Min(r.stored)}
}

func (r *Replica) onAppend(from quorate.ID, m Append) {
	if from != r.primary {
		return
	}
	missing := m.Slot > r.end()
	for i, c := range m.Commands {
		if m.Slot+quorate.Slot(i) == r.end() {
			r.store(c)
		}
	}
	r.execute(min(m.Committed, r.end()))
	r.trim(min(m.Everywhere, r.executed))
	r.env.Send(from, Stored{Next: r.end(), Missing: missing})
}

func (r *Replica) onStored(from quorate.ID, m Stored) {
	i := r.env.Cluster().Index(from)
	if i < 0 || r.env.ID() != r.primary {
		return
	}
	r.stored[i] = max(r.stored[i], min(m.Next, r.end()))
	if m.Missing {
		r.env.Send(from, r.tail(r.stored[i]))
	}
	upto := r.executed
	for r.quorum(r.having(upto)) {
		upto++
	}
	r.execute(upto)
}

// having returns the members that have a slot on disk.
func (r *Replica) having(slot quorate.Slot) quorate.Set {
	var members quorate.Set
	for i, next := range r.stored {
		if next > slot {
			members = members.Add(i)
		}
	}
	return members
}

// execute runs the committed commands in order and answers the clients that
// wait here.
func (r *Replica) execute(upto quorate.Slot) {
	for ; r.executed < upto; r.executed++ {
		c := r.log[r.executed-r.base]
		result := r.app.Apply(c)
		r.env.Observe(quorate.Executed{Slot: r.executed, Commands: []quorate.Command{c}, Results: []quorate.Result{result}})
		r.requests.Executed(c.ID(), result, r.executed+1)
	}
}

// heartbeat tells every member what is committed, and repeats what it has not
// confirmed. When there is nothing else to do, it trims outcome tables.
func (r *Replica) heartbeat() {
	for i, id := range r.env.Cluster().IDs() {
		r.env.Send(id, r.tail(r.stored[i]))
	}
	if r.executed == r.end() {
		for _, c := range r.app.Trims(r.env.Now(), 100) {
			r.propose(c)
		}
	}
	r.beat.Reset(beat)
}

// Report implements [quorate.Replica].
func (r *Replica) Report() quorate.Report {
	role := "member"
	if r.env.ID() == r.primary {
		role = "primary"
	}
	return quorate.Report{Role: role, Leader: r.primary, Committed: r.executed, Executed: r.executed,
		Retained: len(r.log), Pending: r.requests.Len()}
}
