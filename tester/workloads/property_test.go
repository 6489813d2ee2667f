package workloads

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

// object is what random histories are of, one operation after the other.
type object struct {
	name string
	fs   []string // what is asked for, one as often as another
	// apply does an operation of the state, which is a list of all values that it had or
	// all elements in order. It returns the state afterwards and the result, false if it
	// does nothing.
	apply func(state []int64, f string, arg any) ([]int64, any, bool)
	// shows reports whether a state of so many values reads as got.
	shows func(state []int64, got any) bool
}

const none = int64(0) // the initial value of a register

func last(state []int64) int64 {
	if len(state) == 0 {
		return none
	}
	return state[len(state)-1]
}

func valueOf(n int64) any {
	if n == none {
		return nil
	}
	return n
}

func listed(state []int64) []any {
	list := []any{}
	for _, n := range state {
		list = append(list, n)
	}
	return list
}

func objects() []object {
	add := func(state []int64, f string, arg any) ([]int64, any, bool) {
		if f == "read" {
			return state, listed(state), true
		}
		return append(slices.Clip(state), arg.(int64)), arg, true
	}
	return []object{
		{"register", []string{"read", "read", "write", "cas"},
			func(state []int64, f string, arg any) ([]int64, any, bool) {
				switch f {
				case "read":
					return state, valueOf(last(state)), true
				case "write":
					return append(slices.Clip(state), arg.(int64)), arg, true
				}
				v := arg.([]any)[1].(int64)
				return append(slices.Clip(state), v), []any{valueOf(last(state)), v}, true
			},
			func(state []int64, got any) bool { return valueOf(last(state)) == got }},
		{"append", []string{"read", "append"}, add,
			func(state []int64, got any) bool { return slices.Equal(listed(state), got.([]any)) }},
		{"set", []string{"read", "add"}, add,
			func(state []int64, got any) bool {
				list := slices.Clone(got.([]any))
				slices.SortFunc(list, func(a, b any) int { return int(a.(int64) - b.(int64)) })
				mine := slices.Clone(state)
				slices.Sort(mine)
				return slices.Equal(listed(mine), list)
			}},
		{"queue", []string{"read", "enqueue", "enqueue", "dequeue", "dequeue"},
			func(state []int64, f string, arg any) ([]int64, any, bool) {
				if f != "dequeue" {
					return add(state, f, arg)
				}
				if len(state) == 0 {
					return state, nil, false
				}
				return state[1:], state[0], true
			},
			func(state []int64, got any) bool { return slices.Equal(listed(state), got.([]any)) }},
		{"counter", []string{"read", "add"},
			func(state []int64, f string, arg any) ([]int64, any, bool) {
				if f == "read" {
					return state, last(state), true
				}
				return append(slices.Clip(state), last(state)+arg.(int64)), arg, true
			},
			func(state []int64, got any) bool { return last(state) == got }},
	}
}

// course makes a random history that is linearizable: operations are applied one by one
// between their events, or never, or after an unknown end.
type course struct {
	object
	rng     *rand.Rand
	h       []history.Op
	state   []int64
	running []*under
	busy    int // of running, those without an end
	made    int
}

// under is an operation under way.
type under struct {
	op      history.Op
	arg     any
	got     any
	total   int64
	applied bool
	refused bool // it found nothing
	gone    bool // its client knows no end of it
}

func (o object) random(rng *rand.Rand, size int) []history.Op {
	m := course{object: o, rng: rng}
	for m.made < size || m.busy > 0 {
		if m.made < size && m.busy < 4 && rng.IntN(2) == 0 {
			m.begin()
		} else if len(m.running) > 0 {
			m.step(rng.IntN(len(m.running)))
		}
	}
	return m.h
}

func (m *course) emit(op history.Op, t history.Type, v any) {
	if m.name != "counter" {
		v = []any{"k", v}
	}
	op.Type, op.Value, op.Index = t, v, len(m.h)
	m.h = append(m.h, op)
}

func (m *course) begin() {
	m.made++
	m.busy++
	u := &under{op: history.Op{Process: m.made, F: m.fs[m.rng.IntN(len(m.fs))]}}
	switch {
	case u.op.F == "cas":
		u.arg = []any{nil, int64(m.made)}
	case u.op.F == "dequeue" || u.op.F == "read" && m.name == "queue": // whose states do not show earlier ones
	case u.op.F != "read":
		u.arg = int64(m.made)
	case m.rng.IntN(4) == 0:
		u.op = readOf(quorate.ReadLocal, nil)
		u.op.Process = m.made
	}
	m.emit(u.op, history.Invoke, u.arg)
	m.running = append(m.running, u)
}

// step lets an operation under way take effect or end.
func (m *course) step(i int) {
	u := m.running[i]
	switch {
	case !u.applied && m.rng.IntN(3) > 0:
		m.take(u)
	case !u.gone:
		m.end(u)
	}
	if u.gone && u.applied {
		m.running = slices.Delete(m.running, i, i+1)
	}
}

func (m *course) take(u *under) {
	u.applied = true
	if len(u.op.Extra) > 0 { // a weak read
		_, u.got, _ = m.apply(m.state[:m.rng.IntN(len(m.state)+1)], u.op.F, u.arg)
		return
	}
	var done bool
	m.state, u.got, done = m.apply(m.state, u.op.F, u.arg)
	u.refused = !done
	u.total = last(m.state)
}

func (m *course) end(u *under) {
	m.busy--
	u.gone = true
	end, t, luck := u.op, history.OK, m.rng.IntN(8)
	end.Extra = nil
	if !u.applied && u.op.F == "dequeue" && luck >= 4 {
		_, u.got, u.applied = m.apply(m.state, u.op.F, u.arg)
		u.refused, luck = !u.applied, 0 // its write comes too late for what it found
	}
	switch {
	case u.refused:
		u.applied, u.got, t = true, u.arg, history.Fail
	case !u.applied && (luck < 4 || u.op.F == "read"):
		u.applied, u.got, t = true, u.arg, history.Fail // it never will be
	case !u.applied || luck == 0 && u.op.F != "read":
		t = history.Info
	case m.name == "counter" && u.op.F == "add":
		end.Extra = history.Map{{Key: extraTotal, Value: u.total}}
	}
	if !u.applied {
		u.got = u.arg
		if u.op.F == "cas" { // its write comes too late for what it found
			u.applied, u.got = true, []any{valueOf(last(m.state)), int64(u.op.Process)}
		}
	}
	m.emit(end, t, u.got)
}

// linearizable asks Porcupine. The state is all values that there were: a weak read
// may show an earlier one.
func (o object) linearizable(h []history.Op) bool {
	calls := pair(h)
	byKey(calls)
	var ops []porcupine.Operation
	for i, c := range calls {
		if o.name == "counter" {
			c.got = nil
			if c.end != nil {
				c.got = c.end.Value
			}
		}
		if c.outcome == history.Fail || c.op.F == "read" && c.outcome != history.OK {
			continue
		}
		to := int64(math.MaxInt64)
		if c.to != never {
			to = int64(c.to)
		}
		ops = append(ops, porcupine.Operation{ClientId: i, Input: c, Call: int64(c.from), Return: to})
	}
	return porcupine.CheckOperations(porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, input, _ any) (bool, any) {
			c, values := input.(*call), numbers(state.(string))
			switch {
			case c.op.F == "read" && c.weak():
				for n := range len(values) + 1 {
					if o.shows(values[:n], c.got) {
						return true, state
					}
				}
				return false, state
			case c.op.F == "read":
				return o.shows(values, c.got), state
			case c.op.F == "cas":
				if old, _, found := c.casOf(); found && valueOf(last(values)) != old {
					return c.outcome == history.Info, state // an unknown one may do nothing
				}
			}
			after, got, _ := o.apply(values, c.op.F, c.arg)
			if c.op.F == "dequeue" && got != c.got {
				return c.outcome == history.Info, state
			}
			if total, ok := int64(0), false; c.end != nil {
				if total, ok = extra(c.end, extraTotal).(int64); ok && total != last(after) {
					return false, state
				}
			}
			return true, fmt.Sprint(after)
		},
	}, ops)
}

func numbers(s string) (all []int64) {
	for word := range strings.FieldsSeq(strings.Trim(s, "[]")) {
		n, _ := strconv.ParseInt(word, 10, 64)
		all = append(all, n)
	}
	return all
}

// mutate changes something about a history, which stays well formed.
func (o object) mutate(rng *rand.Rand, h []history.Op) []history.Op {
	h = slices.Clone(h)
	i := rng.IntN(len(h))
	op := &h[i]
	switch rng.IntN(3) {
	case 0: // an event comes at another time
		moved := *op
		rest := slices.Delete(slices.Clone(h), i, i+1)
		j := rng.IntN(len(h))
		if other := slices.IndexFunc(rest, func(op history.Op) bool { return op.Process == moved.Process }); other < 0 || (moved.Type == history.Invoke) == (j <= other) {
			h = slices.Insert(rest, j, moved)
		}
	case 1: // a read shows what another one did
		for _, j := range rng.Perm(len(h)) {
			if op.F == "read" && op.Type == history.OK && h[j].F == "read" && h[j].Type == history.OK {
				op.Value = h[j].Value
			}
		}
	default:
		if op.F != "read" && op.F != "cas" && !hollow(op) && op.Type != history.Invoke && len(op.Extra) == 0 {
			op.Type = []history.Type{history.OK, history.Fail, history.Info}[rng.IntN(3)]
		}
	}
	for i := range h {
		h[i].Index = i
	}
	return h
}

// Random linearizable histories pass; and what becomes of them by changes fails if and
// only if Porcupine says so.
func TestChecksAgreeWithPorcupine(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	for _, o := range objects() {
		t.Run(o.name, func(t *testing.T) {
			w, err := New(o.name, Config{})
			if err != nil {
				t.Fatal(err)
			}
			exact, bad, found := o.name != "counter" && o.name != "queue", 0, 0
			for seed := range uint64(rounds) {
				rng := rand.New(rand.NewPCG(seed, 7))
				h := o.random(rng, 5+rng.IntN(8))
				if said := told(w.Check(t.Context(), h)); said != "" && said[0] != '?' {
					t.Fatalf("seed %d: a linearizable history: %s\n%s", seed, said, text(h))
				}
				for range 4 {
					h = o.mutate(rng, h)
					said, good := told(w.Check(t.Context(), h)), o.linearizable(h)
					if !good {
						bad++
						if said != "" {
							found++
						}
					}
					// What counters and queues leave out is in the words of their check.
					if said == "" && !good && exact || said != "" && said[0] != '?' && good {
						t.Fatalf("seed %d: the check says %q, Porcupine says %v\n%s", seed, said, good, text(h))
					}
				}
			}
			if bad < rounds/20 || found < bad/2 {
				t.Errorf("of %d histories %d were not linearizable, and %d were found", 4*rounds, bad, found)
			}
		})
	}
}

// hollow reports whether another end would say something else to Porcupine: of a dequeue
// that does not tell what it took, and of an enqueue that an unknown dequeue has seen.
func hollow(op *history.Op) bool {
	_, v, _ := keyed(op.Value)
	return op.F == "dequeue" && v == nil || op.F == "enqueue"
}

// text writes a history as script reads it.
func text(h []history.Op) string {
	var b strings.Builder
	for _, op := range h {
		fmt.Fprintf(&b, "%d %s\n", op.Process, line(op))
	}
	return b.String()
}
