package bench

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/workload"
)

// keysOf draws keys of a loop, so long after the clients began.
func keysOf(cfg Config, loop, n int, now time.Duration) []int {
	cfg.Prefix = "k"
	s := streamOf(cfg, loop)
	keys := make([]int, n)
	for i := range keys {
		keys[i], _ = strconv.Atoi(s.op(now).Key[1:])
	}
	return keys
}

func share(keys []int, is func(key int) bool) float64 {
	n := 0
	for _, key := range keys {
		if is(key) {
			n++
		}
	}
	return float64(n) / float64(len(keys))
}

func TestZonalKeys(t *testing.T) {
	const n = 20_000
	cfg := Config{Zones: 5, Keys: 510, Locality: 0.8, Moving: 2, Hot: 0.1, HotKeys: 10}
	for loop := range 7 { // more than one in some zones
		for _, after := range []time.Duration{0, 25 * time.Second} {
			keys := keysOf(cfg, loop, n, after)
			moved := int(2 * after.Seconds())
			if got := share(keys, func(key int) bool { return key < 10 }); math.Abs(got-0.1) > 0.02 {
				t.Errorf("loop %d: a share of %v on hot keys", loop, got)
			}
			home := share(keys, func(key int) bool {
				return key >= 10 && workload.Home((key-10-moved+500)%500, 500, 5) == loop%5
			})
			if math.Abs(home-0.8*0.9) > 0.02 {
				t.Errorf("loop %d after %v: a share of %v on home keys", loop, after, home)
			}
		}
	}
	hot := keysOf(cfg, 0, n, 0)
	for key := range 10 {
		if got := share(hot, func(k int) bool { return k == key }); math.Abs(got-0.01) > 0.005 {
			t.Errorf("hot key %d: a share of %v", key, got)
		}
	}
	// Hot keys alone: the others are all used alike, by one zone as well.
	keys := keysOf(Config{Keys: 20, Hot: 0.5}, 0, n, time.Hour)
	for key := range 20 {
		if got := share(keys, func(k int) bool { return k == key }); math.Abs(got-0.05) > 0.01 {
			t.Errorf("key %d of 20, half of them hot: a share of %v", key, got)
		}
	}
}

// An operation of a zone takes as long as the distances say: with objects that move to
// where they are used, as good as all end within the zone. Where a leader decides, none
// does, and where everybody does, none either.
func TestVirtualLocality(t *testing.T) {
	local := map[string]float64{"paxos": 0, "epaxos": 0, "wpaxos": 0.9}
	for protocol, want := range local {
		cfg := Config{
			Protocol: protocol, Zones: 3, Nodes: 3, Clients: 6, Keys: 60, Locality: 0.98, Duration: time.Second, WAN: "aws3", Virtual: &Virtual{},
		}
		r := runOne(t, cfg)
		for _, g := range r.Regions {
			if g.Local == nil || *g.Local < want || want == 0 && *g.Local > 0 {
				t.Errorf("%s: region %+v, want a share within it of %v", protocol, g, want)
			}
			if g.Leader && protocol != "paxos" {
				t.Errorf("%s has a leader in %s", protocol, g.Name)
			}
			sum := 0.0
			for _, s := range g.Series {
				sum += s.Throughput / 10
			}
			if len(g.Series) != 10 || math.Abs(sum-float64(g.Operations)) > 1 || g.Operations > 50 && g.Series[5].Mean == 0 || g.Reads.P50 == 0 || g.Writes.P50 == 0 {
				t.Errorf("%s: %d operations in %s, series %+v", protocol, g.Operations, g.Name, g.Series)
			}
		}
		if s := r.Spread; s == nil || s.Locality != 0.98 || s.Sigma == nil || *s.Sigma < 4 || *s.Sigma > 5 || r.Check.Keys != 60 {
			t.Errorf("%s: %+v", protocol, s)
		}
		if e := r.Execution; protocol != "wpaxos" && (e.Steals != 0 || e.StealTries != 0) {
			t.Errorf("%s: %+v", protocol, e)
		}
	}
}

// Objects follow when what the zones use moves.
func TestVirtualMoves(t *testing.T) {
	cfg := Config{
		Protocol: "wpaxos", Zones: 3, Nodes: 1, Clients: 3, Keys: 30, Locality: 0.99, WriteRatio: ReadOnly, Warmup: NoWarmup, Duration: 2 * time.Second, WAN: "aws3", Virtual: &Virtual{},
	}
	still := runOne(t, cfg)
	cfg.Moving = 3
	moving := runOne(t, cfg)
	if moving.Execution.Steals < still.Execution.Steals+5 {
		t.Errorf("%d steals of keys that move by 3 a second, %d of those that do not", moving.Execution.Steals, still.Execution.Steals)
	}
	if still.Writes+moving.Writes > 0 {
		t.Errorf("%d writes in the measured time: keys are written for the first time", still.Writes+moving.Writes)
	}
	if e := moving.Execution; e.StealTries == 0 || e.StealRate*2 != float64(e.Steals) {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(moving.Spread.String(), "moving by 3 a second") {
		t.Errorf("%v", moving.Spread)
	}
}

// In real time, too, all keys are there when measuring begins.
func TestPreloadInRealTime(t *testing.T) {
	report, err := Run(context.Background(), Config{
		Zones: 3, Nodes: 1, Clients: 6, Keys: 90, Locality: 0.9, WriteRatio: ReadOnly, Warmup: NoWarmup, Duration: 20 * time.Millisecond,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Runs[0]; r.Linearizable != "ok" || r.Writes != 0 || r.Check.Keys != 90 {
		t.Errorf("%+v, %+v", r, r.Check)
	}
}

func TestZonalValidate(t *testing.T) {
	zones := Config{Zones: 3, Nodes: 1, Locality: 0.9}
	if err := zones.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"at least 2 zones":       func(c *Config) { c.Zones = 1 },
		"locality of 1.5":        func(c *Config) { c.Locality = 1.5 },
		"locality of NaN":        func(c *Config) { c.Locality = math.NaN() },
		"conflicts with":         func(c *Config) { c.Conflicts = 0.1 },
		"hot keys: want 0 to 1":  func(c *Config) { c.Hot = -0.1 },
		"without a share":        func(c *Config) { c.HotKeys = 3 },
		"others are left":        func(c *Config) { c.Hot, c.HotKeys = 0.1, 1000 },
		"want a number":          func(c *Config) { c.Moving = math.Inf(1) },
		"without a locality":     func(c *Config) { c.Locality, c.Moving = 0, 1 },
		"2 clients with keys of": func(c *Config) { c.Clients = 2 },
	} {
		cfg := zones
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
