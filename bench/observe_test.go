package bench

import (
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// Rule: of a cluster in this process, what members do in the measured time counts,
// and one slot in 16 tells how long it waited.
func TestObserver(t *testing.T) {
	o := newObserver(2)
	put := func(n int) []quorate.Command {
		commands := make([]quorate.Command, n)
		for i := range commands {
			commands[i].Op = quorate.OpPut
		}
		return append(commands, quorate.Command{Op: quorate.OpNop})
	}
	slot := func(w *watched, s quorate.Slot, n int) {
		w.observe(quorate.Chosen{Slot: s, Path: quorate.PathFast})
		w.observe(quorate.Executed{Slot: s, Commands: put(n)})
	}
	slot(o.members[0], 16, 9) // before
	o.measure(true)
	for s := range quorate.Slot(32) {
		slot(o.members[0], s, 2)
	}
	slot(o.members[1], 33, 5)
	slot(o.members[1], 34, 0) // a Nop alone
	o.members[1].observe(quorate.Elected{Log: "k"})
	o.members[1].observe(quorate.Stood{Log: "k"})
	o.members[1].observe(quorate.TimerFired{})
	o.measure(false)
	slot(o.members[1], 35, 9) // after
	e := o.report(time.Second)
	if e.Batch == nil || e.Batch.Slots != 33 || e.Batch.Max != 5 || e.Batch.Mean != 2.09 || e.Fast != 34 || e.Steals != 1 || e.StealTries != 1 {
		t.Errorf("%+v, batches %+v", e, e.Batch)
	}
	if got := o.members[0].meters.delays.TotalCount(); got != 2 {
		t.Errorf("%d of 32 slots were timed, want 2", got)
	}
}

// Rule: the figures of a cluster in this process are those of all members, and no event
// is left out.
func TestObserverSumsUp(t *testing.T) {
	o := newObserver(3)
	o.measure(true)
	for i, w := range o.members {
		n := i + 1
		for range n {
			for _, path := range []quorate.Path{quorate.PathFast, quorate.PathFast, quorate.PathFast, quorate.PathSlow, quorate.PathRecovered} {
				w.observe(quorate.Chosen{Slot: 1, Path: path})
			}
			w.observe(quorate.Component{Size: 2})
			w.observe(quorate.Recovering{Stage: quorate.StagePromises})
			w.observe(quorate.Recovering{Stage: quorate.StagePromises + 1})
			w.observe(quorate.Displaced{Commands: 5})
			w.observe(quorate.Retransmitted{Slots: 7})
			w.observe(quorate.Elected{Log: "k"})
			w.observe(quorate.Elected{}) // of the leader of all
			w.observe(quorate.Stood{Log: "k"})
			w.observe(quorate.Stood{Log: "k"})
			w.observe(quorate.Stood{})
		}
		for slot := range quorate.Slot(4 * n) {
			w.observe(quorate.Executed{Slot: 16 * slot, Commands: make([]quorate.Command, 0)})
		}
		w.observe(quorate.Chosen{Slot: 1600})
		w.observe(quorate.Executed{Slot: 1600})
	}
	o.members[2].observe(quorate.Component{Size: 9})
	e := o.report(2 * time.Second)
	all := newMeters(0)
	for _, w := range o.members {
		all.merge(&w.meters)
	}
	if n := all.delays.TotalCount(); n != 3 {
		t.Errorf("%d slots were timed, want 3", n)
	}
	e.Delay = nil
	want := Execution{
		Fast: 18, Slow: 6, FastRatio: 0.75, Recovered: 6, Recoveries: 6, Displaced: 30, Retransmitted: 42, Steals: 6, StealRate: 3, StealTries: 12,
		Components: 7, InComponents: 0.7778, ComponentP50: 2, ComponentP99: 9, ComponentP999: 9, ComponentMax: 9, // 21 of 27 slots
	}
	if !reflect.DeepEqual(*e, want) {
		t.Errorf("%+v\nwant %+v", *e, want)
	}
}

// A cluster in this process tells, too, how often its journals were at the disk.
func TestCountersOfJournals(t *testing.T) {
	cfg := Config{DataDir: t.TempDir(), Clients: 2, Duration: 500 * time.Millisecond, Warmup: NoWarmup, WriteRatio: 1}
	r := runOne(t, cfg)
	if len(r.Processes) != 1 || r.Processes[0].Process != "clients and servers" || r.Processes[0].Syncs == nil || *r.Processes[0].Syncs <= 0 || r.Execution.Batch == nil || r.Where != "process" {
		t.Errorf("%+v, %+v", r.Processes, r.Execution)
	}
}
