package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/sim"
)

func matrix(t *testing.T, bugs ...string) sim.Matrix {
	m := sim.Matrix{Trials: 3, MaxSeeds: 2, First: 100}
	for i, bug := range bugs {
		swarm := swarmOf(t, "paxos")
		swarm.Subject, swarm.Ops = subject(t, "paxos", bug), 40
		m.Mutants = append(m.Mutants, sim.Mutant{Row: string(rune('1' + i)), Name: "bug-" + bug, Doc: "what " + bug + " is", Swarm: swarm})
	}
	return m
}

// The matrix is what one finds by running the seeds of each trial in order.
func TestMatrix(t *testing.T) {
	m := matrix(t, "small-phase2", "accept-below-promise", "count-duplicates", "")
	m.MaxSeeds, m.Trials = 6, 4
	calls, last := 0, 0
	m.Each = func(trials, worlds int) { calls, last = calls+1, max(last, worlds) }
	kills, err := m.Run(t.Context())
	if err != nil || calls != kills.Worlds || last != kills.Worlds {
		t.Fatalf("%v; %d calls for %d worlds", err, calls, kills.Worlds)
	}
	for i, mutant := range m.Mutants {
		want := sim.Kill{Row: mutant.Row, Name: mutant.Name, Doc: mutant.Doc, Trials: 4, Oracles: map[string]int{}}
		for trial := range uint64(4) {
			seeds, oracle := firstFailure(t, mutant.Swarm, 100+6*trial, 6)
			want.Seeds = append(want.Seeds, seeds)
			if seeds > 0 {
				want.Found++
				want.Oracles[oracle]++
			}
		}
		got := kills.Rows[i]
		got.Median, got.Worst = 0, 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if s := kills.Survivors(); slices.Contains(s, "bug-small-phase2") || !slices.Contains(s, "bug-") {
		t.Errorf("survivors %v", s)
	}
}

func firstFailure(t *testing.T, s sim.Swarm, first uint64, most int) (seeds int, oracle string) {
	t.Helper()
	for n := range most {
		spec, err := s.Spec(first + uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		if out := run(t, s.Subject, spec, sim.Options{}); out.Violation != nil {
			return n + 1, out.Violation.Oracle
		}
	}
	return 0, ""
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		seeds         []int
		median, worst int
	}{
		{[]int{5}, 5, 5},
		{[]int{9, 1, 4}, 4, 9},
		{[]int{9, 0, 4}, 9, 0},
		{[]int{0, 4, 0}, 0, 0},
		{[]int{0, 4, 2, 0}, 4, 0},
		{nil, 0, 0},
	} {
		if median, worst := sim.MedianSeeds(test.seeds); median != test.median || worst != test.worst {
			t.Errorf("%v: median %d, worst %d, want %d and %d", test.seeds, median, worst, test.median, test.worst)
		}
	}
}

func TestMatrixInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	m := matrix(t, "", "")
	m.Workers = 1
	m.Each = func(trials, _ int) {
		if trials == 1 {
			interrupt()
		}
	}
	kills, err := m.Run(ctx)
	if !errors.Is(err, context.Canceled) || kills.Rows[0].Trials != 1 || len(kills.Rows[0].Seeds) != 1 || kills.Rows[1].Trials != 0 {
		t.Errorf("%v, %+v", err, kills)
	}
}

func TestImpossibleMatrices(t *testing.T) {
	for _, test := range []struct {
		change func(*sim.Matrix)
		want   string
	}{
		{func(m *sim.Matrix) { m.Mutants = nil }, "without mutants"},
		{func(m *sim.Matrix) { m.Trials = 0 }, "want 1 to"},
		{func(m *sim.Matrix) { m.MaxSeeds = -1 }, "want 1 to"},
		{func(m *sim.Matrix) { m.First = math.MaxUint64 - 5 }, "there are not so many"},
		{func(m *sim.Matrix) { m.Mutants[0].Swarm.Quorum = "half" }, "half"},
	} {
		m := matrix(t, "")
		test.change(&m)
		if _, err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

func TestMatrixText(t *testing.T) {
	kills := sim.Kills{Protocol: "paxos", Trials: 3, MaxSeeds: 2000, Worlds: 1234, Seconds: 1.25, Rows: []sim.Kill{
		{Row: "1", Name: "one", Doc: "the first", Trials: 3, Found: 3, Median: 1, Worst: 1500, Oracles: map[string]int{"once": 1, "chosen": 2}},
		{Row: "S1", Name: "another-one", Doc: "the other", Trials: 3, Found: 1, Oracles: map[string]int{"once": 1}},
	}}
	var text, data bytes.Buffer
	if err := kills.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := `row  name           found  median  worst  by oracle
1    one              3/3       1  1,500  chosen 2, once 1
     the first
S1   another-one      1/3       -      -  once 1
     the other

paxos: 1 of 2 planted bugs found in each of 3 trials of at most 2,000 seeds; 1,234 worlds in 1.3s
`
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
	if err := sim.WriteJSON(&data, kills); err != nil {
		t.Fatal(err)
	}
	var back sim.Kills
	if err := json.Unmarshal(data.Bytes(), &back); err != nil || !reflect.DeepEqual(back, kills) {
		t.Errorf("%v, %+v", err, back)
	}
}
