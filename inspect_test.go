package quorate

import (
	"slices"
	"testing"
	"time"
)

type inspected struct{ Number uint64 }

func (r inspected) RecordKey() RecordKey { return RecordKey{Number: r.Number} }

func TestTimersListsTheArmedOnesInFiringOrder(t *testing.T) {
	n := inspectedNode(t)
	var timers []*Timer
	for _, name := range []string{"late", "idle", "first of two", "second of two"} {
		timers = append(timers, n.NewTimer(name, func() {}))
	}
	timers[0].Reset(3 * time.Second)
	timers[3].Reset(time.Second)
	timers[2].Reset(time.Second)
	var names []string
	var dues []time.Duration
	for name, due := range n.Timers() {
		names, dues = append(names, name), append(dues, due)
	}
	if want := []string{"first of two", "second of two", "late"}; !slices.Equal(names, want) {
		t.Errorf("timers are %q, want %q", names, want)
	}
	if want := []time.Duration{time.Second, time.Second, 3 * time.Second}; !slices.Equal(dues, want) {
		t.Errorf("deadlines are %v, want %v", dues, want)
	}
}

func TestRetimeMovesTimersByName(t *testing.T) {
	n := inspectedNode(t)
	var ran []string
	for i, name := range []string{"twin", "other", "twin", "idle"} {
		timer := n.NewTimer(name, func() { ran = append(ran, name) })
		if name != "idle" {
			timer.Reset(time.Duration(i+1) * time.Second)
		}
	}
	if err := n.Start(0, nil); err != nil {
		t.Fatal(err)
	}
	if !n.Retime("twin", time.Hour) || n.Retime("idle", 0) || n.Retime("stranger", 0) {
		t.Error("Retime does not say whether there is such a timer")
	}
	n.Tick(time.Minute)
	if want := []string{"other"}; !slices.Equal(ran, want) {
		t.Errorf("%q ran before the new deadline, want %q", ran, want)
	}
	n.Retime("twin", 2*time.Minute)
	n.Tick(2 * time.Minute)
	if want := []string{"other", "twin", "twin"}; !slices.Equal(ran, want) {
		t.Errorf("%q ran, want %q", ran, want)
	}
}

func TestFireRunsOneTimerWheneverItIsDue(t *testing.T) {
	n := inspectedNode(t)
	var ran []string
	for i, name := range []string{"first", "other", "second"} {
		timer := n.NewTimer([]string{"twin", "other", "twin"}[i], func() { ran = append(ran, name) })
		timer.Reset([]time.Duration{time.Second, 0, time.Hour}[i])
	}
	if n.Fire(0, "twin") {
		t.Error("a timer ran on a node that has not started")
	}
	if err := n.Start(0, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, true, false} {
		if got := n.Fire(2*time.Minute, "twin"); got != want {
			t.Errorf("Fire says %v, want %v", got, want)
		}
	}
	if want := []string{"first", "second"}; !slices.Equal(ran, want) || n.Now() != 2*time.Minute {
		t.Errorf("ran %q at %v, want %q at 2m", ran, n.Now(), want)
	}
	if due, armed := n.Deadline(); !armed || due != 0 {
		t.Errorf("deadline %v, %v: want that of the other timer", due, armed)
	}
	n.Failed(Batch{}, ErrFailed)
	if n.Fire(time.Hour, "other") {
		t.Error("a timer ran on a node that fell silent")
	}
}

func TestDecodeRecord(t *testing.T) {
	n := inspectedNode(t)
	n.Persist(inspected{7})
	batch := n.Flush(func(Envelope) {})
	if got, err := n.DecodeRecord(batch.Records[0]); err != nil || got != (inspected{7}) {
		t.Errorf("decoded %v, %v; want %v", got, err, inspected{7})
	}
	if _, err := n.DecodeRecord(RecordOp{Type: "nobody's"}); err == nil {
		t.Error("a record of an unknown type was decoded")
	}
}

func inspectedNode(t *testing.T) *Node {
	t.Helper()
	cluster, err := Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	n, err := NewNode(NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	Recover(n, func(inspected) {})
	return n
}
