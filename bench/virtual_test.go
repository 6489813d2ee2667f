package bench

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
)

// far is a run over three regions, one member and five clients in each.
func far(protocol string, conflicts float64) Config {
	return Config{
		Protocol: protocol, Zones: 3, Nodes: 1, Clients: 15, Conflicts: conflicts, WriteRatio: 1, Duration: 10 * time.Second,
		WAN: "aws3", Virtual: &Virtual{},
	}
}

func runOne(t *testing.T, cfg Config) *Result {
	t.Helper()
	report, err := Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &report.Runs[0]
	if r.Linearizable != "ok" || r.Errors != 0 {
		t.Errorf("%s: %s %s, %d errors", r.Protocol, r.Linearizable, r.Why, r.Errors)
	}
	return r
}

// What each region pays follows from the distances: with a leader the way to it,
// and from there to the nearest member and back; without one the way to the
// nearest member and back.
func TestVirtualRegions(t *testing.T) {
	for _, test := range []struct {
		protocol string
		leader   int // zone, -1 for none
		want     [3]float64
	}{
		{"paxos", 0, [3]float64{60, 120, 129}}, // Virginia, California, Ireland
		{"paxos", 2, [3]float64{138, 197, 69}},
		{"trex", 1, [3]float64{120, 60, 188}},
		{"epaxos", -1, [3]float64{60, 60, 69}},
	} {
		cfg := far(test.protocol, NoConflicts)
		cfg.Lead = max(0, test.leader) + 1
		r := runOne(t, cfg)
		sum := uint64(0)
		for i, g := range r.Regions {
			sum += g.Operations
			if g.Latency.P50 < test.want[i] || g.Latency.P50 > test.want[i]+6 || g.Leader != (i == test.leader) || g.Clients != 5 || g.Zone != i+1 {
				t.Errorf("%s with leader %d: region %+v, want p50 %v", test.protocol, test.leader, g, test.want[i])
			}
		}
		if len(r.Regions) != 3 || sum != r.Operations || r.Latency.P50 == 0 || r.Transport != "virtual" || r.WAN != "aws3" {
			t.Errorf("%s: %+v", test.protocol, r)
		}
	}
}

func TestVirtualIsDeterministic(t *testing.T) {
	a, b := runOne(t, far("epaxos", 0.1)), runOne(t, far("epaxos", 0.1))
	if !reflect.DeepEqual(a, b) {
		t.Errorf("one seed, two reports:\n%+v\n%+v", a, b)
	}
	cfg := far("epaxos", 0.1)
	cfg.Seed = 2
	if c := runOne(t, cfg); reflect.DeepEqual(a.Latency, c.Latency) {
		t.Error("another seed, the same latencies")
	}
}

// The more commands conflict, the more take a second round trip, and wait for
// others.
func TestVirtualExecution(t *testing.T) {
	none, all := runOne(t, far("epaxos", NoConflicts)).Execution, runOne(t, far("epaxos", 1)).Execution
	if none.FastRatio != 1 || none.Components != 0 || none.InComponents != 0 || none.Delay.Max != 0 || none.Fast == 0 {
		t.Errorf("without conflicts: %+v", none)
	}
	if all.FastRatio > 0.5 || all.Slow == 0 || all.Components == 0 || all.InComponents < 0.5 || all.ComponentMax < 2 || all.ComponentP99 > all.ComponentMax || all.Delay.P999 == 0 {
		t.Errorf("with conflicts only: %+v", all)
	}
	if e := runOne(t, far("paxos", 1)).Execution; e.Fast+e.Slow != 0 || e.Components != 0 {
		t.Errorf("paxos: %+v", e)
	}
}

// A member dies in a data centre: the others go on, and what it had under way is
// resolved, or the world would not come to its end.
func TestVirtualKill(t *testing.T) {
	cfg := Config{
		Protocol: "epaxos", Zones: 5, Nodes: 1, Clients: 10, Conflicts: 0.5, WriteRatio: 1, Duration: 5 * time.Second,
		Virtual: &Virtual{Kill: []int{4}, KillAt: time.Second}, Jitter: 10 * time.Millisecond,
	}
	r := runOne(t, cfg)
	for _, g := range r.Regions[:4] {
		if g.Gap > 500 || g.Unknown != 0 {
			t.Errorf("%s: nothing for %v ms, %d unknown", g.Name, g.Gap, g.Unknown)
		}
	}
	if r.Regions[4].Operations == 0 {
		t.Error("the clients of the dead member found no other")
	}
	if len(r.Series) != 10 || r.Series[0].Throughput == 0 || r.Series[9].Seconds != 5 {
		t.Errorf("series %+v", r.Series)
	}
}

func TestVirtualIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var phases []Phase
	cfg := far("epaxos", 0.1)
	cfg.Duration = time.Hour
	report, err := Run(ctx, cfg, func(p Progress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
		if p.Phase == Measuring && p.Elapsed > 5*time.Second {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	r := report.Runs[0]
	if !r.Interrupted || r.Duration < 5 || r.Duration > 60 || r.Operations == 0 || len(r.Series) == 0 || r.Linearizable != "unknown" {
		t.Errorf("%+v", r)
	}
	if !reflect.DeepEqual(phases, []Phase{Starting, Warming, Measuring}) {
		t.Errorf("phases %v", phases)
	}
}

func TestVirtualValidate(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"want one of aws3":       func(c *Config) { c.WAN = "mars" },
		"leader in zone 4":       func(c *Config) { c.Lead = 4 },
		"member 4 dies":          func(c *Config) { c.Virtual.Kill = []int{3} },
		"die after 11s":          func(c *Config) { c.Virtual.KillAt = 11 * time.Second },
		"directory for journals": func(c *Config) { c.DataDir = "x" },
		"share sessions":         func(c *Config) { c.Sessions = 1 },
		"loss":                   func(c *Config) { c.Virtual.Loss = 2 },
		"4097 clients":           func(c *Config) { c.Clients, c.Sessions = 4097, 0 },
		"nobody is left":         func(c *Config) { c.Virtual.Kill = []int{0, 1, 2} },
		"conflicts of 1.5":       func(c *Config) { c.Conflicts = 1.5 },
		"conflicts of -0.5":      func(c *Config) { c.Conflicts = -0.5 },
		"epaxos has no leader":   func(c *Config) { c.Options = protocols.Options{Lease: time.Second} },
	} {
		cfg := far("epaxos", NoConflicts)
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestConflicting(t *testing.T) {
	for _, share := range []float64{NoConflicts, 0.25, 1} {
		cfg := Config{Clients: 3, Conflicts: share}.WithDefaults()
		if cfg.Keys != 4 {
			t.Fatalf("%d keys", cfg.Keys)
		}
		const draws = 10_000
		hot := 0
		for _, key := range keysOf(Config{Clients: 3, Conflicts: share}, 2, draws, 0) {
			switch key {
			case 0:
				hot++
			case 3:
			default:
				t.Fatalf("client 2 uses key %d", key)
			}
		}
		if got := float64(hot) / draws; got < max(0, share)-0.02 || got > max(0, share)+0.02 {
			t.Errorf("a share of %v on the hot key, want %v", got, share)
		}
	}
}

// Where a fast quorum is a little farther than a slow one, which the protocol finds
// out, it waits for it rather than take another round; and it sends nothing again
// over distances longer than any timeout.
func TestVirtualDistances(t *testing.T) {
	cfg := far("epaxos", NoConflicts)
	cfg.Zones, cfg.Nodes, cfg.WAN = 5, 3, "aws5"
	r := runOne(t, cfg)
	for i, want := range []float64{69, 79, 108, 128, 146} { // the eleventh of fifteen members
		if g := r.Regions[i]; g.Latency.P50 < want || g.Latency.P50 > want+6 {
			t.Errorf("region %+v, want p50 %v", g, want)
		}
	}
	if e := r.Execution; e.FastRatio < 0.95 || e.Retransmitted > 5 || e.Recoveries > 0 {
		t.Errorf("%+v", e)
	}
}

// What is loaded before takes less than it is given: clients go on meanwhile, and the
// warm-up that is reported is the one that was.
func TestVirtualWarmup(t *testing.T) {
	plain := far("epaxos", 0)
	plain.Keys, plain.Duration = 60, 2*time.Second
	loaded := plain
	loaded.Locality = 0.9
	if r := runOne(t, plain); r.Warmup != 1 {
		t.Errorf("a warm-up of %v s without anything to load", r.Warmup)
	}
	if r := runOne(t, loaded); r.Warmup <= 1 || r.Warmup > 3 {
		t.Errorf("a warm-up of %v s after what was loaded", r.Warmup)
	}
}

// A processor that takes time for messages makes operations take longer, and says so.
func TestVirtualService(t *testing.T) {
	cfg := far("paxos", NoConflicts)
	cfg.Duration = 2 * time.Second
	free := runOne(t, cfg)
	service, err := ParseService("in=0.2ms, out=50us,byte=0.8ns,command=1us")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Virtual = &Virtual{Service: service}
	busy := runOne(t, cfg)
	if free.World.Service != nil || *busy.World.Service != (ServiceTimes{In: 200, Out: 50, Command: 1, Byte: 0.8}) || busy.World.Jitter != 1 {
		t.Errorf("%+v and %+v", free.World, busy.World.Service)
	}
	if more := busy.Latency.P50 - free.Latency.P50; more < 0.5 || more > 8 {
		t.Errorf("p50 %v ms, and %v with processors that take time", free.Latency.P50, busy.Latency.P50)
	}
	if again := runOne(t, cfg); !reflect.DeepEqual(again, busy) {
		t.Error("one seed, two reports")
	}
}
