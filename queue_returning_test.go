package quorate

import (
	"testing"
	"time"
)

func asked(clients ...Client) []Command {
	var commands []Command
	for _, c := range clients {
		commands = append(commands, Command{Client: c})
	}
	return commands
}

// TestReturning: those who were answered are waited for if those before them came
// back before their turn was over.
func TestReturning(t *testing.T) {
	for _, c := range []struct {
		name    string
		came    []Client // of the batch of 1 to 4, before the next one is chosen
		next    []Client
		waiting int
		want    int
	}{
		{"all come back", []Client{1, 2, 3, 4}, []Client{1, 2, 3, 4}, 0, 4},
		{"half of them, beside others", []Client{9, 4, 8, 2}, []Client{5, 6, 7, 8}, 0, 4},
		{"too few", []Client{9, 4, 8, 5}, []Client{5, 6, 7, 8}, 0, 0},
		{"one for all", []Client{4, 4, 4, 4}, []Client{5, 6, 7, 8}, 0, 0},
		{"nobody", nil, []Client{5, 6, 7, 8}, 0, 0},
		{"what waits is expected, too, but not the last", []Client{1, 2, 3, 4}, []Client{5, 6, 7, 8}, 8, 11},
		{"no more than a batch holds", []Client{1, 2, 3, 4}, []Client{5, 6, 7, 8}, 30, 28},
	} {
		var r returning
		r.took(asked(1, 2, 3, 4))
		r.answered(time.Second, 0, 32)
		if r.expect != 0 {
			t.Errorf("%s: %d commands are expected before anybody was seen to come back", c.name, r.expect)
		}
		for _, client := range c.came {
			r.came(client)
		}
		r.took(asked(c.next...))
		r.answered(2*time.Second, c.waiting, 32)
		if r.expect != c.want || c.want > 0 && r.since != 2*time.Second {
			t.Errorf("%s: %d commands are expected since %v, want %d", c.name, r.expect, r.since, c.want)
		}
		r.answered(3*time.Second, 0, 32)
		r.answered(4*time.Second, 8, 32)
		if r.expect != 0 {
			t.Errorf("%s: %d commands are expected though nobody was answered", c.name, r.expect)
		}
	}
}

// TestFillWaitsForReturning: what waits goes when those are there who were answered, or
// after a while, which makes nobody wait the next time. Without a slow disk it goes at once.
func TestFillWaitsForReturning(t *testing.T) {
	t.Run("slow disk", func(t *testing.T) { fillForReturning(t, 400*time.Microsecond, 1990*time.Microsecond) })
	t.Run("fast disk", func(t *testing.T) { fillForReturning(t, 20*time.Microsecond, 0) })
}

func fillForReturning(t *testing.T, disk, want time.Duration) {
	const us = time.Microsecond
	f := newFront(t, RequestsConfig{})
	w := NewQueue(f.requests, 8, 1<<20)
	var proposed []int
	open, seq := 0, uint64(0)
	fill := func(now time.Duration) time.Duration {
		return w.Fill(now, func() bool { return true }, func() int { return open }, func(commands []Command, _ []*Admitted) {
			proposed = append(proposed, len(commands))
			open++
		})
	}
	push := func(clients ...Client) {
		for _, c := range clients {
			seq++
			w.Push(&Admitted{Command: Command{Client: c, Seq: seq}, deadline: 2 * time.Hour})
		}
	}
	chosen := func(now time.Duration) {
		open = 0
		f.Tick(w.sent + disk)
		f.flush()
		w.Chosen(now, open)
	}
	now := f.Now()
	for range 2 { // the first round shows that members are near, the second that clients come back
		push(1, 2, 3, 4)
		fill(now)
		chosen(now + disk + 100*us)
		now += disk + 200*us
	}
	now -= 100 * us // when they were answered
	push(1, 2, 3)
	if wait := fill(now + 10*us); wait != want || (len(proposed) == 2) != (want > 0) {
		t.Fatalf("three of four are back: %v proposed, waits %v", proposed, wait)
	}
	if want == 0 {
		return
	}
	push(4)
	if wait := fill(now + 20*us); wait != 0 || len(proposed) != 3 || proposed[2] != 4 {
		t.Fatalf("all are back: %v proposed, waits %v", proposed, wait)
	}
	chosen(now + 500*us)
	push(1)
	if wait := fill(now + 2501*us); wait != 0 || len(proposed) != 4 {
		t.Fatalf("only one came for long: %v proposed, waits %v", proposed, wait)
	}
	push(5, 6)
	chosen(now + 3000*us)
	if wait := fill(now + 3001*us); wait != 0 || len(proposed) != 5 {
		t.Fatalf("those before did not come back: %v proposed, waits %v", proposed, wait)
	}
}
