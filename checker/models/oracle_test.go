package models

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// subject is a model with what its clients do.
type subject struct {
	model string
	apply spec
	call  func(rng *rand.Rand) (f string, in any)
	spoil func(rng *rand.Rand, out any) any
}

func small(rng *rand.Rand) any { return int64(rng.IntN(3)) }

func another(rng *rand.Rand, _ any) any {
	if rng.IntN(4) == 0 {
		return nil
	}
	return small(rng)
}

func shorter(rng *rand.Rand, out any) any {
	list, _ := out.([]any)
	if len(list) == 0 || rng.IntN(2) == 0 {
		return append(slices.Clone(list), small(rng))
	}
	return slices.Delete(slices.Clone(list), 0, 1)
}

func pick(rng *rand.Rand, fs ...string) string { return fs[rng.IntN(len(fs))] }

func registerCall(fs ...string) func(*rand.Rand) (string, any) {
	return func(rng *rand.Rand) (string, any) {
		switch f := pick(rng, fs...); f {
		case "read", "delete":
			return f, nil
		case "cas":
			return f, []any{small(rng), small(rng)}
		default:
			return f, small(rng)
		}
	}
}

func txnCall(write string) func(*rand.Rand) (string, any) {
	return func(rng *rand.Rand) (string, any) {
		var parts []any
		for range 1 + rng.IntN(2) {
			key := []any{"x", "y"}[rng.IntN(2)]
			if rng.IntN(2) == 0 {
				parts = append(parts, []any{history.Keyword("r"), key, nil})
			} else {
				parts = append(parts, []any{history.Keyword(write), key, small(rng)})
			}
		}
		return "txn", parts
	}
}

func spoilTxn(spoil func(*rand.Rand, any) any) func(*rand.Rand, any) any {
	return func(rng *rand.Rand, out any) any {
		parts := slices.Clone(out.([]any))
		for i, part := range parts {
			if m := part.([]any); m[0] == history.Keyword("r") {
				parts[i] = []any{m[0], m[1], spoil(rng, m[2])}
			}
		}
		return parts
	}
}

func subjects() []subject {
	return []subject{
		{"register", registerSpec, registerCall("read", "write"), another},
		{"cas-register", registerSpec, registerCall("read", "write", "cas"), another},
		{"kv", registerSpec, registerCall("read", "write", "cas", "delete"), another},
		{"multi-register", txnSpec, txnCall("w"), spoilTxn(another)},
		{"append", txnSpec, txnCall("append"), spoilTxn(shorter)},
		{"append", listSpec, func(rng *rand.Rand) (string, any) {
			if rng.IntN(2) == 0 {
				return "read", nil
			}
			return "append", small(rng)
		}, shorter},
		{"set", setSpec, func(rng *rand.Rand) (string, any) {
			if rng.IntN(2) == 0 {
				return "read", nil
			}
			return "add", small(rng)
		}, func(rng *rand.Rand, _ any) any { return history.Set{small(rng)} }},
		{"queue", queueSpec, func(rng *rand.Rand) (string, any) {
			switch rng.IntN(4) {
			case 0:
				return "read", nil
			case 1:
				return "dequeue", nil
			}
			return "enqueue", small(rng)
		}, func(rng *rand.Rand, v any) any {
			if _, isList := v.([]any); isList {
				return shorter(rng, v)
			}
			return another(rng, v)
		}},
		{"counter", counterSpec, func(rng *rand.Rand) (string, any) {
			if rng.IntN(2) == 0 {
				return "read", nil
			}
			return "add", small(rng)
		}, func(rng *rand.Rand, _ any) any { return small(rng) }},
		{"mutex", mutexSpec, func(rng *rand.Rand) (string, any) { return pick(rng, "acquire", "release"), nil }, nil},
	}
}

// random is the history of some clients. Some of what they saw is spoiled.
func (s *subject) random(rng *rand.Rand, calls int) *history.History {
	h := &history.History{}
	store := map[string]any{}
	type client struct {
		process int
		busy    bool
		f       string
		in, out any
		ok      bool
		applied bool
	}
	clients := make([]client, 2+rng.IntN(3))
	for i := range clients {
		clients[i].process = i
	}
	emit := func(c *client, t history.Type, v any) {
		h.Ops = append(h.Ops, history.Op{Index: len(h.Ops), Process: c.process, Type: t, F: c.f, Value: v})
	}
	apply := func(c *client) {
		if !c.applied {
			c.out, c.ok = s.apply(store, c.f, c.in)
			c.applied = true
		}
	}
	for calls > 0 || slices.ContainsFunc(clients, func(c client) bool { return c.busy }) {
		c := &clients[rng.IntN(len(clients))]
		switch {
		case !c.busy && calls > 0:
			c.f, c.in = s.call(rng)
			c.busy, c.applied = true, false
			emit(c, history.Invoke, c.in)
			calls--
		case c.busy && rng.IntN(3) == 0:
			apply(c)
		case c.busy:
			c.busy = false
			switch rng.IntN(6) {
			case 0:
				if rng.IntN(2) == 0 {
					emit(c, history.Info, c.in)
				}
				c.process += len(clients) // and nobody knows
				continue
			case 1:
				if !c.applied {
					emit(c, history.Fail, c.in)
					continue
				}
			}
			apply(c)
			if !c.ok && (s.model != "mutex" || rng.IntN(8) > 0) {
				emit(c, history.Fail, c.in)
				continue
			}
			if rng.IntN(4) == 0 && slices.Contains([]string{"read", "dequeue", "txn"}, c.f) {
				c.out = s.spoil(rng, c.out)
			}
			emit(c, history.OK, c.out)
		}
	}
	var err error
	if h.Calls, err = history.Calls(h.Ops); err != nil {
		panic(err)
	}
	return h
}

func TestAgainstEveryOrder(t *testing.T) {
	rounds := 800
	if testing.Short() {
		rounds = 200
	}
	for i, s := range subjects() {
		t.Run(fmt.Sprintf("%s-%d", s.model, i), func(t *testing.T) {
			verdicts := map[bool]int{}
			for seed := range uint64(rounds) {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				h := s.random(rng, 3+rng.IntN(5))
				want := oracle(h, s.apply)
				verdicts[want]++
				r, err := Check(context.Background(), h, Config{Model: s.model, Keys: Whole, Workers: 1})
				if err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, show(h))
				}
				if r.OK > 0 && (r.Verdict == checker.OK) != want || r.Verdict == checker.Unknown && r.OK > 0 {
					t.Fatalf("seed %d: %v (%s), every order says %v\n%s", seed, r.Verdict, r.Reason, want, show(h))
				}
				for _, o := range r.Objects {
					if o.Example != nil {
						s.example(t, o.Example)
					}
				}
			}
			if min(verdicts[true], verdicts[false]) < rounds/20 {
				t.Errorf("verdicts %v: the histories are too much alike", verdicts)
			}
		})
	}
}

// example checks that what is shown has no order either, by itself.
func (s *subject) example(t *testing.T, x *Counterexample) {
	t.Helper()
	part := &history.History{Ops: x.Events()}
	var err error
	if part.Calls, err = history.Calls(part.Ops); err != nil {
		t.Fatalf("%v\n%s", err, x)
	}
	if oracle(part, s.apply) {
		t.Fatalf("the counterexample has an order\n%s\nof\n%s", x, show(x.h))
	}
}

func show(h *history.History) string {
	var b strings.Builder
	if err := history.WriteEDN(&b, h.Ops); err != nil {
		return err.Error()
	}
	return b.String()
}

// What is cut off changes no verdict: Porcupine says the same of all of it.
func TestAgainstPorcupine(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for i, s := range subjects() {
		t.Run(fmt.Sprintf("%s-%d", s.model, i), func(t *testing.T) {
			for seed := range uint64(rounds) {
				rng := rand.New(rand.NewPCG(seed, uint64(100+i)))
				h := s.random(rng, 10+rng.IntN(20))
				m := find(s.model)
				v, groups, err := arrange(h, m, false, nil)
				if err != nil {
					t.Fatal(err)
				}
				want := true
				for _, g := range groups {
					plain := m.porcupine(v, len(g.objects), g.initial)
					want = want && porcupine.CheckOperations(plain, intervals(g.ops))
				}
				r, err := Check(context.Background(), h, Config{Model: s.model, Keys: Whole, Workers: 1, MaxCounterexamples: 1})
				if err != nil {
					t.Fatal(err)
				}
				if r.OK > 0 && (r.Verdict == checker.OK) != want {
					t.Fatalf("seed %d: %v, Porcupine says %v\n%s", seed, r.Verdict, want, show(h))
				}
			}
		})
	}
}
