package workloads

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// maxTries bounds how often an operation writes that others were faster than.
const maxTries = 64

// lists is elements that are added to lists, each once: the workloads append and set.
type lists struct {
	mark
	add   string // what adding is called
	keys  *keys
	check func(ctx context.Context, h []history.Op) results.Check
}

func newAppend(cfg Config) Workload {
	return &lists{newMark(cfg), "append", newKeys(cfg), func(ctx context.Context, h []history.Op) results.Check {
		return eachKey(ctx, "append", h, checkAppend)
	}}
}

func newSet(cfg Config) Workload {
	return &lists{newMark(cfg), "add", newKeys(cfg), checkSets}
}

func (w *lists) Next(rng *rand.Rand, worker int) history.Op {
	key, unique := w.keys.next(rng, worker)
	if rng.IntN(2) == 0 {
		return history.Op{Type: history.Invoke, F: w.add, Value: []any{key, unique}}
	}
	return readOf(w.keys.cfg.Read, []any{key, nil})
}

func (w *lists) Final(worker int) []history.Op { return w.keys.final(worker) }

func (w *lists) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	key, arg, _ := keyed(op.Value)
	v, isNumber := arg.(int64)
	var end history.Op
	switch {
	case op.F == "read":
		end = readList(ctx, c, op, key)
	case op.F == w.add && isNumber:
		end = w.append(ctx, c, op, key, v)
	default:
		end = unasked(op)
	}
	w.keys.ended(&end)
	return end
}

func readList(ctx context.Context, c Client, op history.Op, key string) history.Op {
	r, err := get(ctx, c, key, modeOf(&op))
	if err != nil {
		return failed(op, err)
	}
	list := []any{}
	for word := range strings.FieldsSeq(string(r.Value)) {
		list = append(list, element(word))
	}
	return ended(op, history.OK, []any{key, list}, versionExtra(r.Version))
}

// element reads a word of a list; one that is no number nobody wrote.
func element(word string) any {
	if v, err := strconv.ParseInt(word, 10, 64); err == nil {
		return v
	}
	return word
}

// longer is a list with a word more.
func longer(read client.Result, word string) []byte {
	return []byte(strings.TrimSpace(string(read.Value) + " " + word))
}

// append reads the list and writes it with one element more, on the condition that it
// is still as it was read; if it is not, again.
//
// Let the outcome of a write at version v be unknown. Nobody removes elements, and no
// other operation adds this one. So a later read tells: if it has the element, the write
// took effect. If it does not, and the version is not v any more, it did not and never
// will, since versions never come again. If the version is still v, another write at
// v is safe, as one of the two takes effect at most.
//
// Where no outcome is unknown, nobody looks for the element: that a store refused a
// write which it did execute is for the check to find, as an element that is there twice.
func (w *lists) append(ctx context.Context, c Client, op history.Op, key string, v int64) history.Op {
	var unsure error // of the write of which it is not known whether it took effect
	var at uint64    // its condition
	lost := func(why any) history.Op {
		if unsure != nil {
			return broken(op, unsure)
		}
		return failed(op, why)
	}
	for range maxTries {
		read, err := get(ctx, c, key, strong(w.keys.cfg.Read))
		if err != nil {
			return lost(err)
		}
		word := strconv.FormatInt(v, 10)
		if unsure != nil {
			if slices.Contains(strings.Fields(string(read.Value)), word) {
				return ended(op, history.OK, op.Value)
			}
			if condition(read) != at {
				unsure = nil
			}
		}
		r, err := putIf(ctx, c, key, longer(read, word), read)
		switch {
		case err == nil && r.OK:
			return ended(op, history.OK, op.Value, versionExtra(r.Version))
		case err == nil: // others were faster
		case broken(op, err).Type == history.Fail:
			return lost(err)
		case ctx.Err() != nil:
			return broken(op, err)
		default:
			unsure, at = err, condition(read)
		}
	}
	return lost("others were faster, every time")
}

func (w *lists) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{w.check(ctx, h)}
}
