package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// activeFault is a fault of the schedule and what became of it.
type activeFault struct {
	*nemesis.Fault
	nodes  []int // whom it strikes
	active bool
	cuts   bool // of a partition: it is cutting just now
}

// watch waits for the trigger of a fault.
type watch struct {
	*nemesis.Trigger
	fault int
	from  time.Duration
	count int
}

// strike is a fault whose trigger has come; it strikes when the event under way
// is over.
type strike struct{ fault, node int }

// schedule puts the faults into the queue.
func (w *world) schedule() {
	for i := range w.spec.Faults {
		f := &w.spec.Faults[i]
		w.faults = append(w.faults, activeFault{Fault: f, nodes: f.Nodes})
		w.net.keep = w.net.keep || f.Kind == nemesis.Replay
		if f.After != nil {
			w.watches = append(w.watches, watch{Trigger: f.After, fault: i, from: f.At})
			w.watchSends = w.watchSends || strings.HasPrefix(f.After.On, nemesis.OnSend(""))
			continue
		}
		w.queue.push(event{at: f.At, act: actFault, ref: int32(i)})
	}
	w.queue.push(event{at: w.spec.Safety, act: actEnd})
	if w.open() {
		w.await()
	}
}

// trigger tells the faults that wait for it that something happened at a node.
func (w *world) trigger(on string, node int) {
	for i := range w.watches {
		t := &w.watches[i]
		if t.On != on || w.now < t.from || t.Node >= 0 && t.Node != node {
			continue
		}
		if t.count++; t.count == max(t.Nth, 1) {
			w.struck = append(w.struck, strike{t.fault, node})
		}
	}
}

// strikeAll begins the faults that were triggered by the last event.
func (w *world) strikeAll() {
	for len(w.struck) > 0 {
		s := w.struck[0]
		w.struck = w.struck[1:]
		w.begin(s.fault, s.node)
	}
}

// begin lets a fault strike; at is where its trigger happened.
func (w *world) begin(i, at int) {
	f := &w.faults[i]
	if w.ended || f.active {
		return
	}
	struck := f.Struck(len(w.hosts), at, w.now)
	f.Fault, f.nodes = &struck, struck.Nodes
	f.active = true
	w.stats.Faults[string(f.Kind)]++
	for _, n := range orAll(f.nodes) {
		w.emit(TraceEvent{Kind: TraceFault, Node: n, ID: uint64(i), Name: string(f.Kind), Text: fmt.Sprint(*f.Fault)})
	}
	w.apply(f)
	if f.For > 0 {
		w.queue.push(event{at: w.now + f.For, act: actHeal, ref: int32(i)})
	}
	if f.Flap > 0 {
		w.queue.push(event{at: w.now + f.Flap, act: actFlap, ref: int32(i)})
	}
}

// orAll returns the members that a fault strikes as a trace names them.
func orAll(nodes []int) []int {
	if len(nodes) == 0 {
		return []int{-1}
	}
	return nodes
}

func (w *world) apply(f *activeFault) {
	switch f.Kind {
	case nemesis.Partition:
		f.cuts = true
		w.cut()
	case nemesis.Loss, nemesis.Duplicate, nemesis.Delay:
		w.disturb(f, 1)
	default:
		for _, n := range f.nodes {
			w.applyTo(f, w.hosts[n])
		}
	}
}

func (w *world) applyTo(f *activeFault, h *host) {
	switch f.Kind {
	case nemesis.Crash:
		h.downs++
		h.crash(f.Torn)
	case nemesis.Pause:
		h.hold()
	case nemesis.Slow:
		h.slow += f.Extra
	case nemesis.Replay:
		w.replay(h.index)
	case nemesis.SlowDisk:
		h.disk.extra += f.Extra
	case nemesis.FullDisk:
		h.disk.full = true
	case nemesis.RotDisk:
		h.downs++
		h.crash(nemesis.Nothing)
		h.disk.rot()
	case nemesis.LoseDisk:
		h.downs++
		h.crash(nemesis.Nothing)
		h.loseDisk()
	case nemesis.Jump:
		h.clock.jump(f.Extra)
		h.rearm()
	case nemesis.Drift:
		h.drifts++
		h.clock.drift(w.now, w.rate(f.Amount)) // the latest counts
		h.rearm()
	}
}

// heal ends a fault.
func (w *world) heal(i int) {
	f := &w.faults[i]
	if !f.active {
		return
	}
	f.active = false
	w.emit(TraceEvent{Kind: TraceHealed, Node: orAll(f.nodes)[0], ID: uint64(i), Name: string(f.Kind)})
	switch f.Kind {
	case nemesis.Partition:
		f.cuts = false
		w.cut()
	case nemesis.Loss, nemesis.Duplicate, nemesis.Delay:
		w.disturb(f, -1)
	default:
		for _, n := range f.nodes {
			w.healOf(f, w.hosts[n])
		}
	}
}

func (w *world) healOf(f *activeFault, h *host) {
	switch f.Kind {
	case nemesis.Crash, nemesis.RotDisk, nemesis.LoseDisk:
		h.downs--
		h.up()
	case nemesis.FullDisk:
		h.disk.full = false
		h.up()
	case nemesis.Pause:
		h.release()
	case nemesis.Slow:
		h.slow -= f.Extra
	case nemesis.SlowDisk:
		h.disk.extra -= f.Extra
	case nemesis.Jump:
		h.clock.jump(-f.Extra)
		h.rearm()
	case nemesis.Drift:
		if h.drifts--; h.drifts == 0 {
			h.clock.drift(w.now, 1)
		}
		h.rearm()
	}
}

// flap lets a partition come or go.
func (w *world) flap(i int) {
	f := &w.faults[i]
	if !f.active {
		return
	}
	f.cuts = !f.cuts
	w.cut()
	w.queue.push(event{at: w.now + f.Flap, act: actFlap, ref: int32(i)})
}

// cut adds up the partitions.
func (w *world) cut() {
	clear(w.net.deaf)
	for i := range w.faults {
		f := &w.faults[i]
		if !f.cuts {
			continue
		}
		for to, from := range f.Grudge {
			w.net.deaf[to] |= from
		}
	}
}

// disturb adds the effect of a fault on links, or takes it back.
func (w *world) disturb(f *activeFault, sign float64) {
	nodes := f.nodes
	if len(nodes) == 0 {
		for i := range w.hosts {
			nodes = append(nodes, i)
		}
	}
	for _, n := range nodes {
		switch f.Kind {
		case nemesis.Loss:
			w.net.loss[n] += sign * f.Amount
		case nemesis.Duplicate:
			w.net.duplicate[n] += sign * f.Amount
		case nemesis.Delay:
			w.net.delay[n] += time.Duration(sign) * f.Extra
		}
	}
}

// endFaults heals everything but the members that stay dead, and lets the
// clients make their last calls.
func (w *world) endFaults() {
	if w.elections != nil {
		w.elections.over(w)
	}
	w.ended = true
	w.settles()
	for i := range w.faults {
		w.heal(i)
	}
	w.watches = nil
	w.net.model.Loss, w.net.model.Duplicate, w.net.model.Tail = 0, 0, 0
	clear(w.net.loss) // exactly: sums of floating-point numbers may leave a trace
	clear(w.net.duplicate)
	for _, h := range w.hosts {
		h.disk.model.Stall = 0
		if w.spec.Knobs.Lease > 0 && h.clock.read(w.now) != epoch+w.now {
			h.crash(nemesis.Nothing) // leases allow for no clock that is set
		}
		h.clock.correct(w.now) // what a drift left behind would be a fault that lasts
		h.rearm()
		h.up()
	}
	for _, i := range w.spec.Dead {
		h := w.hosts[i]
		h.dead = true
		h.crash(nemesis.Nothing)
	}
	w.countDead()
	if !slices.ContainsFunc(w.hosts, (*host).serves) {
		w.fail("liveness", -1, "no member is left when the faults end: all lost their disks, or stay dead")
		return
	}
	for _, c := range w.callers {
		c.finish()
	}
	w.queue.push(event{at: w.now + watchPause, act: actWatch})
}
