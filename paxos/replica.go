package paxos

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/reads"
)

// Replica is one member of a Paxos group: acceptor, learner and, when elected,
// leader.
type Replica struct {
	env      quorate.Env
	cfg      Config
	app      *quorate.Once
	requests *quorate.Requests
	reads    *reads.Reads
	self     int // this replica's index

	log      core.Log
	grant    core.Grant // whose lease keeps this replica from electing others
	executed quorate.Slot

	role    role
	seen    quorate.Ballot // the highest ballot heard of
	leader  quorate.ID     // whom this replica follows; zero if nobody
	follows quorate.Ballot // the ballot under which leader leads
	heard   time.Duration  // when the leader last gave a sign of life

	election election
	lead     leadership
	catchup  catchup
	states   *quorate.States
	trim     trimmer

	recovered []core.Entry // by a restart, until the log's base is known
}

type role uint8

const (
	follower  role = iota
	probing        // asks whether it would be elected
	candidate      // in phase 1
	leader         // in phase 2
)

func (r role) String() string {
	return [...]string{"follower", "probing", "candidate", "leader"}[r]
}

// New makes a Paxos replica of app on n.
func New(n *quorate.Node, app *quorate.Once, cfg Config) (*Replica, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.Quorums.IsZero() {
		cfg.Quorums = quorate.MajorityQuorums(n.Cluster())
	}
	if have, want := cfg.Quorums.Cluster.String(), n.Cluster().String(); have != want {
		return nil, fmt.Errorf("paxos: quorums are of the cluster %s, the node is in %s", have, want)
	}
	r := &Replica{env: n, cfg: cfg, app: app, self: n.Cluster().Index(n.ID())}
	r.requests = quorate.NewRequests(n, cfg.Requests, app.Horizon(), r.route, func() quorate.ID { return r.leader })
	n.Agree("protocol", "paxos")
	n.Agree("quorums", cfg.Quorums.Name)
	n.Agree("horizon", app.Horizon().String())
	if cfg.Lease > 0 {
		n.Agree("lease", cfg.lease().String())
	}
	r.grant = core.NewGrant(cfg.lease())
	r.initElection()
	r.initLeadership()
	r.catchup.timer = n.NewTimer("catchup", r.askCatchup)
	r.states = quorate.NewStates(n, app, quorate.StatesConfig{ChunkBytes: cfg.ChunkBytes},
		func() quorate.Slot { return r.executed }, r.installed)
	r.registerRecords(n)
	r.registerReadmission(n)
	r.registerReads(n)
	quorate.Register(n, r.requests.Receive)
	quorate.Register(n, func(_ quorate.ID, m quorate.Reply) { r.requests.Relay(m) })
	quorate.Register(n, r.onPreVote)
	quorate.Register(n, r.onPreVoteReply)
	quorate.Register(n, r.onP1a)
	quorate.Register(n, r.onP1b)
	quorate.Register(n, r.onP2a)
	quorate.Register(n, r.onP2b)
	quorate.Register(n, r.onP3)
	quorate.Register(n, r.onHeartbeat)
	quorate.Register(n, r.onHeartbeatReply)
	quorate.Register(n, r.onRelease)
	quorate.RegisterOpen(n, r.onCatchupRequest)
	quorate.RegisterOpen(n, r.onCatchupReply)
	n.OnStart(r.start)
	return r, nil
}

func (r *Replica) start() {
	r.grant.Forgotten(r.env.Now())
	r.restoreLog()
	r.advanced(r.log.Committed()) // what was learnt before the restart is executed again
	// Somebody must stand first; a full timeout for everybody would only make
	// a new cluster wait. The probe protects a leader that is already there.
	r.election.timer.Reset(r.jitter(r.cfg.Heartbeat))
}

// Report implements [quorate.Replica].
func (r *Replica) Report() quorate.Report {
	return quorate.Report{Role: r.role.String(), Leader: r.leader, Ballot: r.log.Promised(), Retained: r.log.Len(), Pending: r.requests.Len(),
		Committed: r.log.Committed(), Executed: r.executed, Known: max(r.log.End(), r.catchup.goal)}
}

// Answers implements [quorate.Answerer].
func (r *Replica) Answers() quorate.Answers { return r.requests.Answers() }

// route takes a client's request on: see [quorate.NewRequests].
func (r *Replica) route(p *quorate.Admitted) {
	switch {
	case r.reads.Take(p):
	case r.role == leader:
		r.enqueue(p)
	case r.leader != 0:
		r.requests.Forward(p, r.leader)
	}
	// Without a leader the request waits for one, or for its deadline.
}

// index returns the position of a member.
func (r *Replica) index(id quorate.ID) int { return r.env.Cluster().Index(id) }

// jitter returns a random duration in [d, 2d).
func (r *Replica) jitter(d time.Duration) time.Duration {
	return d + time.Duration(r.env.Rand().Int64N(int64(d)))
}
