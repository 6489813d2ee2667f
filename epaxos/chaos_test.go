package epaxos_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
)

var seeds = flag.Int("seeds", 12, "how many random schedules TestChaos tries")

func TestChaos(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { chaos(t, uint64(seed)) })
	}
}

func chaos(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	cfg := epaxos.Config{Window: 1 + rng.IntN(8), Batch: 1 + rng.IntN(3), Thrifty: rng.IntN(2) == 0, Steps: 1 + rng.IntN(20), TrimStep: 1 + rng.IntN(40),
		Patience: time.Duration(30+rng.IntN(200)) * time.Millisecond}
	n := []int{3, 3, 5, 7, 4}[rng.IntN(5)]
	w := newWorld(t, seed, n, cfg)
	w.loss, w.dup = rng.Float64()*0.25, rng.Float64()*0.2
	keys := 1 + rng.IntN(5)
	done := map[quorate.CommandID]bool{}
	w.answer = func(r quorate.Reply) {
		if r.Status == quorate.Done {
			done[quorate.CommandID{Client: r.Client, Seq: r.Seq}] = true
		}
	}
	var issued []quorate.Command
	for i := range 12000 {
		w.step()
		if i%40 == 0 {
			c := quorate.Command{Client: 7, Seq: uint64(len(issued) + 1), Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", rng.IntN(keys))}
			if rng.IntN(3) == 0 {
				c.Op = quorate.OpGet
			}
			issued = append(issued, c)
			w.request(w.hosts[rng.IntN(n)], c)
			w.request(w.hosts[rng.IntN(n)], issued[max(0, len(issued)-1-rng.IntN(4))]) // a retry
		}
		if i%997 == 0 {
			if h := w.hosts[rng.IntN(n)]; h.node != nil {
				w.crash(h)
			} else {
				w.start(h)
			}
		}
		if i%1500 == 0 {
			a := w.cluster.ID(rng.IntN(n))
			w.cut = nil
			if rng.IntN(2) == 0 {
				w.cut = func(from, to quorate.ID) bool { return from == a || to == a && rng.IntN(2) == 0 }
			}
		}
	}
	w.cut, w.loss, w.dup = nil, 0, 0
	for _, h := range w.hosts {
		if h.node == nil {
			w.start(h)
		}
	}
	last := quorate.Command{Client: 9, Seq: 1, Issued: w.now, Op: quorate.OpPut, Key: "k0", Value: []byte("x")}
	w.request(w.hosts[0], last)
	if !w.settle(20*time.Second, func() bool { return done[last.ID()] && w.level() }) {
		t.Errorf("after the faults ended: reply %+v, level %v", w.replies[last.ID()], w.level())
	}
	w.checkState(issued, done)
	t.Logf("n=%d instances=%d done=%d of %d %+v", n, len(w.values), len(done), len(issued), w.hosts[0].replica.Report())
}

// level reports whether all have executed all that anybody has.
func (w *world) level() bool {
	return !slices.ContainsFunc(w.hosts, func(h *host) bool {
		for key, order := range w.orders {
			if at := h.done(key); at >= 0 && at != len(order) {
				return true
			}
			if !slices.Equal(h.app.Snapshot(nil, key), w.hosts[0].app.Snapshot(nil, key)) {
				return true
			}
		}
		return false
	})
}

// checkState compares the states, and what clients were told with what was
// executed.
func (w *world) checkState(issued []quorate.Command, done map[quorate.CommandID]bool) {
	first := w.hosts[0]
	for _, h := range w.hosts {
		if !slices.Equal(h.app.Keys(), first.app.Keys()) {
			w.t.Errorf("keys differ: %v has %v, %v has %v", first.id, first.app.Keys(), h.id, h.app.Keys())
		}
		for _, key := range first.app.Keys() {
			if a, b := first.app.Snapshot(nil, key), h.app.Snapshot(nil, key); !slices.Equal(a, b) {
				w.t.Errorf("state of %s differs between %v and %v", key, first.id, h.id)
			}
		}
	}
	executed := map[quorate.CommandID]bool{}
	for _, v := range w.values {
		for i := range v.Commands {
			executed[v.Commands[i].ID()] = true
		}
	}
	for _, c := range issued {
		if done[c.ID()] && !executed[c.ID()] {
			w.t.Errorf("%v was done and is nowhere", c)
		}
	}
}
