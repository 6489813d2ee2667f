package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// TestChaos lets clusters live through loss, copies, reordering, partitions and
// crashes, and looks that they go on once that is over.
func TestChaos(t *testing.T) {
	for _, c := range []struct {
		size int
		spec string
	}{{1, "majority"}, {2, "majority"}, {3, "majority"}, {4, "even"}, {5, "majority"}, {5, "count:4,2"}} {
		t.Run(fmt.Sprintf("%d %s", c.size, c.spec), func(t *testing.T) {
			seeds := uint64(60)
			if testing.Short() {
				seeds = 10
			}
			for seed := range seeds {
				chaos(t, seed, c.size, c.spec)
			}
		})
	}
}

func chaos(t *testing.T, seed uint64, size int, spec string) {
	cfg := core.Config{}
	if seed%2 == 1 {
		cfg = core.Config{Window: 1 + int(seed/2%3), Prepares: 1 + int(seed/4%2), ChunkBytes: 1}
	}
	w := newWorld(t, seed, size, spec, cfg)
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	w.loss, w.dup, w.spread = 0.2*w.rng.Float64(), 0.2*w.rng.Float64(), time.Duration(w.rng.IntN(30)+1)*time.Millisecond
	n := 0
	for range 40 {
		w.run(time.Duration(w.rng.IntN(300))*time.Millisecond, func() bool {
			h := w.hosts[w.rng.IntN(size)]
			if w.rng.IntN(10) == 0 && w.propose(h, fmt.Sprint("v", n)) {
				n++
			}
			if w.rng.IntN(10) == 0 {
				w.step(h, core.Event{Kind: core.Checked})
			}
			return false
		})
		h := w.hosts[w.rng.IntN(size)]
		switch w.rng.IntN(7) {
		case 0:
			if !h.down {
				w.crash(h)
			}
		case 1, 2:
			if h.down {
				w.start(h)
			}
		case 3:
			side := w.rng.IntN(1 << size)
			oneWay := w.rng.IntN(2) == 0
			w.cut = func(from, to int) bool {
				return side>>from&1 != side>>to&1 && (!oneWay || side>>from&1 == 1)
			}
		case 4:
			w.cut = nil
		case 5:
			if !h.down && h.chosen > 3 {
				w.trim(h, h.chosen-quorate.Slot(w.rng.IntN(4)))
			}
		case 6:
			w.step(h, core.Event{Kind: core.Disowned, From: w.cluster.ID(w.rng.IntN(size))})
		}
	}
	settle(w)
}

// settle ends all faults. A command commits everywhere then, soon.
func settle(w *world) {
	w.t.Helper()
	w.loss, w.dup, w.cut, w.spread = 0, 0, nil, time.Millisecond
	for _, h := range w.hosts {
		if h.down {
			w.start(h)
		}
	}
	last := fmt.Sprint("last of ", w.now)
	deadline := w.now + 10*time.Second
	for w.now < deadline {
		if !w.run(5*time.Second, w.elected) {
			break
		}
		h := w.leader()
		before := len(h.lost)
		w.propose(h, last)
		w.run(5*time.Second, func() bool { return len(h.open) == 0 })
		if len(h.lost) == before && len(h.open) == 0 && h.state.Role() == core.Leader {
			if w.run(5*time.Second, func() bool {
				for _, o := range w.hosts {
					if o.chosen < h.chosen {
						return false
					}
				}
				return true
			}) {
				return
			}
			break
		}
	}
	w.t.Fatalf("it does not go on: %v", w)
}
