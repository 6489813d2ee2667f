package workloads

import (
	"context"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// What events of conditional writes have beside Jepsen's fields.
const (
	extraCondition = history.Keyword("condition") // the version that it asked for
	extraDone      = history.Keyword("done")      // false of one that was executed, and refused
)

func conditionExtra(v uint64) history.Entry {
	return history.Entry{Key: extraCondition, Value: int64(v)}
}

// kv is all that the store can do: reads, writes, deletes, and both on condition of a version.
type kv struct {
	mark
	keys *keys
}

func newKV(cfg Config) Workload { return &kv{newMark(cfg), newKeys(cfg)} }

// Next draws an operation. Most conditional writes do not say what they ask for: it is
// what they find. Some ask for an absent key, and some for a version that may be there.
func (w *kv) Next(rng *rand.Rand, worker int) history.Op {
	key, unique := w.keys.next(rng, worker)
	what, guess := rng.IntN(100), rng.IntN(8)
	op := history.Op{Type: history.Invoke, Value: []any{key, unique}}
	switch {
	case what < 40:
		return readOf(w.keys.cfg.Read, []any{key, nil})
	case what < 60:
		op.F = "write"
		return op
	case what < 70:
		op.F, op.Value = "delete", []any{key, nil}
		return op
	case what < 90:
		op.F = "write-if"
	default:
		op.F, op.Value = "delete-if", []any{key, nil}
	}
	switch guess {
	case 0:
		op.Extra = history.Map{conditionExtra(0)}
	case 1:
		op.Extra = history.Map{conditionExtra(uint64(1 + rng.IntN(w.keys.cfg.OpsPerKey)))}
	}
	return op
}

func (w *kv) Final(worker int) []history.Op { return w.keys.final(worker) }

func (w *kv) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	end := w.invoke(ctx, c, op)
	w.keys.ended(&end)
	return end
}

func (w *kv) invoke(ctx context.Context, c Client, op history.Op) history.Op {
	key, arg, _ := keyed(op.Value)
	if op.F == "read" {
		end := readNumber(ctx, c, op, key)
		if pair, _ := end.Value.([]any); end.Type == history.OK && len(pair) == 2 {
			end.Extra = append(end.Extra, history.Entry{Key: extraDone, Value: pair[1] != nil})
		}
		return end
	}
	do := client.Op{Key: key}
	v, isNumber := arg.(int64)
	switch {
	case op.F == "write" && isNumber:
		do.Kind, do.Value = quorate.OpPut, digits(v)
	case op.F == "delete":
		do.Kind = quorate.OpDelete
	case op.F == "write-if" && isNumber:
		do.Kind, do.Value = quorate.OpPutIf, digits(v)
	case op.F == "delete-if":
		do.Kind = quorate.OpDeleteIf
	default:
		return unasked(op)
	}
	conditional := do.Kind == quorate.OpPutIf || do.Kind == quorate.OpDeleteIf
	if conditional {
		asked, ok := extra(&op, extraCondition).(int64)
		if !ok {
			read, err := get(ctx, c, key, strong(w.keys.cfg.Read))
			if err != nil {
				return failed(op, err) // nothing was written
			}
			asked = int64(condition(read))
		}
		do.Version = uint64(asked)
	}
	r, err := c.Do(ctx, do)
	var end history.Op
	if err != nil {
		end = broken(op, err)
	} else {
		end = ended(op, history.OK, op.Value, versionExtra(r.Version))
	}
	if conditional {
		end.Extra = append(end.Extra, conditionExtra(do.Version))
	}
	if err == nil {
		// A refused one was executed, too: it saw the version. Who checks the history by
		// versions, see [checker.Versioned], wants that of all.
		end.Extra = append(end.Extra, history.Entry{Key: extraDone, Value: r.OK})
	}
	return end
}

// Check decides by the versions, see package checker.
func (w *kv) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{checkVersions(ctx, "kv", h)}
}

// casValues is how many values the registers of casRegister have.
const casValues = 5

// casRegister is Jepsen's register, of few values, which are compared as they are.
type casRegister struct {
	mark
	keys *keys
}

func newCASRegister(cfg Config) Workload {
	return &casRegister{newMark(cfg), newKeys(cfg)}
}

func (w *casRegister) Next(rng *rand.Rand, worker int) history.Op {
	key, _ := w.keys.next(rng, worker)
	what, old, v := rng.IntN(4), rng.Int64N(casValues), rng.Int64N(casValues)
	switch what {
	case 0:
		return history.Op{Type: history.Invoke, F: "write", Value: []any{key, v}}
	case 1:
		return history.Op{Type: history.Invoke, F: "cas", Value: []any{key, []any{old, v}}}
	}
	return readOf(w.keys.cfg.Read, []any{key, nil})
}

func (w *casRegister) Final(worker int) []history.Op { return w.keys.final(worker) }

func (w *casRegister) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	key, arg, _ := keyed(op.Value)
	v, isNumber := arg.(int64)
	pair, _ := arg.([]any)
	var end history.Op
	switch {
	case op.F == "read":
		end = readNumber(ctx, c, op, key)
	case op.F == "write" && isNumber:
		end = writeNumber(ctx, c, op, key, v)
	case op.F == "cas" && len(pair) == 2:
		end = w.cas(ctx, c, op, key, pair[0], pair[1])
	default:
		end = unasked(op)
	}
	w.keys.ended(&end)
	return end
}

// cas reads, compares, and writes on the condition that the version is still the one
// that was read, so that the value is, too. If it is not, the register may have the old
// value again; but this cas did not take effect and never will, which is all that Fail
// says.
func (w *casRegister) cas(ctx context.Context, c Client, op history.Op, key string, old, value any) history.Op {
	v, ok := value.(int64)
	if !ok {
		return unasked(op)
	}
	read, err := get(ctx, c, key, strong(w.keys.cfg.Read))
	switch {
	case err != nil:
		return failed(op, err) // nothing was written
	case number(read) != old:
		return failed(op, "the register has "+show(number(read)))
	}
	r, err := putIf(ctx, c, key, digits(v), read)
	if err != nil {
		end := broken(op, err)
		end.Extra = history.Map{conditionExtra(condition(read))}
		return end
	}
	if !r.OK {
		return failed(op, "the register changed after it was read")
	}
	return ended(op, history.OK, op.Value, versionExtra(r.Version), conditionExtra(condition(read)))
}

// Check decides by the versions, as values come again.
func (w *casRegister) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{checkVersions(ctx, "register", h)}
}
