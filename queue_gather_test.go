package quorate

import (
	"testing"
	"time"
)

// TestGathering: commands wait for a slot that is on its way where a round is short,
// never for longer than patience has it, and nowhere else.
func TestGathering(t *testing.T) {
	const us = time.Microsecond
	queue := func(waiting int, rounds ...time.Duration) *Queue {
		w := NewQueue(&Requests{}, 4, 1<<20)
		now := 10 * us
		for _, r := range rounds {
			w.sent = now
			now += r
			w.Chosen(now, 0)
		}
		for range waiting {
			w.Push(&Admitted{})
		}
		w.sent = time.Second
		return w
	}
	for _, c := range []struct {
		name    string
		waiting int
		open    int
		after   time.Duration // since a batch was sent last
		rounds  []time.Duration
		want    time.Duration
	}{
		{"near, a slot on its way", 1, 1, 100 * us, []time.Duration{200 * us}, 1900 * us},
		{"nothing on its way", 1, 0, 100 * us, []time.Duration{200 * us}, 0},
		{"a full batch", 4, 1, 100 * us, []time.Duration{200 * us}, 0},
		{"far", 1, 1, 100 * us, []time.Duration{60 * time.Millisecond}, 0},
		{"as far as in another rack", 1, 1, 100 * us, []time.Duration{400 * us}, 0},
		{"no round seen", 1, 1, 100 * us, nil, 0},
		{"rounds that take no time", 1, 1, 100 * us, []time.Duration{0}, 0},
		{"a slot that takes too long", 1, 1, 3 * time.Millisecond, []time.Duration{200 * us}, 0},
		{"near, though a round was slow", 1, 1, 0, []time.Duration{200 * us, 50 * time.Millisecond}, 2 * time.Millisecond},
	} {
		if got := queue(c.waiting, c.rounds...).wait(time.Second+c.after, c.open); got != c.want {
			t.Errorf("%s: waits %v, want %v", c.name, got, c.want)
		}
	}
	// Members that are far now are noticed.
	rounds := []time.Duration{200 * us}
	for range 40 {
		rounds = append(rounds, 60*time.Millisecond)
	}
	if got := queue(1, rounds...).wait(time.Second, 1); got != 0 {
		t.Errorf("after 40 rounds of 60 ms commands still wait, %v", got)
	}
	// What is chosen while others are open tells nothing.
	w := queue(1)
	w.Chosen(time.Second+100*us, 1)
	if got := w.wait(time.Second+100*us, 1); got != 0 {
		t.Errorf("a slot was chosen of several: commands wait %v", got)
	}
}

// TestGatheringOnDisk: what a member's own disk takes of a round does not count.
func TestGatheringOnDisk(t *testing.T) {
	const us = time.Microsecond
	for _, c := range []struct {
		disk, round time.Duration
		want        time.Duration
	}{
		{5000 * us, 5200 * us, 2 * time.Millisecond},
		{5200 * us, 5200 * us, 2 * time.Millisecond}, // its vote was the last one wanted
		{5000 * us, 5400 * us, 0},
		{6000 * us, 5200 * us, 0}, // others' votes were enough
	} {
		f := newFront(t, RequestsConfig{})
		Recover(f.Node, func(inspected) {})
		w := NewQueue(f.requests, 4, 1<<20)
		start, open := f.Now(), 0
		fill := func(now time.Duration) time.Duration {
			return w.Fill(now, func() bool { return true }, func() int { return open }, func([]Command, []*Admitted) {
				f.Persist(inspected{})
				open++
			})
		}
		w.Push(&Admitted{deadline: 2 * start})
		fill(start)
		batch := f.Flush(func(Envelope) {})
		if c.disk <= c.round {
			f.Tick(start + c.disk)
			f.Synced(batch, func(Envelope) {})
		}
		open = 0
		w.Chosen(start+c.round, open)
		w.Push(&Admitted{deadline: 2 * start})
		fill(2*start - us)
		w.Push(&Admitted{deadline: 2 * start})
		if got := fill(2*start - us); got != c.want {
			t.Errorf("a round of %v, for which the disk takes %v: commands wait %v, want %v", c.round, c.disk, got, c.want)
		}
	}
}

// TestFill: batches are proposed while there is room; then what is left gathers.
func TestFill(t *testing.T) {
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 4, 1<<20)
	var proposed []int
	open, room := 0, 3
	fill := func(now time.Duration) time.Duration {
		return w.Fill(now, func() bool { return open < room }, func() int { return open }, func(commands []Command, requests []*Admitted) {
			if len(commands) != len(requests) {
				t.Errorf("%d commands of %d requests", len(commands), len(requests))
			}
			proposed = append(proposed, len(commands))
			open++
		})
	}
	push := func(first uint64, n int) {
		for _, p := range f.admit(first, n, 100) {
			w.Push(p)
		}
	}
	const us = time.Microsecond
	push(1, 1)
	if wait := fill(us); wait != 0 || len(proposed) != 1 {
		t.Fatalf("one command: %v proposed, waits %v", proposed, wait)
	}
	open = 0
	w.Chosen(101*us, open)
	push(2, 1)
	fill(200 * us)
	push(3, 2)
	if wait := fill(300 * us); wait != 1900*us || len(proposed) != 2 {
		t.Fatalf("two commands while a slot is on its way: %v proposed, wait %v", proposed, wait)
	}
	push(5, 3)
	if wait := fill(400 * us); wait != 2*time.Millisecond || proposed[2] != 4 || w.Len() != 1 {
		t.Fatalf("a full batch and one more: %v proposed, wait %v, %d left", proposed, wait, w.Len())
	}
	if wait := fill(2400 * us); wait != 0 || len(proposed) != 4 || w.Len() != 0 {
		t.Fatalf("after long: %v proposed, wait %v", proposed, wait)
	}
	push(8, 9)
	if wait := fill(2500 * us); wait != 0 || len(proposed) != 4 {
		t.Fatalf("without room: %v proposed, wait %v", proposed, wait)
	}
}
