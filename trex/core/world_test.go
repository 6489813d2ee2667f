package core_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// world runs a cluster of cores in virtual time over a network that delays,
// reorders, loses and copies messages, and disks that lose what was not synced.
// It compares all that is said with what was said before.
type world struct {
	t       *testing.T
	rng     *rand.Rand
	cluster *quorate.Cluster
	quorums quorate.QuorumSystem
	now     time.Duration
	hosts   []*host
	queue   happenings
	order   uint64

	delay, spread time.Duration // of the network
	disk          time.Duration // a sync takes up to this
	loss, dup     float64
	cut           func(from, to int) bool

	promised  map[quorate.Ballot]quorate.Set
	proposed  map[vote]string
	votes     map[vote]quorate.Set
	decided   map[quorate.Slot]decision
	learnt    map[quorate.Slot]string
	told      quorate.Slot // clients may have been told of the slots below
	elections []quorate.Ballot
}

// decision is the value that an accept quorum has on disk, and the lowest ballot
// under which one does.
type decision struct {
	ballot quorate.Ballot
	value  string
}

// stamp is what a read waits for that came when a round began.
type stamp struct {
	round      uint64
	slot, told quorate.Slot
}

type vote struct {
	slot   quorate.Slot
	ballot quorate.Ballot
}

type host struct {
	i        int
	state    core.State
	cfg      core.Config
	down     bool
	life     int // counts restarts
	deadline time.Duration
	wake     time.Duration // when it was arranged to be woken
	disk     image
	unsynced []unsynced
	syncing  bool
	chosen   quorate.Slot
	open     map[quorate.Slot]string // proposals not yet chosen, replaced or given up
	lost     []string                // proposals whose outcome nobody will tell
	done     []string
	promised quorate.Ballot
	rounds   []uint64
	stamps   []stamp // of the rounds of this leadership
	last     core.Effects
}

type image struct {
	base    quorate.Slot // a snapshot covers the slots below
	promise quorate.Ballot
	entries map[quorate.Slot]paxos.Entry
}

type unsynced struct {
	promise quorate.Ballot
	store   []paxos.Entry
	sends   []core.Send
}

type happening struct {
	at    time.Duration
	order uint64
	do    func()
}

type happenings []happening

func (h happenings) Len() int { return len(h) }
func (h happenings) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].order < h[j].order
}
func (h happenings) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *happenings) Push(x any)   { *h = append(*h, x.(happening)) }
func (h *happenings) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

func newWorld(t *testing.T, seed uint64, size int, spec string, cfg core.Config) *world {
	t.Helper()
	cluster, err := quorate.Grid(1, size)
	if err != nil {
		t.Fatal(err)
	}
	quorums, err := quorate.ParseQuorums(cluster, spec)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 7)), cluster: cluster, quorums: quorums,
		delay: 500 * time.Microsecond, spread: time.Millisecond, disk: time.Millisecond,
		promised: map[quorate.Ballot]quorate.Set{}, proposed: map[vote]string{}, votes: map[vote]quorate.Set{},
		decided: map[quorate.Slot]decision{}, learnt: map[quorate.Slot]string{},
	}
	for i := range size {
		cfg := cfg
		cfg.Self, cfg.Quorums = cluster.ID(i), quorums
		h := &host{i: i, cfg: cfg, disk: image{entries: map[quorate.Slot]paxos.Entry{}}}
		w.hosts = append(w.hosts, h)
		w.start(h)
	}
	return w
}

// start begins a life from what is on the disk.
func (w *world) start(h *host) {
	var err error
	if h.state, err = core.New(h.cfg); err != nil {
		w.t.Fatal(err)
	}
	h.down, h.unsynced, h.syncing, h.open = false, nil, false, map[quorate.Slot]string{}
	h.chosen, h.wake, h.rounds, h.stamps = h.disk.base, -1, nil, nil
	h.life++
	h.state.Log().Trim(h.disk.base)
	for _, e := range h.disk.entries {
		h.state.Log().Restore(e)
	}
	h.state.Log().Promise(max(h.disk.promise, h.state.Log().Promised()))
	h.promised = h.state.Log().Promised()
	w.step(h, core.Event{Kind: core.Started})
}

func (w *world) crash(h *host) {
	h.down = true
	for _, v := range h.open {
		h.lost = append(h.lost, v)
	}
}

func (w *world) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.queue, happening{w.now + d, w.order, do})
}

// run lets time pass until done says so; it reports whether it did.
func (w *world) run(d time.Duration, done func() bool) bool {
	for end := w.now + d; len(w.queue) > 0 && w.queue[0].at <= end; {
		if done() {
			return true
		}
		next := heap.Pop(&w.queue).(happening)
		w.now = next.at
		next.do()
	}
	return done()
}

func (w *world) forever() bool { return false }

func (w *world) step(h *host, e core.Event) core.Effects {
	if h.down {
		return core.Effects{}
	}
	e.Now, e.Draw = w.now, w.rng.Float64()
	var out core.Effects
	h.state, out = h.state.Step(e)
	h.last = out
	w.monotone(h, out)
	for _, s := range out.Replaced {
		h.lost = append(h.lost, h.open[s])
		delete(h.open, s)
	}
	w.learn(h, out)
	w.confirmed(h, out)
	if out.Abdicated {
		for _, v := range h.open {
			h.lost = append(h.lost, v)
		}
		clear(h.open)
	}
	if out.Elected != 0 {
		w.elections = append(w.elections, out.Elected)
	}
	pending := unsynced{out.Promise, slices.Clone(out.Store), nil}
	for _, s := range out.Sends {
		w.said(h, s)
		if s.Now {
			w.transmit(h, s)
		} else {
			pending.sends = append(pending.sends, s)
		}
	}
	h.unsynced = append(h.unsynced, pending)
	w.sync(h)
	h.deadline = out.Deadline
	w.arm(h)
	if out.Behind != 0 {
		w.snapshot(h, w.hosts[w.cluster.Index(out.Behind)])
	}
	return out
}

func (w *world) arm(h *host) {
	if h.wake >= 0 && h.wake <= h.deadline || h.deadline > 1<<61 {
		return
	}
	at, life := h.deadline, h.life
	h.wake = at
	w.after(max(at-w.now, 0), func() {
		if h.life != life || h.wake != at {
			return
		}
		h.wake = -1
		w.step(h, core.Event{Kind: core.Timeout})
	})
}

// trim cuts a member's log below a snapshot of what it knows chosen.
func (w *world) trim(h *host, to quorate.Slot) {
	for s, e := range h.disk.entries {
		if s < to {
			h.disk.promise = max(h.disk.promise, e.Ballot)
			delete(h.disk.entries, s)
		}
	}
	h.disk.base = max(h.disk.base, to)
	h.state.Log().Trim(to)
}

// snapshot takes one member's state to another.
func (w *world) snapshot(to, from *host) {
	upto, life := from.chosen, to.life
	w.after(w.delay, func() {
		if to.life == life && !to.down && upto > to.chosen {
			to.chosen = upto
			w.trim(to, 0)
			to.disk.base = upto
			w.step(to, core.Event{Kind: core.Installed, Upto: upto})
		}
	})
}

// sync writes what is pending, after a while.
func (w *world) sync(h *host) {
	if h.syncing || len(h.unsynced) == 0 {
		return
	}
	batch, life := h.unsynced, h.life
	h.unsynced, h.syncing = nil, true
	w.after(time.Duration(w.rng.Float64()*float64(w.disk)), func() {
		if h.life != life || h.down {
			return
		}
		h.syncing = false
		for _, u := range batch {
			h.disk.promise = max(h.disk.promise, u.promise)
			for _, e := range u.store {
				h.disk.entries[e.Slot] = e
			}
		}
		for _, u := range batch {
			for _, s := range u.sends {
				w.transmit(h, s)
			}
		}
		w.sync(h)
	})
}

func (w *world) transmit(h *host, s core.Send) {
	w.count(h, s.Message)
	for _, to := range w.hosts {
		id := w.cluster.ID(to.i)
		if s.To != id && (s.To != quorate.Others || to == h) {
			continue
		}
		if to == h {
			w.after(0, w.delivery(h, to, s.Message))
			continue
		}
		if w.cut != nil && w.cut(h.i, to.i) || w.rng.Float64() < w.loss {
			continue
		}
		for again := true; again; again = w.rng.Float64() < w.dup {
			w.after(w.delay+time.Duration(w.rng.Float64()*float64(w.spread)), w.delivery(h, to, s.Message))
		}
	}
}

func (w *world) delivery(from, to *host, m any) func() {
	life := to.life
	return func() {
		if from == to && to.life != life {
			return
		}
		w.step(to, core.Event{Kind: core.Received, From: w.cluster.ID(from.i), Message: m.(core.Message)})
	}
}

// propose hands a value to a member, if that leads.
func (w *world) propose(h *host, value string) bool {
	if h.down || !h.state.Room() {
		return false
	}
	out := w.step(h, core.Event{Kind: core.Proposed, Commands: command(value)})
	if !out.Taken {
		w.t.Fatalf("%v has room and takes nothing", h.cfg.Self)
	}
	h.open[out.Slot] = value
	return true
}

func (w *world) leader() *host {
	for _, h := range w.hosts {
		if !h.down && h.state.Role() == core.Leader {
			return h
		}
	}
	return nil
}

func (w *world) elected() bool { return w.leader() != nil }

func command(value string) []quorate.Command {
	return []quorate.Command{{Client: 1, Op: quorate.OpPut, Key: value}}
}

func text(commands []quorate.Command) string {
	if len(commands) == 1 && commands[0].Op == quorate.OpNop {
		return "-"
	}
	s := ""
	for _, c := range commands {
		s += c.Key
	}
	return s
}

// state tells what a test failed with.
func (w *world) String() string {
	s := fmt.Sprintf("at %v:\n", w.now)
	for _, h := range w.hosts {
		s += fmt.Sprintf("%v down %v %v under %v follows %v, promised %v, committed %v of %v, due %v\n", h.cfg.Self, h.down,
			h.state.Role(), h.state.Epoch(), h.state.Leader(), h.state.Log().Promised(), h.state.Committed(), h.state.Log().End(), h.deadline)
	}
	return s
}
