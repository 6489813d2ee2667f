package quorate_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"pgregory.net/rapid"
)

func TestTimersFireInOrderOfDeadline(t *testing.T) {
	w := onWorkbench(t).started()
	var fired []string
	arm := func(name string, d time.Duration) *quorate.Timer {
		timer := w.NewTimer(name, func() { fired = append(fired, name) })
		timer.Reset(d)
		return timer
	}
	arm("c", 30)
	a := arm("a", 10)
	arm("b1", 20)
	arm("b2", 20) // ties fire in the order of creation
	if at, ok := w.Deadline(); at != 10 || !ok {
		t.Errorf("Deadline() = %v, %v, want 10", at, ok)
	}
	w.Tick(9)
	w.Tick(20)
	if want := []string{"a", "b1", "b2"}; !slices.Equal(fired, want) {
		t.Errorf("fired %q by 20, want %q", fired, want)
	}
	if want := "quorate.TimerFired{a}"; len(w.seen) != 3 || w.seen[0] != want {
		t.Errorf("observed %q, want %q first", w.seen, want)
	}
	if a.Armed() {
		t.Error("a timer is still armed after it fired")
	}
	w.Tick(30)
	w.Tick(99)
	if len(fired) != 4 {
		t.Errorf("fired %q, want each once", fired)
	}
	if _, ok := w.Deadline(); ok {
		t.Error("a deadline without an armed timer")
	}
}

func TestTimerResetReplacesAndStopDisarms(t *testing.T) {
	w := onWorkbench(t).started()
	fired := 0
	timer := w.NewTimer("t", func() { fired++ })
	timer.Stop() // idle: nothing happens
	timer.Reset(10)
	timer.Reset(20)
	w.Tick(15)
	if fired != 0 || !timer.Armed() {
		t.Errorf("fired %d times at the replaced deadline", fired)
	}
	timer.Stop()
	w.Tick(25)
	if fired != 0 || timer.Armed() {
		t.Errorf("a stopped timer fired %d times", fired)
	}
	timer.Reset(-5) // the past is now
	if at, _ := w.Deadline(); at != 25 {
		t.Errorf("Deadline() = %v after Reset(-5) at 25", at)
	}
	w.Tick(25)
	if fired != 1 {
		t.Errorf("fired %d times, want 1", fired)
	}
}

func TestTimersChangedWithinTick(t *testing.T) {
	w := onWorkbench(t).started()
	var fired []string
	var stopped, later *quorate.Timer
	first := w.NewTimer("first", func() {
		fired = append(fired, "first")
		stopped.Stop()
		later.Reset(5)
	})
	stopped = w.NewTimer("stopped", func() { fired = append(fired, "stopped") })
	later = w.NewTimer("later", func() { fired = append(fired, "later") })
	for _, timer := range []*quorate.Timer{first, stopped, later} {
		timer.Reset(1)
	}
	w.Tick(1)
	if want := []string{"first"}; !slices.Equal(fired, want) {
		t.Errorf("fired %q, want %q: one was stopped and one re-armed by the first", fired, want)
	}
	w.Tick(6)
	if want := []string{"first", "later"}; !slices.Equal(fired, want) {
		t.Errorf("fired %q, want %q", fired, want)
	}
}

// A timer armed with zero gathers the work of many messages into one step. It
// fires at the Tick of the round, never twice in one.
func TestZeroTimerGathers(t *testing.T) {
	w := onWorkbench(t)
	batches := 0
	var timer *quorate.Timer
	timer = w.NewTimer("propose", func() {
		if batches++; batches < 3 {
			timer.Reset(0)
		}
	})
	w.on = func(quorate.ID, note) { timer.Reset(0) }
	w.started()
	for range 5 {
		if err := w.Receive(7, w.Cluster().ID(1), note{"work"}); err != nil {
			t.Fatal(err)
		}
	}
	if at, ok := w.Deadline(); at != 7 || !ok {
		t.Errorf("Deadline() = %v, %v, want now", at, ok)
	}
	w.Tick(7)
	if batches != 1 {
		t.Errorf("%d batches of five messages, want 1", batches)
	}
	w.Tick(7)
	w.Tick(7)
	if batches != 3 {
		t.Errorf("%d batches, want 3: a timer re-armed within Tick fires in a later one", batches)
	}
}

func TestTimerFarAwayDoesNotWrapAround(t *testing.T) {
	w := onWorkbench(t).started()
	w.Tick(1 << 60)
	timer := w.NewTimer("never", func() { t.Error("fired") })
	timer.Reset(math.MaxInt64)
	w.Tick(1<<60 + 1)
	if !timer.Armed() {
		t.Error("a deadline beyond the end of time came at once")
	}
}

// The heap's last timer replaces the one that is stopped, and may have to go up
// from there: 7 replaces 11 below 10.
func TestTimerStoppedInTheMiddleOfTheHeap(t *testing.T) {
	w := onWorkbench(t).started()
	var fired []time.Duration
	var timers []*quorate.Timer
	for _, d := range []time.Duration{0, 10, 1, 11, 12, 2, 3, 13, 14, 15, 16, 4, 5, 6, 7} {
		timer := w.NewTimer("t", func() { fired = append(fired, d) })
		timer.Reset(d)
		timers = append(timers, timer)
	}
	timers[3].Stop()
	w.Tick(20)
	if !slices.IsSorted(fired) || len(fired) != 14 {
		t.Errorf("fired %v", fired)
	}
}

// The heap agrees with a list that is searched, for any use of it.
func TestTimersAgainstASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cluster, _ := quorate.Grid(1, 1)
		n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Start(0, nil); err != nil {
			t.Fatal(err)
		}
		const idle = -1
		var timers [8]*quorate.Timer
		var due [8]time.Duration
		var fired []int
		for i := range timers {
			timers[i], due[i] = n.NewTimer(fmt.Sprint(i), func() { fired = append(fired, i) }), idle
		}
		which := rapid.IntRange(0, len(timers)-1)
		t.Repeat(map[string]func(*rapid.T){
			"reset": func(t *rapid.T) {
				i, d := which.Draw(t, "timer"), time.Duration(rapid.IntRange(0, 9).Draw(t, "d"))
				timers[i].Reset(d)
				due[i] = n.Now() + d
			},
			"stop": func(t *rapid.T) {
				i := which.Draw(t, "timer")
				timers[i].Stop()
				due[i] = idle
			},
			"tick": func(t *rapid.T) {
				now := n.Now() + time.Duration(rapid.IntRange(0, 5).Draw(t, "step"))
				var want []int
				for i := range due {
					if due[i] != idle && due[i] <= now {
						want = append(want, i)
					}
				}
				slices.SortFunc(want, func(a, b int) int { return cmp.Or(cmp.Compare(due[a], due[b]), cmp.Compare(a, b)) })
				for _, i := range want {
					due[i] = idle
				}
				fired = nil
				if n.Tick(now); !slices.Equal(fired, want) {
					t.Fatalf("Tick(%v) fired %v, want %v", now, fired, want)
				}
			},
			"": func(t *rapid.T) {
				for i := range due {
					if timers[i].Armed() != (due[i] != idle) {
						t.Fatalf("timer %d armed: %v", i, timers[i].Armed())
					}
				}
			},
		})
	})
}

func BenchmarkTimerReset(b *testing.B) {
	w := onWorkbench(b).started()
	var timers []*quorate.Timer
	for i := range 100 {
		timers = append(timers, w.NewTimer(fmt.Sprint(i), func() {}))
		timers[i].Reset(time.Duration(i))
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		timers[i%100].Reset(time.Duration(i*7919) % 100)
		i++
	}
}
