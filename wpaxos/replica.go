package wpaxos

import (
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/near"
	"github.com/quorate/quorate/wpaxos/objects"
	"github.com/quorate/quorate/wpaxos/post"
	"github.com/quorate/quorate/wpaxos/steal"
	"github.com/quorate/quorate/wpaxos/trim"
)

// Replica is one member: acceptor and learner of all objects, and the owner of some.
type Replica struct {
	env      quorate.Env
	cfg      Config
	app      *quorate.Once
	requests *quorate.Requests
	states   *quorate.States
	self     int // this replica's index
	zone     int // the index of its zone

	objects  *objects.Objects
	members  *near.Members
	executed quorate.Slot // slots, of all keys together

	filling []*objects.Key // with commands to propose, at the end of the batch of steps
	telling []*objects.Key // with commits to tell of
	fetch   *fetch.Fetch
	post    *post.Box
	trims   *trim.Trimmer

	walk *quorate.Timer
	fill *quorate.Timer
	tell *quorate.Timer
	beat *quorate.Timer

	cursor  int           // in the objects, of what forgets hits
	trimmed time.Duration // when idle outcome tables were looked for last

	origin origin // of the request that is being received

	recovered []Accepted // by a restart
}

// origin is where a request came from, as far as it is known.
type origin struct {
	zone int        // index, -1 if unknown
	via  quorate.ID // the member that forwarded it; zero for a client's route
}

// New makes a WPaxos replica of app on n.
func New(n *quorate.Node, app *quorate.Once, cfg Config) (*Replica, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.Quorums.IsZero() {
		var err error
		if cfg.Quorums, err = DefaultQuorums(n.Cluster()); err != nil {
			return nil, err
		}
	}
	if have, want := cfg.Quorums.Cluster.String(), n.Cluster().String(); have != want {
		return nil, fmt.Errorf("wpaxos: quorums are of the cluster %s, the node is in %s", have, want)
	}
	r := &Replica{env: n, cfg: cfg, app: app, self: n.Cluster().Index(n.ID()), zone: zoneOf(n.Cluster(), n.ID()), origin: origin{zone: -1}}
	r.members = near.New(n, near.Config{Quorums: cfg.Quorums, Thrifty: cfg.Thrifty, Suspect: cfg.Suspect, Patience: cfg.Patience, Backoff: cfg.Backoff, GiveUp: cfg.GiveUp, Retransmit: cfg.Retransmit})
	r.objects = objects.New(r.woken)
	n.Agree("protocol", "wpaxos")
	n.Agree("quorums", cfg.Quorums.Name)
	n.Agree("horizon", app.Horizon().String())
	r.requests = quorate.NewRequests(n, cfg.Requests, app.Horizon(), r.route, n.ID)
	r.requests.Explain(r.why)
	r.states = quorate.NewStates(n, app, quorate.StatesConfig{ChunkBytes: cfg.ChunkBytes}, func() quorate.Slot { return 0 }, func(quorate.Slot) {})
	r.walk, r.fill, r.tell = n.NewTimer("walk", r.onWalk), n.NewTimer("fill", r.onFill), n.NewTimer("tell", r.onTell)
	r.post = post.NewBox(n, r.members.Send, r.soon)
	r.beat = n.NewTimer("beat", r.onBeat)
	r.trims = trim.New(n, trim.Config{Objects: r.objects, States: r.states, Rest: cfg.Rest, Slots: cfg.LogLimit, Bytes: cfg.LogBytes,
		Pause: cfg.Retransmit / 100, Cut: r.cut})
	r.registerRecords(n)
	quorate.Register(n, r.onRequest)
	quorate.Register(n, func(_ quorate.ID, m quorate.Reply) { r.requests.Relay(m) })
	quorate.Register(n, heeding(r, r.onP1a))
	quorate.Register(n, heeding(r, r.onP1b))
	quorate.Register(n, heeding(r, r.onP2a))
	quorate.Register(n, heeding(r, r.onP2b))
	quorate.Register(n, heeding(r, r.onP3))
	quorate.Register(n, heeding(r, func(from quorate.ID, m Parcel) { m.Unpack(from, r.onP2a, r.onP2b, r.onP3) }))
	quorate.Register(n, heeding(r, r.onHandOver))
	r.fetch = fetch.New(n, fetch.Config{Objects: r.objects, Snapshot: app.Snapshot, ChunkBytes: cfg.ChunkBytes, Retransmit: r.members.Retransmit, Silence: cfg.Suspect,
		Heard: r.members.Heard, Learn: r.learn, Install: r.install})
	r.registerReadmission(n)
	n.OnStart(r.start)
	return r, nil
}

// heeding takes every message as a sign of life.
func heeding[M any](r *Replica, h func(quorate.ID, M)) func(quorate.ID, M) {
	return func(from quorate.ID, m M) {
		r.members.Heard(from)
		h(from, m)
	}
}

// onBeat does what is to be done once in a while.
func (r *Replica) onBeat() {
	r.fetch.Beat()
	r.members.Beat()
	r.trims.Consider()
	r.trimIdle()
	r.forget()
	r.beat.Reset(r.cfg.Heartbeat)
}

func (r *Replica) start() {
	r.restore()
	r.members.Start()
	r.trimmed = r.env.Now()
	r.beat.Reset(r.jitter(r.cfg.Heartbeat / 2))
}

// Report implements [quorate.Replica].
func (r *Replica) Report() quorate.Report {
	slots, _ := r.objects.Weight()
	return quorate.Report{Role: "replica", Leader: r.env.ID(), Committed: r.executed, Executed: r.executed, Retained: slots, Awake: r.objects.Awake(), Objects: r.objects.Count(), Pending: r.requests.Len()}
}

// Answers implements [quorate.Answerer].
func (r *Replica) Answers() quorate.Answers { return r.requests.Answers() }

// onRequest admits a request. The zone it comes from counts for the policies: of one
// that was forwarded twice it is unknown, since its last forwarder did not ask.
func (r *Replica) onRequest(from quorate.ID, m quorate.Request) {
	switch {
	case from.IsRoute():
		r.origin = origin{zone: r.zone}
	case m.Hops == 1:
		r.origin = origin{zone: zoneOf(r.env.Cluster(), from), via: from}
	}
	r.requests.Receive(from, m)
	r.origin = origin{zone: -1}
}

// route takes a request on: see [quorate.NewRequests].
func (r *Replica) route(p *quorate.Admitted) {
	switch {
	case p.Read == quorate.ReadLocal:
		r.requests.Stale(p, r.app.Apply(p.Command), 0)
		return
	case p.Read != quorate.ReadLog:
		r.requests.Fail(p, quorate.ReasonUnsupported)
		return
	}
	k := r.objects.Put(p.Command.Key)
	switch {
	case !k.Stands():
		r.seek(k, p)
	case k.Owns() && !p.Exposed() && r.members.Vain(2):
		r.requests.GiveUp(p, quorate.ReasonNoQuorum)
	default:
		r.enqueue(k, p)
	}
}

// seek forwards a request for what this replica does not own, or takes the object.
func (r *Replica) seek(k *objects.Key, p *quorate.Admitted) {
	b, now := k.Promised(), r.env.Now()
	owner := b.Owner()
	switch {
	case b == 0 || owner == r.env.ID() || !r.members.Alive(owner):
	case r.takes(k, owner):
	case p.Mark == b && k.Open != nil && k.Open.Stuck != 0 && now-k.Open.Stuck >= r.members.Patience():
	default:
		o := r.objects.Wake(k)
		if o.Stuck == 0 {
			o.Stuck = now
		}
		p.Mark = b
		r.requests.Forward(p, owner)
		return
	}
	switch {
	case !r.env.Voter():
		r.requests.Fail(p, quorate.ReasonLearner)
	case !r.members.Try():
		p.Mark = 0
		r.requests.GiveUp(p, quorate.ReasonNoQuorum)
	default:
		r.enqueue(k, p)
		r.steal(k, steal.Cause(b, r.env.ID(), r.members.Alive(owner) && r.takes(k, owner)))
	}
}

// index returns the position of a member, -1 for a stranger.
func (r *Replica) index(id quorate.ID) int { return r.env.Cluster().Index(id) }

// zoneOf returns the index of a member's zone.
func zoneOf(c *quorate.Cluster, id quorate.ID) int { return slices.Index(c.Zones(), id.Zone()) }

// jitter returns a random duration in [d, 2d).
func (r *Replica) jitter(d time.Duration) time.Duration {
	return d + time.Duration(r.env.Rand().Int64N(int64(max(d, 1))))
}
