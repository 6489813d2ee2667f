package paxos_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/sim/ghost"
	"github.com/quorate/quorate/wire"
)

// world is a small random scheduler: it delivers messages late, twice, out of
// order or never, crashes nodes between a step and its sync, and restarts them
// from what was synced. The simulator does this properly; this one lives beside
// the protocol so that a slip shows at once.
type world struct {
	t       *testing.T
	rng     *rand.Rand
	cluster *quorate.Cluster
	cfg     paxos.Config
	now     time.Duration
	hosts   []*host
	flying  []quorate.Envelope
	codec   map[reflect.Type]*wire.Type
	kinds   map[string]*wire.Type // of records
	ghost   *ghost.State          // nil where peers exist only as messages
	chosen  map[quorate.Slot]string
	values  map[quorate.Slot][]quorate.Command
	replies map[quorate.CommandID]quorate.Reply
	horizon time.Duration
	cut     func(from, to quorate.ID) bool
	late    func(e quorate.Envelope) bool        // takes a message out of the network
	answer  func(to quorate.ID, r quorate.Reply) // a client's
	loss    float64
	dup     float64
}

type host struct {
	id      quorate.ID
	node    *quorate.Node
	replica *paxos.Replica
	app     *quorate.Once
	kv      *quorate.KV
	disk    map[string]map[quorate.RecordKey][]byte
	syncing *quorate.Batch
	ahead   time.Duration // of the node's clock
}

func newWorld(t *testing.T, seed uint64, n int, cfg paxos.Config, horizon time.Duration) *world {
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), cluster: cluster, cfg: cfg, now: time.Hour, horizon: horizon,
		codec: map[reflect.Type]*wire.Type{}, chosen: map[quorate.Slot]string{}, values: map[quorate.Slot][]quorate.Command{}, replies: map[quorate.CommandID]quorate.Reply{}}
	for _, id := range cluster.IDs() {
		w.hosts = append(w.hosts, &host{id: id, disk: map[string]map[quorate.RecordKey][]byte{}})
	}
	w.watch()
	for _, h := range w.hosts {
		w.start(h)
	}
	return w
}

func (w *world) start(h *host) {
	n, err := quorate.NewNode(quorate.NodeConfig{ID: h.id, Cluster: w.cluster, Seed: w.rng.Uint64(), Observer: func(e quorate.Event) { w.observe(h, e) }})
	if err != nil {
		w.t.Fatal(err)
	}
	h.kv = quorate.NewKV(quorate.KVConfig{})
	h.app = quorate.NewOnce(h.kv, quorate.OnceConfig{Horizon: w.horizon})
	if h.replica, err = paxos.New(n, h.app, w.cfg); err != nil {
		w.t.Fatal(err)
	}
	for _, typ := range n.Messages() {
		if w.codec[typ], err = wire.Compile(typ); err != nil {
			w.t.Fatal(err)
		}
	}
	h.node, h.syncing = n, nil
	if err := n.Start(w.now+h.ahead, h.records()); err != nil {
		w.t.Fatal(err)
	}
	w.drain(h)
}

func (h *host) records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		var types []string
		for typ := range h.disk {
			types = append(types, typ)
		}
		slices.Sort(types)
		for _, typ := range types {
			var keys []quorate.RecordKey
			for k := range h.disk[typ] {
				keys = append(keys, k)
			}
			slices.SortFunc(keys, func(a, b quorate.RecordKey) int {
				if c := strings.Compare(a.Scope, b.Scope); c != 0 {
					return c
				}
				return int(a.Number) - int(b.Number)
			})
			for _, k := range keys {
				if !yield(quorate.RecordOp{Type: typ, Key: k, Data: h.disk[typ][k]}, nil) {
					return
				}
			}
		}
	}
}

func (w *world) observe(h *host, e quorate.Event) {
	w.checkEvent(h, e)
	c, ok := e.(quorate.Chosen)
	if !ok {
		return
	}
	value := fmt.Sprint(c.Commands)
	if old, dup := w.chosen[c.Slot]; dup && old != value {
		w.t.Fatalf("slot %v: chosen %s and %s", c.Slot, old, value)
	}
	w.chosen[c.Slot], w.values[c.Slot] = value, c.Commands
}

func (w *world) send(e quorate.Envelope) {
	w.checkSent(e)
	w.post(e)
}

func (w *world) post(e quorate.Envelope) {
	if e.To == quorate.Others {
		for _, id := range w.cluster.IDs() {
			if id != e.From {
				w.post(quorate.Envelope{From: e.From, To: id, Msg: e.Msg})
			}
		}
		return
	}
	if r, ok := e.Msg.(quorate.Reply); ok && e.To.IsRoute() {
		w.replies[quorate.CommandID{Client: r.Client, Seq: r.Seq}] = r
		if w.answer != nil {
			w.answer(e.To, r)
		}
		return
	}
	if !w.cluster.Has(e.To) {
		w.t.Fatalf("%v sent %T to %v, which is no member", e.From, e.Msg, e.To)
	}
	if w.cut != nil && w.cut(e.From, e.To) || w.rng.Float64() < w.loss {
		return
	}
	if w.late != nil && w.late(e) {
		return
	}
	w.flying = append(w.flying, e)
	if w.rng.Float64() < w.dup {
		w.flying = append(w.flying, e)
	}
}

// drain flushes a node; its disk is as slow as the scheduler likes.
func (w *world) drain(h *host) {
	if b := h.node.Flush(w.send); !b.Empty() {
		h.syncing = &b
	}
}

func (w *world) sync(h *host) {
	b := h.syncing
	if b == nil {
		return
	}
	w.store(h)
	h.node.Synced(*b, w.send)
	w.drain(h)
}

// store writes the batch that is being synced to the node's disk.
func (w *world) store(h *host) {
	b := h.syncing
	h.syncing = nil
	for _, op := range b.Records {
		w.checkDurable(h, op)
		m := h.disk[op.Type]
		if m == nil {
			m = map[quorate.RecordKey][]byte{}
			h.disk[op.Type] = m
		}
		if !op.Forget {
			m[op.Key] = slices.Clone(op.Data)
			continue
		}
		for k := range m {
			if k.Scope == op.Key.Scope && k.Number >= op.Key.Number && k.Number < op.To {
				delete(m, k)
			}
		}
	}
}

func (w *world) crash(h *host) {
	h.node = nil
	h.syncing = nil
}

func (w *world) deliver(i int) {
	e := w.flying[i]
	w.flying[i] = w.flying[len(w.flying)-1]
	w.flying = w.flying[:len(w.flying)-1]
	h := w.hosts[w.cluster.Index(e.To)]
	if h.node == nil {
		return
	}
	c := w.codec[reflect.TypeOf(e.Msg)]
	data, err := c.Append(nil, e.Msg)
	if err != nil {
		w.t.Fatal(err)
	}
	m, err := c.Decode(data)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := h.node.Receive(w.now+h.ahead, e.From, m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tick(h *host) {
	if h.node != nil {
		h.node.Tick(w.now + h.ahead)
		w.drain(h)
	}
}

// settle runs without faults for d.
func (w *world) settle(d time.Duration) {
	for end := w.now + d; w.now < end; {
		for len(w.flying) > 0 {
			w.deliver(0)
			for _, h := range w.hosts {
				w.tick(h)
				w.sync(h)
			}
		}
		w.now += time.Millisecond
		for _, h := range w.hosts {
			w.tick(h)
			w.sync(h)
		}
	}
}

// step does one random thing.
func (w *world) step() {
	h := w.hosts[w.rng.IntN(len(w.hosts))]
	switch k := w.rng.IntN(100); {
	case k < 70 && len(w.flying) > 0:
		i := w.rng.IntN(len(w.flying))
		to := w.hosts[w.cluster.Index(w.flying[i].To)]
		w.deliver(i)
		if to.node != nil && w.rng.IntN(3) > 0 {
			w.tick(to)
		}
	case k < 85:
		if h.node != nil {
			w.sync(h)
		}
	case k < 98:
		w.now += time.Duration(w.rng.IntN(4000)) * time.Microsecond
		w.tick(h)
	}
}

func (w *world) request(h *host, c quorate.Command, mode quorate.ReadMode) {
	if h.node == nil {
		return
	}
	if err := h.node.Receive(w.now+h.ahead, quorate.Route(1), quorate.Request{Command: c, Read: mode, Timeout: 10 * time.Second}); err != nil {
		w.t.Fatal(err)
	}
	w.tick(h)
}
