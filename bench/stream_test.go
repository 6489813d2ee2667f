package bench

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/workload"
)

// streamOf returns that of a loop.
func streamOf(cfg Config, loop int) *stream {
	cfg = cfg.WithDefaults()
	plan, err := cfg.plan()
	if err != nil {
		panic(err)
	}
	return newStream(plan, loop)
}

// draw returns the first n operations of a loop.
func draw(cfg Config, loop, n int) []client.Op {
	cfg.Prefix = "key"
	s := streamOf(cfg, loop)
	var ops []client.Op
	for range n {
		op := s.op(0)
		op.Value = bytes.Clone(op.Value)
		ops = append(ops, op)
	}
	return ops
}

func same(a, b []client.Op) bool {
	return slices.EqualFunc(a, b, func(x, y client.Op) bool {
		return x.Kind == y.Kind && x.Key == y.Key && bytes.Equal(x.Value, y.Value) && x.Read == y.Read
	})
}

// A seed means the same next year.
func TestSeedFixesTheStream(t *testing.T) {
	if !same(draw(Config{Seed: 5}, 3, 100), draw(Config{Seed: 5}, 3, 100)) {
		t.Error("one seed, two streams")
	}
	if same(draw(Config{Seed: 5}, 3, 100), draw(Config{Seed: 6}, 3, 100)) {
		t.Error("two seeds, one stream")
	}
	if same(draw(Config{Seed: 5}, 3, 100), draw(Config{Seed: 5}, 4, 100)) {
		t.Error("two loops, one stream")
	}
	var got []string
	for _, op := range draw(Config{ValueSize: 20}, 2, 6) {
		got = append(got, op.Kind.String()+" "+op.Key+" "+string(op.Value))
	}
	want := []string{"put key769 00020000000000010002", "put key784 00020000000000020002", "put key234 00020000000000030002",
		"put key499 00020000000000040002", "put key132 00020000000000050002", "get key661 "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestStreamFollowsItsSettings(t *testing.T) {
	const n = 20000
	for _, ratio := range []float64{ReadOnly, 0.1, 0.5, 1} {
		writes, keys := 0, map[string]int{}
		for _, op := range draw(Config{WriteRatio: ratio, Keys: 10, ValueSize: 24, Read: quorate.ReadIndex}, 0, n) {
			keys[op.Key]++
			if op.Kind == quorate.OpPut {
				writes++
				if len(op.Value) != 24 {
					t.Fatalf("a value of %d bytes", len(op.Value))
				}
			} else if op.Kind != quorate.OpGet || op.Read != quorate.ReadIndex || op.Value != nil {
				t.Fatalf("%+v", op)
			}
		}
		if share := float64(writes) / n; math.Abs(share-max(ratio, 0)) > 0.02 {
			t.Errorf("write ratio %v, want %v", share, ratio)
		}
		for key, count := range keys {
			if math.Abs(float64(count)/n-0.1) > 0.02 {
				t.Errorf("key %s chosen %d times of %d, want a tenth", key, count, n)
			}
		}
		if len(keys) != 10 {
			t.Errorf("%d keys, want 10", len(keys))
		}
	}
}

func TestValuesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for loop := range 50 {
		for _, op := range draw(Config{WriteRatio: 1, ValueSize: workload.Stamp}, loop, 200) {
			if seen[string(op.Value)] {
				t.Fatalf("value %s comes twice", op.Value)
			}
			seen[string(op.Value)] = true
		}
	}
}

func TestDefaultsAndLimits(t *testing.T) {
	c := Config{}.WithDefaults()
	if c.Protocol != "paxos" || c.Zones != 1 || c.Nodes != 3 || c.Transport != "chan" || c.Clients != 64 || c.Sessions != 64 ||
		c.Keys != 1000 || c.WriteRatio != 0.5 || c.ValueSize != 100 || c.Warmup != time.Second || c.Duration != 5*time.Second ||
		c.Seed != 1 || c.NoCheck || c.Read != quorate.ReadLog {
		t.Errorf("defaults %+v", c)
	}
	if c := (Config{WriteRatio: ReadOnly, ValueSize: EmptyValues, Warmup: NoWarmup}).WithDefaults(); c.WriteRatio != 0 || c.ValueSize != 0 || c.Warmup != 0 {
		t.Errorf("none: %+v", c)
	}
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{WriteRatio: ReadOnly, ValueSize: EmptyValues, Warmup: NoWarmup}).Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []Config{
		{Nodes: -1}, {Nodes: 65}, {Zones: 10, Nodes: 10}, {Zones: 1 << 62, Nodes: 4}, {Transport: "pigeon"}, {Clients: -1}, {Clients: MaxClients + 1},
		{Sessions: 65}, {Sessions: -1}, {Keys: -1}, {Keys: MaxKeys + 1}, {WriteRatio: 1.1}, {WriteRatio: -0.5}, {WriteRatio: math.NaN()},
		{ValueSize: MaxValueSize + 1}, {Read: 9}, {Timeout: -1}, {Duration: -1}, {Interval: -1}, {CheckLimit: -1}, {HistoryBytes: -1}, {Protocol: "x"},
	} {
		if err := c.Validate(); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
