package sim

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/wire"
)

const never = time.Duration(math.MaxInt64)

// host is a member of the world: a machine with a clock and a disk, on which a
// node lives, dies and starts again.
type host struct {
	w     *world
	index int
	id    quorate.ID
	rng   *rand.Rand // of the nodes' seeds, the steps and the remains of crashes
	clock clock
	disk  *disk

	life     uint32        // counts starts and crashes
	node     *quorate.Node // nil while it is down
	replica  quorate.Replica
	reported quorate.Report // by this life's replica, at the last step
	app      *quorate.Once
	machine  *witness
	progress map[string]*progress // by key
	fetches  bool                 // states of another member, in this life

	batch   quorate.Batch // being synced
	syncing bool
	synced  bool      // it is durable, but the node stands still and was not told
	inbox   []arrival // what waits for the next step
	stepAt  time.Duration

	paused int // faults under way that hold it
	drifts int // faults under way that make its clock run at a wrong rate
	downs  int // faults under way that keep it down
	slow   time.Duration
	lost   bool // its disk is gone: it stays down for good
	dead   bool // it stays down after the faults

	processor
	membership
}

type arrival struct {
	from  quorate.ID
	hello quorate.Hello // who that was
	msg   any
	data  []byte
	size  int // of what takes time by its length
	id    uint64
}

// start begins a life with what is on disk.
func (h *host) start() {
	w := h.w
	h.life++
	h.syncing, h.synced, h.batch, h.inbox, h.stepAt = false, false, quorate.Batch{}, h.inbox[:0], never
	h.processor = processor{}
	w.emit(TraceEvent{Kind: TraceStart, Node: h.index})
	cfg := quorate.NodeConfig{ID: h.id, Cluster: w.cluster, Seed: h.rng.Uint64(), Observer: h.observe, Types: &w.types}
	h.identify(&cfg)
	node, err := quorate.NewNode(cfg)
	if err != nil {
		panic(err) // the cluster was made from these very IDs
	}
	h.machine = newWitness(h)
	h.restarted()
	h.app = quorate.NewOnce(h.machine, quorate.OnceConfig{Horizon: w.spec.Knobs.Horizon})
	if h.replica, err = w.construct(node, h.app); err != nil {
		w.fail("construct", h.index, "%v", err)
		return
	}
	if w.codec == nil {
		if w.codec, err = wire.NewCodec(node.Messages()...); err != nil {
			w.fail("codec", h.index, "%v", err)
			return
		}
	}
	h.node = node
	if err := node.Start(h.clock.read(w.now), h.disk.records()); err != nil {
		h.node = nil
		if errors.Is(err, errDamaged) { // as it should: it cannot know what it promised
			w.probe(ProbeDamage)
			h.refused()
			return
		}
		w.fail("recover", h.index, "%v", err)
		return
	}
	h.reported = h.replica.Report()
	if w.ghost != nil && h.reported.Ballot < w.ghost.Promised(h.index) {
		w.fail("ballot", h.index, "%v restarted at %v, with the promise of %v on its disk", h.id, h.reported.Ballot, w.ghost.Promised(h.index))
	}
	h.flush()
	h.rearm()
	h.awaken()
}

// refused is what becomes of a member whose disk is damaged: it stays out, or its
// operator gives it a new disk.
func (h *host) refused() {
	if !h.w.identities {
		h.lost = true
		return
	}
	h.loseDisk()
	h.start()
}

// look compares what the replica says of itself with what it said before. What
// it knows to be committed it may forget when it crashes, but not while it lives.
func (h *host) look() {
	was, is := &h.reported, h.replica.Report()
	if is.Ballot < was.Ballot || is.Committed < was.Committed || is.Executed < was.Executed {
		h.w.fail("monotone", h.index, "%v fell from %v, committed %v, executed %v, to %v, %v, %v",
			h.id, was.Ballot, was.Committed, was.Executed, is.Ballot, is.Committed, is.Executed)
	}
	h.reported = is
}

// crash ends a life.
func (h *host) crash(remains nemesis.Remains) {
	if h.node == nil {
		return
	}
	w := h.w
	w.emit(TraceEvent{Kind: TraceCrash, Node: h.index, Text: string(remains)})
	if h.syncing && !h.synced {
		h.made(h.disk.crash(h.batch.Records, remains))
	}
	h.node = nil
	h.life++
	w.dropClients(h)
	w.zoneLost(h)
}

// arrive takes a message in. It is handled at once by a machine that takes no
// time.
func (h *host) arrive(a arrival) {
	h.inbox = append(h.inbox, a)
	if h.paused > 0 {
		return
	}
	if h.w.spec.Step.Cost == 0 && h.slow == 0 && !h.w.serving() {
		h.step()
		return
	}
	h.wake(h.w.now + h.cost())
}

func (h *host) cost() time.Duration { return upTo(h.rng, h.w.spec.Step.Cost+h.slow) }

// wake makes a step due at a time, or earlier, but not before the processor is free.
func (h *host) wake(at time.Duration) {
	if h.processor.taken > 0 {
		return // a step is due when what is being taken in has been
	}
	if at = max(at, h.processor.free); at < h.stepAt {
		h.stepAt = at
		h.w.queue.push(event{at: at, act: actStep, node: int16(h.index), life: h.life})
	}
}

// step is one round of a node's runtime: some messages, the timers due, and
// what leaves.
func (h *host) step() {
	h.stepAt = never
	if h.node == nil || h.paused > 0 {
		h.processor.taken = 0
		return
	}
	if h.begin() {
		return
	}
	now := h.clock.read(h.w.now)
	n := min(len(h.inbox), max(h.w.spec.Step.Batch, 1))
	if h.processor.taken > 0 {
		n, h.processor.taken = h.processor.taken, 0
	}
	for i := range h.inbox[:n] {
		h.receive(now, &h.inbox[i])
	}
	rest := copy(h.inbox, h.inbox[n:])
	clear(h.inbox[rest:])
	h.inbox = h.inbox[:rest]
	h.node.Tick(now)
	h.flush()
	h.look()
	if rest > 0 || h.synced {
		h.wake(h.w.now + h.cost())
	}
	h.rearm()
}

func (h *host) receive(now time.Duration, a *arrival) {
	msg := a.msg
	if a.data != nil {
		var err error
		if msg, err = h.w.codec.Decode(a.data); err != nil {
			h.w.fail("codec", h.index, "message from %v does not decode: %v", a.from, err)
			return
		}
	}
	if h.w.tracer != nil {
		h.w.emitMessage(TraceDeliver, h.index, a.from, a.id, msg)
	}
	if _, ok := msg.(quorate.StateChunk); ok {
		h.fetches = true
	}
	h.hear(now, a)
	switch err := h.node.Receive(now, a.from, msg); {
	case errors.Is(err, quorate.ErrForeign):
		h.w.probe(ProbeForeign)
	case err != nil:
		h.w.fail("message", h.index, "%v", err)
	case errors.Is(h.node.Err(), quorate.ErrReplaced):
		h.w.fail("message", h.index, "%v", h.node.Err())
	}
}

// rearm makes a step due when the next timer is.
func (h *host) rearm() {
	if h.node == nil {
		return
	}
	if d, ok := h.node.Deadline(); ok {
		h.wake(max(h.clock.when(d), h.w.now))
	}
}

// flush lets leave what may, and hands the disk what must be synced first.
func (h *host) flush() {
	b := h.node.Flush(h.send)
	if b.Empty() {
		return
	}
	h.batch, h.syncing = b, true
	w := h.w
	w.trigger(nemesis.OnFlush, h.index)
	if w.tracer != nil {
		h.emitRecords(TraceSync, b.Records)
	}
	w.queue.push(event{at: w.now + h.disk.latency(), act: actSynced, node: int16(h.index), life: h.life})
}

// diskDone makes the batch durable and, unless the node stands still, tells it.
func (h *host) diskDone() {
	if err := h.disk.commit(h.batch.Records); err != nil {
		h.syncing = false
		h.node.Failed(h.batch, err)
		h.w.probe(ProbeDiskFailed)
		return
	}
	h.made(h.batch.Records)
	if slices.ContainsFunc(h.batch.Records, func(op quorate.RecordOp) bool { return op.Forget }) {
		h.w.trigger(nemesis.OnTrimmed, h.index)
	}
	h.synced = true
	switch {
	case h.paused > 0:
	case h.busy():
		h.wake(h.w.now)
	default:
		h.tell()
	}
}

// tell lets the node know that its batch is durable, between ticks, as live
// runtimes do: the first moves the node's clock on, the second fires what was set
// to fire at once.
func (h *host) tell() {
	b, now := h.batch, h.clock.read(h.w.now)
	h.batch, h.syncing, h.synced = quorate.Batch{}, false, false
	h.node.Tick(now)
	h.node.Synced(b, h.send)
	h.w.trigger(nemesis.OnSynced, h.index)
	h.node.Tick(now)
	h.flush()
	h.rearm()
}

// made tells the ghost what is durable.
func (h *host) made(ops []quorate.RecordOp) {
	for i := range ops {
		if ops[i].Forget {
			continue
		}
		rec, err := h.node.DecodeRecord(ops[i])
		if err != nil {
			if h.disk.fooled {
				continue // a torn record that nobody notices
			}
			h.w.fail("codec", h.index, "record does not decode: %v", err)
			return
		}
		if h.w.ghost != nil {
			h.w.broken(h.index, h.w.ghost.Durable(h.index, rec))
		}
		if s, ok := rec.(quorate.KeyState); ok {
			h.saved(s)
		}
		h.named(rec)
	}
	if h.w.tracer != nil && len(ops) > 0 {
		h.emitRecords(TraceSynced, ops)
	}
}

// hold and release stop the node and let it go on.
func (h *host) hold() { h.paused++ }

func (h *host) release() {
	if h.paused--; h.paused > 0 || h.node == nil {
		return
	}
	if h.synced {
		h.tell()
	}
	h.wake(h.w.now)
}

// up brings the host back when no fault keeps it down any more.
func (h *host) up() {
	if h.downs > 0 || h.lost || h.dead {
		return
	}
	if h.node != nil {
		if h.node.Err() == nil {
			return
		}
		h.crash(nemesis.Nothing) // silent since its disk failed: its operator restarts it
	}
	h.start()
}

// describe is for reports about worlds that got stuck.
func (h *host) describe() string {
	switch {
	case h.lost:
		return fmt.Sprintf("%v lost its disk", h.id)
	case h.node == nil:
		return fmt.Sprintf("%v is down", h.id)
	}
	r := h.replica.Report()
	if why := h.node.Admitting(); !h.node.Voter() {
		return fmt.Sprintf("%v is a learner, committed %v, executed %v, %s", h.id, r.Committed, r.Executed, why)
	}
	return fmt.Sprintf("%v is %s at %v, committed %v, executed %v, %d pending", h.id, r.Role, r.Ballot, r.Committed, r.Executed, r.Pending)
}
