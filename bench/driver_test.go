package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// under runs a benchmark on an async fake.
func under(t *testing.T, a *async, cfg Config, then func(r *Result)) {
	t.Helper()
	cfg.Start = a.start
	bubble(t, cfg, a.fake, then)
}

func near(got, want, by float64) bool { return math.Abs(got-want) <= by }

// Rule: nothing arrives while keys are loaded, nor is that caught up with.
func TestOpenLoopBeginsAfterTheLoad(t *testing.T) {
	a := newAsync(10 * time.Millisecond)
	a.fake.delay = 10 * time.Millisecond
	load := Load{Rate: 1000, Arrivals: Evenly}
	under(t, a, Config{Workload: preset(t, "ycsb-c"), Keys: 100, Clients: 2, Load: load, Duration: time.Second, Warmup: NoWarmup}, func(r *Result) {
		if r.Loaded == nil || r.Loaded.Seconds < 0.4 || r.Loaded.Keys != 100 || r.Check.Done != 1100 || r.Offered.Arrived != 1000 {
			t.Errorf("loaded %+v, checked %+v, offered %+v", r.Loaded, r.Check, r.Offered)
		}
	})
}

// Whoever comes while the server stands still is in the figures, although only a few
// calls are under way at the time: latencies count from when calls were meant to begin.
func TestOpenLoopOmitsNobody(t *testing.T) {
	for _, pipeline := range []int{0, 1} {
		a := newAsync(0)
		a.took = stalled
		load := Load{Rate: 1000, Arrivals: Evenly, Pipeline: pipeline}
		under(t, a, Config{Clients: 10, Load: load, NoCheck: true}, func(r *Result) {
			o := r.Offered
			if o.Arrived != 5000 || r.Operations != 5000 || o.Shed != 0 || !*o.Sustained {
				t.Errorf("pipeline %d: %d arrived, %d executed, %d shed, sustained %v: %s", pipeline, o.Arrived, r.Operations, o.Shed, *o.Sustained, o.Why)
			}
			if !near(r.Latency.P99, 951, 10) || !near(r.Latency.P95, 760, 20) || !near(r.Latency.Max, 1001, 2) {
				t.Errorf("pipeline %d: latency %+v, want those of 1000 arrivals in a second of silence", pipeline, r.Latency)
			}
			if pipeline == 1 && (o.Service.P99 > 1.1 || !near(o.Service.Max, 1001, 2) || o.MaxBacklog < 990) {
				t.Errorf("service %+v, %d waited: want ten slow calls only", o.Service, o.MaxBacklog)
			}
			if o.Late.Max > 0.3 || r.LimitedBy != "" {
				t.Errorf("pipeline %d: calls began late by %+v, limited by %q", pipeline, o.Late, r.LimitedBy)
			}
		})
		if pipeline == 1 && a.max != 10 {
			t.Errorf("%d calls at a time of 10 clients with one each", a.max)
		}
	}
}

// Without Start a call has a goroutine, and the figures are the same.
func TestOpenLoopWithoutStart(t *testing.T) {
	f := newFake()
	f.delay = 10 * time.Millisecond
	bubble(t, Config{Clients: 5, Load: Load{Rate: 2000}, Duration: 2 * time.Second}, f, func(r *Result) {
		if o := r.Offered; !near(o.Rate, 2000, 100) || !near(r.Throughput, 2000, 100) || r.Latency.P50 > 10.5 || r.Latency.P50 < 10 || !*o.Sustained {
			t.Errorf("%+v, %+v", o, r.Latency)
		}
		if r.Linearizable != "ok" || r.Check.Done < 5000 {
			t.Errorf("linearizable %s: %s, %+v", r.Linearizable, r.Why, r.Check)
		}
	})
}

// A backlog is bounded; what exceeds it is counted, and has no latency.
func TestOpenLoopSheds(t *testing.T) {
	a := newAsync(-1)
	under(t, a, Config{Clients: 3, Load: Load{Rate: 1000, Arrivals: Evenly, Backlog: 99}, NoCheck: true, Warmup: NoWarmup, Duration: time.Second}, func(r *Result) {
		o := r.Offered
		if o.Arrived != 1000 || o.Shed != 901 || o.MaxBacklog != 99 || r.Unknown != 99 || *o.Sustained || !strings.Contains(o.Why, "901 of 1000 calls never began") {
			t.Errorf("%+v, %d unknown", o, r.Unknown)
		}
		if r.Latency != (Latency{}) || r.Operations != 0 {
			t.Errorf("%d operations, %+v", r.Operations, r.Latency)
		}
		for _, b := range r.ByOperation {
			if b.Outcome != "unknown" || b.Latency.P50 < 1900 {
				t.Errorf("%+v, want calls given up after two seconds and more", b)
			}
		}
	})
	// Those that wait when the time is over were shed, too.
	a = newAsync(-1)
	under(t, a, Config{Clients: 2, Load: Load{Rate: 100, Arrivals: Evenly, Pipeline: 1}, NoCheck: true, Warmup: NoWarmup, Duration: time.Second}, func(r *Result) {
		if o := r.Offered; o.Arrived != 100 || o.Shed != 98 || r.Unknown != 2 {
			t.Errorf("%+v, %d unknown", o, r.Unknown)
		}
	})
}

// No more calls are under way than a member admits, unless each client has a bound of
// its own: the others wait, and that is in their latencies.
func TestOpenLoopHoldsBack(t *testing.T) {
	run := func(pipeline int) (*async, *Result) {
		a := newAsync(time.Second)
		var r *Result
		under(t, a, Config{Clients: 8, Load: Load{Rate: 16384, Arrivals: Evenly, Pipeline: pipeline}, NoCheck: true, Warmup: NoWarmup, Duration: 2 * time.Second}, func(got *Result) { r = got })
		return a, r
	}
	a, r := run(0)
	if a.max != mostFlying || r.Offered.Shed != 0 || r.Operations != mostFlying || *r.Offered.Sustained {
		t.Errorf("%d at a time, %d executed, %+v: want %d, as many, and all", a.max, r.Operations, r.Offered, mostFlying)
	}
	// The last of 32768 arrives after 2 seconds, and is answered with the fourth 8192.
	if r.Latency.Max < 1990 || r.Latency.Max > 2510 || r.Offered.Service.Max > 1002 {
		t.Errorf("latency %+v, service %+v", r.Latency, r.Offered.Service)
	}
	if a, r = run(MaxPipeline); a.max < 16000 || r.Latency.Max > 1002 || !near(r.Throughput, 8192, 100) {
		t.Errorf("%d at a time, latency %+v, throughput %v: want those of one second", a.max, r.Latency, r.Throughput)
	}
}

// A queue that grows is not a rate sustained, though every call is executed some day.
func TestOpenLoopTellsOverload(t *testing.T) {
	run := func(load Load, each time.Duration) (r *Result) {
		a := newAsync(0)
		free := time.Duration(0)
		a.took = func(at time.Duration, _ uint64) time.Duration { // one after the other
			free = max(free, at) + each
			return free - at
		}
		under(t, a, Config{Clients: 4, Load: load, NoCheck: true, Duration: 3 * time.Second}, func(got *Result) { r = got })
		return r
	}
	slow := run(Load{Rate: 1000, Arrivals: Evenly}, 1100*time.Microsecond)
	if o := slow.Offered; *o.Sustained || o.Shed != 0 || !strings.Contains(o.Why, "at the end") || !near(o.Achieved, 909, 2) || o.Rate != 1000 {
		t.Errorf("sustained %v: %s; %+v", *o.Sustained, o.Why, o)
	}
	for _, load := range []Load{{Rate: 900}, {Rate: 900, Arrivals: Evenly}, {Ramp: &Ramp{From: 10, To: 900}}} {
		if o := run(load, 1100*time.Microsecond).Offered; !*o.Sustained {
			t.Errorf("%+v: not sustained: %s", load, o.Why)
		}
	}
}

// Whatever the servers do, a seed fixes when calls are to begin, in which lane, and
// what for.
func TestSeedFixesTheLoad(t *testing.T) {
	calls := func(seed uint64, took time.Duration, kind string) map[int][]begun {
		a := newAsync(took)
		under(t, a, Config{Clients: 7, Seed: seed, Load: Load{Rate: 500, Arrivals: kind}, NoCheck: true, Warmup: NoWarmup, Duration: time.Second}, func(*Result) {})
		return a.calls
	}
	for _, kind := range ArrivalKinds() {
		first, again, other := calls(3, time.Millisecond, kind), calls(3, 300*time.Millisecond, kind), calls(4, time.Millisecond, kind)
		for i := range 7 {
			if !slices.EqualFunc(first[i], again[i], func(x, y begun) bool {
				return x.at == y.at && x.op.Kind == y.op.Kind && x.op.Key == y.op.Key && x.val == y.val
			}) {
				t.Errorf("%s, lane %d: a seed means two things", kind, i)
			}
			if n := len(first[i]); n < 40 || n > 100 {
				t.Errorf("%s, lane %d: %d calls of 500", kind, i, n)
			}
			if slices.EqualFunc(first[i], other[i], func(x, y begun) bool { return x.op.Key == y.op.Key }) {
				t.Errorf("%s, lane %d: two seeds mean one thing", kind, i)
			}
		}
	}
}

// Clients of closed loops keep as many calls under way as they are told, and the
// history tells all of them apart.
func TestPipelining(t *testing.T) {
	a := newAsync(10 * time.Millisecond)
	cfg := Config{Clients: 6, Sessions: 3, Load: Load{Pipeline: 8}, Duration: 2 * time.Second}
	check := func(r *Result) {
		t.Helper()
		if !near(r.Throughput, 4800, 50) || r.Latency.P50 < 9.9 || r.Latency.P99 > 10.5 || r.Offered.Pipeline != 8 || r.Offered.Sustained != nil || r.Offered.Late != nil {
			t.Errorf("throughput %v, %+v, %+v", r.Throughput, r.Latency, r.Offered)
		}
		if r.Linearizable != "ok" || r.Check.Done < 14000 || r.Check.Open != 0 {
			t.Errorf("linearizable %s: %s, %+v", r.Linearizable, r.Why, r.Check)
		}
	}
	under(t, a, cfg, check)
	if a.max != 48 {
		t.Errorf("%d calls at a time, want 48", a.max)
	}
	f := newFake()
	f.delay = 10 * time.Millisecond
	bubble(t, cfg, f, check)
}

// The history of calls that overlap is checked as any: spoiled answers are found.
func TestPipeliningFindsViolations(t *testing.T) {
	for _, load := range []Load{{Pipeline: 4}, {Rate: 2000}} {
		a := newAsync(time.Millisecond)
		a.spoil = func(n uint64, _ client.Op, res *client.Result) error {
			if n > 50 && res.Version > 1 {
				res.Version--
			}
			return nil
		}
		under(t, a, Config{Clients: 4, Keys: 5, Load: load, Duration: time.Second}, func(r *Result) {
			if r.Linearizable != "violation" {
				t.Errorf("%+v: linearizable %q: %s", load, r.Linearizable, r.Why)
			}
		})
	}
}

// Calls that never end are given up when the run is over. They stay open in the
// history, and what is told of them later is too late.
func TestDriversGiveUp(t *testing.T) {
	for _, load := range []Load{{Pipeline: 2}, {Rate: 1000, Arrivals: Evenly}} {
		a := newAsync(0)
		a.took = func(_ time.Duration, n uint64) time.Duration {
			if n%1000 == 7 {
				return -1
			}
			return 10 * time.Millisecond
		}
		under(t, a, Config{Clients: 4, Load: load, Duration: 2 * time.Second, Warmup: NoWarmup}, func(r *Result) {
			n := uint64(len(a.late))
			if n == 0 || r.Unknown != n || r.Check.Open != int(n) || r.Linearizable != "ok" || r.Errors != 0 {
				t.Errorf("%+v: %d calls never ended; %d unknown, %+v, linearizable %s: %s", load, n, r.Unknown, r.Check, r.Linearizable, r.Why)
			}
		})
	}
}

// Rule: a call ends once: as it was told first, and not at all if it was given up.
func TestCallsEndOnce(t *testing.T) {
	d := &driver{}
	c := &call{driver: d, lane: &lane{loop: &loop{window: &window{now: func() time.Duration { return time.Second }}}}}
	c.Ended(client.Result{OK: true}, nil)
	if len(d.ended) != 0 || c.res.OK || c.returned != 0 {
		t.Errorf("%d calls have ended after one was given up: %+v at %v", len(d.ended), c.res, c.returned)
	}
	c.flies.Store(true)
	c.Ended(client.Result{OK: true, Version: 3}, nil)
	c.Ended(client.Result{}, client.ErrUnknown)
	if len(d.ended) != 1 || c.err != nil || c.res.Version != 3 || c.returned != time.Second {
		t.Errorf("%d calls have ended: %+v, %v", len(d.ended), c.res, c.err)
	}
}

// Failures have latencies of their own, by operation and outcome, and a driver whose
// calls fail at once does not spin.
func TestOutcomesOfDrivers(t *testing.T) {
	a := newAsync(2 * time.Millisecond)
	a.spoil = func(n uint64, _ client.Op, _ *client.Result) error {
		switch n % 4 {
		case 1:
			return client.ErrUnknown
		case 2:
			return fmt.Errorf("%w: overloaded", client.ErrNotExecuted)
		}
		return nil
	}
	under(t, a, Config{Clients: 4, Load: Load{Rate: 1000, Arrivals: Evenly}, Keys: 100, Duration: 2 * time.Second}, func(r *Result) {
		counts := map[string]uint64{}
		for _, b := range r.ByOperation {
			counts[b.Outcome] += b.Count
			if b.Operation != "get" && b.Operation != "put" || b.Zone != 0 || !near(b.Latency.P50, 2.1, 0.2) {
				t.Errorf("%+v", b)
			}
		}
		if counts["done"] != r.Operations || counts["unknown"] != r.Unknown || counts["not executed"] != r.Errors || r.Errors != 500 || r.Unknown != 500 {
			t.Errorf("%v; %d operations, %d errors, %d unknown", counts, r.Operations, r.Errors, r.Unknown)
		}
		if o := r.Offered; *o.Sustained || !strings.Contains(o.Why, "1000 of 2000 calls failed") {
			t.Errorf("sustained: %s", o.Why)
		}
	})
	f := newFake()
	f.instead = func(context.Context, uint64, client.Op) error { return client.ErrNotExecuted }
	bubble(t, Config{Clients: 4, Load: Load{Pipeline: 2}, Duration: time.Second}, f, func(r *Result) {
		if r.Errors < 4000 || r.Errors > 8000 {
			t.Errorf("%d errors, want one of each of 8 a millisecond or a bit more", r.Errors)
		}
	})
}

// A client that cannot keep up with its own schedule says so, in any world.
func TestLateClients(t *testing.T) {
	a := newAsync(time.Millisecond)
	a.cost = 10 * time.Millisecond
	under(t, a, Config{Clients: 1, Load: Load{Rate: 200, Arrivals: Evenly}, NoCheck: true, Duration: 2 * time.Second}, func(r *Result) {
		if r.Offered.Late.P99 < 1000 || r.LimitedBy != limitClients {
			t.Errorf("late by %+v, limited by %q", r.Offered.Late, r.LimitedBy)
		}
		if r.Latency.P99 < 1000 || r.Offered.Service.P99 > 12 {
			t.Errorf("latency %+v, service %+v", r.Latency, r.Offered.Service)
		}
		var b strings.Builder
		if err := WriteDetails(&b, r); err != nil || !strings.Contains(b.String(), "the clients: their calls began late") {
			t.Errorf("%v: %s", err, b.String())
		}
	})
}

// Clients of several zones are told apart by operation.
func TestDriversTellZonesApart(t *testing.T) {
	tallies := []*tally{newTally(0), newTally(1), newTally(1)}
	for i, took := range []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond} {
		tallies[i].done(quorate.OpPutIf, took)
		tallies[i].failed(quorate.OpDelete, quorate.Unknown, took)
	}
	got := byOperation(tallies, 2)
	if len(got) != 4 || got[0].Operation != "conditional" || got[0].Zone != 1 || got[1].Zone != 2 || got[1].Count != 2 || got[3].Operation != "delete" || got[3].Outcome != "unknown" {
		t.Errorf("%+v", got)
	}
}

// A client that thinks calls as rarely as that makes it, in each kind of closed loop.
func TestThinkTimes(t *testing.T) {
	for _, load := range []Load{{Think: 40 * time.Millisecond}, {Think: 40 * time.Millisecond, Pipeline: 3}, {Think: 40 * time.Millisecond, Exponential: true}} {
		f := newFake()
		f.delay = 10 * time.Millisecond
		bubble(t, Config{Clients: 20, Load: load, NoCheck: true, Duration: 10 * time.Second}, f, func(r *Result) {
			want, by := 400*float64(max(1, load.Pipeline)), 10.0
			if load.Exponential {
				by = 30
			}
			if !near(r.Throughput, want, by) || !near(r.Latency.P99, 10, 0.1) || r.Offered.Think != 40 || r.Offered.Loop != "closed" || load.Pipeline > 1 && r.Offered.Late == nil {
				t.Errorf("%+v: throughput %v, want %v; %+v", load, r.Throughput, want, r.Latency)
			}
		})
	}
	cfg := Config{Load: Load{Think: time.Second, Exponential: true}}
	a, b, other := newThinker(&cfg, 1), newThinker(&cfg, 1), newThinker(&cfg, 2)
	if x := a.next(); x != b.next() || x == other.next() || x == a.next() {
		t.Error("think times do not follow from seed and client")
	}
}

// Ramps move over the measured time, and stay where they came to in the cool-down,
// which does not count.
func TestRamps(t *testing.T) {
	const interval = time.Second
	for _, c := range []struct {
		load  Load
		want  []float64 // in each second
		calls int       // of all, the second of warm-up and that of cool-down included
	}{
		{Load{Ramp: &Ramp{From: 100, To: 900}, Arrivals: Evenly}, []float64{200, 400, 600, 800}, 100 + 2000 + 900},
		{Load{Ramp: &Ramp{Clients: true, From: 1, To: 9}}, []float64{200, 400, 600, 800}, 100 + 2000 + 900},
		{Load{Ramp: &Ramp{Clients: true, From: 9, To: 1}}, []float64{800, 600, 400, 200}, 900 + 2000 + 100},
		{Load{Ramp: &Ramp{Clients: true, From: 1, To: 9}, Pipeline: 2}, []float64{400, 800, 1200, 1600}, 200 + 4000 + 1800},
	} {
		f := newFake()
		f.delay = 10 * time.Millisecond
		c.load.Cooldown = time.Second
		bubble(t, Config{Load: c.load, NoCheck: true, Duration: 4 * time.Second, Interval: interval}, f, func(r *Result) {
			for i, s := range r.Series {
				if slack := 0.13 * 900; !near(s.Throughput, c.want[i], slack) || s.P50 < 9.9 || s.P99 > 10.6 {
					t.Errorf("%+v: sample %+v, want %v a second", c.load.Ramp, s, c.want[i])
				}
			}
			if all := float64(f.calls); len(r.Series) != 4 || !near(all, float64(c.calls), 0.1*float64(c.calls)) {
				t.Errorf("%+v: %v calls in %d samples, want %d", c.load.Ramp, all, len(r.Series), c.calls)
			}
			if o := r.Offered; *o.RampFrom != c.load.Ramp.From || *o.RampTo != c.load.Ramp.To || o.Cooldown != 1 || r.Duration != 4 {
				t.Errorf("%+v", o)
			}
			if c.load.Ramp.Clients && r.Clients != 9 {
				t.Errorf("%d clients", r.Clients)
			}
		})
	}
}

// Whoever interrupts an open loop gets what was measured until then.
func TestOpenLoopInterrupted(t *testing.T) {
	f := newFake()
	f.delay = 10 * time.Millisecond
	var ctx context.Context
	synctest.Test(t, func(t *testing.T) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		report, err := Run(ctx, Config{Clients: 4, Load: Load{Rate: 1000, Arrivals: Evenly, Cooldown: time.Second}, Start: f.start}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := report.Runs[0]; !r.Interrupted || r.Duration != 1 || !near(float64(r.Offered.Arrived), 1000, 1) || !near(float64(r.Operations), 1000, 12) || r.Linearizable != "ok" {
			t.Errorf("interrupted %v after %vs, %+v, %d operations, linearizable %q: %s", r.Interrupted, r.Duration, r.Offered, r.Operations, r.Linearizable, r.Why)
		}
	})
}
