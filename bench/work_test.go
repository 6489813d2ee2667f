package bench

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/workload"
)

func preset(t *testing.T, name string) *workload.Spec {
	t.Helper()
	s, err := workload.Preset(name)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// Fields beside the workload take the place of its parts, once.
func TestFieldsOverWorkload(t *testing.T) {
	f := preset(t, "ycsb-f")
	c := Config{Workload: f, Keys: 20}.WithDefaults()
	if c.Keys != 20 || c.Workload.Keys != 20 || f.Keys != 1000 || c.ValueSize != 1000 || math.Abs(c.WriteRatio-1./3) > 1e-9 || c.Workload.Operations.Modify != 0.5 {
		t.Errorf("%+v, %+v", c, c.Workload)
	}
	if again := c.WithDefaults(); !reflect.DeepEqual(again.Workload, c.Workload) || again.fields() != c.fields() {
		t.Errorf("again %+v, %+v", again, again.Workload)
	}
	if err := c.Validate(); err != nil { // of what has its defaults already
		t.Error(err)
	}
	c.Keys, c.ValueSize = 30, 50
	if c = c.WithDefaults(); c.Workload.Keys != 30 || c.Workload.Values.Size != 50 || c.Workload.Operations.Modify != 0.5 {
		t.Errorf("changed %+v", c.Workload)
	}
	c = Config{Workload: preset(t, "locality"), Zones: 3, Conflicts: 0.5}.WithDefaults()
	if d := c.Workload.Distribution; d.Kind != workload.Conflict || d.Conflicts != 0.5 || d.Locality != 0 || c.Keys != 65 || c.Workload.Load != workload.LoadNone || c.Locality != 0 {
		t.Errorf("%+v", c.Workload)
	}
	c = Config{Workload: preset(t, "moving"), Zones: 3, Locality: 0.5, Hot: 0.1}.WithDefaults()
	if d := c.Workload.Distribution; d.Locality != 0.5 || d.Speed != 2 || d.Hot != 0.1 || d.HotKeys != HotKeys || c.Moving != 2 || c.HotKeys != HotKeys {
		t.Errorf("%+v", d)
	}
	if c := (Config{}).WithDefaults(); c.work() != nil || c.Workload == nil {
		t.Errorf("a report would have the workload %+v", c.work())
	}
	if c := (Config{Workload: &workload.Spec{}}).WithDefaults().WithDefaults(); c.work() == nil {
		t.Error("a report would not have the workload that was asked for")
	}
	for want, c := range map[string]Config{
		"speed":        {Workload: &workload.Spec{Distribution: workload.Distribution{Kind: workload.Zipfian, Speed: 1}}},
		"2 means":      {Workload: &workload.Spec{Distribution: workload.Distribution{Kind: workload.Normal, Means: []float64{1, 2}}}},
		"differ":       {Zones: 2, uneven: true, Clients: 4, Workload: &workload.Spec{Distribution: workload.Distribution{Kind: workload.Normal, Means: []float64{1, 2}}}},
		"want at most": {ValueSize: -2},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	moving := Config{Moving: 2, Workload: &workload.Spec{Distribution: workload.Distribution{Kind: workload.Normal}}}
	if err := moving.Validate(); err != nil {
		t.Error(err)
	}
}

// Of one client no modify is refused, of several on one key some are; either way the
// history is linearizable, and a report tells.
func TestModifies(t *testing.T) {
	for _, clients := range []int{1, 8} {
		cfg := Config{Workload: preset(t, "cas"), Keys: 1, Clients: clients, Warmup: NoWarmup, Duration: 100 * time.Millisecond}
		fake, virtual := cfg, cfg
		fake.Start, virtual.Virtual = newFake().start, &Virtual{}
		for name, cfg := range map[string]Config{"fake": fake, "virtual": virtual} {
			report, err := Run(context.Background(), cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := report.Runs[0]
			c := r.Conditions
			if r.Linearizable != "ok" || c == nil || c.Writes == 0 || clients == 1 && c.Failed > 0 || clients > 1 && name == "virtual" && c.Failed == 0 || r.Workload == nil || r.Reads <= r.Writes || r.Writes == 0 {
				t.Errorf("%s, %d clients: %+v, %+v", name, clients, r, c)
			}
			var b strings.Builder
			if err := WriteDetails(&b, &r); err != nil || !strings.Contains(b.String(), "cas: 1 keys, uniform, 50% modify, 50% get") || !strings.Contains(b.String(), "  refused ") {
				t.Errorf("%s, %v", b.String(), err)
			}
		}
	}
}

// Whoever loads tries again until a key is written; who cannot write anything gives up,
// and the report says so.
func TestFill(t *testing.T) {
	cfg := Config{Workload: preset(t, "ycsb-c"), Keys: 40, Clients: 3, Warmup: NoWarmup, Duration: 30 * time.Millisecond}
	run := func(spoil func(n uint64, op client.Op, res *client.Result) error, timeout time.Duration) (Result, []Progress) {
		f := newFake()
		f.spoil = spoil
		cfg.Start, cfg.Timeout = f.start, timeout
		var told []Progress
		report, err := Run(context.Background(), cfg, func(p Progress) { told = append(told, p) })
		if err != nil {
			t.Fatal(err)
		}
		return report.Runs[0], told
	}
	var tries atomic.Int64
	r, told := run(func(n uint64, op client.Op, _ *client.Result) error {
		if op.Kind == quorate.OpPut && tries.Add(1)%3 == 0 {
			return fmt.Errorf("%w: a test", client.ErrUnknown)
		}
		return nil
	}, 10*time.Second)
	if l := r.Loaded; l == nil || l.Keys != 40 || l.Missing != 0 || r.Linearizable != "ok" || r.Check.Done < 40 || r.Writes > 0 {
		t.Errorf("%+v, %+v", r, r.Loaded)
	}
	seen := false
	for _, p := range told {
		seen = seen || p.Phase == Loading && p.Of == 40
	}
	if !seen {
		t.Errorf("no word of the load: %+v", told)
	}
	began := time.Now()
	r, _ = run(func(_ uint64, op client.Op, _ *client.Result) error {
		if op.Kind == quorate.OpPut && op.Key == "key4" {
			return fmt.Errorf("%w: a test", client.ErrNotExecuted)
		}
		return nil
	}, 20*time.Millisecond)
	// Client 1 has keys 1, 4 and so on, of which it gets no further than the first.
	if l := r.Loaded; l == nil || l.Keys != 28 || l.Missing != 12 || time.Since(began) > 20*time.Second {
		t.Errorf("%+v", r.Loaded)
	}
	var b strings.Builder
	if err := WriteDetails(&b, &r); err != nil || !strings.Contains(b.String(), "12 could not be written in time") {
		t.Errorf("%s", b.String())
	}
}

// In virtual time all is loaded before the warm-up, and one seed is one run, also where
// what clients ask for depends on what others did.
func TestVirtualWorkloads(t *testing.T) {
	for _, name := range []string{"ycsb-c", "ycsb-d", "cas", "registry", "ycsb-c on busy processors"} {
		name, _, slow := strings.Cut(name, " on")
		cfg := Config{Workload: preset(t, name), Keys: 90, Clients: 4, Warmup: NoWarmup, Duration: 50 * time.Millisecond, Virtual: &Virtual{}}
		if slow {
			cfg.Virtual.Service = sim.Service{In: time.Millisecond, Out: time.Millisecond, Command: time.Millisecond}
		}
		a, b := runOne(t, cfg), runOne(t, cfg)
		if a.Linearizable != "ok" || a.Operations == 0 || a.Check.Done < 90+int(a.Operations) || name == "ycsb-c" && a.Writes > 0 {
			t.Errorf("%s: %+v, %+v", name, a, a.Check)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: one seed, two runs: %+v, %+v", name, a, b)
		}
	}
}
