package checker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"github.com/quorate/quorate"
)

// wrongs are what a store may do wrong, done to a linearizable history. Each returns the
// history with it; nil if it has no place there. What is allowed is among them, too.
var wrongs = []struct {
	name string
	do   func(rng *rand.Rand, h []Operation) []Operation
}{
	{"a stale read", func(rng *rand.Rand, h []Operation) []Operation {
		w := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.writes() && o.puts() })
		after := latestReturn(h)
		if w == nil || w.Version >= topOf(h) {
			return nil
		}
		return append(h, get(90, after+1, after+2, string(w.Value), w.Version))
	}},
	{"a lost write", func(rng *rand.Rand, h []Operation) []Operation {
		after := latestReturn(h)
		return append(h, put(90, after+1, after+2, "new", topOf(h)+1), get(91, after+3, after+4, "next", topOf(h)+1), put(92, after+3, after+4, "next", topOf(h)+1))
	}},
	{"a version used again", func(rng *rand.Rand, h []Operation) []Operation {
		w := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.writes() })
		if w == nil {
			return nil
		}
		return append(h, put(90, w.Call, w.Return, "again", w.Version))
	}},
	{"a write that failed was seen", func(rng *rand.Rand, h []Operation) []Operation {
		r := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.Op == quorate.OpGet && o.OK })
		if r == nil {
			return nil
		}
		for i := range h {
			if h[i].Status == quorate.Done && h[i].writes() && h[i].Version == r.Version {
				h[i].Status = quorate.NotExecuted
				return h
			}
		}
		return nil
	}},
	{"a condition that did not hold", func(rng *rand.Rand, h []Operation) []Operation {
		w := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.OK && o.conditional() })
		if w == nil || rng.IntN(2) == 0 {
			after := latestReturn(h)
			return append(h, putIf(90, after+1, after+2, uint64(rng.IntN(3)), "x", topOf(h)+1))
		}
		w.Condition += uint64(1 + rng.IntN(3))
		return h
	}},
	{"a write applied twice", func(rng *rand.Rand, h []Operation) []Operation {
		w := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.writes() && o.puts() })
		after := latestReturn(h)
		if w == nil {
			return nil
		}
		return append(h, get(90, after+1, after+2, string(w.Value), topOf(h)+1))
	}},
	{"a value that nobody wrote", func(rng *rand.Rand, h []Operation) []Operation {
		r := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.Op == quorate.OpGet && o.OK })
		if r == nil {
			return nil
		}
		r.Result = []byte("never")
		return h
	}},
	{"an inversion of real time", func(rng *rand.Rand, h []Operation) []Operation {
		w := drawn(rng, h, func(o *Operation) bool { return o.Status == quorate.Done && o.writes() && o.puts() })
		if w == nil {
			return nil
		}
		return append(h, get(90, w.Call-3, w.Call-1, string(w.Value), w.Version))
	}},
	{"an absence while present", func(rng *rand.Rand, h []Operation) []Operation {
		after := latestReturn(h)
		top := topOf(h)
		h = append(h, put(90, after+1, after+2, "p", top+1), put(91, after+4, after+9, "q", top+2))
		if rng.IntN(2) == 0 {
			h = append(h, del(92, after+20, after+21, top+3))
		}
		return append(h, refused(putIf(93, after+3, after+10, 1<<40, "r", 0)))
	}},
	{late, func(rng *rand.Rand, h []Operation) []Operation {
		after := latestReturn(h)
		top := topOf(h)
		return append(h, lost(put(90, after+1, after+2, "late", 0)), put(91, after+3, after+4, "p", top+1), get(92, after+5, after+6, "late", top+2))
	}},
	{"an unknown outcome that comes twice", func(rng *rand.Rand, h []Operation) []Operation {
		after := latestReturn(h)
		top := topOf(h)
		return append(h, lost(put(90, after+1, after+2, "twice", 0)), get(92, after+2, after+3, "twice", top+1),
			put(91, after+3, after+4, "p", top+2), get(92, after+5, after+6, "twice", top+3))
	}},
}

const late = "an unknown outcome that comes late"

func drawn(rng *rand.Rand, h []Operation, want func(*Operation) bool) *Operation {
	var list []*Operation
	for i := range h {
		if want(&h[i]) {
			list = append(list, &h[i])
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[rng.IntN(len(list))]
}

func latestReturn(h []Operation) time.Duration {
	last := time.Duration(0)
	for i := range h {
		last = max(last, h[i].Return)
	}
	return last
}

func topOf(h []Operation) uint64 {
	top := uint64(0)
	for i := range h {
		if o := &h[i]; o.counts() && !o.open() {
			top = max(top, o.Version)
		}
	}
	return top
}

// permitted is the oracle of what a counterexample may leave out: it asks Porcupine for an
// order of the kept operations and of others of which only this is known, that they gave
// the versions that known writes of the history gave; or, of operations that should prove
// it alone, any versions.
func permitted(history, kept []Operation, alone bool) bool {
	known := map[uint64]bool{}
	end := uint64(0)
	list := slices.Clone(kept)
	for _, o := range history {
		switch {
		case alone || !o.counts() || !o.writes():
		case o.open():
			list = append(list, o)
		default:
			known[o.Version] = true
			end = max(end, o.Version)
		}
	}
	top := topOf(kept)
	if end = max(end, top); alone {
		end = top + 1
	}
	var either []int
	for v := uint64(1); v <= end; v++ {
		if slices.ContainsFunc(kept, func(o Operation) bool { return o.writes() && o.Version == v }) || !alone && v <= top && !known[v] {
			continue
		}
		other := del(-1-int(v), -1<<40, 1<<40, v)
		for _, o := range kept {
			switch {
			case o.Op == quorate.OpGet && o.OK && o.Version == v:
				other.Op, other.Value = quorate.OpPut, o.Result
			case o.conditional() && !o.OK && o.Version == v, o.conditional() && o.OK && o.Condition > 0 && o.Condition == v && o.Version == v+1:
				other.Op = quorate.OpPut
			}
		}
		if other.Op == quorate.OpDelete && !alone && v < top && !known[v+1] {
			either = append(either, len(list))
		}
		list = append(list, other)
	}
	for choice := range 1 << len(either) {
		for n, i := range either {
			if list[i].Op = quorate.OpDelete; choice>>n&1 == 1 {
				list[i].Op = quorate.OpPut
			}
		}
		if porcupine.CheckOperations(KV.porcupine(state{}), intervals(list)) {
			return true
		}
	}
	return false
}

// convincing fails unless the counterexample has no order by itself, and has one without
// any of its operations.
func convincing(t interface{ Fatalf(string, ...any) }, x *Counterexample, history []Operation) {
	if porcupine.CheckOperations(KV.porcupine(state{}), intervals(slices.Concat(x.Witness, x.Open))) {
		t.Fatalf("%v\nhas an order; of\n%s", x, list(history))
	}
	alone := !permitted(history, x.Witness, true)
	if !alone && permitted(history, x.Witness, false) {
		t.Fatalf("%v\ndoes not prove it; of\n%s", x, list(history))
	}
	for i := range x.Witness {
		if rest := slices.Delete(slices.Clone(x.Witness), i, i+1); !permitted(history, rest, alone) {
			t.Fatalf("%v\nis one too many: %v; of\n%s", x, &x.Witness[i], list(history))
		}
	}
	if alone {
		return
	}
	for i := range x.Open { // it counts on all of them
		if o := &x.Open[i]; !o.open() || o.Call > latestReturn(x.Witness) {
			t.Fatalf("%v\n%v is not open then", x, o)
		}
	}
}

// judge compares the check with Porcupine's verdict, and looks at the counterexample.
func judge(t interface{ Fatalf(string, ...any) }, history []Operation) Verdict {
	legal := porcupine.CheckOperations(KV.porcupine(state{}), intervals(history))
	result := check(context.Background(), byKey(history), Config{Workers: 1}.withDefaults())
	if result.Failed > 0 == legal || result.Undecided > 0 {
		t.Fatalf("linearizable %v, but %+v:\n%s", legal, result, list(history))
	}
	if legal {
		return OK
	}
	convincing(t, &result.Counterexamples[0], history)
	return Violation
}

// A counterexample is a proof, and the least one, whatever went wrong.
func TestCounterexamplesAreLeast(t *testing.T) {
	for _, wrong := range wrongs {
		t.Run(wrong.name, func(t *testing.T) {
			verdicts := map[Verdict]int{}
			rapid.Check(t, func(t *rapid.T) {
				w := drawWorkload(t)
				w.values = 0 // each its own, so that what is wrong shows
				rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
				if h := wrong.do(rng, simulate(rng, w)); h != nil {
					verdicts[judge(t, h)]++
				}
			})
			if wrong.name == late && verdicts[Violation] > 0 || wrong.name != late && verdicts[Violation] < 5 {
				t.Errorf("%v", verdicts)
			}
		})
	}
}

// The same of histories in which anything may be wrong, several things too.
func TestCounterexamplesOfAnything(t *testing.T) {
	for n, w := range []workload{
		{processes: 4, ops: 12, conditions: 0.3, deletes: 0.3, lost: 0.1, refused: 0.1, slow: 20},
		{processes: 4, ops: 14, conditions: 0.5, deletes: 0.5, lost: 0.5, slow: 30},
		{processes: 6, ops: 12, values: 2, conditions: 0.6, deletes: 0.2, lost: 0.3, slow: 60},
		{processes: 3, ops: 10, values: 2, conditions: 0.1, lost: 0.6, slow: 10},
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(n), 6))
			verdicts := map[Verdict]int{}
			for range 500 {
				history := simulate(rng, w)
				for range rng.IntN(4) {
					mutate(rng, history)
				}
				verdicts[judge(t, history)]++
			}
			if min(verdicts[OK], verdicts[Violation]) < 100 {
				t.Errorf("the histories are too much alike: %v", verdicts)
			}
		})
	}
}
