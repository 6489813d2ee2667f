package maelstrom

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// plain is what simple workloads have in common.
type plain struct{}

func (plain) setUp(context.Context, *call) error { return nil }

func (plain) final(int) (history.Op, bool) { return history.Op{}, false }

// echoes is the workload echo.
type echoes struct {
	plain
	wrong atomic.Pointer[string]
}

func (*echoes) next(rng *rand.Rand, _ int) history.Op {
	return history.Op{F: "echo", Value: fmt.Sprintf("Please echo %d", rng.IntN(128))}
}

func (e *echoes) invoke(ctx context.Context, c *call, op history.Op) history.Op {
	got, err := c.do(ctx, "echo", map[string]any{"echo": op.Value})
	if err != nil {
		return ended(op, err, true)
	}
	v, err := member(&got, "echo")
	if err != nil {
		return ended(op, c.refuse(&got, err), true)
	}
	if v != op.Value {
		text := fmt.Sprintf("%s: asked for %q, it echoes %s", got.where, op.Value, history.AppendEDN(nil, v))
		e.wrong.CompareAndSwap(nil, &text)
	}
	op.Type, op.Value = history.OK, v
	return op
}

func (e *echoes) check(context.Context, []history.Op) ([]results.Check, []failure) {
	c := results.Check{Name: "echo", Valid: results.True}
	if text := e.wrong.Load(); text != nil {
		c.Valid, c.Reason = results.False, *text
	}
	return []results.Check{c}, nil
}

// ids is the workload unique-ids.
type ids struct{ plain }

func (*ids) next(*rand.Rand, int) history.Op { return history.Op{F: "generate"} }

func (*ids) invoke(ctx context.Context, c *call, op history.Op) history.Op {
	got, err := c.do(ctx, "generate", nil)
	if err != nil {
		return ended(op, err, false)
	}
	if op.Value, err = member(&got, "id"); err != nil {
		return ended(op, c.refuse(&got, err), false)
	}
	op.Type = history.OK
	return op
}

func (*ids) check(_ context.Context, ops []history.Op) ([]results.Check, []failure) {
	c := results.Check{Name: "unique", Valid: results.True}
	first := map[string]int{}
	for _, op := range ops {
		if op.Type != history.OK {
			continue
		}
		id := string(history.AppendEDN(nil, op.Value))
		if at, twice := first[id]; twice {
			c.Valid, c.Reason = results.False, fmt.Sprintf("the id %s was made up twice, at events %d and %d", id, at, op.Index)
			break
		}
		first[id] = op.Index
	}
	return []results.Check{c}, nil
}

// grows is the workloads broadcast and g-set: what was added and acknowledged must be in
// what each node has in the end.
type grows struct {
	cfg               *Config
	add, field, found string // the request, its field, and the field of what is read
	last              int64
}

// setUp tells the nodes of broadcast who is beside whom.
func (g *grows) setUp(ctx context.Context, c *call) error {
	if g.add != broadcast {
		return nil
	}
	return g.cfg.tellTopology(ctx, c)
}

func (g *grows) next(rng *rand.Rand, _ int) history.Op {
	if rng.IntN(2) == 0 {
		return history.Op{F: "read"}
	}
	g.last++
	return history.Op{F: g.add, Value: g.last}
}

func (*grows) final(int) (history.Op, bool) {
	return history.Op{F: "read", Extra: history.Map{{Key: history.Keyword("final?"), Value: true}}}, true
}

func (g *grows) invoke(ctx context.Context, c *call, op history.Op) history.Op {
	if op.F == g.add {
		if _, err := c.do(ctx, g.add, map[string]any{g.field: op.Value}); err != nil {
			return ended(op, err, false)
		}
		op.Type = history.OK
		return op
	}
	got, err := c.do(ctx, "read", nil)
	if err != nil {
		return ended(op, err, true)
	}
	v, err := member(&got, g.found)
	list, ok := v.([]any)
	if err == nil && !ok {
		err = fmt.Errorf("%s is no list", g.found)
	}
	if err != nil {
		return ended(op, c.refuse(&got, err), true)
	}
	op.Type, op.Value = history.OK, list
	return op
}

func (g *grows) check(_ context.Context, ops []history.Op) ([]results.Check, []failure) {
	c := results.Check{Name: "set"}
	acked, asked := map[any]bool{}, map[any]bool{}
	finals := 0
	for _, op := range ops {
		switch {
		case op.F == g.add && op.Type == history.Invoke:
			asked[op.Value] = true
		case op.F == g.add && op.Type == history.OK:
			acked[op.Value] = true
		case op.F != "read" || op.Type != history.OK:
		default:
			has := map[any]bool{}
			for _, v := range op.Value.([]any) {
				n, ok := v.(int64)
				if has[v] = true; !ok || !asked[n] {
					c.Valid, c.Reason = results.False, fmt.Sprintf("event %d reads %v, which nobody had added", op.Index, v)
					return []results.Check{c}, nil
				}
			}
			if op.Extra == nil {
				continue
			}
			finals++
			if lost := missing(acked, has); len(lost) > 0 {
				c.Valid, c.Reason = results.False, fmt.Sprintf("the final read of node %s, at event %d, lacks %d of %d acknowledged: %s", g.cfg.asked(op.Process), op.Index, len(lost), len(acked), first(lost))
				return []results.Check{c}, nil
			}
		}
	}
	c.Valid, c.Reason = g.cfg.allRead(ops)
	c.Details = details(map[string]int{"acknowledged": len(acked), "attempted": len(asked), "final_reads": finals})
	return []results.Check{c}, nil
}

// first names the first of some elements.
func first(list []int64) string {
	const most = 10
	text := strings.Trim(fmt.Sprint(list[:min(len(list), most)]), "[]")
	if len(list) > most {
		text += " …"
	}
	return text
}

// missing returns what is lacking, in order.
func missing(want, has map[any]bool) []int64 {
	var lost []int64
	for v := range want { // unordered: sorted below
		if !has[v] {
			lost = append(lost, v.(int64))
		}
	}
	slices.Sort(lost)
	return lost
}

// counter is the workloads g-counter and pn-counter.
type counter struct {
	plain
	cfg  *Config
	down bool // some of what is added is negative
}

func (k *counter) next(rng *rand.Rand, _ int) history.Op {
	if rng.IntN(2) == 0 {
		return history.Op{F: "read"}
	}
	delta := int64(rng.IntN(5))
	if k.down {
		delta = int64(rng.IntN(11)) - 5
	}
	return history.Op{F: "add", Value: delta}
}

func (*counter) final(int) (history.Op, bool) { return (*grows)(nil).final(0) }

func (*counter) invoke(ctx context.Context, c *call, op history.Op) history.Op {
	if op.F == "add" {
		if _, err := c.do(ctx, "add", map[string]any{"delta": op.Value}); err != nil {
			return ended(op, err, false)
		}
		op.Type = history.OK
		return op
	}
	got, err := c.do(ctx, "read", nil)
	if err != nil {
		return ended(op, err, true)
	}
	v, err := member(&got, "value")
	n, ok := v.(int64)
	if err == nil && !ok {
		err = fmt.Errorf("value is no whole number: %s", json.RawMessage(got.body))
	}
	if err != nil {
		return ended(op, c.refuse(&got, err), true)
	}
	op.Type, op.Value = history.OK, n
	return op
}

// check wants final reads between the least and the greatest sum that is possible.
func (k *counter) check(_ context.Context, ops []history.Op) ([]results.Check, []failure) {
	c := results.Check{Name: "counter"}
	var low, high int64
	open := map[int]int64{}
	finals := 0
	for _, op := range ops {
		switch {
		case op.F == "add" && op.Type == history.Invoke:
			open[op.Process] = op.Value.(int64)
		case op.F == "add" && op.Type == history.OK:
			low, high = low+open[op.Process], high+open[op.Process]
			delete(open, op.Process)
		case op.F == "add" && op.Type == history.Fail:
			delete(open, op.Process)
		}
	}
	for _, v := range open { // unordered: sums
		low, high = low+min(v, 0), high+max(v, 0)
	}
	for _, op := range ops {
		if op.F != "read" || op.Type != history.OK || op.Extra == nil {
			continue
		}
		finals++
		if v := op.Value.(int64); v < low || v > high {
			c.Valid, c.Reason = results.False, fmt.Sprintf("the final read of node %s, at event %d, is %d: want %s", k.cfg.asked(op.Process), op.Index, v, span(low, high))
			return []results.Check{c}, nil
		}
	}
	c.Valid, c.Reason = k.cfg.allRead(ops)
	c.Details = details(map[string]int64{"least": low, "greatest": high, "final_reads": int64(finals)})
	return []results.Check{c}, nil
}

func span(low, high int64) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d, since nobody knows what became of some", low, high)
}
