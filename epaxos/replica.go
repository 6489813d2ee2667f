package epaxos

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/open"
	"github.com/quorate/quorate/epaxos/pace"
	"github.com/quorate/quorate/epaxos/readmit"
	"github.com/quorate/quorate/epaxos/trim"
)

// Replica is one member of an EPaxos group: it owns a row of instances, votes on
// those of others, and recovers them.
type Replica struct {
	env      quorate.Env
	cfg      Config
	app      *quorate.Once
	requests *quorate.Requests
	self     int // this replica's index, and row
	quorums  decide.Quorums
	system   quorate.QuorumSystem

	table      *core.Table
	propose    proposing
	pace       pace.Members
	open       *open.List
	watch      *quorate.Timer // looks through open
	recoveries decide.Recoveries
	late       core.Late // committed, and to be persisted: see later
	resend     *quorate.Timer
	run        *quorate.Timer
	keep       *keep.Keeper
}

// New makes an EPaxos replica of app on n.
func New(n *quorate.Node, app *quorate.Once, cfg Config) (*Replica, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults(n.Cluster())
	system, err := quorate.EPaxosQuorums(n.Cluster(), cfg.F, cfg.E)
	if err != nil {
		return nil, fmt.Errorf("epaxos: %w", err)
	}
	quorums := decide.Quorums{Size: n.Cluster().Size(), F: cfg.F, E: cfg.E}
	r := &Replica{env: n, cfg: cfg, app: app, self: n.Cluster().Index(n.ID()), quorums: quorums, system: system,
		table: core.NewTable(n.Cluster().Size()), pace: pace.New(n.Cluster().Size(), n.Cluster().Index(n.ID()))}
	r.requests = quorate.NewRequests(n, cfg.Requests, app.Horizon(), r.route, n.ID)
	n.Agree("protocol", "epaxos")
	n.Agree("quorums", system.Name)
	n.Agree("horizon", app.Horizon().String())
	r.initProposing()
	r.initOpening()
	r.resend = n.NewTimer("resend", r.onResend)
	r.run = n.NewTimer("execute", r.execute)
	r.keep = keep.New(n, app, keep.Config{
		Trim:  trim.Config{Size: quorums.Size, Self: r.self, Least: quorums.Slow(), Step: cfg.TrimStep, Retain: cfg.Retain},
		Table: r.table, ChunkBytes: cfg.ChunkBytes, Retransmit: cfg.Retransmit, Batch: cfg.Batch, Reach: maxAsked,
		StoreLate: r.storeLate, Store: r.storeBase, Forget: r.forgetRecords, Installed: r.installed, Tell: r.tell, Changed: r.changed,
	})
	readmit.New(n, readmit.Config{Quorums: system, Table: r.table, Disown: r.disown, Adopt: r.adopt})
	r.registerRecords(n)
	quorate.Register(n, r.requests.Receive)
	quorate.Register(n, func(_ quorate.ID, m quorate.Reply) { r.requests.Relay(m) })
	quorate.Register(n, r.onPreAccept)
	quorate.Register(n, r.onPreAcceptReply)
	quorate.Register(n, r.onAccept)
	quorate.Register(n, r.onAcceptReply)
	quorate.RegisterOpen(n, r.onCommit)
	quorate.Register(n, r.onRecover)
	quorate.Register(n, r.onRecoverReply)
	quorate.Register(n, r.onValidate)
	quorate.Register(n, r.onValidateReply)
	quorate.Register(n, r.onWaiting)
	quorate.RegisterOpen(n, r.onAsk)
	n.OnStart(r.start)
	return r, nil
}

// start goes on after a restart: what is committed is executed again, and own
// instances that are not committed are recovered like those of others, since what
// was answered to their proposals is forgotten.
func (r *Replica) start() {
	r.table.Restored()
	r.propose.next = r.table.End(r.self)
	r.changed()
	r.resend.Reset(r.cfg.Retransmit / 2)
	r.watch.Reset(r.jitter(r.cfg.Patience / 4))
}

// changed follows every step that may have changed the table.
func (r *Replica) changed() {
	r.table.Fresh(r.notice)
	r.run.Reset(0)
}

// Report implements [quorate.Replica]. Slots are counted over all rows.
func (r *Replica) Report() quorate.Report {
	return r.keep.Report(quorate.Report{Role: "replica", Leader: r.env.ID(), Pending: r.requests.Len()})
}

// route takes a client's request on: see [quorate.NewRequests].
func (r *Replica) route(p *quorate.Admitted) {
	switch {
	case p.Read == quorate.ReadLocal:
		r.requests.Stale(p, r.app.Apply(p.Command), 0)
	case !r.env.Voter():
		r.requests.Fail(p, quorate.ReasonLearner)
	case p.Read != quorate.ReadLog:
		r.requests.Fail(p, quorate.ReasonUnsupported)
	default:
		r.enqueue(p)
	}
}

// index returns the position of a member.
func (r *Replica) index(id quorate.ID) int { return r.env.Cluster().Index(id) }

// log returns the name of a row in events.
func (r *Replica) log(row uint8) string { return r.env.Cluster().ID(int(row)).String() }

// sendTo sends m to members once what is persisted is durable.
func (r *Replica) sendTo(members quorate.Set, m any) {
	r.spread(members, func(to quorate.ID) { r.env.Send(to, m) })
}

// sendNow sends m to members without the wait.
func (r *Replica) sendNow(members quorate.Set, m any) {
	r.spread(members, func(to quorate.ID) { r.env.SendNow(to, m) })
}

// spread calls send for members. A message to all others is encoded once.
func (r *Replica) spread(members quorate.Set, send func(quorate.ID)) {
	if members == r.env.Cluster().All().Remove(r.self) {
		send(quorate.Others)
		return
	}
	for ; members != 0; members = members.Remove(members.Lowest()) {
		send(r.env.Cluster().ID(members.Lowest()))
	}
}

// patience returns how long a quorum may take to answer.
func (r *Replica) patience() time.Duration {
	return r.pace.Retransmit(r.quorums.Fast()-1, r.cfg.Retransmit)
}

// jitter returns a random duration in [d, 2d).
func (r *Replica) jitter(d time.Duration) time.Duration {
	return d + time.Duration(r.env.Rand().Int64N(int64(d)))
}
