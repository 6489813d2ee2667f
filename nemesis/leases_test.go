package nemesis

import (
	"math"
	"slices"
	"testing"
)

// Where there are leases, clocks are as wrong as these allow for, and no worse.
func TestLeasesKeepTime(t *testing.T) {
	d := everything(t)
	d.Leases, d.ClockError = true, 0.05
	slow, fast := 0, 0
	for seed := range seeds {
		for _, f := range d.seeded(seed) {
			if f.Kind == Jump {
				t.Fatalf("seed %d: %v", seed, f)
			}
			if f.Kind != Drift {
				continue
			}
			switch {
			case math.Abs(f.Amount) > d.ClockError:
				t.Fatalf("seed %d: %v", seed, f)
			case f.Amount == d.ClockError:
				fast++
			case f.Amount == -d.ClockError:
				slow++
			}
		}
	}
	if slow < seeds || fast < seeds {
		t.Errorf("%d seeds: %d clocks as slow, %d as fast as can be", seeds, slow, fast)
	}
}

// Leases are put to the test: leaders that ask for one are cut off, after having
// stood still, or when those who granted it start anew, or while a minority cannot
// have granted it; and disks are slow for those that are elected next.
func TestLeasesAreTried(t *testing.T) {
	d := everything(t)
	d.Leases, d.ClockError = true, 0.05
	d.Messages = []string{"Heartbeat", "HeartbeatReply", "Commit"}
	cut, stood, anew, shunned, slow := 0, 0, 0, 0, 0
	for seed := range seeds {
		faults := d.seeded(seed)
		has := func(k Kind, on string) bool {
			return slices.ContainsFunc(faults, func(f Fault) bool { return f.Kind == k && f.After != nil && f.After.On == on })
		}
		if has(Partition, OnSend("Heartbeat")) {
			cut++
			if has(Pause, OnSend("Heartbeat")) {
				stood++
			}
			if has(Crash, OnSend("HeartbeatReply")) {
				anew++
			}
			if slices.ContainsFunc(faults, func(f Fault) bool { return f.Shape == ShapeShunned }) {
				shunned++
			}
		}
		if has(Partition, OnSend("Commit")) && has(SlowDisk, OnElected) {
			slow++
		}
	}
	if cut < seeds/2 || stood < seeds/10 || anew < seeds/10 || shunned < seeds/4 || slow < seeds/5 {
		t.Errorf("%d seeds: %d leaders cut off, %d that stood still, %d whose followers started anew, %d shunned by a minority, %d with late successors", seeds, cut, stood, anew, shunned, slow)
	}
}
