package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// TestNobodyIsLeft: a schedule may take every member's disk. That is no panic.
func TestNobodyIsLeft(t *testing.T) {
	spec := toySpec()
	spec.Faults = []nemesis.Fault{{Kind: nemesis.LoseDisk, At: 100 * ms, For: ms, Nodes: []int{0, 1, 2}}}
	v := runToy(t, "", spec, Options{}).Violation
	if v == nil || v.Oracle != "liveness" || !strings.Contains(v.Text, "no member is left") {
		t.Errorf("%v", v)
	}
}

// TestWhatIsUnderWayIsBounded: replays without number would fill the memory
// before the first of them arrives.
func TestWhatIsUnderWayIsBounded(t *testing.T) {
	spec := toySpec()
	for range maxFaults {
		spec.Faults = append(spec.Faults, nemesis.Fault{Kind: nemesis.Replay, At: 400 * ms, For: ms, Nodes: []int{0, 1, 2}})
	}
	out := runToy(t, "", spec, Options{})
	if v := out.Violation; v == nil || v.Oracle != "events" || out.Stats.Events >= spec.MaxEvents {
		t.Errorf("after %d events: %v", out.Stats.Events, v)
	}
}

// TestExtremesEnd: worlds at the bounds of what is valid end with a verdict.
func TestExtremesEnd(t *testing.T) {
	for name, edit := range map[string]func(*Spec){
		"everything takes no time": func(s *Spec) { s.Network, s.Disk, s.Clients.Think = Network{}, Disk{}, 0 },
		"everything takes a day": func(s *Spec) {
			day := 24 * time.Hour
			s.Network, s.Disk, s.Step = Network{Base: day, Jitter: day, Client: day, Tail: 1}, Disk{Sync: day, Jitter: day, Stall: 1}, Step{Cost: day}
		},
		"clients that cannot wait": func(s *Spec) { s.Clients.Timeout, s.Clients.Attempt, s.Clients.Think = 1, 1, 0 },
		"every fault for ever, as bad as can be": func(s *Spec) {
			extreme := map[nemesis.Kind]nemesis.Fault{
				nemesis.Loss: {Amount: 1}, nemesis.Duplicate: {Amount: 1}, nemesis.Drift: {Amount: -0.9},
				nemesis.Delay: {Extra: 24 * time.Hour}, nemesis.Slow: {Extra: 24 * time.Hour},
				nemesis.SlowDisk: {Extra: 24 * time.Hour}, nemesis.Jump: {Extra: -24 * time.Hour},
				nemesis.Partition: {Shape: nemesis.ShapeIsolate, Flap: ms},
			}
			for i := range maxFaults {
				kind := nemesis.Kinds()[i%len(nemesis.Kinds())]
				if kind == nemesis.LoseDisk || kind == nemesis.RotDisk {
					continue
				}
				f := extreme[kind]
				f.Kind, f.At, f.Nodes = kind, time.Duration(i)*ms/10, []int{i % 3}
				if kind == nemesis.Partition {
					f.Grudge = nemesis.Isolate(3, 1)
				}
				s.Faults = append(s.Faults, f)
			}
			s.Safety = 2 * time.Second
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := toySpec()
			edit(&spec)
			out := runToy(t, "", spec, Options{})
			if v := out.Violation; v != nil && v.Oracle != "liveness" && v.Oracle != "events" {
				t.Errorf("%v", v)
			}
		})
	}
}
