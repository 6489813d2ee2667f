package sim

import (
	"context"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
	"github.com/quorate/quorate/sim/instances"
	"github.com/quorate/quorate/wire"
)

// world is one run of a Spec. It owns the clock, the network, the disks and all
// chance; everything in it happens in one order, on one goroutine.
type world struct {
	ctx        context.Context // nobody waits for the world once it has ended
	spec       *Spec
	subject    *Subject
	identities bool // members have incarnations
	directed   bool // by a scenario
	cluster    *quorate.Cluster
	construct  quorate.Constructor
	codec      *wire.Codec
	types      wire.Cache
	tracer     func(TraceEvent)

	now     time.Duration
	queue   queue
	flights flights
	net     *network
	hosts   []*host
	callers []*caller
	history history
	faults  []activeFault
	watches []watch // faults that wait for their trigger
	struck  []strike
	ended   bool // the faults are over
	done    bool // and everybody got what they wanted

	elections  *electionWatch // nil unless elections are counted
	load       *Load          // nil unless the world is measured
	lines      lines          // of an open loop
	ghost      watcher        // nil for a protocol without claims
	effects    effects
	orders     orders
	objects    map[string]*object
	restBy     time.Duration               // when all objects must have rested, once nothing is asked any more
	resting    quorate.Set                 // the members where they have
	limit      time.Duration               // when the world must have ended
	first      map[quorate.CommandID]place // where a write was executed first
	writes     map[quorate.CommandID]bool  // that clients asked for
	reads      map[quorate.CommandID]bool  // that clients asked for, where all of them are to be executed
	elected    quorate.Ballot              // the highest that somebody was elected under
	violation  *Violation
	hash       uint64
	stats      Stats
	watchSends bool
	visits     *wire.Codec // of requests and replies, where their size matters
	scratch    []byte
}

// watcher is a ghost: that of logs or that of rows, see packages ghost and
// instances.
type watcher interface {
	Durable(node int, rec any) error
	Sent(node int, m any) error
	Elected(node int, e quorate.Elected) error
	Chosen(node int, e quorate.Chosen) error
	Executed(node int, e quorate.Executed) error
	Done(id quorate.CommandID) error
	Lost(node int)
	Fenced(node int)
	Admitted(node int) error
	Promised(node int) quorate.Ballot
	ChosenValue(log string, slot quorate.Slot) ([]quorate.Command, bool)
	Counts() ghost.Counts
}

// newGhost returns the ghost for a protocol: where there is a fast path, members
// propose in rows of their own.
func newGhost(c *quorate.Cluster, q quorate.QuorumSystem, claims quorate.Claims) watcher {
	if q.Fast != nil {
		return instances.New(instances.Config{Cluster: c, Phase1: q.Phase1, Phase2: q.Phase2, Fast: q.Fast, Claims: claims})
	}
	return ghost.New(ghost.Config{Cluster: c, Phase1: q.Phase1, Phase2: q.Phase2, Claims: claims})
}

// place is a slot of a log.
type place struct {
	log  string
	slot quorate.Slot
}

// stream derives a generator for one purpose: what one part of the world draws
// does not change what the others do.
func stream(seed uint64, purpose string, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, streamSeed(purpose, number)))
}

func streamSeed(purpose string, number int) uint64 {
	return uint64(crc32.ChecksumIEEE([]byte(purpose)))<<32 | uint64(uint32(number))
}

// run lets the world go on until it is over.
func (w *world) run() {
	w.limit = w.spec.Safety + w.spec.Liveness
	budget := w.spec.maxEvents()
	for w.violation == nil && !w.done {
		if w.stats.Events%4096 == 0 && w.ctx.Err() != nil {
			return
		}
		e, ok := w.queue.pop()
		if !ok || e.at > w.limit {
			w.now = w.limit
			w.stuck()
			return
		}
		w.now = e.at
		if w.stats.Events++; w.stats.Events > budget || len(w.queue.events) > budget {
			w.fail("events", -1, "more than %d events: the protocol never comes to rest", budget)
			return
		}
		w.mix(uint64(e.at)<<8 ^ uint64(e.act)<<4 ^ uint64(e.node))
		w.dispatch(&e)
		w.strikeAll()
	}
}

// dispatch lets one event happen.
func (w *world) dispatch(e *event) {
	switch e.act {
	case actDeliver:
		w.deliver(w.flights.take(e.ref), int(e.node))
	case actStep:
		if h := w.hosts[e.node]; h.life == e.life && h.stepAt == e.at {
			h.step()
		}
	case actSynced:
		if h := w.hosts[e.node]; h.life == e.life {
			h.diskDone()
		}
	case actRequest:
		w.request(w.flights.take(e.ref), w.hosts[e.node], e.life)
	case actReply:
		w.callers[e.node].hear(w.flights.take(e.ref))
	case actClient:
		w.callers[e.node].due(e.at)
	case actLost:
		w.callers[e.node].disconnected(w.hosts[e.ref])
	case actFault:
		w.begin(int(e.ref), -1)
	case actHeal:
		w.heal(int(e.ref))
	case actFlap:
		w.flap(int(e.ref))
	case actEnd:
		w.endFaults()
	case actAdmit:
		if h := w.hosts[e.node]; h.life == e.life {
			h.admit()
		}
	case actWatch:
		w.watchConvergence()
	case actArrive:
		w.arrived()
	case actTake:
		w.elections.take(w, int(e.node), int(e.ref))
	}
}

// transmit sends a message to one member or to all others. It is encoded once.
func (w *world) transmit(h *host, e quorate.Envelope) {
	fl := flight{from: e.From, to: e.To, msg: e.Msg}
	fl.hello, _ = h.node.Identity()
	if !w.spec.ByValue {
		data, err := w.codec.Append(nil, e.Msg)
		if err != nil {
			w.fail("codec", h.index, "message %T to %v does not encode: %v", e.Msg, e.To, err)
			return
		}
		fl.msg, fl.data = nil, data
		w.mix(uint64(crc32.Checksum(data, castagnoli())))
	}
	members := 1
	if e.To == quorate.Others {
		members = len(w.hosts) - 1
	}
	fl.left = h.spend(w.spec.Step.Service.sending(len(fl.data), members))
	if e.To != quorate.Others {
		w.post(h.index, w.cluster.Index(e.To), fl, e.Msg)
		return
	}
	for to := range w.hosts {
		if to != h.index {
			w.post(h.index, to, fl, e.Msg)
		}
	}
}

// post puts a message on a link, once, twice or not at all.
func (w *world) post(from, to int, fl flight, msg any) {
	if to < 0 {
		w.fail("message", from, "%T sent to %v, which is no member", msg, fl.to)
		return
	}
	w.stats.Messages++
	if w.load != nil && w.load.Sent != nil {
		w.load.Sent(w.now)
	}
	first, second := w.net.route(from, to)
	fl.to = w.hosts[to].id
	w.net.remember(from, to, fl)
	for i, delay := range [...]time.Duration{first, second} {
		if delay < 0 {
			if i == 0 {
				w.probe(ProbeMessageLost)
				w.emitLost(from, to, msg)
			}
			continue
		}
		if i == 1 {
			w.probe(ProbeMessageDuplicated)
		}
		ref := w.flights.add(fl)
		if w.tracer != nil {
			w.emitMessage(TraceSend, from, fl.to, w.flights.all[ref].id, msg)
		}
		w.queue.push(event{at: w.now + fl.left + delay, act: actDeliver, node: int16(to), ref: ref})
	}
}

// replay lets a member hear again what it was sent lately.
func (w *world) replay(to int) {
	for from := range w.hosts {
		l := &w.net.links[from*w.net.n+to]
		for i := range l.lately {
			fl := l.lately[(l.oldest+i)%len(l.lately)]
			ref := w.flights.add(fl)
			if w.tracer != nil {
				w.emitReplay(from, to, w.flights.all[ref])
			}
			w.queue.push(event{at: w.now + l.upTo(l.base+w.net.model.Jitter), act: actDeliver, node: int16(to), ref: ref})
		}
	}
}

// deliver is where partitions cut: what was sent before one began may be lost in
// it, what was sent before its end may come through.
func (w *world) deliver(fl flight, to int) {
	h := w.hosts[to]
	from := w.cluster.Index(fl.from)
	switch {
	case h.node == nil:
		w.emitDrop(to, fl, "down")
	case !w.net.hears(to, from):
		w.probe(ProbeMessageCut)
		w.emitDrop(to, fl, "partition")
	default:
		h.arrive(arrival{from: fl.from, hello: fl.hello, msg: fl.msg, data: fl.data, size: len(fl.data), id: fl.id})
	}
}

// mix adds to the hash of everything that happened.
func (w *world) mix(x uint64) {
	w.hash = (w.hash ^ x) * 0x9e3779b97f4a7c15
	w.hash ^= w.hash >> 29
}

// probe counts that something rare happened.
func (w *world) probe(name string) { w.stats.Probes[name]++ }

// fail records the first violation; the world ends with the event under way.
func (w *world) fail(oracle string, node int, format string, args ...any) {
	if w.violation != nil || w.spec.Blind && !seenFromOutside(oracle) {
		return
	}
	w.violation = &Violation{Oracle: oracle, At: w.now, Event: w.stats.Events, Node: node, Text: fmt.Sprintf(format, args...)}
	w.emit(TraceEvent{Kind: TraceBroken, Node: node, Name: oracle, Text: w.violation.Text})
}

// seenFromOutside reports whether it takes no look at the replicas' insides to
// see that an oracle is broken.
func seenFromOutside(oracle string) bool {
	switch oracle {
	case "once", "state", "order", "reply", "monotone", "lease":
		return false
	}
	return true
}

// broken takes the ghost's verdict.
func (w *world) broken(node int, err error) {
	if err == nil || w.violation != nil {
		return
	}
	if b, ok := err.(*ghost.Broken); ok {
		w.fail(b.Rule, b.Node, "%s", b.Text)
		return
	}
	w.fail("ghost", node, "%v", err)
}

// executed looks at the commands of a slot that a member executed.
func (w *world) executed(h *host, e quorate.Executed) {
	at := place{e.Log, e.Slot}
	if len(e.Commands) == 0 {
		w.probe(ProbeNoop)
	}
	for i := range e.Commands {
		c := &e.Commands[i]
		if c.Op == quorate.OpNop {
			w.probe(ProbeNoop)
			continue
		}
		h.ordered(step{at, i}, c)
		if !c.Op.IsWrite() {
			continue
		}
		if first, again := w.first[c.ID()]; !again {
			w.first[c.ID()] = at
		} else if first != at {
			w.probe(ProbeDuplicate)
		}
	}
}
