package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// diary is a replica that takes down what happens to it, and when by its clock.
type diary struct {
	env   quorate.Env
	timer *quorate.Timer
	fill  *quorate.Timer
	lines []string
}

// note is its message. "wait" sets a timer of 10 ms. "save" makes it persist an
// entry and send a note to itself; "gather" is the same with a note that makes it
// do so twice, the second time at the end of the step; "tell" is the same with a
// note to member 2; "trim" makes it forget its first entry.
type note struct{ Text string }

// entry is its record.
type entry struct{ Number uint64 }

func (e entry) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: e.Number} }

func (d *diary) add(text string) {
	d.lines = append(d.lines, fmt.Sprint(text, " ", (d.env.Now()-epoch).Round(time.Microsecond)))
}

func (d *diary) Report() quorate.Report { return quorate.Report{Role: "diary"} }

func (d *diary) save(text string) {
	d.env.Persist(entry{uint64(len(d.lines))})
	d.env.Send(d.env.ID(), note{text})
}

func (d *diary) read(_ quorate.ID, m note) {
	d.add(m.Text)
	switch m.Text {
	case "save":
		d.save("saved")
	case "gather":
		d.save("gathered")
	case "gathered":
		d.save("first")
		d.fill.Reset(0)
	case "tell":
		d.env.Persist(entry{0})
		d.env.Send(d.env.Cluster().ID(2), note{"told"})
	case "trim":
		d.env.Forget(entry{}, 0, 1)
	case "wait":
		d.timer.Reset(10 * ms)
	}
}

func newDiary(n *quorate.Node, _ *quorate.Once) (quorate.Replica, error) {
	d := &diary{env: n}
	d.timer = n.NewTimer("wait", func() { d.add("waited") })
	d.fill = n.NewTimer("fill", func() { d.save("second") })
	quorate.Register(n, d.read)
	quorate.Recover(n, func(e entry) { d.lines = append(d.lines, fmt.Sprint("recovered ", e.Number)) })
	return d, nil
}

// desk is a world of three diaries, without clients, in which messages take 1 ms
// and syncs 4 ms.
type desk struct {
	*world
	t *testing.T
}

func newDesk(t *testing.T, change func(*Spec)) desk {
	t.Helper()
	spec := &Spec{Zones: 1, Nodes: 3, Network: Network{Base: ms}, Disk: Disk{Sync: 4 * ms}, Clients: Clients{Count: 1}, Safety: time.Hour}
	if change != nil {
		change(spec)
	}
	subject := &Subject{Name: "diary", New: func(*quorate.Cluster, Knobs) (quorate.Constructor, error) { return newDiary, nil }}
	w, err := newWorld(subject, spec, Options{})
	if err != nil {
		t.Fatal(err)
	}
	begin(w)
	return desk{w, t}
}

// until lets the world go on to a time.
func (d desk) until(at time.Duration) {
	d.t.Helper()
	if pass(d.world, at); d.violation != nil {
		d.t.Fatal(d.violation)
	}
}

// send sends notes from one member to another.
func (d desk) send(from, to int, texts ...string) {
	for _, text := range texts {
		d.transmit(d.hosts[from], quorate.Envelope{From: d.hosts[from].id, To: d.hosts[to].id, Msg: note{text}})
	}
}

// want compares what a member has written since the last time.
func (d desk) want(member int, lines ...string) {
	d.t.Helper()
	r := d.hosts[member].replica.(*diary)
	if !slices.Equal(r.lines, lines) {
		d.t.Errorf("at %v member %d wrote %q, want %q", d.now, member, r.lines, lines)
	}
	r.lines = nil
}

func TestMessagesAndTimersAndSyncs(t *testing.T) {
	d := newDesk(t, nil)
	d.send(0, 1, "wait", "save", "save")
	d.until(time.Second)
	// Both batches take their time: the second begins when the first is synced.
	d.want(1, "wait 1ms", "save 1ms", "save 1ms", "saved 5ms", "saved 9ms", "waited 11ms")
	d.want(2)
	// What is gathered at the end of a step shares its batch, also in a step that
	// begins with a sync.
	d.send(0, 2, "gather")
	d.until(2 * time.Second)
	d.want(2, "gather 1.001s", "gathered 1.005s", "first 1.009s", "second 1.009s")
}

// TestPausedMembersStandStill: messages wait, timers fire late, and of a sync
// that ends meanwhile the member is told afterwards.
func TestPausedMembersStandStill(t *testing.T) {
	d := newDesk(t, nil)
	d.send(0, 1, "wait", "save")
	d.until(2 * ms)
	d.want(1, "wait 1ms", "save 1ms")
	d.hosts[1].hold()
	d.hosts[1].hold() // two faults at once
	d.send(0, 1, "late")
	d.until(20 * ms)
	d.hosts[1].release()
	d.until(30 * ms)
	d.want(1)
	d.hosts[1].release()
	d.until(time.Second)
	d.want(1, "waited 30ms", "saved 30ms", "late 30ms")
}

// TestCrashInAPause: what was synced is there after the restart, although the
// member was not told; what was not is gone.
func TestCrashInAPause(t *testing.T) {
	for _, synced := range []bool{true, false} {
		d := newDesk(t, nil)
		d.send(0, 1, "save")
		d.until(2 * ms)
		d.hosts[1].hold()
		if synced {
			d.until(10 * ms)
		}
		d.hosts[1].crash(nemesis.Nothing)
		d.hosts[1].up()
		d.hosts[1].release()
		d.until(time.Second)
		if synced {
			d.want(1, "recovered 1")
		} else {
			d.want(1)
		}
	}
}

// TestSlowMembers: a step takes its time, and what comes meanwhile shares the
// next one.
func TestSlowMembers(t *testing.T) {
	d := newDesk(t, func(s *Spec) { s.Step.Batch = 2 })
	d.hosts[1].slow = 50 * ms
	d.send(0, 1, "a", "b", "c")
	d.until(time.Second)
	r := d.hosts[1].replica.(*diary)
	var at [3]time.Duration
	for i, line := range r.lines {
		var text, when string
		fmt.Sscan(line, &text, &when)
		at[i], _ = time.ParseDuration(when)
	}
	if len(r.lines) != 3 || at[0] <= ms || at[0] != at[1] || at[2] <= at[1] || at[2] > 101*ms {
		t.Errorf("a slow member wrote %q", r.lines)
	}
}

// TestClocksOfMembers: a jump makes timers due, or puts them off; and what waits
// for the next step does not have to wait longer.
func TestClocksOfMembers(t *testing.T) {
	d := newDesk(t, nil)
	d.send(0, 1, "wait")
	d.send(0, 2, "wait")
	d.until(2 * ms)
	d.applyTo(&activeFault{Fault: &nemesis.Fault{Kind: nemesis.Jump, Extra: 6 * ms}}, d.hosts[1])
	d.applyTo(&activeFault{Fault: &nemesis.Fault{Kind: nemesis.Jump, Extra: -6 * ms}}, d.hosts[2])
	d.until(time.Second)
	d.want(1, "wait 1ms", "waited 11ms") // at 5 ms
	d.want(2, "wait 1ms", "waited 11ms") // at 17 ms
	for _, kind := range []nemesis.Kind{nemesis.Jump, nemesis.Drift} {
		d.hosts[1].slow = 50 * ms
		d.send(0, 1, "a")
		d.until(d.now + ms)
		d.applyTo(&activeFault{Fault: &nemesis.Fault{Kind: kind}}, d.hosts[1])
		d.until(d.now + time.Second)
		if r := d.hosts[1].replica.(*diary); len(r.lines) != 1 {
			t.Errorf("after a %s a message waits for ever: the diary is %q", kind, r.lines)
		}
		d.hosts[1].replica.(*diary).lines = nil
	}
}

// TestPartitionsCutOnArrival: what is on its way when a partition begins is lost,
// what is on its way when it ends gets through; and it may cut one way only.
func TestPartitionsCutOnArrival(t *testing.T) {
	d := newDesk(t, func(s *Spec) {
		s.Faults = []nemesis.Fault{{Kind: nemesis.Partition, Shape: nemesis.ShapeDeaf, At: 10 * ms, For: 10 * ms,
			Grudge: []quorate.Set{0, quorate.SetOf(0), 0}}}
	})
	for _, at := range []time.Duration{8500, 9500, 18500, 19500} {
		d.until(at * time.Microsecond)
		d.send(0, 1, "there")
		d.send(1, 0, "back")
		d.send(0, 2, "aside")
	}
	d.until(time.Second)
	d.want(1, "there 9.5ms", "there 20.5ms")
	d.want(0, "back 9.5ms", "back 10.5ms", "back 19.5ms", "back 20.5ms")
	d.want(2, "aside 9.5ms", "aside 10.5ms", "aside 19.5ms", "aside 20.5ms")
	if d.stats.Probes["message cut"] != 2 {
		t.Errorf("%d messages were cut", d.stats.Probes["message cut"])
	}
}

// TestMessagesToTheDead are lost, and a crash ends what was under way.
func TestMessagesToTheDead(t *testing.T) {
	d := newDesk(t, nil)
	d.send(0, 1, "save", "wait")
	d.until(2 * ms)
	d.hosts[1].crash(nemesis.Nothing)
	d.send(0, 1, "lost")
	d.until(4 * ms)
	d.hosts[1].up()
	d.until(time.Second)
	d.want(1)
}

// TestFullDisksSilence a member until its restart.
func TestFullDisksSilence(t *testing.T) {
	d := newDesk(t, func(s *Spec) {
		s.Faults = []nemesis.Fault{{Kind: nemesis.FullDisk, At: ms, For: 50 * ms, Nodes: []int{1}}}
	})
	d.until(ms)
	d.send(0, 1, "save")
	d.until(10 * ms)
	d.send(0, 1, "heard?")
	d.until(20 * ms)
	d.want(1, "save 2ms")
	if d.hosts[1].node == nil || d.hosts[1].node.Err() == nil {
		t.Error("the disk did not fail")
	}
	d.until(60 * ms)
	d.send(0, 1, "save")
	d.until(time.Second)
	d.want(1, "save 61ms", "saved 65ms")
}

// TestRottenDisksKeepMembersOut, and so do lost ones, without the operator's
// mistake.
func TestRottenDisksKeepMembersOut(t *testing.T) {
	for _, kind := range []nemesis.Kind{nemesis.RotDisk, nemesis.LoseDisk} {
		for _, amnesia := range []bool{false, true} {
			d := newDesk(t, func(s *Spec) {
				s.Faults = []nemesis.Fault{{Kind: kind, At: 20 * ms, For: 10 * ms, Nodes: []int{1}}}
			})
			d.subject.Amnesia = amnesia
			d.send(0, 1, "save")
			d.until(time.Second)
			out := kind == nemesis.RotDisk || !amnesia
			if h := d.hosts[1]; h.lost != out || (h.node == nil) != out || h.serves() == out {
				t.Errorf("%s, amnesia %v: lost %v, up %v", kind, amnesia, h.lost, h.node != nil)
			}
			if !out {
				d.want(1)
			}
			if noticed := d.stats.Probes["damage noticed"]; (noticed > 0) != (kind == nemesis.RotDisk) {
				t.Errorf("%s: damage was noticed %d times", kind, noticed)
			}
		}
	}
}

// TestMistakesOfReplicas that are no matter of the protocol's rules: what they
// send cannot be read, or goes nowhere.
func TestMistakesOfReplicas(t *testing.T) {
	for _, test := range []struct {
		oracle string
		send   quorate.Envelope
	}{
		{"codec", quorate.Envelope{To: quorate.Others, Msg: entry{}}},
		{"message", quorate.Envelope{To: 99, Msg: note{}}},
	} {
		d := newDesk(t, nil)
		test.send.From = d.hosts[0].id
		d.transmit(d.hosts[0], test.send)
		if d.violation == nil || d.violation.Oracle != test.oracle || d.violation.Node != 0 {
			t.Errorf("%+v: %+v, want a violation of %s", test.send, d.violation, test.oracle)
		}
	}
}
