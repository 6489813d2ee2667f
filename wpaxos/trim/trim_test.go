package trim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
	"github.com/quorate/quorate/wpaxos/trim"
)

// rig is a node whose disk is quick.
type rig struct {
	*quorate.Node
	all    *objects.Objects
	states *quorate.States
	trims  *trim.Trimmer
	cut    []string
	saved  int // states on disk
	now    time.Duration
}

func newRig(t *testing.T, slots int) *rig {
	t.Helper()
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{now: time.Hour, all: objects.New(func() {})}
	if r.Node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c}); err != nil {
		t.Fatal(err)
	}
	r.states = quorate.NewStates(r.Node, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}), quorate.StatesConfig{},
		func() quorate.Slot { return 0 }, func(quorate.Slot) {})
	r.trims = trim.New(r.Node, trim.Config{Objects: r.all, States: r.states, Rest: time.Second, Slots: slots, Bytes: 1 << 30, Pause: time.Millisecond,
		Cut: func(k *objects.Key, from, upto quorate.Slot) {
			r.cut = append(r.cut, fmt.Sprint(k.Name, " ", from, "-", upto))
		}})
	if err := r.Start(r.now, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// executed has some more slots of a key executed.
func (r *rig) executed(key string, slots int) {
	k := r.all.Put(key)
	o := r.all.Wake(k)
	for range slots {
		o.Learn(core.Entry{Slot: o.Committed(), Ballot: 1 << 32, Commands: []quorate.Command{{Op: quorate.OpPut, Key: key}}})
		o.Execute()
	}
	r.all.Warm(k)
	r.states.Changed(&quorate.Command{Op: quorate.OpPut, Key: key})
}

func (r *rig) run(d time.Duration) {
	for end := r.now + d; r.now < end; {
		r.now += time.Millisecond
		r.Tick(r.now)
		send := func(quorate.Envelope) {}
		for b := r.Flush(send); !b.Empty(); b = r.Flush(send) {
			r.saved += len(b.Records)
			r.Synced(b, send)
		}
	}
}

// Logs are cut a few at a time, after the states of all are written, and then who
// wanted it is told; nobody else can have it meanwhile.
func TestBegin(t *testing.T) {
	r := newRig(t, 1<<20)
	for i := range 130 {
		r.executed(fmt.Sprint("k", i), 2)
	}
	ended := 0
	if !r.trims.Begin(func() { ended = len(r.cut) }) || r.trims.Begin(func() { t.Error("two at once") }) {
		t.Error("it does not begin, or twice")
	}
	r.executed("k0", 1)
	r.executed("late", 1)
	for i, last := 0, 0; ended == 0; i++ {
		if r.run(time.Millisecond); len(r.cut)-last > 64 || len(r.cut) > 0 && r.saved < 130 || i > 20 {
			t.Fatalf("%d cut at once, %d states written", len(r.cut)-last, r.saved)
		}
		last = len(r.cut)
	}
	if ended != 130 || r.cut[0] != "k0 0-2" {
		t.Errorf("told of the end when %d were cut, first %s", ended, r.cut[0])
	}
	ended = 0
	if !r.trims.Begin(func() { ended++ }) {
		t.Error("it does not begin again")
	}
	r.run(20 * time.Millisecond)
	if ended != 1 || len(r.cut) != 132 {
		t.Errorf("ended %d times, %d were cut", ended, len(r.cut))
	}
	r.trims.Begin(func() { ended++ })
	if r.trims.Begin(nil) {
		t.Error("another begins while there is nothing to cut")
	}
	if r.run(20 * time.Millisecond); ended != 2 {
		t.Error("who wants it is not told when there is nothing to trim")
	}
}

// When logs are trimmed by themselves.
func TestConsider(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit int
		after time.Duration
		cut   int
	}{
		{"too early", 10, 900 * time.Millisecond, 0},
		{"in time", 10, 1100 * time.Millisecond, 1},
		{"much", 3, 100 * time.Millisecond, 1},
	} {
		r := newRig(t, tc.limit)
		r.executed("k", 3)
		r.run(tc.after)
		r.trims.Consider()
		if r.run(20 * time.Millisecond); len(r.cut) != tc.cut {
			t.Errorf("%s: %d cut", tc.name, len(r.cut))
		}
	}
}
