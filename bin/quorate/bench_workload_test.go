package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/workload"
)

// planOf plans a run of a workload in a file.
func planOf(t *testing.T, text, args string) (bench.Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "w.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	if err := f.parse(append([]string{"--workload", file}, strings.Fields(args)...)); err != nil {
		t.Fatal(err)
	}
	plan, err := b.plan()
	if err != nil {
		return bench.Config{}, err
	}
	return plan[0].WithDefaults(), nil
}

// A flag takes the place of what the file says of the same thing, if it is given.
func TestFlagsOverWorkload(t *testing.T) {
	const file = `{"keys": 77, "distribution": {"kind": "zipfian", "s": 3}, "operations": {"get": 1, "delete": 3}, "values": {"kind": "uniform", "min": 3, "max": 5}, "reads": {"log": 1, "local": 1}}`
	for args, check := range map[string]func(c bench.Config, s workload.Spec) bool{
		"": func(c bench.Config, s workload.Spec) bool {
			return s.Keys == 77 && s.Distribution.S == 3 && s.Operations.Delete == 3 && s.Values.Min == 3 && s.Reads.Local == 1 && c.Keys == 77 && c.WriteRatio == 0.75 && c.ValueSize == 4 && c.Clients == 64
		},
		"--keys 5": func(c bench.Config, s workload.Spec) bool { return s.Keys == 5 && s.Distribution.S == 3 },
		"--write-ratio 1": func(_ bench.Config, s workload.Spec) bool {
			return s.Operations == workload.Operations{Put: 1} && s.Keys == 77
		},
		"--write-ratio 0": func(_ bench.Config, s workload.Spec) bool { return s.Operations == workload.Operations{Get: 1} },
		"--value-size 9": func(_ bench.Config, s workload.Spec) bool {
			return s.Values.Kind == workload.Constant && s.Values.Size == 9
		},
		"--value-size 0": func(_ bench.Config, s workload.Spec) bool { return s.Values.Empty },
		"--read local":   func(_ bench.Config, s workload.Spec) bool { return s.Reads == workload.Reads{Local: 1} },
		"--read log":     func(_ bench.Config, s workload.Spec) bool { return s.Reads == workload.Reads{Log: 1} },
		"--hot 0.5": func(_ bench.Config, s workload.Spec) bool {
			return s.Distribution.Hot == 0.5 && s.Distribution.HotKeys == 10 && s.Distribution.S == 3
		},
		"--hot 0.5 --hot-keys 3": func(_ bench.Config, s workload.Spec) bool { return s.Distribution.HotKeys == 3 },
		"--conflicts 0": func(c bench.Config, s workload.Spec) bool {
			return s.Distribution.Kind == workload.Conflict && s.Distribution.Conflicts == 0 && c.Keys == 65 && s.Operations.Delete == 3
		},
		"-n 2x3 --locality 0.9 --moving 2": func(_ bench.Config, s workload.Spec) bool {
			return s.Distribution.Kind == workload.Zones && s.Distribution.Locality == 0.9 && s.Distribution.Speed == 2 && s.Load == workload.LoadHome && s.Keys == 77
		},
		"--clients 3 --duration 2s": func(c bench.Config, _ workload.Spec) bool { return c.Clients == 3 && c.Duration == 2*time.Second },
	} {
		c, err := planOf(t, file, args)
		if err != nil || !check(c, *c.Workload) {
			t.Errorf("%q: %+v, %v", args, c.Workload, err)
		}
	}
	for args, want := range map[string]string{
		"--moving 2":                     "without a locality",
		"-p epaxos --read index":         "reads by index: protocol epaxos offers",
		"--read lease":                   "without --lease",
		"--conflicts 0.1 --locality 0.5": "either says which keys",
		"--conflicts 0.1 --keys 9":       "--keys with --conflicts",
		"--hot-keys 5":                   "5 hot keys without a share",
	} {
		if _, err := planOf(t, file, args); err == nil || !strings.Contains(err.Error(), want) || exitCode(err) != exitUsage {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"reads": {"lease": 1}}`: "reads by lease without --lease",
		`{"kyes": 1}`:             "w.json: workload: unknown setting",
		`{"distribution": {"kind": "locality", "locality": 0.5}}`: "at least 2 zones",
		`{"T": 0, "N": 5}`:                      "N 5 operations",
		strings.Repeat(" ", maxWorkload) + "{}": "more than 1048576 bytes",
	} {
		if _, err := planOf(t, text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: %v, want %q", text, err, want)
		}
	}
}

// What a Paxi file says of the run holds where no flag does.
func TestPaxiOverFlags(t *testing.T) {
	const file = `{"benchmark": {"T": 7, "Concurrency": 5, "LinearizabilityCheck": false, "K": 30, "Distribution": "zipfan"}}`
	c, err := planOf(t, file, "")
	if err != nil || c.Duration != 7*time.Second || c.Clients != 5 || !c.NoCheck || c.Keys != 30 || c.Workload.Distribution.S != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = planOf(t, file, "--duration 1s --clients 2 --check")
	if err != nil || c.Duration != time.Second || c.Clients != 2 || c.NoCheck {
		t.Errorf("%+v, %v", c, err)
	}
	const throttled = `{"T": 1, "Throttle": 50, "Concurrency": 3}`
	if c, err = planOf(t, throttled, ""); err != nil || c.Load.Rate != 50 || c.Load.Arrivals != bench.Evenly || c.Load.Pipeline != 1 {
		t.Errorf("%+v, %v", c.Load, err)
	}
	if c, err = planOf(t, throttled, "--rate 9 --arrivals poisson"); err != nil || c.Load.Rate != 9 || c.Load.Arrivals != bench.Poisson || c.Load.Pipeline != 0 {
		t.Errorf("%+v, %v", c.Load, err)
	}
	if c, err = planOf(t, throttled, "--ramp 5:6"); err != nil || c.Load.Rate != 5 || c.Load.Ramp.To != 6 {
		t.Errorf("%+v, %v", c.Load, err)
	}
	if c, err = planOf(t, `{"T": 0, "N": 5}`, "--duration 1s"); err != nil || c.Duration != time.Second {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestBenchWorkloadNames(t *testing.T) {
	for args, want := range map[string]string{
		"--workload ycsb-e":       "no scans",
		"--workload ycsbb":        "did you mean ycsb-b?",
		"--workload nowhere.json": "read the workload: open nowhere.json",
		"--workload .":            "read the workload",
	} {
		got := invoke(t, append([]string{"bench"}, strings.Fields(args)...)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, %s", args, got.code, got.stderr)
		}
	}
	got := invoke(t, short("--workload", "ycsb-f", "--keys", "50", "--json")...)
	var report struct {
		Runs []struct {
			Linearizable string
			Workload     workload.Spec
			Loaded       bench.Loaded
			Ops          int
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != exitGood {
		t.Fatalf("%v: %s", err, got.stderr)
	}
	if r := report.Runs[0]; r.Linearizable != "ok" || r.Ops == 0 || r.Workload.Keys != 50 || r.Workload.Name != "ycsb-f" || r.Loaded.Keys != 50 || r.Loaded.Missing != 0 {
		t.Errorf("%+v", r)
	}
}

func TestBenchList(t *testing.T) {
	text := invoke(t, "bench", "--list")
	var c catalogue
	got := invoke(t, "bench", "--list", "--json")
	if err := json.Unmarshal([]byte(got.stdout), &c); err != nil || got.code != exitGood || text.code != exitGood || text.stderr != "" {
		t.Fatalf("%v: %+v, %+v", err, got, text)
	}
	var words []string
	for _, s := range c.Presets {
		words = append(words, s.Name)
	}
	for _, entries := range [][]workload.Entry{c.Distributions, c.Operations, c.Values, c.Loads} {
		for _, e := range entries {
			words = append(words, e.Name)
		}
	}
	if len(words) < 30 || len(c.Reads) != len(quorate.ReadModes()) {
		t.Errorf("%d words, reads %v", len(words), c.Reads)
	}
	for _, word := range append(words, c.Reads...) {
		if !strings.Contains(text.stdout, word) {
			t.Errorf("%s is not explained", word)
		}
	}
	for _, line := range strings.Split(text.stdout, "\n") {
		if len(line) > 105 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
}
