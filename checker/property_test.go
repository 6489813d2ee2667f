package checker

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"
)

func patient() bool { return false }

func drawWorkload(t *rapid.T) workload {
	share := func(name string) float64 { return rapid.SampledFrom([]float64{0, 0, 0.1, 0.3, 0.6}).Draw(t, name) }
	return workload{
		processes: rapid.IntRange(1, 5).Draw(t, "processes"), ops: rapid.IntRange(1, 14).Draw(t, "ops"),
		values: rapid.IntRange(0, 3).Draw(t, "values"), conditions: share("conditions"), deletes: share("deletes"),
		lost: share("lost"), refused: share("refused"), slow: time.Duration(rapid.IntRange(1, 40).Draw(t, "slow")),
	}
}

// The check by versions and Porcupine's search must agree on every history
// that the former decides, legal or not.
func TestVersionsAgreeWithSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorkload(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 20 {
			history := simulate(rng, w)
			mutations := rng.IntN(3)
			for range mutations {
				mutate(rng, history)
			}
			if _, problem := compareChecks(history, mutations == 0); problem != "" {
				t.Fatalf("%s:\n%s", problem, list(history))
			}
		}
	})
}

// The same with lost deletes and many conditions, which leave most to decide.
func TestVersionsAgreeWithSearchOnLostDeletes(t *testing.T) {
	w := workload{processes: 4, ops: 14, conditions: 0.5, deletes: 0.5, lost: 0.5, slow: 30}
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 3000 {
		history := simulate(rng, w)
		mutations := rng.IntN(3)
		for range mutations {
			mutate(rng, history)
		}
		what, problem := compareChecks(history, mutations == 0)
		if problem != "" {
			t.Fatalf("%s:\n%s", problem, list(history))
		}
		seen[what]++
	}
	if seen["legal"] == 0 || seen["illegal"] == 0 || seen["undecided"] == 0 {
		t.Errorf("the histories do not cover all three outcomes: %v", seen)
	}
}

// compareChecks says what became of a history, and what is wrong with that.
func compareChecks(history []Operation, linearizable bool) (what, problem string) {
	want := porcupine.CheckOperations(KV.porcupine(state{}), intervals(history))
	bad, decided := checkVersions(history, patient)
	switch {
	case linearizable && !want:
		return "", "the search refuses a linearizable history"
	case !decided:
		return "undecided", ""
	case want && bad != nil:
		return "", "refused (" + bad.text + "), but linearizable"
	case !want && bad == nil:
		return "", "accepted, but not linearizable"
	case want:
		return "legal", ""
	}
	return "illegal", ""
}

// Whatever a counterexample leaves out, what it shows must be illegal too.
func TestShrunkHistoryIsStillIllegal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorkload(t)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		history := simulate(rng, w)
		mutate(rng, history)
		s := search{ctx: context.Background(), model: KV, limit: 1 << 30}
		if v, _ := s.run(history, state{}); v != Violation {
			return
		}
		core := s.shrink(history)
		if v, _ := s.run(core, state{}); v != Violation {
			t.Fatalf("shrunk from\n%s\nto\n%s\nwhich is %v", list(history), list(core), v)
		}
		if len(core) > len(history) {
			t.Fatalf("shrunk from %d to %d operations", len(history), len(core))
		}
	})
}

// The models accept what a key does, executed one operation at a time.
func TestModelsFollowExecution(t *testing.T) {
	for _, m := range []Model{KV, Register} {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorkload(t)
			w.processes, w.lost, w.refused, w.register = 1, 0, 0, m == Register
			if w.register {
				w.conditions = 0
			}
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
			history := simulate(rng, w)
			result, err := Check(context.Background(), history, Config{Model: m})
			if err != nil || result.Verdict != OK {
				t.Fatalf("%v: %v %v:\n%s", m, result.Reason, err, list(history))
			}
		})
	}
}

func TestRegisterHistories(t *testing.T) {
	w := workload{processes: 4, ops: 12, values: 3, deletes: 0.1, lost: 0.2, refused: 0.1, slow: 20, register: true}
	rng := rand.New(rand.NewPCG(1, 4)) // fixed, so that both kinds are sure to be among them
	var legal, illegal int
	for range 400 {
		history := simulate(rng, w)
		for range 4 * rng.IntN(2) {
			mutate(rng, history)
		}
		if compareRegister(t, history) {
			legal++
		} else {
			illegal++
		}
	}
	if legal < 30 || illegal < 30 {
		t.Errorf("legal %d, illegal %d: want many of both", legal, illegal)
	}
}

func TestRegisterHistoriesOfAnyShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorkload(t)
		w.register, w.conditions = true, 0
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		history := simulate(rng, w)
		if rng.IntN(2) == 0 {
			mutate(rng, history)
		}
		compareRegister(t, history)
	})
}

// compareRegister fails unless the check finds what a plain search finds, and
// returns whether the history is linearizable.
func compareRegister(t interface{ Fatalf(string, ...any) }, history []Operation) bool {
	want := porcupine.CheckOperations(Register.porcupine(state{}), intervals(history))
	result := check(context.Background(), byKey(history), Config{Model: Register}.withDefaults())
	if (result.Failed > 0) == want {
		t.Fatalf("want linearizable %v, got %v %s:\n%s", want, result.Verdict, result.Reason, list(history))
	}
	return want
}

func list(history []Operation) string {
	s := ""
	for i := range history {
		s += history[i].String() + "\n"
	}
	return s
}
