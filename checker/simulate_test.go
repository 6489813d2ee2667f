package checker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// workload says what a simulated history contains.
type workload struct {
	processes, ops int
	values         int     // how many different ones; 0: every one is new
	conditions     float64 // share of writes with a condition
	deletes        float64 // share of writes that delete
	lost           float64 // share of outcomes that nobody learns
	refused        float64 // share of calls that certainly do nothing
	register       bool
	slow           time.Duration // the longest time a call takes, over gaps of up to 10
}

// simulate executes random calls on one key, each at one random instant
// between its call and its return, so the history is linearizable. A call
// whose outcome is lost is executed at some time, or not at all.
func simulate(rng *rand.Rand, w workload) []Operation {
	type event struct {
		at time.Duration
		op int
	}
	var history []Operation
	var events []event
	free := make([]time.Duration, w.processes)
	for i := range w.ops {
		p := rng.IntN(w.processes)
		call := free[p] + time.Duration(rng.Int64N(10))
		took := time.Duration(rng.Int64N(int64(max(w.slow, 1)))) + 1
		o := Operation{Process: p, Key: "k", Call: call, Return: call + took, Status: quorate.Done}
		w.choose(rng, &o, i)
		at := call + time.Duration(rng.Int64N(int64(took)+1))
		switch x := rng.Float64(); {
		case x < w.lost:
			o.Status = quorate.Unknown
			if rng.IntN(2) == 0 {
				at += time.Duration(rng.Int64N(200)) // after the client gave up
			}
			if rng.IntN(4) == 0 {
				at = Never
			}
		case x < w.lost+w.refused:
			o.Status, at = quorate.NotExecuted, Never
		}
		free[p] = o.Return
		history = append(history, o)
		events = append(events, event{at, i})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(min(max(a.at-b.at, -1), 1)) })
	var s state
	for _, e := range events {
		if e.at < Never {
			s = execute(s, &history[e.op], w.register)
		}
	}
	for i := range history {
		if history[i].Status != quorate.Done {
			history[i] = forget(history[i])
		}
	}
	return history
}

func (w workload) choose(rng *rand.Rand, o *Operation, i int) {
	if rng.IntN(2) == 0 {
		o.Op = quorate.OpGet
		return
	}
	o.Op, o.Value = quorate.OpPut, fmt.Append(nil, i)
	if w.values > 0 {
		o.Value = fmt.Append(nil, rng.IntN(w.values))
	}
	if rng.Float64() < w.deletes {
		o.Op, o.Value = quorate.OpDelete, nil
	}
	if rng.Float64() < w.conditions {
		o.Op += quorate.OpPutIf - quorate.OpPut
		o.Condition = ^uint64(0) // settled when it executes, with luck
		if rng.IntN(3) == 0 {
			o.Condition = uint64(rng.IntN(w.ops))
		}
	}
}

// execute is the reference: what one key does, written apart from the model.
func execute(s state, o *Operation, register bool) state {
	seen := uint64(0)
	if s.present {
		seen = s.version
	}
	if o.Condition == ^uint64(0) {
		o.Condition = seen
	}
	o.OK, o.Version = true, s.version+1
	switch o.Op {
	case quorate.OpGet:
		o.OK, o.Version, o.Result = s.present, s.version, []byte(s.value)
	case quorate.OpPutIf, quorate.OpDeleteIf:
		if o.Condition != seen {
			o.OK, o.Version = false, seen
		}
	}
	if o.Op != quorate.OpGet && o.OK {
		s.version++
		s.present = o.Op == quorate.OpPut || o.Op == quorate.OpPutIf
		s.value = string(o.Value)
	}
	if register {
		s.version, o.Version = 0, 0
	}
	return s
}

// forget takes away what the client did not learn.
func forget(o Operation) Operation {
	o.OK, o.Version, o.Result = false, 0, nil
	if o.Condition == ^uint64(0) {
		o.Condition = 0
	}
	return o
}

// mutate changes one thing, which often makes the history illegal.
func mutate(rng *rand.Rand, history []Operation) {
	o, other := &history[rng.IntN(len(history))], &history[rng.IntN(len(history))]
	switch rng.IntN(8) {
	case 0:
		o.Version = other.Version
	case 1:
		o.Result = other.Result
	case 2:
		o.Result, o.Version, o.OK = other.Result, other.Version, other.OK
	case 3:
		o.Version += uint64(rng.IntN(3)) - 1
	case 4:
		o.OK = !o.OK
	case 5:
		if o.Status == quorate.Unknown {
			o.Status = quorate.NotExecuted
		}
	case 6:
		o.Status = quorate.Unknown
	case 7:
		o.Condition = other.Version
	}
}
