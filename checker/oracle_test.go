package checker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// anyOrder is the plainest oracle: it tries every order of the operations that real time
// allows, with any of those of unknown outcome left out, and executes them. A stale read
// may come as early as it likes.
func anyOrder(left []Operation, s state) bool {
	first, finished := Never, true
	for i := range left {
		if left[i].Status == quorate.Done {
			first, finished = min(first, left[i].Return), false
		}
	}
	if finished {
		return true
	}
	for i := range left {
		o := left[i]
		if o.Status == quorate.NotExecuted || o.Call > first && !o.stale() {
			continue
		}
		told := o
		if o.Op != quorate.OpGet {
			told.Result = nil // means nothing
		}
		o.OK, o.Version, o.Result = false, 0, nil
		next := execute(s, &o, false)
		if told.Status == quorate.Done && (o.OK != told.OK || o.Version != told.Version || string(o.Result) != string(told.Result)) {
			continue
		}
		rest := append(append([]Operation{}, left[:i]...), left[i+1:]...)
		if anyOrder(rest, next) {
			return true
		}
	}
	return false
}

// agrees fails unless every check of a history says what the oracle says, and returns that.
// A search may pass what only a stale read shows.
func agrees(t *testing.T, history []Operation) bool {
	t.Helper()
	want := anyOrder(history, state{})
	if bad, decided := checkVersions(history, patient); decided {
		if (bad == nil) != want {
			t.Fatalf("every order says %v, the versions %+v:\n%s", want, bad, list(history))
		}
		return want
	}
	result := check(context.Background(), byKey(history), Config{Workers: 1}.withDefaults())
	missed := !want && slices.ContainsFunc(history, func(o Operation) bool { return o.stale() })
	if result.Undecided > 0 || (result.Failed == 0) != want && !missed {
		t.Fatalf("every order says %v, the check %+v:\n%s", want, result, list(history))
	}
	return want
}

// variants are all operations on a key that has had few versions and values, with all that
// may have come of them.
func variants() []Operation {
	var all []Operation
	outcomes := func(o Operation) {
		for _, status := range []quorate.Status{quorate.NotExecuted, quorate.Unknown} {
			o.Status = status
			all = append(all, o)
		}
		o.Status = quorate.Done
		for version := range uint64(3) {
			for _, ok := range []bool{false, true} {
				o.Version, o.OK = version, ok
				all = append(all, o)
				if o.Op == quorate.OpGet {
					o.Result = []byte("a")
					all = append(all, o)
					o.Result = nil
				}
			}
		}
	}
	for _, kind := range []quorate.Op{quorate.OpGet, quorate.OpPut, quorate.OpDelete} {
		o := Operation{Key: "k", Op: kind}
		if kind == quorate.OpPut {
			o.Value = []byte("a")
		}
		outcomes(o)
	}
	for condition := range uint64(3) {
		outcomes(Operation{Key: "k", Op: quorate.OpPutIf, Value: []byte("a"), Condition: condition})
		outcomes(Operation{Key: "k", Op: quorate.OpDeleteIf, Condition: condition})
	}
	return all
}

// All histories of one operation, and all of two that follow each other or overlap.
func TestEveryPair(t *testing.T) {
	verdicts := map[bool]int{}
	all := variants()
	for _, a := range all {
		a.Call, a.Return = 10, 20
		agrees(t, []Operation{a})
		for n, b := range all {
			for _, at := range []time.Duration{15, 20, 30} {
				if at == 15 && n%2 == 0 {
					continue // to touch is to overlap
				}
				b.Process, b.Call, b.Return = 1, at, at+5
				verdicts[agrees(t, []Operation{a, b})]++
			}
		}
	}
	if min(verdicts[true], verdicts[false]) < 2000 {
		t.Errorf("%v", verdicts)
	}
}

// Histories of up to seven operations, drawn from all there are, or executed and spoiled.
func TestAgainstEveryOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	all := variants()
	verdicts := map[string]int{}
	for n := range 6000 {
		var history []Operation
		if n%3 == 0 {
			for p := range 3 + rng.IntN(2) {
				o := all[rng.IntN(len(all))]
				o.Process, o.Call = p, time.Duration(rng.IntN(6))
				o.Return = o.Call + time.Duration(rng.IntN(4))
				history = append(history, o)
			}
		} else {
			w := workload{processes: 1 + rng.IntN(4), ops: 3 + rng.IntN(5), values: rng.IntN(3), conditions: 0.3, deletes: 0.3, lost: 0.3, refused: 0.1, slow: 20}
			history = simulate(rng, w)
			for range rng.IntN(3) {
				mutate(rng, history)
			}
		}
		kind := []string{"drawn", "executed", "with stale reads"}[n%3]
		if n%3 == 2 {
			grow(rng, history)
		}
		verdicts[fmt.Sprint(kind, agrees(t, history))]++
	}
	for what, n := range verdicts {
		if n < 50 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

// grow makes some reads stale, and lets some of these see what others saw.
func grow(rng *rand.Rand, history []Operation) {
	for i := range history {
		o, other := &history[i], history[rng.IntN(len(history))]
		if o.Op != quorate.OpGet || o.Status != quorate.Done || rng.IntN(3) == 0 {
			continue
		}
		o.Read = quorate.ReadLocal
		if other.Op == quorate.OpGet && other.Status == quorate.Done && rng.IntN(2) == 0 {
			o.OK, o.Version, o.Result = other.OK, other.Version, other.Result
		}
	}
}

// One hot key with up to 64 clients at a time: the check by versions says what the search
// says, wherever that ends within its memory.
func TestHotKey(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 8))
	verdicts := map[Verdict]int{}
	for n := range 150 {
		w := workload{processes: 8 << rng.IntN(4), ops: 40 + rng.IntN(100), values: 3 * rng.IntN(2),
			conditions: 0.1, deletes: 0.1, lost: 0.04 * float64(rng.IntN(3)), refused: 0.05, slow: 100}
		history := simulate(rng, w)
		for range 2 * (n % 3) {
			mutate(rng, history)
		}
		s := search{ctx: context.Background(), model: KV, limit: 1 << 20}
		want, _ := s.run(history, state{})
		bad, decided := checkVersions(history, patient)
		if !decided {
			verdicts[Unknown]++
			continue
		}
		if want == OK && bad != nil || want == Violation && bad == nil || n%3 == 0 && bad != nil {
			t.Fatalf("the search says %v, the versions %+v:\n%s", want, bad, list(history))
		}
		verdicts[want]++
	}
	if min(verdicts[OK], verdicts[Violation]) < 10 || verdicts[Unknown] > 90 {
		t.Errorf("%v", verdicts)
	}
}

// Rule: who loses patience has no verdict.
func TestImpatience(t *testing.T) {
	history := []Operation{lost(put(1, 0, 10, "1", 0)), get(2, 20, 30, "2", 1)}
	for _, hurry := range []bool{false, true} {
		if bad, decided := checkVersions(history, func() bool { return hurry }); decided == hurry || (bad == nil) != hurry {
			t.Errorf("in a hurry %v: %v, decided %v", hurry, bad, decided)
		}
	}
}

func TestEnumerate(t *testing.T) {
	for n, want := range map[int]string{1: "1", 5: "1, 2, 3, 4, 5", 6: "1, 2, 3, 4, 5, …"} {
		if got := enumerate([]uint64{1, 2, 3, 4, 5, 6}[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
