package bench

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/workload"
)

// open is half a second of calls that begin when they are meant to, in one data centre.
func open(rate float64) Config {
	return Config{
		Clients: 6, Load: Load{Rate: rate, Arrivals: Evenly, Cooldown: 100 * time.Millisecond}, Warmup: 100 * time.Millisecond,
		Duration: 500 * time.Millisecond, Virtual: &Virtual{},
	}
}

func TestVirtualOpenLoop(t *testing.T) {
	r := runOne(t, open(4000))
	o := r.Offered
	if o == nil || o.Loop != "open" || o.Arrived != 2000 || o.Asked != 4000 || o.Shed != 0 || !*o.Sustained || o.Service == nil || o.Service.P50 == 0 || o.MaxBacklog < 4 {
		t.Fatalf("%+v", o)
	}
	if r.Operations < 1990 || r.Operations > 2010 || r.Latency != *o.Service || r.Latency.Max > 2 {
		t.Errorf("%d operations, %+v, %+v since they began", r.Operations, r.Latency, o.Service)
	}
	for _, s := range r.Series {
		if s.P50 < 0.8 || s.P99 < s.P50 || s.P99 > 2 || s.Throughput < 3900 || s.Throughput > 4100 {
			t.Errorf("%+v", s)
		}
	}
	var calls uint64
	for _, b := range r.ByOperation {
		calls += b.Count
	}
	if calls != 2000 || len(r.ByOperation) != 2 {
		t.Errorf("%+v", r.ByOperation)
	}
	if again := runOne(t, open(4000)); !reflect.DeepEqual(again, r) {
		t.Error("one seed, two reports")
	}
}

// A member that has 60 us to do for a command cannot do it 40,000 times a second: calls wait, as
// long as the backlog has room, and the others never begin.
func TestVirtualOverload(t *testing.T) {
	cfg := open(40_000)
	cfg.Load.Backlog, cfg.Virtual.Service = 1000, sim.Service{Command: 60 * time.Microsecond}
	r := runOne(t, cfg)
	o := r.Offered
	if *o.Sustained || !strings.Contains(o.Why, "never began") || o.Arrived != 20_000 || o.Shed < 5000 || o.MaxBacklog != 1000 {
		t.Fatalf("%+v", o)
	}
	if o.Achieved > 18_000 || r.Latency.P50 < 2*o.Service.P50 {
		t.Errorf("%v a second, %+v, %+v since they began", o.Achieved, r.Latency, o.Service)
	}
}

// What an answer says of a key is of the call's key, however many of a client are under way:
// nobody else writes, and so conditions hold but for a client's own calls on one key.
func TestVirtualCallsAreApart(t *testing.T) {
	for _, load := range []Load{{Rate: 8000}, {Pipeline: 8}} {
		cfg := open(1)
		cfg.Clients, cfg.Load = 1, load
		cfg.Workload = &workload.Spec{Keys: 20_000, Operations: workload.Operations{Modify: 1}}
		r := runOne(t, cfg)
		if c := r.Conditions; c == nil || c.Writes < 1000 || c.Failed > c.Writes/100 || r.Offered == nil {
			t.Errorf("%+v: %+v", load, c)
		}
		if load.Pipeline > 0 && (r.Throughput < 5*1000/r.Latency.Mean || r.Throughput > 8*1000/r.Latency.Mean+100) {
			t.Errorf("%v a second of eight calls at a time that take %v ms", r.Throughput, r.Latency.Mean)
		}
	}
}

func TestVirtualThink(t *testing.T) {
	cfg := open(1)
	cfg.Load = Load{Think: 10 * time.Millisecond}
	r := runOne(t, cfg)
	if want := 6 * 1000 / (10 + r.Latency.Mean); r.Throughput < 0.9*want || r.Throughput > 1.1*want || r.Latency.Max > 3 {
		t.Errorf("%v a second, %+v, want %v", r.Throughput, r.Latency, want)
	}
}

// An open loop begins when all is loaded.
func TestVirtualOpenLoopLoads(t *testing.T) {
	cfg := open(1000)
	cfg.Workload = &workload.Spec{Keys: 300, Operations: workload.Operations{Get: 1}, Load: workload.LoadAll}
	r := runOne(t, cfg)
	if r.Writes != 0 || r.Offered.Arrived != 500 || r.Check.Done < 300+500 || r.Warmup <= 0.1 {
		t.Errorf("%d writes, %+v, %+v, warm-up %v", r.Writes, r.Offered, r.Check, r.Warmup)
	}
}
