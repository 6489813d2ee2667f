package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// full is a matrix of all there is.
func full() Config {
	return Config{Test: tester.Config{Binary: "quorate", Store: "store", Zones: 3, Nodes: 1, TimeLimit: 10 * time.Second}, Budget: time.Minute, Seed: 1}
}

// rig runs a small matrix in which tests take no time but of the clock.
type rig struct {
	cfg   Config
	take  time.Duration
	valid func(n int) results.Valid // of the test of that number
	fails func(n int) error         // that the tester has itself

	mu    sync.Mutex
	tests []tester.Config
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{cfg: full(), take: 12 * time.Second}
	g.cfg.Test.Store = t.TempDir()
	g.cfg.Protocols, g.cfg.Workloads = []string{"paxos", "epaxos"}, []string{"register", "bank"}
	g.cfg.Nemeses, g.cfg.Reads, g.cfg.Version = []string{"kill-one", "pause-one"}, []quorate.ReadMode{quorate.ReadLog}, "one"
	g.cfg.run = g.test
	return g
}

func (g *rig) test(ctx context.Context, c tester.Config, watch func(tester.Progress)) (*results.Results, error) {
	g.mu.Lock()
	n := len(g.tests)
	g.tests = append(g.tests, c)
	g.mu.Unlock()
	watch(tester.Progress{Phase: tester.Main})
	res := &results.Results{Test: c.Name, Valid: results.True, Started: time.Now(), Stats: []results.Stat{{F: "read", OK: 100, Fail: 2, Info: 1}}, Faults: []results.Fault{{Times: 3, Errors: 1}}}
	select {
	case <-ctx.Done():
		res.Ended = "interrupted"
	case <-time.After(g.take):
	}
	if g.fails != nil {
		if err := g.fails(n); err != nil {
			return nil, err
		}
	}
	if g.valid != nil {
		res.Valid = g.valid(n)
	}
	if res.Valid != results.True {
		res.Reason = "because"
	}
	res.Directory = filepath.Join(c.Store, c.Name, fmt.Sprint(2000+n))
	if err := os.MkdirAll(res.Directory, 0o700); err != nil {
		return nil, err
	}
	for _, name := range []string{"test.json", "results.json", "results.html"} {
		if err := os.WriteFile(filepath.Join(res.Directory, name), nil, 0o600); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// run runs the matrix, and interrupts it after a time; 0 is never.
func (g *rig) run(t *testing.T, after time.Duration, f func(r *Report, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if after > 0 {
			time.AfterFunc(after, cancel)
		}
		f(Run(ctx, g.cfg, func(Progress) {}))
	})
}

func (g *rig) names() (names []string) {
	for _, c := range g.tests {
		names = append(names, c.Name)
	}
	return names
}

// The budget is spent, no more, on other cells each, and what was done is counted.
func TestRunSpendsItsBudget(t *testing.T) {
	g := newRig(t)
	g.run(t, 0, func(r *Report, err error) {
		names := g.names() // at 0, 12, 24, 36 and 48 s: the last one has its 10 s
		slices.Sort(names)
		if err != nil || len(names) != 5 || len(slices.Compact(names)) != 5 {
			t.Fatalf("%v, %v", names, err)
		}
		want := Totals{Tests: 5, True: 5, OK: 500, Fail: 10, Info: 5, Faults: 15, Errors: 5}
		if r.Totals != want || r.Valid != results.True || r.Untested != 3 || len(r.Cells) != 5 {
			t.Errorf("%+v", r)
		}
		if c := g.tests[0]; c.TimeLimit != 10*time.Second || c.Zones != 3 || len(c.Nemeses) != 1 || c.Seed == g.tests[1].Seed {
			t.Errorf("%+v", c)
		}
	})
}

func TestRunTestsSeveralAtATime(t *testing.T) {
	g := newRig(t)
	g.cfg.Jobs = 3
	g.cfg.Budget = 20 * time.Second
	g.run(t, 0, func(r *Report, err error) {
		names := g.names()
		slices.Sort(names)
		if err != nil || r.Tests != 3 || len(slices.Compact(names)) != 3 {
			t.Errorf("%+v, %v, %v", r, names, err)
		}
	})
}

// What was done is known the next time, to the same program and for the same settings.
func TestRunGoesOn(t *testing.T) {
	g := newRig(t)
	tests := func(want, all, other int) {
		t.Helper()
		had := len(g.tests)
		g.run(t, 0, func(r *Report, err error) {
			if err != nil || len(g.tests)-had != want || r.Tests != all || r.Other != other {
				t.Errorf("%d tests, %+v, %v", len(g.tests)-had, r, err)
			}
		})
	}
	tests(5, 5, 0)
	tests(5, 10, 0)
	names := g.names()[:8]
	slices.Sort(names)
	if len(slices.Compact(names)) != 8 {
		t.Errorf("of 8 cells were tested: %v", names)
	}
	seeds := map[uint64]bool{}
	for _, c := range g.tests {
		seeds[c.Seed] = true
	}
	if len(seeds) != 10 {
		t.Errorf("%d seeds of 10 tests", len(seeds))
	}
	g.cfg.Version = "two"
	tests(5, 5, 10)
	g.cfg.Test.Rate = 7
	tests(5, 5, 15)
	r, err := Load(g.cfg.Test.Store)
	if err != nil || r.Tests != 20 || r.OK != 2000 || len(r.Version) != 2 || len(r.Cells) != 8 {
		t.Errorf("%+v, %v", r, err)
	}
}

// An interrupt keeps what was done. The test that it cuts short counts if it found
// something.
func TestRunIsInterrupted(t *testing.T) {
	for cut, want := range map[results.Valid]int{results.True: 2, results.Unknown: 2, results.False: 3} {
		g := newRig(t)
		g.valid = func(n int) results.Valid {
			if n == 2 {
				return cut
			}
			return results.True
		}
		g.run(t, 30*time.Second, func(r *Report, err error) {
			if err != nil || r.Tests != want || len(g.tests) != 3 {
				t.Errorf("%v: %+v, %v", cut, r, err)
			}
		})
		if r, err := Load(g.cfg.Test.Store); err != nil || r.Tests != want {
			t.Errorf("%v: %+v, %v", cut, r, err)
		}
	}
}

// What is not valid keeps its files, and is told; the rest goes on, unless it is to end.
func TestRunFindsSomething(t *testing.T) {
	for _, stop := range []bool{false, true} {
		g := newRig(t)
		g.cfg.StopAtFirst = stop
		g.valid = func(n int) results.Valid {
			return []results.Valid{results.True, results.Unknown, results.False, results.True, results.True}[n]
		}
		g.run(t, 0, func(r *Report, err error) {
			want := 5
			if stop {
				want = 3
			}
			if err != nil || r.Tests != want || r.False != 1 || r.Unknown != 1 || r.Valid != results.False {
				t.Fatalf("%+v, %v", r, err)
			}
			failures := map[results.Valid]Failure{}
			for _, c := range r.Cells {
				for _, f := range c.Failures {
					failures[f.Valid] = f
				}
			}
			for valid, n := range map[results.Valid]int{results.Unknown: 1, results.False: 2} {
				f := failures[valid]
				if f.Reason != "because" || f.Seed != g.tests[n].Seed || f.Test != g.tests[n].Name || !exists(f.Directory, "results.html") {
					t.Errorf("%v: %+v", valid, f)
				}
			}
			well, _ := filepath.Glob(filepath.Join(g.cfg.Test.Store, g.tests[0].Name, "2*"))
			if len(well) != 1 || !exists(well[0], "results.json") || exists(well[0], "results.html") {
				t.Errorf("%v", well)
			}
			var text strings.Builder
			if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "X1") || !strings.Contains(text.String(), failures[results.False].Directory) || !strings.Contains(text.String(), "A promise is broken! 1 of") {
				t.Errorf("%v, %s", err, &text)
			}
		})
	}
}

// What a matrix has written is what the store's page of it shows.
func TestPageOfWhatWasWritten(t *testing.T) {
	g := newRig(t)
	g.cfg.Protocols, g.cfg.Workloads, g.cfg.Shapes, g.cfg.StopAtFirst = []string{"paxos"}, []string{"bank"}, []Shape{{3, 1}, {5, 1}}, true
	g.cfg.Test.Zones, g.cfg.Test.Nodes = 5, 1
	g.valid = func(n int) results.Valid { return []results.Valid{results.True, results.False}[n] }
	g.run(t, 0, func(r *Report, err error) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := store.NewBrowser(g.cfg.Test.Store, "")
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/matrix", nil))
		for _, want := range []string{"2 tests: 1 valid, 1 invalid, 0 unknown", ">paxos 3x1 bank<", ">paxos 5x1 bank<", "✗ 1 of 1", "because", `<a href="/` + g.tests[1].Name + "/"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("no %s in\n%s", want, w.Body)
			}
		}
	})
}

func exists(path ...string) bool {
	_, err := os.Stat(filepath.Join(path...))
	return err == nil
}

func TestRunKeepsAll(t *testing.T) {
	g := newRig(t)
	g.cfg.KeepAll = true
	g.run(t, 0, func(*Report, error) {})
	well, _ := filepath.Glob(filepath.Join(g.cfg.Test.Store, g.tests[0].Name, "2*"))
	if len(well) != 1 || !exists(well[0], "results.html") {
		t.Errorf("%v", well)
	}
}

// A test that fails is unknown, and several in a row are the tool's failure.
func TestRunGivesUp(t *testing.T) {
	g := newRig(t)
	g.cfg.Budget = time.Hour
	gone := errors.New("no such program")
	g.fails = func(n int) error {
		if n == 3 {
			return nil
		}
		return gone
	}
	g.run(t, 0, func(r *Report, err error) {
		if !errors.Is(err, gone) || len(g.tests) != 4+maxBroken || r.Unknown != 3+maxBroken || r.True != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestRunIsAlone(t *testing.T) {
	g := newRig(t)
	release, err := store.Claim(g.cfg.Test.Store, File)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), g.cfg, nil); !errors.Is(err, store.ErrClaimed) {
		t.Errorf("%v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	g.run(t, 0, func(r *Report, err error) {
		if err != nil || r.Tests != 5 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// A file that cannot be understood is left as it is.
func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	for text, want := range map[string]string{
		"{": "remove it", `{"schema": 2}`: "schema 2", `{"schema": 1, "editions": [null]}`: "remove it", `{"schema": 1, "editions": [{"cells": [null]}]}`: "remove it",
		`{"schema": 1, "editions": [{"cells": [{"read": "often"}]}]}`: "often",
	} {
		g := newRig(t)
		path := filepath.Join(g.cfg.Test.Store, File)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Run(t.Context(), g.cfg, nil)
		if after, _ := os.ReadFile(path); err == nil || !strings.Contains(err.Error(), want) || string(after) != text || len(g.tests) > 0 {
			t.Errorf("%s: %v, %s", text, err, after)
		}
	}
}

// Zones among which objects move have as many nodes as they need.
func TestPerZone(t *testing.T) {
	c := full()
	c.PerZone = 3
	for protocol, want := range map[string]int{"wpaxos": 3, "paxos": 1} {
		if got, err := c.test(Cell{Protocol: protocol, Workload: "kv", Nemesis: "kill"}, 0); err != nil || got.Nodes != want || got.Zones != 3 {
			t.Errorf("%s: %d zones of %d, %v", protocol, got.Zones, got.Nodes, err)
		}
	}
	one, err := c.settings()
	c.PerZone = 2
	if two, _ := c.settings(); err != nil || string(one) == string(two) {
		t.Errorf("%s, %v", two, err)
	}
}
