package sim

import (
	"math"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/workload"
)

// toy is a protocol for worlds without faults: the first member puts commands in
// order and tells the others. It has a mistake, or none.
type toy struct {
	env      quorate.Env
	app      *quorate.Once
	requests *quorate.Requests
	mistake  string
	next     uint64 // number of the next order
	held     *order // that is executed after the next one, if that is its mistake
	done     int    // commands executed
}

// order is its message, and its record.
type order struct {
	Number  uint64
	Command quorate.Command
}

// ball is what it throws for ever, if that is its mistake.
type ball struct{ Kept bool }

func (o order) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: o.Number} }

// toySubject is the protocol with a mistake; with none if it is empty.
func toySubject(mistake string) Subject {
	return Subject{
		Name: "toy", Bug: mistake, LogReads: true,
		New: func(*quorate.Cluster, Knobs) (quorate.Constructor, error) {
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
				return newToy(n, app, mistake), nil
			}, nil
		},
	}
}

func newToy(n *quorate.Node, app *quorate.Once, mistake string) *toy {
	r := &toy{env: n, app: app, mistake: mistake}
	r.requests = quorate.NewRequests(n, quorate.RequestsConfig{}, app.Horizon(), r.route, r.first)
	quorate.Register(n, r.requests.Receive)
	quorate.Register(n, func(_ quorate.ID, m quorate.Reply) { r.requests.Relay(m) })
	quorate.Register(n, r.obey)
	quorate.Register(n, r.throw)
	quorate.Recover(n, func(o order) {
		r.next = o.Number + 1
		r.execute(o)
	})
	n.OnStart(func() {
		if mistake == "throws balls" || mistake == "keeps throwing" {
			r.throw(n.ID(), ball{mistake == "keeps throwing"})
		}
	})
	return r
}

func (r *toy) first() quorate.ID { return r.env.Cluster().ID(0) }

func (r *toy) is(member int) bool { return r.env.ID() == r.env.Cluster().ID(member) }

func (r *toy) Report() quorate.Report { return quorate.Report{Role: "toy", Pending: r.requests.Len()} }

func (r *toy) throw(_ quorate.ID, b ball) {
	to := quorate.Others
	if b.Kept {
		to = r.env.ID()
	}
	r.env.SendNow(to, b)
}

func (r *toy) route(p *quorate.Admitted) {
	switch {
	case r.mistake == "never answers":
	case r.mistake == "refuses":
		r.requests.Fail(p, quorate.ReasonInvalid)
	case r.mistake == "denies" && r.is(0) && p.Mark == 0:
		r.env.Broadcast(order{r.next, p.Command})
		r.next++
		r.requests.Fail(p, quorate.ReasonInvalid)
	case !r.is(0):
		r.requests.Forward(p, r.first())
	case r.mistake == "reads alone" && p.Command.Op == quorate.OpGet:
		r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), 0)
	case r.mistake == "lies":
		r.requests.Executed(p.Command.ID(), quorate.Result{OK: true, Version: 1}, 0)
	case p.Mark == 0: // not ordered yet
		p.Mark = 1
		r.requests.Expose(p)
		r.env.Broadcast(order{r.next, p.Command})
		r.next++
	}
}

func (r *toy) obey(_ quorate.ID, o order) {
	r.env.Persist(o)
	switch {
	case r.mistake == "reads late" && r.is(2) && r.held == nil && o.Command.Op == quorate.OpGet:
		r.held = &o
		return
	case r.held != nil && r.mistake == "reads late":
		defer r.execute(*r.held)
		r.held = nil
	}
	r.execute(o)
}

func (r *toy) execute(o order) {
	r.done++
	c := o.Command
	switch {
	case r.mistake == "lags behind" && r.is(2):
		return
	case r.mistake == "panics" && r.done == 3:
		panic("the third command is too much")
	case r.mistake == "executes something else" && r.is(2):
		c.Seq += 1000
	case r.mistake == "writes something else" && r.is(2):
		c.Value = append([]byte("not "), c.Value...)
	case r.mistake == "dreams" && r.is(2):
		r.app.Apply(quorate.Command{Client: 7, Seq: uint64(r.done), Op: quorate.OpPut, Key: "dream"})
	case r.mistake == "forgets" && r.is(2):
		defer forget(r.app, c.Key)
	case r.mistake == "executes twice":
		r.app.Apply(c)
		forget(r.app, c.Key)
	}
	result := r.app.Apply(c)
	if r.mistake == "executes anything there" && r.is(2) {
		c.Seq += 1000
	}
	r.env.Observe(quorate.Executed{Slot: quorate.Slot(o.Number), Commands: []quorate.Command{c}})
	if r.mistake == "exaggerates" {
		result.Version++
	}
	r.requests.Executed(c.ID(), result, 0)
}

// forget drops the outcomes of a key: a table with a short horizon forgets them
// all as soon as it is trimmed.
func forget(app *quorate.Once, key string) {
	bare := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 1})
	if err := bare.Restore(key, app.Snapshot(nil, key)); err != nil {
		panic(err)
	}
	for _, c := range bare.Trims(math.MaxInt64, 1) {
		bare.Apply(c)
	}
	if err := app.Restore(key, bare.Snapshot(nil, key)); err != nil {
		panic(err)
	}
}

func toySpec() Spec {
	return Spec{
		Seed: 1, Protocol: "toy", Zones: 1, Nodes: 3,
		Network: Network{Base: ms, Client: ms}, Disk: Disk{Sync: ms},
		Clients: Clients{Count: 2, Ops: 20, Timeout: 200 * ms, Attempt: 30 * ms, Mix: workload.Config{Keys: 2}},
		Safety:  500 * ms, Liveness: time.Second, MaxEvents: 20_000,
	}
}

func runToy(t *testing.T, mistake string, spec Spec, opts Options) *Outcome {
	t.Helper()
	out, err := Run(t.Context(), toySubject(mistake), spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// begin starts the members of a world and its faults.
func begin(w *world) {
	for _, h := range w.hosts {
		h.start()
	}
	w.schedule()
}

// pass lets a world go on to a time.
func pass(w *world, at time.Duration) {
	for len(w.queue.events) > 0 && w.queue.events[0].at <= at {
		e, _ := w.queue.pop()
		w.now = e.at
		w.dispatch(&e)
		w.strikeAll()
	}
	w.now = at
}
