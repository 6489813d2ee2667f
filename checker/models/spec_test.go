package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/checker/history"
)

// spec says in the plainest way what operations mean: it applies one to a store of named
// things and returns what it answers; false if it has no effect and fails.
type spec func(store map[string]any, f string, in any) (any, bool)

func copyOf(store map[string]any) map[string]any {
	c := map[string]any{}
	for k, v := range store {
		c[k] = v
	}
	return c
}

func same(a, b any) bool {
	if s, ok := a.(history.Set); ok { // in any order
		t, _ := b.(history.Set)
		return string(appendCanonical(nil, s)) == string(appendCanonical(nil, t))
	}
	text := func(x any) string { // a list that is empty may be nil
		return strings.ReplaceAll(string(history.AppendEDN(nil, x)), "[]", "nil")
	}
	return text(a) == text(b)
}

func registerSpec(store map[string]any, f string, in any) (any, bool) {
	switch f {
	case "read":
		return store["x"], true
	case "write":
		store["x"] = in
		return in, true
	case "delete":
		store["x"] = nil
		return nil, true
	}
	list := in.([]any)
	if !same(store["x"], list[0]) {
		return nil, false
	}
	store["x"] = list[1]
	return in, true
}

func txnSpec(store map[string]any, _ string, in any) (any, bool) {
	var out []any
	for _, part := range in.([]any) {
		m := part.([]any)
		key := fmt.Sprint(m[1])
		switch m[0] {
		case history.Keyword("r"):
			out = append(out, []any{m[0], m[1], store[key]})
		case history.Keyword("w"):
			store[key] = m[2]
			out = append(out, m)
		default:
			list, _ := store[key].([]any)
			store[key] = append(slices.Clone(list), m[2])
			out = append(out, m)
		}
	}
	return out, true
}

func listSpec(store map[string]any, f string, in any) (any, bool) {
	list, _ := store["x"].([]any)
	if f == "read" {
		return slices.Clone(list), true
	}
	store["x"] = append(slices.Clone(list), in)
	return in, true
}

func setSpec(store map[string]any, f string, in any) (any, bool) {
	set, _ := store["x"].(history.Set)
	if f == "read" {
		return slices.Clone(set), true
	}
	for _, x := range set {
		if same(x, in) {
			return in, true
		}
	}
	store["x"] = append(slices.Clone(set), in)
	return in, true
}

func queueSpec(store map[string]any, f string, in any) (any, bool) {
	q, _ := store["x"].([]any)
	if f == "enqueue" {
		store["x"] = append(slices.Clone(q), in)
		return in, true
	}
	if f == "read" {
		return slices.Clone(q), true
	}
	if len(q) == 0 {
		return nil, true
	}
	store["x"] = q[1:]
	return q[0], true
}

func counterSpec(store map[string]any, f string, in any) (any, bool) {
	n, _ := store["x"].(int64)
	if f == "read" {
		return n, true
	}
	store["x"] = n + in.(int64)
	return in, true
}

func mutexSpec(store map[string]any, f string, _ any) (any, bool) {
	held, _ := store["x"].(bool)
	if held == (f == "acquire") {
		return nil, false
	}
	store["x"] = !held
	return nil, true
}

// oracle tries every order.
func oracle(h *history.History, apply spec) bool {
	return explain(h, apply, map[string]any{}, make([]bool, len(h.Calls)))
}

func explain(h *history.History, apply spec, store map[string]any, done []bool) bool {
	finished := true
	for i, c := range h.Calls {
		certain := c.Complete >= 0 && h.Ops[c.Complete].Type == history.OK
		finished = finished && (done[i] || !certain)
	}
	if finished {
		return true
	}
	first := len(h.Ops) // of the completions of what must still take effect
	for i, c := range h.Calls {
		if c.Complete >= 0 && h.Ops[c.Complete].Type == history.OK && !done[i] {
			first = min(first, c.Complete)
		}
	}
	for i, c := range h.Calls {
		if done[i] || c.Invoke > first || c.Complete >= 0 && h.Ops[c.Complete].Type == history.Fail {
			continue
		}
		next := copyOf(store)
		got, ok := apply(next, h.Ops[c.Invoke].F, h.Ops[c.Invoke].Value)
		if c.Complete >= 0 && h.Ops[c.Complete].Type == history.OK && (!ok || !same(got, h.Ops[c.Complete].Value)) {
			continue
		}
		if !ok {
			continue
		}
		done[i] = true
		if explain(h, apply, next, done) {
			return true
		}
		done[i] = false
	}
	return false
}
