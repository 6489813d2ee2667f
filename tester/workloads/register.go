package workloads

import (
	"context"
	"math/rand/v2"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// register is reads, writes and compare-and-set of independent registers. All values
// are different, so a value that was read names the write that it is of.
//
// A cas takes what it finds: the invocation is {:f :cas, :value [k [nil new]]}, and its
// completion says what it was set from, [k [old new]]. Which value that will be nobody
// can guess where all are different.
type register struct {
	mark
	keys *keys
}

func newRegister(cfg Config) Workload { return &register{newMark(cfg), newKeys(cfg)} }

func (w *register) Next(rng *rand.Rand, worker int) history.Op {
	key, unique := w.keys.next(rng, worker)
	switch rng.IntN(4) {
	case 0:
		return history.Op{Type: history.Invoke, F: "write", Value: []any{key, unique}}
	case 1:
		return history.Op{Type: history.Invoke, F: "cas", Value: []any{key, []any{nil, unique}}}
	}
	return readOf(w.keys.cfg.Read, []any{key, nil})
}

func (w *register) Final(worker int) []history.Op { return w.keys.final(worker) }

func (w *register) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	end := w.invoke(ctx, c, op)
	w.keys.ended(&end)
	return end
}

func (w *register) invoke(ctx context.Context, c Client, op history.Op) history.Op {
	key, arg, _ := keyed(op.Value)
	switch op.F {
	case "read":
		return readNumber(ctx, c, op, key)
	case "write":
		if v, ok := arg.(int64); ok {
			return writeNumber(ctx, c, op, key, v)
		}
	case "cas":
		if pair, ok := arg.([]any); ok && len(pair) == 2 {
			if v, ok := pair[1].(int64); ok {
				return w.cas(ctx, c, op, key, v)
			}
		}
	}
	return unasked(op)
}

// readNumber reads a register. A read that failed had no effect, whatever became of it.
func readNumber(ctx context.Context, c Client, op history.Op, key string) history.Op {
	r, err := get(ctx, c, key, modeOf(&op))
	if err != nil {
		return failed(op, err)
	}
	return ended(op, history.OK, []any{key, number(r)}, versionExtra(r.Version))
}

func writeNumber(ctx context.Context, c Client, op history.Op, key string, v int64) history.Op {
	r, err := put(ctx, c, key, digits(v))
	if err != nil {
		return broken(op, err)
	}
	return ended(op, history.OK, op.Value, versionExtra(r.Version))
}

// cas is a read and a write on the condition that the version is still the one that was
// read. Versions never restart, so the value then is still the one that was read, too,
// and the write is the instant at which the register was compared and set.
func (w *register) cas(ctx context.Context, c Client, op history.Op, key string, v int64) history.Op {
	read, err := get(ctx, c, key, strong(w.keys.cfg.Read))
	if err != nil {
		return failed(op, err) // nothing was written
	}
	op.Value = []any{key, []any{number(read), v}}
	r, err := putIf(ctx, c, key, digits(v), read)
	switch {
	case err != nil:
		return broken(op, err)
	case !r.OK:
		// The command was executed, in some attempt, and did nothing: later attempts of
		// it get the same outcome.
		return failed(op, "the register changed after it was read")
	}
	return ended(op, history.OK, op.Value, versionExtra(r.Version))
}

// Check decides by the values alone whether the registers are linearizable, and weak
// reads what they promise. That the versions fit, too, is for the check of the calls.
func (w *register) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{eachKey(ctx, "register", h, checkRegister)}
}
