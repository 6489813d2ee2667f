package epaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
)

// load writes to a few keys at the first members in turn, and waits for the answers.
func (w *world) load(members int, from, to uint64) {
	done := uint64(0)
	w.answer = func(r quorate.Reply) {
		if r.Status == quorate.Done {
			done++
		}
	}
	for seq := from; seq < to; seq++ {
		c := quorate.Command{Client: 3, Seq: seq, Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", seq%7), Value: fmt.Append(nil, seq)}
		w.request(w.hosts[int(seq)%members], c)
		w.settle(2*time.Millisecond, func() bool { return false })
	}
	if !w.settle(10*time.Second, func() bool { return done == to-from }) {
		w.t.Fatalf("%d of %d were answered", done, to-from)
	}
}

// path is that of the records.
const path = "github.com/quorate/quorate/epaxos."

func (w *world) retained() int {
	most := 0
	for _, h := range w.hosts {
		most = max(most, h.replica.Report().Retained, len(h.disk[path+"Vote"]), len(h.disk[path+"Origin"]))
	}
	if len(w.hosts[0].disk[path+"Vote"]) != w.hosts[0].replica.Report().Retained {
		w.t.Errorf("%d records of %d instances", len(w.hosts[0].disk[path+"Vote"]), w.hosts[0].replica.Report().Retained)
	}
	return most
}

// What all have executed goes, from memory and from the disk; a member that is away
// keeps the rest. Restarts lose nothing, and dropped instances do not come back.
func TestTrim(t *testing.T) {
	w := newWorld(t, 1, 3, epaxos.Config{TrimStep: 50, Retain: 1000})
	w.load(3, 1, 500)
	w.settle(time.Second, func() bool { return false })
	if n := w.retained(); n >= 100 {
		t.Errorf("%d instances are kept", n)
	}
	for _, h := range w.hosts {
		if len(h.disk[path+"Base"]) != 1 {
			t.Errorf("%v has not noted what it dropped", h.id)
		}
	}
	w.crash(w.hosts[2])
	w.load(2, 500, 700)
	w.settle(time.Second, func() bool { return false })
	if n := w.retained(); n < 200 {
		t.Errorf("%d instances are kept while one member is away", n)
	}
	w.start(w.hosts[2])
	w.load(3, 700, 800)
	w.settle(2*time.Second, func() bool { return false })
	if n := w.retained(); n >= 100 {
		t.Errorf("%d instances are kept when all are back", n)
	}
	for _, h := range w.hosts {
		w.crash(h)
		w.start(h)
	}
	w.load(3, 800, 810)
	w.settle(time.Second, func() bool { return false })
	w.checkState(nil, nil)
	for i := range 7 {
		key, versions := fmt.Sprint("k", i), uint64(0)
		for seq := 1; seq < 810; seq++ {
			if seq%7 == i {
				versions++
			}
		}
		if got := w.hosts[0].app.Apply(quorate.Command{Op: quorate.OpGet, Key: key}); got.Version != versions {
			t.Errorf("%s is at version %d, want %d", key, got.Version, versions)
		}
	}
}

// slowShare returns the share of instances that are decided on the slow path, where
// nothing conflicts and nothing goes wrong, and how many instances are kept at most.
func slowShare(t *testing.T, n, step int) (slow float64, kept int) {
	w := newWorld(t, 1, n, epaxos.Config{TrimStep: step, Retain: 100 * step})
	paths := map[quorate.Path]int{}
	w.watch = func(_ *host, e quorate.Event) {
		if c, ok := e.(quorate.Chosen); ok {
			paths[c.Path]++
		}
	}
	const most = 1000
	for seq := range uint64(most) {
		c := quorate.Command{Client: 3, Seq: seq + 1, Issued: w.now, Op: quorate.OpPut, Key: fmt.Sprint("k", seq), Value: []byte("v")}
		w.request(w.hosts[int(seq)%n], c)
		w.labour(time.Millisecond, 6*n, never)
		for _, h := range w.hosts {
			kept = max(kept, h.replica.Report().Retained)
		}
	}
	w.settle(time.Second, never)
	if decided := paths[quorate.PathFast] + paths[quorate.PathSlow]; decided < most {
		t.Errorf("%d members: %d of %d are decided", n, decided, most)
	}
	return float64(paths[quorate.PathSlow]) / most, kept
}

// A member that raises its floor adds to what others propose, unless they heard of it
// in time: floors are announced, and trimming costs no second round.
func TestTrimmingKeepsTheFastPath(t *testing.T) {
	for _, n := range []int{3, 5} {
		without, _ := slowShare(t, n, 1<<20)
		with, kept := slowShare(t, n, 40)
		t.Logf("%d members: %.2f%% go slow with trimming, %.2f%% without; at most %d instances are kept", n, 100*with, 100*without, kept)
		if without > 0 || with > 0.005 || kept > 400 {
			t.Errorf("%d members: %.2f%% go slow with trimming, %.2f%% without; at most %d instances are kept", n, 100*with, 100*without, kept)
		}
	}
}
