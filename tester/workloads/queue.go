package workloads

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// queue is queues, first in, first out: lists to whose end elements are added, and from
// whose beginning they are taken.
type queue struct {
	lists
}

func newQueue(cfg Config) Workload {
	return &queue{lists{newMark(cfg), "enqueue", newKeys(cfg), func(ctx context.Context, h []history.Op) results.Check {
		return eachKey(ctx, "queue", h, checkQueue)
	}}}
}

func (w *queue) Next(rng *rand.Rand, worker int) history.Op {
	key, unique := w.keys.next(rng, worker)
	if rng.IntN(2) == 0 {
		return history.Op{Type: history.Invoke, F: "enqueue", Value: []any{key, unique}}
	}
	return history.Op{Type: history.Invoke, F: "dequeue", Value: []any{key, nil}}
}

// Invoke adds and takes. Elements are taken away here, so that an element which is not
// there after an unknown enqueue says nothing: it ends as Info, unlike an append.
func (w *queue) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	key, arg, _ := keyed(op.Value)
	v, isNumber := arg.(int64)
	var end history.Op
	switch mode := strong(w.keys.cfg.Read); {
	case op.F == "read":
		end = readList(ctx, c, op, key)
	case op.F == "enqueue" && isNumber:
		end = update(ctx, c, key, mode, op, func(read client.Result) ([]byte, any) {
			return longer(read, strconv.FormatInt(v, 10)), nil
		})
	case op.F == "dequeue":
		var head any
		end = update(ctx, c, key, mode, op, func(read client.Result) ([]byte, any) {
			word, rest, _ := strings.Cut(string(read.Value), " ")
			if word == "" {
				return nil, "the queue is empty"
			}
			head = element(word)
			return []byte(rest), nil
		})
		if end.Type != history.Fail { // an unknown one, too, tells what it may have taken
			end.Value = []any{key, head}
		}
	default:
		end = unasked(op)
	}
	w.keys.ended(&end)
	return end
}
