package workloads

import (
	"math"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

// never is the end of a call that nobody saw end.
const never = math.MaxInt

// call is an operation: its invocation and how it ended.
type call struct {
	op, end  *history.Op // end is nil if there is none
	outcome  history.Type
	from, to int // the places of its events in the history; to is never unless it is OK or Fail
	key      string
	arg, got any // of independent keys without the key
	mode     quorate.ReadMode
}

// read reports whether it is a read with a result.
func (c *call) read() bool { return c.op.F == "read" && c.outcome == history.OK }

// weak reports whether it is a read that may be old.
func (c *call) weak() bool { return c.op.F == "read" && !c.mode.Linearizable() }

// version is the one that its completion tells, 0 if it tells none.
func (c *call) version() int64 {
	if c.end == nil {
		return 0
	}
	v, _ := extra(c.end, extraVersion).(int64)
	return v
}

// events are the indices of its events.
func (c *call) events() []int {
	if c.end == nil {
		return []int{c.op.Index}
	}
	return []int{c.op.Index, c.end.Index}
}

// pair joins the events of a well-formed history to calls, in the order of their
// invocations.
func pair(h []history.Op) []*call {
	var calls []*call
	open := map[int]*call{}
	for i := range h {
		op := &h[i]
		if op.Type == history.Invoke {
			c := &call{op: op, outcome: history.Info, from: i, to: never, arg: op.Value, mode: modeOf(op)}
			open[op.Process] = c
			calls = append(calls, c)
			continue
		}
		c := open[op.Process]
		if c == nil {
			continue
		}
		delete(open, op.Process)
		c.end, c.outcome, c.got = op, op.Type, op.Value
		if op.Type != history.Info {
			c.to = i
		}
	}
	return calls
}

// byKey splits the calls on independent keys, keys in the order of their first calls.
// Calls whose value is no key and value are left out, and counted.
func byKey(calls []*call) (groups [][]*call, strange int) {
	place := map[string]int{}
	for _, c := range calls {
		key, arg, ok := keyed(c.op.Value)
		if !ok {
			strange++
			continue
		}
		c.key, c.arg = key, arg
		c.got = nil
		if c.end != nil {
			_, c.got, _ = keyed(c.end.Value)
		}
		at, ok := place[key]
		if !ok {
			at = len(groups)
			place[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], c)
	}
	return groups, strange
}
