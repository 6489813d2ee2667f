package transporttest

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

func (r *rig) fault(from, to int, f transport.Fault) {
	r.t.Helper()
	if err := r.links[from].Faults().Set(r.c.ID(to), f); err != nil {
		r.t.Fatal(err)
	}
}

func testOneWayCut(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	r.fault(0, 1, transport.Fault{Cut: true})
	r.links[0].Send(quorate.Envelope{From: r.c.ID(0), To: quorate.Others, Msg: Note{Number: 1}})
	r.send(0, 1, Note{Number: 2})
	r.notes(2, 1) // the other direction from the same node is open
	r.send(1, 0, Note{Number: 3})
	r.notes(0, 1) // and the way back
	r.links[0].Faults().Clear()
	r.send(0, 1, Note{Number: 4})
	if got := r.notes(1, 1); got[0].Number != 4 {
		t.Errorf("after a cut healed, the first note to arrive is %+v", got)
	}
	if d := r.links[0].Stats().Dropped; d.Injected != 2 {
		t.Errorf("drops of the sender: %+v, want 2 injected", d)
	}
}

func testLoss(t *testing.T, open opener) {
	const n = 2000
	var arrived [2]int
	for run := range arrived {
		r := newRig(t, open, 2, Config{Seed: 5})
		r.fault(0, 1, transport.Fault{Loss: 0.3})
		for i := range uint64(n) {
			r.send(0, 1, Note{Number: i})
		}
		r.links[0].Faults().Clear()
		dropped := r.links[0].Stats().Dropped.Injected
		arrived[run] = len(r.notes(1, n-int(dropped)))
	}
	if arrived[0] < n*60/100 || arrived[0] > n*80/100 {
		t.Errorf("%d of %d arrive at a loss of 30 %%", arrived[0], n)
	}
	if arrived[0] != arrived[1] {
		t.Errorf("with one seed, %d arrive and then %d", arrived[0], arrived[1])
	}
}

func testDuplicate(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	r.fault(0, 1, transport.Fault{Duplicate: 1})
	for i := range uint64(10) {
		r.send(0, 1, Note{Number: i})
	}
	for i, note := range r.notes(1, 20) {
		if note.Number != uint64(i/2) {
			t.Errorf("note %d at place %d", note.Number, i)
		}
	}
}

func testDelay(t *testing.T, open opener) {
	const n, delay = 200, 20 * time.Millisecond
	r := newRig(t, open, 2, Config{})
	r.fault(0, 1, transport.Fault{Delay: delay})
	start := time.Now()
	for i := range uint64(n) {
		r.send(0, 1, Note{Number: i})
	}
	var got []Note
	for len(got) < n {
		for _, d := range r.take(1) {
			got = append(got, d.Msg.(Note))
		}
		if early := time.Since(start); early < delay {
			t.Fatalf("a note arrives after %v, the delay is %v", early, delay)
		}
	}
	r.order(got)
	for i, note := range got {
		if note.Number != uint64(i) {
			t.Fatalf("note %d at place %d: an even delay keeps the order", note.Number, i)
		}
	}
}

// Jitter may reorder; it loses nothing.
func testJitter(t *testing.T, open opener) {
	const n = 500
	r := newRig(t, open, 2, Config{Seed: 3})
	r.fault(0, 1, transport.Fault{Jitter: 20 * time.Millisecond})
	for i := range uint64(n) {
		r.send(0, 1, Note{Number: i})
	}
	seen := map[uint64]bool{}
	ordered, last := true, uint64(0)
	for _, note := range r.arrivals(1, n) {
		ordered = ordered && note.Number >= last
		last = note.Number
		seen[note.Number] = true
	}
	if len(seen) != n || ordered {
		t.Errorf("%d different notes of %d arrive, in order: %v", len(seen), n, ordered)
	}
}

// Those that come late are overtaken; the others keep their order. Nothing is lost.
func testReorder(t *testing.T, open opener) {
	const n, late = 500, 50 * time.Millisecond
	r := newRig(t, open, 2, Config{Seed: 3})
	r.fault(0, 1, transport.Fault{Reorder: 0.2, Late: late})
	for i := range uint64(n) {
		r.send(0, 1, Note{Number: i})
	}
	seen := map[uint64]bool{}
	overtaken, last := 0, uint64(0)
	for _, note := range r.arrivals(1, n) {
		if note.Number < last {
			overtaken++
		}
		last = max(last, note.Number)
		seen[note.Number] = true
	}
	if len(seen) != n || overtaken == 0 || overtaken > n*30/100 {
		t.Errorf("%d different notes of %d arrive, %d were overtaken, want about %d", len(seen), n, overtaken, n*20/100)
	}
}

func testFaultsAreChecked(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	f := r.links[0].Faults()
	for _, bad := range []transport.Fault{{Loss: 1.1}, {Loss: -0.1}, {Duplicate: 2}, {Delay: -1}, {Jitter: -1}, {Reorder: 1.5, Late: 1}, {Reorder: 0.5}, {Late: -1}} {
		if f.Set(r.c.ID(1), bad) == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	stranger, _ := quorate.NewID(9, 9)
	if f.Set(stranger, transport.Fault{Cut: true}) == nil {
		t.Error("a fault towards a stranger was accepted")
	}
	if err := f.Set(quorate.Others, transport.Fault{Cut: true}); err != nil || !f.Get(r.c.ID(1)).Cut {
		t.Errorf("cut to all others: %v, %+v", err, f.Get(r.c.ID(1)))
	}
}
