package paxos_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
)

var seeds = flag.Int("seeds", 4, "how many random schedules TestStorm tries; TestChaos tries three times as many")

func TestChaos(t *testing.T) {
	for seed := range 3 * *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { chaos(t, uint64(seed)) })
	}
}

func chaos(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	cfg := paxos.Config{LogLimit: 8 + rng.IntN(40), Window: 1 + rng.IntN(6), ChunkBytes: 200 + rng.IntN(2000), Thrifty: rng.IntN(2) == 0}
	n := []int{3, 3, 5, 1}[rng.IntN(4)]
	w := newWorld(t, seed, n, cfg, time.Duration(50+rng.IntN(1000))*time.Millisecond)
	w.answer = func(_ quorate.ID, r quorate.Reply) {
		if r.Status == quorate.Done { // all are writes
			w.checkDone(r)
		}
	}
	w.loss, w.dup = rng.Float64()*0.2, rng.Float64()*0.2
	var crashes int
	var issued []quorate.Command
	seq := uint64(0)
	for i := range 20000 {
		w.step()
		if i%40 == 0 {
			seq++
			c := quorate.Command{Client: 7, Seq: seq, Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", rng.IntN(3)), Value: fmt.Append(nil, seq)}
			issued = append(issued, c)
			w.request(w.hosts[rng.IntN(n)], c, quorate.ReadLog)
			w.request(w.hosts[rng.IntN(n)], issued[max(0, len(issued)-1-rng.IntN(4))], quorate.ReadLog) // a retry
		}
		if i%997 == 0 {
			h := w.hosts[rng.IntN(n)]
			if h.node != nil {
				w.crash(h)
				crashes++
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
	w.settle(3 * time.Second)
	last := quorate.Command{Client: 9, Seq: 1, Issued: w.now, Op: quorate.OpPut, Key: "last", Value: []byte("x")}
	w.request(w.hosts[0], last, quorate.ReadLog)
	w.settle(time.Second)
	if r := w.replies[last.ID()]; r.Status != quorate.Done {
		t.Errorf("after the faults ended: reply %+v", r)
	}
	for range 200 { // the trim of an idle key may be on its way at this very moment
		if w.level() {
			break
		}
		w.settle(5 * time.Millisecond)
	}
	w.checkEqual()
	w.checkOnce()
	t.Logf("n=%d slots=%d crashes=%d %+v", n, len(w.chosen), crashes, w.hosts[0].replica.Report())
}

// level reports whether all replicas have executed all that was chosen.
func (w *world) level() bool {
	return !slices.ContainsFunc(w.hosts, func(h *host) bool {
		return h.replica.Report().Executed != quorate.Slot(len(w.values))
	})
}

func (w *world) checkEqual() {
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
}

// checkOnce replays the whole log on a fresh state machine: snapshots, trimming
// and restarts must not have added or lost anything. And no command may have
// counted twice: a key's version counts its writes.
func (w *world) checkOnce() {
	fresh := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: w.horizon})
	writes := map[string]map[quorate.CommandID]bool{}
	for _, s := range slices.Sorted(maps.Keys(w.values)) {
		for _, c := range w.values[s] {
			fresh.Apply(c)
			if writes[c.Key] == nil {
				writes[c.Key] = map[quorate.CommandID]bool{}
			}
			writes[c.Key][c.ID()] = true
		}
	}
	app := w.hosts[0].app
	for _, key := range app.Keys() {
		if !slices.Equal(app.Snapshot(nil, key), fresh.Snapshot(nil, key)) {
			w.t.Errorf("state of %s differs from that of the whole log replayed", key)
		}
		if got := app.Apply(quorate.Command{Op: quorate.OpGet, Key: key}).Version; got > uint64(len(writes[key])) {
			w.t.Errorf("key %s has version %d after %d writes", key, got, len(writes[key]))
		}
	}
}
