package transport

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// testLine returns a line of numbers, each of so many bytes as it says, and what
// has arrived.
func testLine(way, jitter time.Duration) (*line[int], *[]int) {
	var got []int
	l := &line[int]{way: way, jitter: jitter, limit: 1000, start: time.Now(), size: func(n int) int { return n }}
	l.rested.L = &l.mu
	l.arrive = func(n int) { got = append(got, n) }
	return l, &got
}

func TestLineHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := testLine(30*time.Millisecond, 0)
		var mu sync.Mutex // some arrive after the test has looked
		var got []int
		l.arrive = func(n int) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, n)
		}
		arrived := func() []int {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(got)
		}
		for i := range 3 {
			if !l.add(i) {
				t.Fatal("refused")
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, want := range [][]int{{0}, {0, 1}, {0, 1, 2}} {
			synctest.Wait()
			if got := arrived(); !slices.Equal(got, want) {
				t.Errorf("arrived %v, want %v", got, want)
			}
			time.Sleep(10*time.Millisecond - time.Microsecond)
			synctest.Wait()
			if got := arrived(); !slices.Equal(got, want) {
				t.Errorf("arrived %v before their time, want %v", got, want)
			}
			time.Sleep(time.Microsecond)
		}
		if l.busy || len(l.items) > 0 || l.bytes != 0 {
			t.Errorf("an empty line keeps %d items, %d bytes, busy %v", len(l.items), l.bytes, l.busy)
		}
		if n := l.close(); n != 0 {
			t.Errorf("%d were under way", n)
		}
	})
}

// However the jitter falls, nothing overtakes; and all arrives within it and the
// pace.
func TestLineKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const way, jitter = 5 * time.Millisecond, 3 * time.Millisecond
		l, got := testLine(way, jitter)
		began := time.Now()
		var early, late time.Duration = time.Hour, 0
		l.arrive = func(n int) {
			*got = append(*got, n)
			took := time.Since(began) - time.Duration(n)*10*time.Microsecond
			early, late = min(early, took), max(late, took)
		}
		const count = 5000 // of which some 800 are under way at once
		for i := range count {
			if !l.add(i) {
				t.Fatalf("%d refused", i)
			}
			time.Sleep(10 * time.Microsecond)
		}
		time.Sleep(way + jitter + pace)
		synctest.Wait()
		if len(*got) != count || !slices.IsSorted(*got) {
			t.Errorf("%d of %d arrived, in order: %v", len(*got), count, slices.IsSorted(*got))
		}
		if early < way || late > way+jitter+pace || late < way+jitter/2 {
			t.Errorf("they took %v to %v", early, late)
		}
	})
}

// What arrives may send, and what is due soon arrives together.
func TestLinePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, got := testLine(time.Millisecond, 0)
		var at []time.Duration
		began := time.Now()
		l.arrive = func(n int) {
			at = append(at, time.Since(began))
			if *got = append(*got, n); n == 0 {
				l.add(100)
			}
		}
		for i := range 20 {
			l.add(i)
			time.Sleep(10 * time.Microsecond)
		}
		time.Sleep(5 * time.Millisecond)
		synctest.Wait()
		if want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 100}; !slices.Equal(*got, want) {
			t.Errorf("arrived %v", *got)
		}
		if times := len(slices.Compact(at)); times > 4 {
			t.Errorf("the timer fired %d times: %v", times, at)
		}
	})
}

func TestLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, got := testLine(time.Millisecond, 0)
		l.limit = 2
		if !l.add(1) || !l.add(2) || l.add(3) {
			t.Error("want two to fit, and no third")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !l.add(maxTravellingBytes+1) || l.add(1) {
			t.Error("want one that is too large alone to fit, and nothing beside it")
		}
		if n := l.close(); n != 1 || l.add(1) {
			t.Errorf("%d were under way when it closed; or it takes more", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(*got, []int{1, 2}) {
			t.Errorf("arrived %v", *got)
		}
	})
}

// close waits for what arrives just now.
func TestLineClosesWhenNothingArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, got := testLine(time.Millisecond, 0)
		l.arrive = func(n int) {
			time.Sleep(time.Second)
			*got = append(*got, n)
		}
		l.add(1)
		time.Sleep(2 * time.Millisecond)
		l.close()
		if len(*got) != 1 {
			t.Error("closed while something arrived")
		}
	})
}

func TestLinesBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := lines[int]{of: &Distances{Way: func(from, to int) time.Duration { return time.Duration(from-to) * time.Second }}, size: func(int) int { return 0 }}
		if ls.between(1, 2) != nil || ls.between(0, 2) != nil || ls.between(2, 0) != nil || (&lines[int]{}).between(2, 1) != nil {
			t.Error("a line where nothing is held back")
		}
		l := ls.between(3, 1)
		if l == nil || l != ls.between(3, 1) || l == ls.between(3, 2) || l.way != 2*time.Second {
			t.Errorf("lines between zones: %+v", l)
		}
		l.add(1)
		if n := ls.close(); n != 1 || ls.between(2, 1).add(1) {
			t.Errorf("%d were under way; or a line was opened after that", n)
		}
	})
}

// BenchmarkLine sends as fast as arrives what was sent, over a way on which some
// tens of thousands are under way at once.
func BenchmarkLine(b *testing.B) {
	room := make(chan struct{}, 100_000)
	l := &line[hubFlight]{way: 10 * time.Millisecond, limit: maxTravelling, start: time.Now(), size: func(hubFlight) int { return 0 }}
	l.rested.L = &l.mu
	l.arrive = func(hubFlight) { <-room }
	b.ReportAllocs()
	for range b.N {
		room <- struct{}{}
		if !l.add(hubFlight{}) {
			b.Fatal("the line is full")
		}
	}
}
