package sessions

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// versioned is a history with versions, process by process.
type versioned struct {
	ops       []checker.Operation
	keys      []string
	key       []int32 // of each operation
	processes [][]int32
}

// arrange puts the operations of each process together, in their order. Those that
// certainly did nothing, and reads without an answer, are left out.
func arrange(ops []checker.Operation) *versioned {
	h := &versioned{ops: ops, key: make([]int32, len(ops))}
	keys, processes := map[string]int32{}, map[int]int32{}
	for i := range ops {
		o := &ops[i]
		if o.Status == quorate.NotExecuted || o.Status == quorate.Unknown && !o.Op.IsWrite() {
			continue
		}
		k, ok := keys[o.Key]
		if !ok {
			k = int32(len(h.keys))
			keys[o.Key] = k
			h.keys = append(h.keys, o.Key)
		}
		h.key[i] = k
		p, ok := processes[o.Process]
		if !ok {
			p = int32(len(h.processes))
			processes[o.Process] = p
			h.processes = append(h.processes, nil)
		}
		h.processes[p] = append(h.processes[p], int32(i))
	}
	byCall := func(a, b int32) int {
		return cmp.Or(cmp.Compare(ops[a].Call, ops[b].Call), cmp.Compare(ops[a].Return, ops[b].Return))
	}
	for _, list := range h.processes {
		if !slices.IsSortedFunc(list, byCall) {
			slices.SortStableFunc(list, byCall)
		}
	}
	return h
}

// reads reports whether the operation tells which version it met without changing it. A
// refused condition on an absent key was told of no version.
func reads(o *checker.Operation) bool {
	return o.Status == quorate.Done && (o.Op == quorate.OpGet || !o.OK && o.Version > 0)
}

// wrote reports whether the operation certainly gave its key a version.
func wrote(o *checker.Operation) bool { return o.Status == quorate.Done && o.Op.IsWrite() && o.OK }

// newest are the operations of a process that were told of a key's highest version.
type newest struct{ read, written int32 }

// session looks for operations that were told of an earlier version than their process
// had been told of before.
func (h *versioned) session(ctx context.Context, r *Result, most int) {
	for _, list := range h.processes {
		seen := map[int32]newest{}
		for n, i := range list {
			if n%4096 == 0 && ctx.Err() != nil {
				r.unknown(why(ctx))
				return
			}
			o, k := &h.ops[i], h.key[i]
			at, ok := seen[k]
			if !ok {
				at = newest{-1, -1}
			}
			if !reads(o) && !wrote(o) {
				continue
			}
			r.Judged++
			if before := at.before(r.Guarantee, o); before >= 0 && !h.inOrder(before, i) {
				r.broken(most, h.violation(r.Guarantee, before, i))
			}
			if at.read < 0 && reads(o) || reads(o) && o.Version > h.ops[at.read].Version {
				at.read = i
			}
			if at.written < 0 && wrote(o) || wrote(o) && o.Version > h.ops[at.written].Version {
				at.written = i
			}
			seen[k] = at
		}
	}
	slices.SortStableFunc(r.Violations, func(a, b Violation) int { return cmp.Compare(a.Steps[1].Call, b.Steps[1].Call) })
}

// before returns the operation that a guarantee wants before o; negative for none.
func (n newest) before(g Guarantee, o *checker.Operation) int32 {
	switch {
	case g == ReadYourWrites && reads(o), g == MonotonicWrites && wrote(o):
		return n.written
	case g == MonotonicReads && reads(o), g == WritesFollowReads && wrote(o):
		return n.read
	}
	return -1
}

// inOrder reports whether the later operation met a state that comes after the earlier's.
func (h *versioned) inOrder(earlier, later int32) bool {
	a, b := &h.ops[earlier], &h.ops[later]
	return b.Version > a.Version || b.Version == a.Version && !wrote(b)
}

func (h *versioned) violation(g Guarantee, earlier, later int32) Violation {
	a, b := &h.ops[earlier], &h.ops[later]
	v := Violation{Key: a.Key, Steps: []Step{h.step(earlier), h.step(later)}}
	switch g {
	case ReadYourWrites:
		v.Text = fmt.Sprintf("process %d wrote version %d, and read version %d after it", a.Process, a.Version, b.Version)
	case MonotonicReads:
		v.Text = fmt.Sprintf("process %d read version %d, and the earlier version %d after it", a.Process, a.Version, b.Version)
	case MonotonicWrites:
		v.Text = fmt.Sprintf("process %d wrote version %d, and a later write of it gave version %d", a.Process, a.Version, b.Version)
	case WritesFollowReads:
		v.Text = fmt.Sprintf("process %d read version %d, and a later write of it gave version %d", a.Process, a.Version, b.Version)
	}
	return v
}

func (h *versioned) step(i int32) Step {
	o := &h.ops[i]
	s := Step{At: int(i), Process: o.Process, Call: o.Call, Return: o.Return, Text: o.Request() + " -> " + o.Outcome()}
	if o.Status == quorate.Unknown && s.Return == 0 {
		s.Return = checker.Never
	}
	return s
}
