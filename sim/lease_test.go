package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// TestLeasesAreDrawn: some worlds have leases, of all lengths, with clients that
// read by them; where a protocol has none, no world has.
func TestLeasesAreDrawn(t *testing.T) {
	const seeds = 200
	s := Swarm{Subject: toySubject(""), Groups: nemesis.Groups()}
	s.Subject.Fragile = true
	for _, s.Subject.Leases = range []bool{true, false} {
		leases, long, pinned := 0, 0, 0
		for seed := range uint64(seeds) {
			spec, err := s.Spec(seed)
			if err != nil {
				t.Fatal(err)
			}
			if err := spec.Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			k, mix := &spec.Knobs, &spec.Clients.Mix
			if (k.Lease > 0) != (mix.Lease > 0) || (k.Lease > 0) != (k.ClockError > 0) {
				t.Fatalf("seed %d: %+v, %+v", seed, k, mix)
			}
			if k.Lease == 0 {
				continue
			}
			leases++
			if k.Lease > 2*k.ElectionTimeout {
				long++
			}
			if spec.Clients.Pinned > 0 {
				pinned++
			}
			if slices.ContainsFunc(spec.Faults, func(f nemesis.Fault) bool { return f.Kind == nemesis.Jump }) {
				t.Fatalf("seed %d: a clock jumps", seed)
			}
		}
		if !s.Subject.Leases {
			if leases > 0 {
				t.Errorf("%d worlds of a protocol without leases have some", leases)
			}
			continue
		}
		if leases < seeds/4 || leases > seeds*3/5 || long < leases/4 || long > leases*3/4 || pinned < leases/2 {
			t.Errorf("%d of %d worlds have leases, %d long ones; in %d clients are pinned", leases, seeds, long, pinned)
		}
	}
}

// TestClocksAreSetWhileTheirNodesAreDown where leases count on them: when the
// faults end, a member whose clock went wrong starts anew.
func TestClocksAreSetWhileTheirNodesAreDown(t *testing.T) {
	for _, lease := range []time.Duration{0, time.Second} {
		spec := toySpec()
		spec.Knobs.Lease = lease
		spec.Faults = []nemesis.Fault{{Kind: nemesis.Drift, Amount: 0.1, For: spec.Safety / 2, Nodes: []int{1}}}
		s := toySubject("")
		crashed := map[int]int{}
		w, err := newWorld(&s, &spec, Options{Trace: func(e TraceEvent) {
			if e.Kind == TraceCrash {
				crashed[e.Node]++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range w.hosts {
			h.start()
		}
		w.schedule()
		w.begin(0, -1)
		w.now = spec.Safety
		w.endFaults()
		want := 0
		if lease > 0 {
			want = 1
		}
		if crashed[1] != want || len(crashed) != want {
			t.Errorf("with leases of %v: crashes %v", lease, crashed)
		}
		for _, h := range w.hosts {
			if got := h.clock.read(w.now); got != epoch+w.now || h.node == nil {
				t.Errorf("with leases of %v: %v shows %v, want %v", lease, h.describe(), got, epoch+w.now)
			}
		}
	}
}

// TestHaste makes clocks worse where leases count on them.
func TestHaste(t *testing.T) {
	for _, test := range []struct {
		hasty bool
		lease time.Duration
		want  float64
	}{{false, time.Second, 1.125}, {true, time.Second, 1.375}, {true, 0, 1.125}} {
		spec := toySpec()
		spec.Knobs.Lease = test.lease
		w := &world{subject: &Subject{Hasty: test.hasty}, spec: &spec}
		if got := w.rate(0.125); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
