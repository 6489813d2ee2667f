package trex

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/reads"
	trex "github.com/quorate/quorate/trex/core"
)

// Replica is one member of a TRex group: acceptor, learner and, when elected,
// leader.
type Replica struct {
	env      quorate.Env
	cfg      Config
	app      *quorate.Once
	requests *quorate.Requests

	state    trex.State
	leader   quorate.ID // whom it follows, itself if it leads; zero if nobody
	executed quorate.Slot
	timeout  *quorate.Timer // when state wants to step
	due      time.Duration  // where timeout is set to

	clients   clients
	reads     *reads.Reads
	confirmed uint64 // the checks of this leadership up to here are

	transfer transfer
	states   *quorate.States

	recovered recovered
	written   quorate.Slot // on disk: the slots below are chosen
}

// New makes a TRex replica of app on n.
func New(n *quorate.Node, app *quorate.Once, cfg Config) (*Replica, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.Quorums.IsZero() {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
	}
	if have, want := cfg.Quorums.Cluster.String(), n.Cluster().String(); have != want {
		return nil, fmt.Errorf("trex: quorums are of the cluster %s, the node is in %s", have, want)
	}
	state, err := trex.New(cfg.rules(n.ID()))
	if err != nil {
		return nil, err
	}
	r := &Replica{env: n, cfg: cfg, app: app, state: state}
	r.requests = quorate.NewRequests(n, cfg.Requests, app.Horizon(), r.route, func() quorate.ID { return r.leader })
	n.Agree("protocol", "trex")
	n.Agree("quorums", cfg.Quorums.Name)
	n.Agree("horizon", app.Horizon().String())
	if cfg.Lease > 0 {
		n.Agree("lease", cfg.rules(n.ID()).Lease.String())
	}
	r.timeout = n.NewTimer("timeout", func() { r.step(trex.Event{Kind: trex.Timeout}) })
	r.clients.queue = quorate.NewQueue(r.requests, cfg.Batch, cfg.BatchBytes)
	r.clients.fill = n.NewTimer("fill", r.fill)
	r.clients.idle = n.NewTimer("idle", r.trimIdle)
	r.transfer.timer = n.NewTimer("snapshot", r.resume)
	r.states = quorate.NewStates(n, app, quorate.StatesConfig{ChunkBytes: cfg.ChunkBytes},
		func() quorate.Slot { return r.executed }, r.installed)
	r.registerReads(n)
	r.registerRecords(n)
	r.registerReadmission(n)
	r.registerMessages(n)
	n.OnStart(r.start)
	return r, nil
}

func (r *Replica) registerMessages(n *quorate.Node) {
	quorate.Register(n, r.requests.Receive)
	quorate.Register(n, receive[trex.Prepare](r))
	quorate.Register(n, receive[trex.PrepareReply](r))
	quorate.Register(n, receive[trex.Accept](r))
	quorate.Register(n, receive[trex.AcceptReply](r))
	quorate.Register(n, receive[trex.Commit](r))
	quorate.Register(n, receive[trex.LeaderCheck](r))
	quorate.Register(n, receive[trex.LeaderCheckReply](r))
	quorate.Register(n, receive[trex.Release](r))
	// What is chosen is so whoever tells it, and whoever asks.
	quorate.RegisterOpen(n, receive[trex.RetransmitRequest](r))
	quorate.RegisterOpen(n, receive[trex.RetransmitResponse](r))
	quorate.RegisterOpen(n, receive[trex.Behind](r))
}

// receive returns the handler of a type of message. All of its messages take the
// same place in memory, one after the other.
func receive[M any, P interface {
	*M
	trex.Message
}](r *Replica) func(quorate.ID, M) {
	place := P(new(M))
	return func(from quorate.ID, m M) {
		*place = m
		r.step(trex.Event{Kind: trex.Received, From: from, Message: place})
		var none M
		*place = none
	}
}

// start executes again what was known to be chosen before a restart.
func (r *Replica) start() {
	r.restoreLog()
	r.executed = r.log().Base()
	r.step(trex.Event{Kind: trex.Started})
}

func (r *Replica) log() *core.Log { return r.state.Log() }

// Report implements [quorate.Replica].
func (r *Replica) Report() quorate.Report {
	log := r.log()
	return quorate.Report{
		Role: r.state.Role().String(), Leader: r.leader, Ballot: log.Promised(), Retained: log.Len(), Pending: r.requests.Len(),
		Committed: log.Committed(), Executed: r.executed, Known: r.state.Known(),
	}
}

// Answers implements [quorate.Answerer].
func (r *Replica) Answers() quorate.Answers { return r.requests.Answers() }

// Counters returns what operators want to know of a member of TRex.
func (r *Replica) Counters() trex.Counters { return r.state.Counters() }
