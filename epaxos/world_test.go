package epaxos_test

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/wire"
)

// world is a small random scheduler: it delivers messages late, twice, out of
// order or never, crashes nodes between a step and its sync, and restarts them
// from what was synced.
type world struct {
	t        *testing.T
	rng      *rand.Rand
	cluster  *quorate.Cluster
	cfg      epaxos.Config
	now      time.Duration
	hosts    []*host
	flying   []quorate.Envelope
	codec    map[reflect.Type]*wire.Type
	values   map[core.ID]core.Value // that somebody said to be final
	proposed map[core.ID][]quorate.Command
	replies  map[quorate.CommandID]quorate.Reply
	answer   func(r quorate.Reply)
	watch    func(h *host, e quorate.Event)
	cut      func(from, to quorate.ID) bool
	sent     func(e quorate.Envelope)
	chunk    func() // sees the parts of states that leave
	loss     float64
	dup      float64
	orders   map[string][]string // for each key the writes, in the order of execution
	reads    map[string]int      // for each read of each key the writes before it
}

type host struct {
	id      quorate.ID
	node    *quorate.Node
	replica *epaxos.Replica
	app     *quorate.Once
	disk    map[string]map[quorate.RecordKey][]byte
	syncing *quorate.Batch
	writes  map[string]int // executed, by key
	loose   bool           // its states may include what it executes again, without some of what came between
	fetched int            // how often they came
	started time.Duration
}

const horizon = 20 * time.Second

func newWorld(t *testing.T, seed uint64, n int, cfg epaxos.Config) *world {
	cluster, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), cluster: cluster, cfg: cfg, now: time.Hour,
		codec: map[reflect.Type]*wire.Type{}, values: map[core.ID]core.Value{}, proposed: map[core.ID][]quorate.Command{}, replies: map[quorate.CommandID]quorate.Reply{},
		orders: map[string][]string{}, reads: map[string]int{}}
	for _, id := range cluster.IDs() {
		w.hosts = append(w.hosts, &host{id: id, disk: map[string]map[quorate.RecordKey][]byte{}})
	}
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
	h.app = quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: horizon})
	if h.replica, err = epaxos.New(n, h.app, w.cfg); err != nil {
		w.t.Fatal(err)
	}
	for _, typ := range n.Messages() {
		if w.codec[typ], err = wire.Compile(typ); err != nil {
			w.t.Fatal(err)
		}
	}
	h.node, h.syncing, h.writes, h.started = n, nil, map[string]int{}, w.now
	h.loose = len(h.disk[path+"Base"]) > 0
	if err := n.Start(w.now, h.records()); err != nil {
		w.t.Fatal(err)
	}
	w.drain(h)
}

func (h *host) records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		for _, typ := range slices.Sorted(maps.Keys(h.disk)) {
			keys := slices.SortedFunc(maps.Keys(h.disk[typ]), func(a, b quorate.RecordKey) int {
				return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Number, b.Number))
			})
			for _, k := range keys {
				if !yield(quorate.RecordOp{Type: typ, Key: k, Data: h.disk[typ][k]}, nil) {
					return
				}
			}
		}
	}
}

// observe checks the order of execution: of the writes of a key, and of a read
// among them.
func (w *world) observe(h *host, e quorate.Event) {
	if w.watch != nil {
		w.watch(h, e)
	}
	if _, ok := e.(quorate.Installed); ok {
		h.fetched++
	}
	x, ok := e.(quorate.Executed)
	if !ok {
		return
	}
	for _, c := range x.Commands {
		name := fmt.Sprintf("%s/%v %v", x.Log, x.Slot, c)
		if c.Op == quorate.OpGet {
			at := h.done(c.Key)
			if h.loose { // it may see more than its place in the order says
				at = -1
			}
			if before, dup := w.reads[name]; dup && at >= 0 && before != at {
				w.t.Fatalf("%v executes %s after %d writes, another after %d", h.id, name, at, before)
			}
			if at >= 0 {
				w.reads[name] = at
			}
			continue
		}
		order, at := w.orders[c.Key], h.done(c.Key)
		number := slices.Index(order, name)
		switch {
		case number < 0 && (at < 0 || at == len(order)):
			number = len(order)
			w.orders[c.Key] = append(order, name)
		case number < 0 || at >= 0 && number != at && !h.loose:
			w.t.Fatalf("%v executes %s as number %d of its key, which is %v", h.id, name, at, order)
		}
		h.writes[c.Key] = max(number+1, h.writes[c.Key])
	}
}

// done returns how many writes of a key the node has executed; -1 if none since its
// states changed by other means.
func (h *host) done(key string) int {
	if n, ok := h.writes[key]; ok {
		return n
	}
	if h.loose {
		return -1
	}
	return 0
}

// final checks Agreement and Visibility of what somebody says to be final.
func (w *world) final(m epaxos.Commit) {
	if m.Value.Short {
		m.Value = core.Value{Commands: w.proposed[m.ID], Deps: m.Value.Deps}
	}
	if old, dup := w.values[m.ID]; dup {
		if !old.Equal(m.Value) {
			w.t.Fatalf("instance %v is final as %v and as %v", m.ID, old, m.Value)
		}
		return
	}
	w.values[m.ID] = m.Value
	for id, v := range w.values {
		if id != m.ID && interfere(v.Commands, m.Value.Commands) && !v.Deps.Covers(m.ID) && !m.Value.Deps.Covers(id) {
			w.t.Fatalf("neither %v: %v nor %v: %v depends on the other", id, v, m.ID, m.Value)
		}
	}
}

func interfere(a, b []quorate.Command) bool {
	for _, c := range a {
		for _, d := range b {
			if c.Key == d.Key && (c.Op != quorate.OpGet || d.Op != quorate.OpGet) {
				return true
			}
		}
	}
	return false
}

func (w *world) post(e quorate.Envelope) {
	switch m := e.Msg.(type) {
	case epaxos.PreAccept:
		w.proposed[m.ID] = m.Commands
	case epaxos.Commit:
		w.final(m)
	}
	if _, ok := e.Msg.(quorate.StateChunk); ok && w.chunk != nil {
		w.chunk()
	}
	if _, ok := e.Msg.(quorate.StateRequest); ok { // until it has them nothing is executed, and then all again
		h := w.hosts[w.cluster.Index(e.From)]
		h.loose = true
		clear(h.writes)
	}
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
			w.answer(r)
		}
		return
	}
	if w.cut != nil && w.cut(e.From, e.To) || w.rng.Float64() < w.loss {
		return
	}
	if w.sent != nil {
		w.sent(e)
	}
	w.flying = append(w.flying, e)
	if w.rng.Float64() < w.dup {
		w.flying = append(w.flying, e)
	}
}

// drain flushes a node; its disk is as slow as the scheduler likes.
func (w *world) drain(h *host) {
	if b := h.node.Flush(w.post); !b.Empty() {
		h.syncing = &b
	}
}

func (w *world) sync(h *host) {
	b := h.syncing
	if b == nil {
		return
	}
	h.syncing = nil
	for _, op := range b.Records {
		m := h.disk[op.Type]
		if m == nil {
			m = map[quorate.RecordKey][]byte{}
			h.disk[op.Type] = m
		}
		if !op.Forget {
			m[op.Key] = slices.Clone(op.Data)
			continue
		}
		maps.DeleteFunc(m, func(k quorate.RecordKey, _ []byte) bool {
			return k.Scope == op.Key.Scope && k.Number >= op.Key.Number && k.Number < op.To
		})
	}
	h.node.Synced(*b, w.post)
	w.drain(h)
}

func (w *world) crash(h *host) { h.node, h.syncing = nil, nil }

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
	if err := h.node.Receive(w.now, e.From, m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tick(h *host) {
	if h.node != nil {
		h.node.Tick(w.now)
		w.drain(h)
	}
}

// settle runs without faults for d, or until done.
func (w *world) settle(d time.Duration, done func() bool) bool {
	for end := w.now + d; w.now < end && !done(); {
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
	return done()
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

func (w *world) request(h *host, c quorate.Command) {
	if h.node == nil {
		return
	}
	if err := h.node.Receive(w.now, quorate.Route(1), quorate.Request{Command: c, Timeout: 10 * time.Second}); err != nil {
		w.t.Fatal(err)
	}
	w.tick(h)
}
