package maelstrom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
	"github.com/quorate/quorate/tester/results"
)

// registers is the workload lin-kv: as Jepsen's of linearizable registers, groups of two
// threads for each node work on a key at a time, half of them read, and the others
// write and compare and set. After some operations, or when too many clients of it have
// an operation whose outcome is unknown, a group takes the next key.
type registers struct {
	cfg *Config

	mu     sync.Mutex
	groups []group
	keys   int
	unique int64 // the last value
}

// group is threads that work on the same key.
type group struct {
	key, left int
	open      int           // operations on the key of which nobody knows
	recent    [recent]int64 // values that were written lately, where all are different
}

const (
	values = 5 // of a register, where they are not all different
	recent = 4
	// maxOpen bounds the operations on a key of which nobody knows: each of them may
	// double what has to be searched for an order.
	maxOpen = 10
)

func newRegisters(c *Config) workload {
	r := &registers{cfg: c}
	r.groups = make([]group, max(1, c.Concurrency/(2*c.Nodes)))
	for i := range r.groups {
		r.renew(&r.groups[i])
	}
	return r
}

func (r *registers) renew(g *group) {
	*g = group{key: r.keys, left: r.cfg.OpsPerKey}
	r.keys++
}

func (*registers) setUp(context.Context, *call) error { return nil }

func (*registers) final(int) (history.Op, bool) { return history.Op{}, false }

func (r *registers) next(rng *rand.Rand, thread int) history.Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.group(thread)
	if g.left == 0 || g.open >= maxOpen {
		r.renew(g)
	}
	g.left--
	reads := thread%(2*r.cfg.Nodes) < r.cfg.Nodes
	if r.cfg.Concurrency <= r.cfg.Nodes { // too few to share the work
		reads = rng.IntN(2) == 0
	}
	op := history.Op{F: "read"}
	var v any
	switch {
	case reads:
	case rng.IntN(3) == 0:
		op.F, v = "write", r.value(rng, g)
	default:
		from := int64(rng.IntN(values))
		if r.cfg.Unique {
			from = g.recent[rng.IntN(recent)]
		}
		op.F, v = "cas", []any{from, r.value(rng, g)}
	}
	op.Value = []any{int64(g.key), v}
	return op
}

func (r *registers) group(thread int) *group {
	return &r.groups[min(thread/(2*r.cfg.Nodes), len(r.groups)-1)]
}

// lost notes that nobody knows what became of an operation.
func (r *registers) lost(key any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.groups {
		if g := &r.groups[i]; int64(g.key) == key {
			g.open++
		}
	}
}

// value draws what is to be written.
func (r *registers) value(rng *rand.Rand, g *group) int64 {
	if !r.cfg.Unique {
		return int64(rng.IntN(values))
	}
	r.unique++
	g.recent[rng.IntN(recent)] = r.unique
	return r.unique
}

func (r *registers) invoke(ctx context.Context, c *call, op history.Op) history.Op {
	pair := op.Value.([]any)
	fields := map[string]any{"key": pair[0]}
	switch op.F {
	case "write":
		fields["value"] = pair[1]
	case "cas":
		change := pair[1].([]any)
		fields["from"], fields["to"] = change[0], change[1]
	}
	got, err := c.do(ctx, op.F, fields)
	rpc, _ := errors.AsType[*rpcError](err)
	switch {
	case err == nil && op.F == "read":
		v, err := member(&got, "value")
		if err != nil {
			return ended(op, c.refuse(&got, err), true)
		}
		op.Value = []any{pair[0], v}
	case rpc != nil && rpc.code == codeNoKey && op.F == "read":
		op.Error = []any{int64(rpc.code), rpc.text} // there is nothing, which is what it holds at first
	case err != nil:
		if op = ended(op, err, op.F == "read"); op.Type == history.Info {
			r.lost(pair[0])
		}
		return op
	}
	op.Type = history.OK
	return op
}

// member returns a field of a reply's body.
func member(r *reply, name string) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &fields); err != nil {
		return nil, err
	}
	text, ok := fields[name]
	if !ok {
		return nil, fmt.Errorf("an answer without %s", name)
	}
	return valueOf(text)
}

// failure is a key that is not what it should be.
type failure struct {
	key     any
	text    string
	picture func(w io.Writer) error
}

func (r *registers) check(ctx context.Context, ops []history.Op) ([]results.Check, []failure) {
	c := results.Check{Name: "linearizable"}
	calls, err := history.Calls(ops)
	if err != nil {
		c.Reason = err.Error()
		return []results.Check{c}, nil
	}
	found, err := models.Check(ctx, &history.History{Ops: ops, Calls: calls}, models.Config{Model: "cas-register", Keys: models.Split, TimeLimit: r.cfg.CheckLimit})
	if err != nil {
		c.Reason = err.Error()
		return []results.Check{c}, nil
	}
	c.Valid, c.Reason = results.Valid(found.Verdict), found.Reason
	var bad []failure
	for _, o := range found.Objects {
		if o.Verdict != checker.Violation {
			continue
		}
		f := failure{key: key(o.Key), text: fmt.Sprintf("key %s: %s", o.Key, o.Reason)}
		if o.Example != nil {
			f.picture = o.Example.WriteHTML
			f.text = o.Example.String()
		}
		if c.Key == "" {
			c.Key, c.Reason = o.Key, f.text
		}
		bad = append(bad, f)
	}
	c.Details = details(map[string]int{
		"keys": found.Keys, "failed_keys": found.Failed, "undecided_keys": found.Undecided,
		"ok": found.OK, "fail": found.Fail, "info": found.Info, "open": found.Open,
	})
	return []results.Check{c}, bad
}

// key is a key as the history has it.
func key(text string) any {
	if v, err := valueOf([]byte(text)); err == nil {
		return v
	}
	return text
}

func details(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}
