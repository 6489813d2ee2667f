package workloads

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// extraTotal is, of an addition's completion, what the counter was after it.
const extraTotal = history.Keyword("total")

// counter is a number that all workers add to.
type counter struct {
	mark
	cfg Config
	key string
}

func newCounter(cfg Config) Workload {
	return &counter{newMark(cfg), cfg, cfg.Prefix + "counter"}
}

func (w *counter) Next(rng *rand.Rand, worker int) history.Op {
	delta := rng.Int64N(5) + 1
	if rng.IntN(2) == 0 {
		return history.Op{Type: history.Invoke, F: "add", Value: delta}
	}
	return readOf(w.cfg.Read, nil)
}

func (w *counter) Final(int) []history.Op { return []history.Op{readOf(strong(w.cfg.Read), nil)} }

func (w *counter) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	delta, isNumber := op.Value.(int64)
	switch {
	case op.F == "read":
		r, err := get(ctx, c, w.key, modeOf(&op))
		if err != nil {
			return failed(op, err)
		}
		return ended(op, history.OK, total(r), versionExtra(r.Version))
	case op.F != "add" || !isNumber:
		return unasked(op)
	}
	var after int64
	end := update(ctx, c, w.key, strong(w.cfg.Read), op, func(read client.Result) ([]byte, any) {
		n, ok := total(read).(int64)
		if !ok {
			return nil, fmt.Sprintf("the counter is no number: %.40q", read.Value)
		}
		after = n + delta
		return digits(after), nil
	})
	if end.Type != history.Fail {
		end.Extra = append(end.Extra, history.Entry{Key: extraTotal, Value: after})
	}
	return end
}

// total is the counter's value; an absent one is 0.
func total(r client.Result) any {
	if !r.OK {
		return int64(0)
	}
	return number(r)
}

// update reads a key and writes what change makes of it, on the condition that it is
// still as it was read; if it is not, again. change may say why it makes nothing.
//
// If the outcome of a write is unknown, so is the operation's: whoever reads the key
// later cannot tell whose change it shows, so trying again might change it twice. A write
// whose condition did not hold did nothing, and never will: trying again is safe. An
// unknown completion tells the condition, as the write can only have given the version
// after it.
func update(ctx context.Context, c Client, key string, mode quorate.ReadMode, op history.Op, change func(client.Result) ([]byte, any)) history.Op {
	for range maxTries {
		read, err := get(ctx, c, key, mode)
		if err != nil {
			return failed(op, err)
		}
		value, why := change(read)
		if why != nil {
			return failed(op, why)
		}
		r, err := putIf(ctx, c, key, value, read)
		if err != nil {
			if op = broken(op, err); op.Type == history.Info {
				op.Extra = history.Map{conditionExtra(condition(read))}
			}
			return op
		}
		if r.OK {
			return ended(op, history.OK, op.Value, versionExtra(r.Version))
		}
	}
	return failed(op, "others were faster, every time")
}

func (w *counter) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{checkCounter(ctx, h)}
}
