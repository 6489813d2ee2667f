package sessions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// replicas executes random calls of processes that each read a copy of their own, which
// lags behind the order of all writes. How it breaks is drawn.
func replicas(rng *rand.Rand) []checker.Operation {
	keys := []string{"x", "y", "z"}[:1+rng.IntN(3)]
	processes, mischief := 1+rng.IntN(4), rng.IntN(4)
	type state struct {
		version uint64
		present bool
		value   string
	}
	log := []map[string]state{{}}
	seen := make([]int, processes)
	var ops []checker.Operation
	n := 2 + rng.IntN(10)
	for i := range n {
		p, key := rng.IntN(processes), keys[rng.IntN(len(keys))]
		now := log[len(log)-1]
		o := checker.Operation{Process: p, Key: key, Status: quorate.Done, OK: true, Call: time.Duration(10 * i), Return: time.Duration(10*i + 5)}
		switch kind := rng.IntN(10); {
		case kind < 5:
			seen[p] += rng.IntN(len(log) - seen[p])
			at := seen[p]
			if mischief == 1 && rng.IntN(3) == 0 {
				at = rng.IntN(len(log))
			}
			s := log[at][key]
			o.Op, o.OK, o.Version = quorate.OpGet, s.present, s.version
			if s.present {
				o.Result = []byte(s.value)
			}
		default:
			o.Op, o.Value = quorate.OpPut, fmt.Append(nil, i)
			if kind == 9 {
				o.Op, o.Value = quorate.OpDelete, nil
			}
			next := map[string]state{}
			for k, s := range now {
				next[k] = s
			}
			o.Version = now[key].version + 1
			next[key] = state{o.Version, o.Op == quorate.OpPut, string(o.Value)}
			if rng.IntN(8) == 0 {
				o.Status, o.OK, o.Version = quorate.Unknown, false, 0
				if rng.IntN(2) == 0 {
					next = now
				}
			}
			log = append(log, next)
			if mischief != 2 {
				seen[p] = len(log) - 1
			}
		}
		if kind := rng.IntN(12); kind == 0 && o.Op != quorate.OpGet && o.Status == quorate.Done {
			s := now[key]
			o.Op, o.Condition = quorate.OpPutIf, 99
			if o.Version, o.OK = 0, false; s.present {
				o.Version = s.version
			}
			log[len(log)-1] = now
		}
		ops = append(ops, o)
	}
	if mischief == 3 && n > 3 {
		a, b := &ops[rng.IntN(n)], &ops[rng.IntN(n)]
		a.Process, b.Process = b.Process, a.Process
	}
	return ops
}

// explained is the oracle: it tries all orders that keep each process's.
func explained(ops []checker.Operation) bool {
	type state struct {
		version uint64
		present bool
		value   string
	}
	lanes := map[int][]int{}
	for i, o := range ops {
		if o.Op.IsWrite() || o.Status == quorate.Done {
			lanes[o.Process] = append(lanes[o.Process], i)
		}
	}
	been := map[string]bool{}
	var try func(done []bool, states map[string]state) bool
	try = func(done []bool, states map[string]state) bool {
		name := fmt.Sprint(done, states)
		if been[name] {
			return false
		}
		been[name] = true
		ended := true
		for _, lane := range lanes {
			for _, i := range lane {
				o := &ops[i]
				if done[i] {
					continue
				}
				s := states[o.Key]
				next, ok := state{s.version + 1, o.Op == quorate.OpPut || o.Op == quorate.OpPutIf, string(o.Value)}, true
				current := uint64(0)
				if s.present {
					current = s.version
				}
				cond := o.Op == quorate.OpPutIf || o.Op == quorate.OpDeleteIf
				open := o.Status == quorate.Unknown
				switch {
				case o.Op == quorate.OpGet:
					next, ok = s, o.Version == s.version && o.OK == s.present && string(o.Result) == s.value
				case cond && o.Condition != current:
					next, ok = s, open || !o.OK && o.Version == current
				case !open:
					ok = o.OK && o.Version == next.version
				}
				if ok {
					d, m := slices.Clone(done), map[string]state{o.Key: next}
					for k, s := range states {
						if k != o.Key {
							m[k] = s
						}
					}
					d[i] = true
					if try(d, m) {
						return true
					}
				}
				if !open {
					ended = false
					break // what comes later must wait; an open write may come at any time
				}
			}
		}
		return ended
	}
	return try(make([]bool, len(ops)), map[string]state{})
}

func TestSequentialAgreesWithAllOrders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	seen := map[checker.Verdict]int{}
	for range 4000 {
		ops := replicas(rng)
		if rng.IntN(4) == 0 {
			spoil(rng, &ops[rng.IntN(len(ops))])
		}
		results, err := Check(context.Background(), ops, []Guarantee{Sequential}, Config{})
		if err != nil {
			t.Fatal(err)
		}
		r := results[0]
		seen[r.Verdict]++
		if want := explained(ops); r.Verdict == checker.OK && !want || r.Verdict == checker.Violation && want {
			t.Fatalf("want %v, got %+v of\n%s", want, r, list(ops))
		}
		for _, v := range r.Violations {
			least(t, ops, v)
		}
	}
	if seen[checker.OK] < 300 || seen[checker.Violation] < 300 || seen[checker.Unknown] > 400 {
		t.Errorf("%v", seen)
	}
}

// spoil changes what an operation was told, or what it asked for.
func spoil(rng *rand.Rand, o *checker.Operation) {
	switch rng.IntN(4) {
	case 0:
		o.OK = !o.OK
	case 1:
		o.Version = uint64(rng.IntN(4))
	case 2:
		o.Result = []byte("spoiled")
	default:
		if o.Op == quorate.OpPut {
			o.Op = quorate.OpPutIf
		}
		o.Condition = uint64(rng.IntN(3))
	}
}

// least fails unless the processes and the versions want orders of the steps that do not
// go together, and without any of them would.
func least(t *testing.T, ops []checker.Operation, v Violation) {
	t.Helper()
	if !slices.IsSortedFunc(v.Steps, func(a, b Step) int { return int(a.Call - b.Call) }) {
		t.Errorf("not in the order of time: %v", &v)
	}
	if !strings.HasPrefix(v.Text, "no order") {
		for _, s := range v.Steps {
			if bad := ops[s.At].Contradiction(); bad != "" && len(v.Steps) > 1 {
				t.Errorf("%v\nblames others for what one step shows: %s", &v, bad)
			}
		}
		return
	}
	together := func(without int) bool {
		var rest []checker.Operation
		for i, s := range v.Steps {
			if i != without {
				rest = append(rest, ops[s.At])
			}
		}
		var try func(left []checker.Operation) bool
		try = func(left []checker.Operation) bool {
			for i, o := range left {
				free := !slices.ContainsFunc(left, func(b checker.Operation) bool {
					return b.Process == o.Process && b.Call < o.Call || b.Key == o.Key && stageOf(b) < stageOf(o)
				})
				if free && try(slices.Delete(slices.Clone(left), i, i+1)) {
					return true
				}
			}
			return len(left) == 0
		}
		return try(rest)
	}
	if slices.ContainsFunc(v.Steps, func(s Step) bool { return ops[s.At].Status == quorate.Unknown }) {
		return // its version is not known
	}
	if together(-1) {
		t.Errorf("%v\ngo together", &v)
	}
	for i := range v.Steps {
		if !together(i) {
			t.Errorf("%v\nare too many: without %d, too, they do not go together", &v, i)
		}
	}
}

func stageOf(o checker.Operation) uint64 {
	if o.Op.IsWrite() && o.OK {
		return 2 * o.Version
	}
	return 2*o.Version + 1
}

func list(ops []checker.Operation) string {
	s := ""
	for i := range ops {
		s += ops[i].String() + "\n"
	}
	return s
}

// The guarantees by their definitions, pair by pair.
func TestSessionsAgreeWithPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	broken := map[Guarantee]int{}
	for range 3000 {
		ops := replicas(rng)
		if rng.IntN(3) == 0 {
			o := &ops[rng.IntN(len(ops))]
			if o.Version > 0 {
				o.Version = uint64(1 + rng.IntN(4))
			}
		}
		results, err := Check(context.Background(), ops, All()[:4], Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			want := false
			for _, a := range ops {
				for _, b := range ops {
					want = want || breaks(r.Guarantee, a, b)
				}
			}
			if (r.Verdict == checker.Violation) != want {
				t.Fatalf("%v: want broken %v, got %+v of\n%s", r.Guarantee, want, r, list(ops))
			}
			for _, v := range r.Violations {
				if broken[r.Guarantee]++; len(v.Steps) != 2 || !breaks(r.Guarantee, ops[v.Steps[0].At], ops[v.Steps[1].At]) {
					t.Fatalf("%v is not broken by\n%v", r.Guarantee, &v)
				}
			}
		}
	}
	for _, g := range All()[:4] {
		if broken[g] < 50 {
			t.Errorf("%v is broken %d times", g, broken[g])
		}
	}
}

func breaks(g Guarantee, a, b checker.Operation) bool {
	if a.Process != b.Process || a.Key != b.Key || a.Call >= b.Call || a.Status != quorate.Done || b.Status != quorate.Done {
		return false
	}
	write := func(o checker.Operation) bool { return o.Op.IsWrite() && o.OK }
	read := func(o checker.Operation) bool { return o.Op == quorate.OpGet || !o.OK && o.Version > 0 }
	switch g {
	case ReadYourWrites:
		return write(a) && read(b) && b.Version < a.Version
	case MonotonicReads:
		return read(a) && read(b) && b.Version < a.Version
	case MonotonicWrites:
		return write(a) && write(b) && b.Version <= a.Version
	}
	return read(a) && write(b) && b.Version <= a.Version
}
