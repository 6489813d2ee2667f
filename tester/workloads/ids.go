package workloads

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// ids is numbers that are drawn from a counter, each once.
type ids struct {
	mark
	cfg Config
	key string
}

func newIDs(cfg Config) Workload { return &ids{newMark(cfg), cfg, cfg.Prefix + "ids"} }

func (w *ids) Next(*rand.Rand, int) history.Op {
	return history.Op{Type: history.Invoke, F: "generate"}
}

// Final draws once more: an id that was lost with what had been written is drawn again.
func (w *ids) Final(int) []history.Op {
	return []history.Op{{Type: history.Invoke, F: "generate"}}
}

// Invoke draws a number. Where the outcome of the write is unknown the number is lost:
// nobody else draws it if the write took effect, and somebody may if it did not.
func (w *ids) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	if op.F != "generate" {
		return unasked(op)
	}
	var id int64
	end := update(ctx, c, w.key, strong(w.cfg.Read), op, func(read client.Result) ([]byte, any) {
		n, ok := total(read).(int64)
		if !ok {
			return nil, fmt.Sprintf("the counter of ids is no number: %.40q", read.Value)
		}
		id = n + 1
		return digits(id), nil
	})
	if end.Type == history.OK {
		end.Value = id
	}
	return end
}

// idDetails are those of Jepsen's unique-ids.
type idDetails struct {
	Counts
	Attempted    int   `json:"attempted-count"`
	Acknowledged int   `json:"acknowledged-count"`
	Duplicated   int   `json:"duplicated-count"`
	Range        []any `json:"range,omitempty"` // the least and the greatest, of numbers
}

func (w *ids) Check(ctx context.Context, h []history.Op) []results.Check {
	d := &idDetails{}
	calls := pair(h)
	d.Keys = 1
	d.count(calls)
	if ctx.Err() != nil {
		return []results.Check{d.verdict("unique-ids", "time ran out before anything was checked", d)}
	}
	drawn, least, most := map[any]*call{}, int64(0), int64(0)
	for _, c := range calls {
		if c.op.F != "generate" {
			continue
		}
		if d.Attempted++; c.outcome != history.OK {
			continue
		}
		d.Acknowledged++
		if !plain(c.got) {
			d.add(finding([]*call{c}, "%s is no number or text", c))
			continue
		}
		if n, ok := c.got.(int64); ok {
			if d.Range == nil {
				least, most = n, n
			}
			least, most = min(least, n), max(most, n)
			d.Range = []any{least, most}
		}
		if first := drawn[c.got]; first != nil {
			d.Duplicated++
			d.add(finding([]*call{first, c}, "%s was drawn twice: %s and %s", show(c.got), first, c))
			continue
		}
		drawn[c.got] = c
	}
	return []results.Check{d.verdict("unique-ids", "", d)}
}
