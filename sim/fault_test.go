package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// faulty is a desk with a schedule of faults.
func faulty(t *testing.T, faults ...nemesis.Fault) desk {
	t.Helper()
	return newDesk(t, func(s *Spec) { s.Faults = faults })
}

// TestFaultsOverlap: who is held by two lives again when both have ended.
func TestFaultsOverlap(t *testing.T) {
	d := faulty(t,
		nemesis.Fault{Kind: nemesis.Crash, At: 10 * ms, For: 20 * ms, Nodes: []int{1}},
		nemesis.Fault{Kind: nemesis.Crash, At: 20 * ms, For: 20 * ms, Nodes: []int{1}},
		nemesis.Fault{Kind: nemesis.SlowDisk, At: 10 * ms, For: 20 * ms, Nodes: []int{2}, Extra: 10 * ms},
		nemesis.Fault{Kind: nemesis.SlowDisk, At: 20 * ms, For: 20 * ms, Nodes: []int{2}, Extra: 20 * ms},
		nemesis.Fault{Kind: nemesis.Slow, At: 10 * ms, For: 20 * ms, Nodes: []int{2}, Extra: ms},
	)
	for _, step := range []struct {
		at    time.Duration
		up    bool
		extra time.Duration
		slow  time.Duration
	}{{5 * ms, true, 0, 0}, {15 * ms, false, 10 * ms, ms}, {25 * ms, false, 30 * ms, ms}, {35 * ms, false, 20 * ms, 0}, {45 * ms, true, 0, 0}} {
		d.until(step.at)
		if up := d.hosts[1].node != nil; up != step.up || d.hosts[2].disk.extra != step.extra || d.hosts[2].slow != step.slow {
			t.Errorf("at %v: up %v, disk slower by %v, steps by %v; want %+v", step.at, up, d.hosts[2].disk.extra, d.hosts[2].slow, step)
		}
	}
}

// TestDisturbedLinks: loss, duplication and delay are on the links of the members
// that are named, of all if none is, and add up.
func TestDisturbedLinks(t *testing.T) {
	d := faulty(t,
		nemesis.Fault{Kind: nemesis.Loss, At: 10 * ms, For: 20 * ms, Nodes: []int{1}, Amount: 0.5},
		nemesis.Fault{Kind: nemesis.Loss, At: 20 * ms, For: 20 * ms, Nodes: []int{0, 1, 2}, Amount: 0.25},
		nemesis.Fault{Kind: nemesis.Duplicate, At: 10 * ms, For: 10 * ms, Nodes: []int{2}, Amount: 0.1},
		nemesis.Fault{Kind: nemesis.Delay, At: 10 * ms, For: 10 * ms, Nodes: []int{2}, Extra: ms},
	)
	for _, step := range []struct {
		at   time.Duration
		want string
	}{
		{5 * ms, "[0 0 0] [0 0 0] [0s 0s 0s]"}, {15 * ms, "[0 0.5 0] [0 0 0.1] [0s 0s 1ms]"}, {25 * ms, "[0.25 0.75 0.25] [0 0 0] [0s 0s 0s]"},
		{35 * ms, "[0.25 0.25 0.25] [0 0 0] [0s 0s 0s]"}, {45 * ms, "[0 0 0] [0 0 0] [0s 0s 0s]"},
	} {
		d.until(step.at)
		if got := fmt.Sprint(d.net.loss, d.net.duplicate, d.net.delay); got != step.want {
			t.Errorf("at %v: %s, want %s", step.at, got, step.want)
		}
	}
}

// TestPartitionsFlap, and add up with others.
func TestPartitionsFlap(t *testing.T) {
	cut := func(of ...int) []quorate.Set { return []quorate.Set{quorate.SetOf(of...), 0, 0} }
	d := faulty(t,
		nemesis.Fault{Kind: nemesis.Partition, Shape: nemesis.ShapeDeaf, At: 10 * ms, For: 50 * ms, Flap: 10 * ms, Grudge: cut(1)},
		nemesis.Fault{Kind: nemesis.Partition, Shape: nemesis.ShapeDeaf, At: 30 * ms, For: 10 * ms, Grudge: cut(2)},
	)
	want := []quorate.Set{0, quorate.SetOf(1), 0, quorate.SetOf(1, 2), 0, quorate.SetOf(1), 0, 0}
	for i, set := range want {
		d.until(time.Duration(i)*10*ms + 5*ms)
		if got := d.net.deaf[0]; got != set {
			t.Errorf("at %v member 0 does not hear %v, want %v", d.now, got, set)
		}
	}
}

// TestTriggers: a fault strikes where and when it is said to, the moment that the
// event is over.
func TestTriggers(t *testing.T) {
	for _, test := range []struct {
		name    string
		trigger nemesis.Trigger
		from    time.Duration
		at      time.Duration // when it strikes, zero for never
		node    int
	}{
		{"the second flush", nemesis.Trigger{On: nemesis.OnFlush, Node: -1, Nth: 2}, 0, 11 * ms, 2},
		{"the second flush from some time on", nemesis.Trigger{On: nemesis.OnFlush, Node: -1, Nth: 2}, 5 * ms, 21 * ms, 1},
		{"the second flush of one", nemesis.Trigger{On: nemesis.OnFlush, Node: 1, Nth: 2}, 0, 21 * ms, 1},
		{"a sync", nemesis.Trigger{On: nemesis.OnSynced, Node: 2, Nth: 1}, 0, 15 * ms, 2},
		{"a trim", nemesis.Trigger{On: nemesis.OnTrimmed, Node: -1, Nth: 1}, 0, 35 * ms, 2},
		{"a message", nemesis.Trigger{On: nemesis.OnSend("note"), Node: -1, Nth: 1}, 0, 25 * ms, 1},
		{"another message", nemesis.Trigger{On: nemesis.OnSend("letter"), Node: -1, Nth: 1}, 0, 0, 0},
		{"an election", nemesis.Trigger{On: nemesis.OnElected, Node: -1, Nth: 1}, 0, 0, 0},
	} {
		d := faulty(t, nemesis.Fault{Kind: nemesis.Crash, At: test.from, After: &test.trigger})
		struck, node := time.Duration(0), 0
		d.tracer = func(e TraceEvent) {
			if e.Kind == TraceCrash && struck == 0 {
				struck, node = e.At, e.Node
			}
		}
		d.send(0, 1, "save")
		d.until(10 * ms)
		d.send(0, 2, "save")
		d.until(20 * ms)
		d.send(0, 1, "tell")
		d.until(30 * ms)
		d.send(0, 2, "trim")
		d.until(time.Second)
		if struck != test.at || node != test.node {
			t.Errorf("%s strikes member %d at %v, want %d at %v", test.name, node, struck, test.node, test.at)
		}
	}
}

// TestFaultsEnd: all at once, but for those who stay dead; and none begins later.
func TestFaultsEnd(t *testing.T) {
	d := newDesk(t, func(s *Spec) {
		s.Safety, s.Dead = 50*ms, []int{2}
		s.Network.Loss, s.Network.Duplicate, s.Network.Tail, s.Disk.Stall = 0.1, 0.1, 0.1, 0.1
		all := []int{0, 1, 2}
		s.Faults = []nemesis.Fault{
			{Kind: nemesis.Crash, At: 10 * ms, Nodes: []int{0}},
			{Kind: nemesis.Loss, At: 10 * ms, Nodes: all, Amount: 0.1},
			{Kind: nemesis.Pause, At: 10 * ms, Nodes: []int{1}},
			{Kind: nemesis.Drift, At: 10 * ms, Nodes: []int{1}, Amount: 0.5},
			{Kind: nemesis.Partition, Shape: nemesis.ShapeIsolate, At: 10 * ms, Nodes: []int{1}},
			{Kind: nemesis.Crash, At: 60 * ms, Nodes: []int{0}},
			{Kind: nemesis.Pause, At: 60 * ms, Nodes: []int{1}},
		}
	})
	d.until(40 * ms)
	if d.hosts[0].node != nil || d.hosts[1].paused != 1 || d.net.deaf[1] == 0 || d.hosts[2].node == nil {
		t.Fatal("the faults have not begun")
	}
	d.until(time.Second)
	a, b, c := d.hosts[0], d.hosts[1], d.hosts[2]
	if a.node == nil || b.paused != 0 || b.clock.rate != 1 || c.node != nil || c.serves() {
		t.Errorf("after the faults: up %v, paused %d, rate %v, the dead up %v", a.node != nil, b.paused, b.clock.rate, c.node != nil)
	}
	m := d.net.model
	if fmt.Sprint(d.net.loss, d.net.deaf, m.Loss, m.Duplicate, m.Tail, a.disk.model.Stall) != fmt.Sprint([]int{0, 0, 0}, []quorate.Set{0, 0, 0}, 0, 0, 0, 0) {
		t.Errorf("the network is %+v, %+v; disks stall with %v", d.net.loss, m, a.disk.model.Stall)
	}
}

// TestDriftsOverlap: a clock runs true again when the last of them has ended.
func TestDriftsOverlap(t *testing.T) {
	d := newDesk(t, func(s *Spec) {
		s.Faults = []nemesis.Fault{
			{Kind: nemesis.Drift, At: 10 * ms, For: 20 * ms, Nodes: []int{1}, Amount: 0.5},
			{Kind: nemesis.Drift, At: 20 * ms, For: 20 * ms, Nodes: []int{1}, Amount: 0.25},
		}
	})
	for _, step := range []struct {
		at   time.Duration
		rate float64
	}{{15 * ms, 1.5}, {25 * ms, 1.25}, {35 * ms, 1.25}, {45 * ms, 1}} {
		d.until(step.at)
		if got := d.hosts[1].clock.rate; got != step.rate {
			t.Errorf("at %v the clock runs at %v, want %v", step.at, got, step.rate)
		}
	}
}
