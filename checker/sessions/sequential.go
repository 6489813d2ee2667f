package sessions

import (
	"context"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// This file decides sequential consistency of histories with versions, without a search.
//
// Every process is let go on as far as it can: a read of version v when its key is at v,
// a write that gave version v when its key is at v-1 and all that met v-1 have gone by.
// What goes on takes nothing away from others, so the order in which they go does not
// matter, and if all stand still before their ends, no order will do.
//
// A version that no known write gave is given by a write whose outcome is unknown, which
// may come at any time after its process got there. Such a version is given only when
// all stand still, so that there are as many writes to choose from as there can be. Where
// writes that are not alike could give it, the choice may turn out wrong: then the verdict
// is Unknown, as it is where a condition was refused because a key was absent, if that key
// was deleted: nobody was told at which version that was.

// object is a key under way.
type object struct {
	at        uint64 // its version
	present   bool
	value     string
	writers   []int32   // of each version, negative where no known write gave it
	reads     []int32   // how many have not gone by, of each version
	firstRead []int32   // that was told of the version; negative for none
	waiting   [][]int32 // processes that wait for a version: reads of v at 2v, the write of v at 2v-1
	absent    []int32   // processes that wait until it is absent
	open      []int32   // writes of unknown outcome
	released  map[int32]bool
	queued    bool
	deleted   bool // it may have been
}

// machine lets processes go on.
type machine struct {
	h       *versioned
	objects []object
	cursor  []int   // of each process, its next operation
	ready   []int32 // processes that may go on
	gaps    []int32 // keys whose next version no known write gave
	process []int32 // of each operation
	choices bool    // some choice may have been wrong
	meets   []int32 // of each key that stands still, an operation that met its version
}

// sequential decides sequential consistency.
func (h *versioned) sequential(ctx context.Context, r *Result) {
	m := &machine{h: h, objects: make([]object, len(h.keys)), cursor: make([]int, len(h.processes)), process: make([]int32, len(h.ops))}
	if bad := m.lay(r); bad != nil {
		r.broken(1, *bad)
		return
	}
	for p := range h.processes {
		m.ready = append(m.ready, int32(p))
	}
	for k := range m.objects {
		m.settled(int32(k))
	}
	for steps := 0; ; steps++ {
		if (steps%4096 == 0 || len(m.ready) == 0) && ctx.Err() != nil {
			r.unknown(why(ctx))
			return
		}
		if n := len(m.ready); n > 0 {
			p := m.ready[n-1]
			m.ready = m.ready[:n-1]
			bad := m.advance(p)
			if bad != nil && !m.choices {
				r.broken(1, *bad)
				return
			} else if bad != nil {
				r.unknown(ambiguous)
				return
			}
			continue
		}
		if !m.fill() {
			break
		}
	}
	m.judge(r)
}

const ambiguous = "the order in which writes of unknown outcome took effect, or a key was absent, could not be found out"

// lay finds the writer and the reads of each version.
func (m *machine) lay(r *Result) *Violation {
	h := m.h
	top, writes := make([]uint64, len(h.keys)), make([]uint64, len(h.keys))
	highest := make([]int32, len(h.keys))
	for p, list := range h.processes {
		for _, i := range list {
			o, k := &h.ops[i], h.key[i]
			m.process[i] = int32(p)
			if text := o.Contradiction(); text != "" {
				return &Violation{Key: o.Key, Text: text, Steps: []Step{h.step(i)}}
			}
			if o.Op.IsWrite() && (o.OK || o.Status == quorate.Unknown) {
				writes[k]++
			}
			if o.Status == quorate.Unknown {
				m.objects[k].open = append(m.objects[k].open, i)
			} else if r.Judged++; o.Version > top[k] {
				top[k], highest[k] = o.Version, i
			}
			if (o.Op == quorate.OpDelete || o.Op == quorate.OpDeleteIf) && (wrote(o) || o.Status == quorate.Unknown) {
				m.objects[k].deleted = true
			}
		}
	}
	for k := range m.objects {
		if top[k] > writes[k] {
			o := &h.ops[highest[k]]
			return &Violation{Key: o.Key, Text: fmt.Sprintf("version %d came of %d writes at most", top[k], writes[k]), Steps: []Step{h.step(highest[k])}}
		}
		m.objects[k].size(int(top[k]))
	}
	for _, list := range h.processes {
		for _, i := range list {
			if bad := m.claim(i); bad != nil {
				return bad
			}
		}
	}
	return nil
}

func (x *object) size(top int) {
	x.writers, x.firstRead = make([]int32, top+1), make([]int32, top+1)
	for v := range x.writers {
		x.writers[v], x.firstRead[v] = -1, -1
	}
	x.reads, x.waiting = make([]int32, top+1), make([][]int32, 2*top+1)
	x.released = map[int32]bool{}
}

// claim notes which version an operation gave or met.
func (m *machine) claim(i int32) *Violation {
	o, x := &m.h.ops[i], &m.objects[m.h.key[i]]
	switch {
	case o.Status == quorate.Unknown:
	case wrote(o):
		if before := x.writers[o.Version]; before >= 0 {
			return &Violation{Key: o.Key, Text: fmt.Sprintf("two writes gave version %d", o.Version), Steps: []Step{m.h.step(before), m.h.step(i)}}
		}
		x.writers[o.Version] = i
	case !floats(o, x):
		x.reads[o.Version]++
		if first := x.firstRead[o.Version]; first < 0 || m.h.ops[first].Op != quorate.OpGet && o.Op == quorate.OpGet {
			x.firstRead[o.Version] = i
		}
	}
	return nil
}

// floats reports whether the operation was told that its key was absent, and not at which
// version, of several.
func floats(o *checker.Operation, x *object) bool {
	return o.Op.IsWrite() && !o.OK && o.Version == 0 && x.deleted
}

// advance lets a process go on until it has to wait.
func (m *machine) advance(p int32) *Violation {
	list := m.h.processes[p]
	for m.cursor[p] < len(list) {
		i := list[m.cursor[p]]
		o, k := &m.h.ops[i], m.h.key[i]
		x := &m.objects[k]
		switch {
		case o.Status == quorate.Unknown:
			x.released[i] = true
			m.settled(k)
		case wrote(o) && (o.Version != x.at+1 || x.reads[x.at] > 0):
			x.waiting[2*o.Version-1] = append(x.waiting[2*o.Version-1], p)
			return nil
		case wrote(o):
			if bad := m.wrong(i, x); bad != nil {
				return bad
			}
			m.write(k, o)
		case floats(o, x) && x.present:
			x.absent = append(x.absent, p)
			return nil
		case floats(o, x):
		case o.Version != x.at:
			x.waiting[2*o.Version] = append(x.waiting[2*o.Version], p)
			return nil
		default:
			if bad := m.wrong(i, x); bad != nil {
				return bad
			}
			x.reads[x.at]--
			m.settled(k)
		}
		m.cursor[p]++
	}
	return nil
}

// write gives a key its next version, and wakes those that wait for it.
func (m *machine) write(k int32, o *checker.Operation) {
	x := &m.objects[k]
	x.at++
	x.present = o.Op == quorate.OpPut || o.Op == quorate.OpPutIf
	x.value = ""
	if x.present {
		x.value = string(o.Value)
	}
	m.wake(&x.waiting[2*x.at])
	if !x.present {
		m.wake(&x.absent)
	}
	m.settled(k)
}

func (m *machine) wake(list *[]int32) {
	m.ready = append(m.ready, *list...)
	*list = nil
}

// settled sees to it that a key goes on when all that met its version have gone by.
func (m *machine) settled(k int32) {
	x := &m.objects[k]
	next := int(x.at) + 1
	if next >= len(x.writers) || x.reads[x.at] > 0 {
		return
	}
	if x.writers[next] >= 0 {
		m.wake(&x.waiting[2*next-1])
	} else if !x.queued {
		x.queued = true
		m.gaps = append(m.gaps, k)
	}
}

// wrong returns what an operation was told that is not so.
func (m *machine) wrong(i int32, x *object) *Violation {
	o := &m.h.ops[i]
	current := uint64(0)
	if x.present {
		current = x.at
	}
	conditional := o.Op == quorate.OpPutIf || o.Op == quorate.OpDeleteIf
	text := ""
	switch {
	case o.Op == quorate.OpGet && (o.OK != x.present || string(o.Result) != x.value):
		text = fmt.Sprintf("a read of version %d returned what was not written", o.Version)
	case conditional && o.OK && o.Condition != current:
		text = fmt.Sprintf("a write on condition of version %d was done at version %d", o.Condition, current)
	case conditional && !o.OK && o.Version != current:
		text = fmt.Sprintf("a condition met version %d although the key was absent then", o.Version)
	default:
		return nil
	}
	v := &Violation{Key: o.Key, Text: text, Steps: []Step{m.h.step(i)}}
	if w := x.writers[min(int(x.at), len(x.writers)-1)]; w >= 0 && w != i {
		v.Steps = append(v.Steps, m.h.step(w))
	}
	return v
}
