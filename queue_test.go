package quorate

import (
	"slices"
	"testing"
)

// admit has the front admit n puts whose commands take size bytes each, numbered
// from first on.
func (f *front) admit(first uint64, n, size int) []*Admitted {
	f.t.Helper()
	for i := range n {
		r := put(first + uint64(i))
		r.Command.Value = make([]byte, size-r.Command.Size())
		f.receive(Route(3), r)
	}
	return f.routed[len(f.routed)-n:]
}

// batch takes a batch and returns the numbers of its commands.
func (f *front) batch(w *Queue) []uint64 {
	f.t.Helper()
	commands, requests := w.Batch()
	if len(commands) != len(requests) {
		f.t.Fatalf("%d commands of %d requests", len(commands), len(requests))
	}
	var numbers []uint64
	for i, p := range requests {
		if !p.Command.Equal(&commands[i]) || !p.Exposed() {
			f.t.Errorf("command %v with the request %+v, want its own, exposed", commands[i], p)
		}
		numbers = append(numbers, commands[i].Seq)
	}
	return numbers
}

func TestQueueBatches(t *testing.T) {
	for _, test := range []struct {
		name            string
		commands, bytes int
		want            [][]uint64
	}{
		{"all", 10, 1000, [][]uint64{{1, 2, 3, 4, 5}}},
		{"as many as there are", 5, 1000, [][]uint64{{1, 2, 3, 4, 5}}},
		{"few", 2, 1000, [][]uint64{{1, 2}, {3, 4}, {5}}},
		{"none is one", 0, 1000, [][]uint64{{1}, {2}, {3}, {4}, {5}}},
		{"the bytes are full", 10, 199, [][]uint64{{1, 2}, {3, 4}, {5}}},
		{"not beyond the bytes", 10, 200, [][]uint64{{1, 2, 3}, {4, 5}}},
		{"each beyond the bytes", 10, 1, [][]uint64{{1}, {2}, {3}, {4}, {5}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t, RequestsConfig{})
			w := NewQueue(f.requests, test.commands, test.bytes)
			for _, p := range f.admit(1, 5, 100) {
				w.Push(p)
			}
			left := 5
			for _, want := range test.want {
				if got := f.batch(w); !slices.Equal(got, want) {
					t.Errorf("a batch of %v, want %v", got, want)
				}
				if left -= len(want); w.Len() != left {
					t.Errorf("%d in the queue, want %d", w.Len(), left)
				}
			}
			if got := f.batch(w); got != nil {
				t.Errorf("an empty queue gave %v", got)
			}
		})
	}
}

// What is left in the queue is not exposed: it may be refused as not executed.
func TestQueueExposesWhatItGives(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 1, 1000)
	all := f.admit(1, 2, 100)
	w.Push(all[0])
	w.Push(all[1])
	if f.batch(w); !all[0].Exposed() || all[1].Exposed() {
		t.Errorf("exposed %v and %v, want the first only", all[0].Exposed(), all[1].Exposed())
	}
}

// What nobody waits for takes no place in a slot, neither in number nor in bytes.
func TestQueueLeavesOut(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 2, 199)
	all := f.admit(1, 6, 100)
	for _, p := range all {
		w.Push(p)
	}
	f.requests.Fail(all[0], ReasonNoLeader)
	all[2].deadline = f.Now()     // late, and not answered yet
	all[3].deadline = f.Now() + 1 // just in time
	if got, want := f.batch(w), []uint64{2, 4}; !slices.Equal(got, want) {
		t.Errorf("a batch of %v, want %v", got, want)
	}
	if all[2].Exposed() {
		t.Error("a late request was exposed")
	}
	f.requests.Fail(all[4], ReasonNoLeader)
	f.requests.Fail(all[5], ReasonNoLeader)
	if got := f.batch(w); got != nil || w.Len() != 0 {
		t.Errorf("a batch of %v and %d in the queue after all were answered", got, w.Len())
	}
}

// Requests that are answered in the queue make room, and the order stays.
func TestQueueIsBounded(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 3, 1<<20)
	most, kept := 0, []uint64{1, 500, 1000}
	for seq := uint64(1); seq <= 1000; seq++ {
		p := f.admit(seq, 1, 100)[0]
		w.Push(p)
		if !slices.Contains(kept, seq) {
			f.requests.Fail(p, ReasonDeadline)
		}
		most = max(most, w.Len())
	}
	if pending := f.requests.Len(); pending != 3 || most > 2*pending+64+1 {
		t.Errorf("%d in the queue at most, %d pending in the end", most, pending)
	}
	if got := f.batch(w); !slices.Equal(got, kept) {
		t.Errorf("a batch of %v, want %v", got, kept)
	}
}

// A batch is the caller's: what comes later does not change it. And the queue keeps
// nothing of it alive.
func TestQueueGivesAway(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 2, 1<<20)
	for _, p := range f.admit(1, 3, 100) {
		w.Push(p)
	}
	room := w.waiting[:3]
	commands, requests := w.Batch()
	if room[0] != nil || room[1] != nil || room[2] == nil {
		t.Error("the queue holds what it gave away, or not what is left")
	}
	f.batch(w)
	for _, p := range f.admit(4, 3, 100) {
		w.Push(p)
	}
	if commands[0].Seq != 1 || requests[0].Command.Seq != 1 || requests[1].Command.Seq != 2 {
		t.Errorf("the batch became %v", commands)
	}
	w.Clear()
	if w.Len() != 0 || f.batch(w) != nil || f.requests.Len() != 6 {
		t.Errorf("%d in the queue after Clear, %d pending", w.Len(), f.requests.Len())
	}
}

// Nothing is allocated but the two slices that are returned.
func TestQueueAllocates(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 64, 1<<20)
	all := f.admit(1, 64, 100)
	if n := testing.AllocsPerRun(100, func() {
		for _, p := range all {
			w.Push(p)
		}
		if commands, _ := w.Batch(); len(commands) != 64 {
			t.Fatalf("a batch of %d", len(commands))
		}
	}); n != 2 {
		t.Errorf("%v allocations for a batch, want 2", n)
	}
}

// What is drained is not exposed: it may still be refused as not executed.
func TestQueueDrains(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 2, 1000)
	admitted := f.admit(1, 3, 100)
	for _, p := range admitted {
		w.Push(p)
	}
	f.requests.Fail(admitted[1], ReasonOverloaded)
	got := w.Drain()
	if len(got) != 2 || got[0] != admitted[0] || got[1] != admitted[2] || w.Len() != 0 {
		t.Errorf("drained %v, %d are left", got, w.Len())
	}
	for _, p := range got {
		if p.Exposed() {
			t.Error("a drained request is exposed")
		}
	}
	if more := w.Drain(); len(more) != 0 {
		t.Errorf("drained again: %v", more)
	}
}
