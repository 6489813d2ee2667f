package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/workload"
)

// caller is a client of the world: one call at a time, in a session that it
// gives up, with its number, when it does not know what became of a call.
type caller struct {
	w     *world
	index int
	rng   *rand.Rand
	mix   *workload.Generator
	known map[string]uint64 // the versions it has heard of last

	session  *client.Session
	process  int // in the history
	call     client.Call
	open     int // the operation under way in the history, -1 without one
	called   time.Duration
	intended time.Duration // in an open loop: when it was meant to be called
	wakeAt   time.Duration
	thinking bool

	zone int // where it is, of a load and where clients are at home in zones

	script *Client // whose calls a scenario makes; nil for one that makes its own

	last   []client.Op // after the faults: what it still has to do
	ending bool
}

func newCaller(w *world, index int) (*caller, error) {
	cfg := w.spec.Clients.Mix
	if index < w.spec.Clients.Readers {
		cfg.Reads, cfg.Conditional = 1, 0
	}
	mix, err := workload.New(cfg, index, stream(w.spec.Seed, "workload", index))
	if err != nil {
		return nil, err
	}
	c := &caller{w: w, index: index, rng: stream(w.spec.Seed, "client", index), mix: mix,
		known: map[string]uint64{}, open: -1, wakeAt: never}
	spread := 10*time.Millisecond + w.spec.Clients.Think
	if w.load != nil {
		spread = loadSpread
	}
	if w.load != nil || w.spec.Clients.Zoned {
		c.zone = index % w.spec.Zones
	}
	c.login()
	c.wake(w.loadFrom() + upTo(c.rng, spread))
	c.thinking = true
	return c, nil
}

// login opens a session. A pinned client talks to one member until the faults
// are over; the others know all members, in an order of their own.
func (c *caller) login() {
	spec, nearest := &c.w.spec.Clients, c.index%2 == 1
	nodes := slices.Clone(c.w.cluster.IDs())
	c.rng.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	switch l := c.w.load; {
	case l != nil:
		nodes, nearest = c.byDistance(), !l.Roam
	case spec.Zoned:
		nodes, nearest = c.byDistance(), true
	}
	if c.index < spec.Pinned && !c.ending {
		nodes = []quorate.ID{c.pin(nodes)}
	}
	if c.ending {
		nodes = slices.DeleteFunc(nodes, func(id quorate.ID) bool { return !c.w.hosts[c.w.cluster.Index(id)].serves() })
		nodes = c.ofZone(nodes)
	}
	session, err := client.NewSession(quorate.Client(c.rng.Uint64()|1), client.Config{
		Nodes: nodes, Timeout: spec.Timeout, AttemptTimeout: spec.Attempt, Nearest: nearest,
	}, c.rng)
	if err != nil {
		panic(err) // when the faults end, some member serves
	}
	c.session = session
	c.process = c.w.history.processes
	c.w.history.processes++
}

func (c *caller) wake(d time.Duration) {
	if at := c.w.now + d; at < c.wakeAt {
		c.wakeAt = at
		c.w.queue.push(event{at: at, act: actClient, node: int16(c.index)})
	}
}

// due runs what the client waited for: its session's timers, or its next call.
func (c *caller) due(at time.Duration) {
	if at != c.wakeAt {
		return
	}
	c.wakeAt = never
	if c.thinking {
		c.thinking = false
		if !c.w.open() || c.ending || c.served() {
			c.begin()
		}
		return
	}
	c.session.Tick(epoch + at)
	c.drain()
}

// begin makes the next call, if there is one to make.
func (c *caller) begin() {
	op, ok := c.next()
	if ok {
		c.start(op)
	}
}

// start makes a call.
func (c *caller) start(op client.Op) {
	c.call = client.Call{Op: op}
	if c.ending {
		c.call.Timeout = c.w.spec.Safety + c.w.spec.Liveness - c.w.now
	}
	c.open, c.called = c.w.history.invoke(c, op), c.w.now
	c.session.Start(epoch+c.w.now, &c.call)
	c.w.history.ids[c.open] = c.call.ID()
	switch {
	case op.Kind.IsWrite():
		c.w.writes[c.call.ID()] = true
	case op.Read == quorate.ReadLog && c.w.subject.LogReads:
		c.w.reads[c.call.ID()] = true
	}
	c.w.emitCall(c)
	c.drain()
}

func (c *caller) next() (client.Op, bool) {
	if c.ending {
		if len(c.last) == 0 {
			return client.Op{}, false
		}
		return c.last[0], true
	}
	if l := c.w.load; l != nil && !c.w.ended {
		return l.Next(c.index, c.w.now), true
	}
	if c.w.ended || c.w.history.invoked >= c.w.spec.Clients.Ops {
		return client.Op{}, false
	}
	op := c.mix.Next(func(key string) uint64 { return c.known[key] })
	return client.Op{Kind: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version, Read: op.Read}, true
}

// drain does what the session wants done.
func (c *caller) drain() {
	for {
		if s, ok := c.session.NextSend(); ok {
			c.send(s)
			continue
		}
		if call := c.session.NextEnded(); call != nil {
			c.returned(call)
			continue
		}
		break
	}
	if d, ok := c.session.Deadline(); ok && c.open >= 0 {
		c.wake(max(d-epoch-c.w.now, 0))
	}
}

// send puts a request on the way to a member. These links are connections: they
// lose, but never duplicate.
func (c *caller) send(s client.Send) {
	w := c.w
	h := w.hosts[w.cluster.Index(s.To)]
	if h.node == nil && c.rng.IntN(2) == 0 {
		c.session.Unsent(epoch+w.now, s.To, c.call.ID().Seq) // connection refused
		return
	}
	fl := flight{from: quorate.Route(uint16(c.index + 1)), to: s.To, msg: s.Request, size: w.sizeOf(s.Request)}
	ref := w.flights.add(fl)
	w.emitRequest(c, h, w.flights.all[ref].id, s.Request)
	if c.lost() {
		w.emitDrop(h.index, w.flights.take(ref), "loss")
		return
	}
	w.queue.push(event{at: w.now + c.way(h), act: actRequest, node: int16(h.index), ref: ref, life: h.life})
}

func (c *caller) lost() bool {
	p := c.w.spec.Network.Lost
	return p > 0 && !c.w.ended && c.rng.Float64() < p
}

// hear takes a reply in.
func (c *caller) hear(fl flight) {
	reply := fl.msg.(quorate.Reply)
	c.w.emitReply(c, fl, reply)
	c.session.Reply(epoch+c.w.now, fl.from, reply)
	c.drain()
}

// disconnected tells the session that a member it may be waiting for went down.
func (c *caller) disconnected(h *host) {
	c.session.Lost(epoch+c.w.now, h.id)
	c.drain()
}

// returned takes the outcome of the call down and thinks about the next one.
func (c *caller) returned(call *client.Call) {
	w, out := c.w, &call.Outcome
	w.history.returned(c, out)
	w.emitReturn(c, out)
	c.open = -1
	switch out.Status {
	case quorate.Done:
		w.stats.Ops++
		c.known[call.Op.Key] = out.Result.Version
		switch call.Op.Read {
		case quorate.ReadIndex:
			w.probe(ProbeIndexRead)
		case quorate.ReadHandoff:
			w.probe(ProbeHandoffRead)
		case quorate.ReadTimeline:
			w.probe(ProbeTimelineRead)
		}
	case quorate.NotExecuted:
		w.stats.Failed++
	default:
		w.stats.Unsure++
	}
	if c.script != nil {
		c.script.returned(out)
		return
	}
	if out.Status == quorate.Unknown {
		c.login()
	}
	loaded := w.load != nil && !c.ending // it was the load's call
	switch {
	case c.ending:
		if out.Status == quorate.Done {
			c.last = c.last[1:]
		}
	case w.ended:
		c.startEnding()
	}
	think := upTo(c.rng, w.spec.Clients.Think)
	if loaded {
		called := c.called
		if w.load.Arrivals != nil {
			called = c.intended
		}
		w.load.Ended(c.index, called, w.now, out)
		if w.load.Think != nil {
			think = w.load.Think(c.index)
		}
	}
	if c.ending { // the last calls are to be done within a time that knows nothing of thinking
		think = min(think, endThink)
	}
	c.thinking = true
	c.wakeAt = never                                 // the session has nothing to wait for any more
	if w.load == nil || out.Status != quorate.Done { // a load's loops are closed
		think += time.Millisecond
	}
	c.wake(think)
}

// endThink is how long a client thinks between its last calls, at most.
const endThink = 10 * time.Millisecond

// finish turns to the last calls, once the one under way has ended.
func (c *caller) finish() {
	if c.open < 0 {
		c.startEnding()
		c.thinking = true
		c.wake(0)
	}
}

// startEnding plans the last calls: a read of every key, to see what became of
// the writes, and a write, to see that writing goes on; where each key has an owner the first client of
// each zone writes every key.
func (c *caller) startEnding() {
	c.ending = true
	c.login()
	keys := workload.Keys(max(c.w.spec.Clients.Mix.Keys, 1))
	if c.w.load != nil {
		keys = []string{c.call.Op.Key}
	}
	for _, key := range keys {
		c.last = append(c.last, client.Op{Kind: quorate.OpGet, Key: key})
	}
	if c.w.load != nil || c.w.subject.Objects == nil || c.index >= c.w.spec.Zones {
		keys = keys[c.index%len(keys):][:1]
	}
	for _, key := range keys {
		c.last = append(c.last, client.Op{Kind: quorate.OpPut, Key: key, Value: fmt.Appendf(nil, "end.%d", c.index)})
	}
}

// ofZone leaves a client that makes its last calls only the members of one zone, if
// any serves there, where objects have owners: each can be read and written from all.
func (c *caller) ofZone(nodes []quorate.ID) []quorate.ID {
	if c.w.load != nil || c.w.subject.Objects == nil {
		return nodes
	}
	zone := c.w.cluster.Zones()[c.index%c.w.spec.Zones]
	if those := slices.DeleteFunc(slices.Clone(nodes), func(id quorate.ID) bool { return id.Zone() != zone }); len(those) > 0 {
		return those
	}
	return nodes
}

// satisfied reports whether the client has made its last calls.
func (c *caller) satisfied() bool { return c.ending && len(c.last) == 0 }

func (c *caller) describe() string {
	op := &c.call.Op
	return fmt.Sprintf("client %d waits for %v %s, asked %v %d times, last of all %v", c.index, op.Kind, op.Key,
		cmp.Or(c.call.Outcome.Reason.String(), "in vain"), c.call.Outcome.Attempts, c.call.Outcome.Node)
}
