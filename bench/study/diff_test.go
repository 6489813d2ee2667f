package study_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

func text(t *testing.T, d *study.Diff) string {
	t.Helper()
	var out strings.Builder
	if err := d.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDiff(t *testing.T) {
	older := runs(map[string][]float64{"paxos@4": {100, 101, 102, 103}, "trex@4": {200, 210, 220, 230}, "epaxos@4": {10}}, "paxos@4", "trex@4", "epaxos@4")
	newer := runs(map[string][]float64{"trex@4": {205, 215, 195, 225}, "paxos@4": {50, 51, 52, 53}, "wpaxos@4": {10}}, "trex@4", "paxos@4", "wpaxos@4")
	for i := range newer.Runs {
		if newer.Runs[i].Go = "go2"; newer.Runs[i].Cell == "trex" {
			newer.Runs[i].ValueSize = 16
		}
	}
	d := study.NewDiff(older, newer)
	got := text(t, d)
	for _, want := range []string{
		"paxos at clients=4        102  1.5%  51.5  2.9%  -49.3%  0.029",
		"noise", "settings differ: go none, now go2\n", "settings differ: value_size 0, now 16 (trex at clients=4)\n",
		"only in the old report: epaxos at clients=4", "only in the new report: wpaxos at clients=4",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q:\n%s", want, got)
		}
	}
	worse, undecided := d.Regressions(0.4)
	if len(worse) != 4 || !strings.HasPrefix(worse[0], "paxos at clients=4: throughput -49.3%") || !strings.Contains(worse[2], "p99 +97.") || undecided != 0 {
		t.Errorf("worse %q, undecided %d", worse, undecided)
	}
	if worse, _ := d.Regressions(1.1); len(worse) > 0 {
		t.Errorf("above 110 %%: %q", worse)
	}
	if worse, _ := study.NewDiff(newer, older).Regressions(0.05); len(worse) > 0 {
		t.Errorf("what got better is worse: %q", worse)
	}
}

// With few runs nothing can be said, which is not that all is well.
func TestDiffOfFew(t *testing.T) {
	older, newer := runs(map[string][]float64{"a": {100, 101, 102}}, "a"), runs(map[string][]float64{"a": {1, 2, 3}}, "a")
	d := study.NewDiff(older, newer)
	if worse, undecided := d.Regressions(0.05); len(worse) > 0 || undecided != 4 {
		t.Errorf("worse %q, undecided %d", worse, undecided)
	}
	if got := text(t, d); !strings.Contains(got, "few: of 1 of 1 cells there are too few runs") {
		t.Error(got)
	}
	none := study.NewDiff(older, runs(map[string][]float64{"b": {1}}, "b"))
	if got := text(t, none); !strings.Contains(got, "no cell is in both") {
		t.Error(got)
	}
}

// Cells are the same wherever they stand in a report, and in whatever order their
// settings were swept.
func TestDiffMatchesPoints(t *testing.T) {
	older, newer := runs(map[string][]float64{"a@4": {100}}, "a@4"), runs(map[string][]float64{"a@4": {110}}, "a@4")
	k := bench.Point{Name: "keys", Value: "10"}
	older.Runs[0].Points = []bench.Point{k, older.Runs[0].Points[0]}
	newer.Runs[0].Points = []bench.Point{newer.Runs[0].Points[0], k}
	if d := study.NewDiff(older, newer); len(d.Both) != 1 || len(d.OnlyOld)+len(d.OnlyNew)+len(d.Settings) != 0 {
		t.Errorf("%+v", d)
	}
	newer.Runs[0].Points = []bench.Point{k}
	if d := study.NewDiff(older, newer); len(d.Both) != 0 {
		t.Errorf("%+v", d)
	}
}

// What two runs measured is no difference of their settings, in the real world and in
// virtual time.
func TestMeasurementsAreNoSettings(t *testing.T) {
	for _, cfg := range []bench.Config{
		{Protocol: "primary", Clients: 2, Duration: 100 * time.Millisecond, Warmup: bench.NoWarmup},
		{Protocol: "paxos", Clients: 2, Duration: 300 * time.Millisecond, Warmup: bench.NoWarmup, Zones: 3, Nodes: 1, WAN: "metro", Virtual: &bench.Virtual{}},
	} {
		var reports []*bench.Report
		for seed := range uint64(2) {
			cfg.Seed = seed + 1
			r, err := bench.Run(context.Background(), cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
		}
		if d := study.NewDiff(reports[0], reports[1]); len(d.Settings) != 1 || d.Settings[0] != "seed 1, now 2" {
			t.Errorf("settings differ: %q, want the seed", d.Settings)
		}
	}
}
