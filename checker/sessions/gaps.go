package sessions

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// fill gives one key its next version by a write of unknown outcome; false if none can.
func (m *machine) fill() bool {
	for n, k := range m.gaps {
		x := &m.objects[k]
		released, later := m.candidates(k)
		if len(released) == 0 {
			continue
		}
		m.gaps = slices.Delete(m.gaps, n, n+1)
		x.queued = false
		pick := released[0]
		for _, i := range append(released[1:], later...) {
			m.choices = m.choices || !alike(&m.h.ops[pick], &m.h.ops[i])
		}
		if m.choices { // one that no later version is known to want
			wanted := x.wanted(m.h)
			for _, i := range released {
				if !wanted[string(m.h.ops[i].Value)] {
					pick = i
					break
				}
			}
		}
		x.open = slices.DeleteFunc(x.open, func(i int32) bool { return i == pick })
		m.write(k, &m.h.ops[pick])
		return true
	}
	return false
}

// candidates are the writes of unknown outcome that can give a key its next version, now
// and later.
func (m *machine) candidates(k int32) (released, later []int32) {
	x := &m.objects[k]
	for _, i := range x.open {
		switch {
		case !m.fits(x, &m.h.ops[i]):
		case x.released[i]:
			released = append(released, i)
		default:
			later = append(later, i)
		}
	}
	return released, later
}

// fits reports whether a write can have given a key its next version, for those that met it.
func (m *machine) fits(x *object, o *checker.Operation) bool {
	puts := o.Op == quorate.OpPut || o.Op == quorate.OpPutIf
	if o.Op == quorate.OpPutIf || o.Op == quorate.OpDeleteIf {
		if x.present && o.Condition != x.at || !x.present && o.Condition != 0 {
			return false
		}
	}
	first := x.firstRead[x.at+1]
	if first < 0 {
		return true
	}
	r := &m.h.ops[first]
	if r.Op == quorate.OpGet {
		return r.OK == puts && (!puts || string(r.Result) == string(o.Value))
	}
	return puts // a condition was compared with a version
}

func alike(a, b *checker.Operation) bool {
	return a.Op == b.Op && a.Condition == b.Condition && string(a.Value) == string(b.Value)
}

// wanted are the values of versions to come that no known write gave.
func (x *object) wanted(h *versioned) map[string]bool {
	values := map[string]bool{}
	for v := int(x.at) + 2; v < len(x.writers); v++ {
		if r := x.firstRead[v]; x.writers[v] < 0 && r >= 0 {
			values[string(h.ops[r].Result)] = true
		}
	}
	return values
}

// judge says what it means that nothing goes on.
func (m *machine) judge(r *Result) {
	var stuck []int32
	for p, list := range m.h.processes {
		if m.cursor[p] < len(list) {
			stuck = append(stuck, int32(p))
		}
	}
	unclear := m.choices
	m.meets = make([]int32, len(m.objects))
	for _, p := range stuck {
		for _, i := range m.h.processes[p][m.cursor[p]:] {
			o, k := &m.h.ops[i], m.h.key[i]
			unclear = unclear || floats(o, &m.objects[k])
			if o.Status == quorate.Done && !wrote(o) && o.Version == m.objects[k].at {
				m.meets[k] = i
			}
		}
	}
	switch {
	case len(stuck) == 0:
	case unclear:
		r.unknown(ambiguous)
	default:
		r.broken(1, m.explain(stuck[0]))
	}
}

// explain goes from a process that waits to the one that it waits for, until it comes
// back to one where it has been.
func (m *machine) explain(p int32) Violation {
	var chain []link
	been := map[int32]int{}
	for {
		if n, ok := been[p]; ok {
			return m.circle(chain[n:])
		}
		been[p] = len(chain)
		head := m.h.processes[p][m.cursor[p]]
		holds := m.holds(head)
		if holds < 0 {
			o := &m.h.ops[head]
			at := m.objects[m.h.key[head]].at
			v := Violation{Key: o.Key, Text: fmt.Sprintf("no write can have given version %d", at+1), Steps: []Step{m.h.step(head)}}
			return v
		}
		chain = append(chain, link{head, holds})
		p = m.process[holds]
	}
}

// link is an operation at which a process waits, and one of another that must go before.
type link struct{ head, holds int32 }

// holds returns an operation that must go before o, by the versions of its key.
func (m *machine) holds(i int32) int32 {
	k := m.h.key[i]
	x := &m.objects[k]
	next := int(x.at) + 1
	if x.reads[x.at] > 0 {
		return m.meets[k]
	}
	if next < len(x.writers) && x.writers[next] >= 0 {
		return x.writers[next]
	}
	if _, later := m.candidates(k); len(later) > 0 {
		return later[0]
	}
	return -1
}

// circle words that the versions want one order and the processes another, and leaves out
// what is not needed for that.
func (m *machine) circle(chain []link) Violation {
	var ops []int32
	for _, l := range chain {
		ops = append(ops, l.head, l.holds)
	}
	slices.Sort(ops)
	ops = slices.Compact(ops)
	place := map[int32]int{}
	for _, i := range ops {
		place[i] = slices.Index(m.h.processes[m.process[i]], i)
	}
	for n := 0; n < len(ops); {
		fewer := slices.Delete(slices.Clone(ops), n, n+1)
		if m.cyclic(fewer, place) {
			ops = fewer
		} else {
			n++
		}
	}
	v := Violation{Key: m.h.ops[ops[0]].Key, Text: "no order of these is both that of the versions and, of each process, its own"}
	for _, i := range ops {
		v.Steps = append(v.Steps, m.h.step(i))
	}
	return v
}

// stage is the place of an operation in the history of its key.
func (m *machine) stage(i int32) uint64 {
	o := &m.h.ops[i]
	if o.Status == quorate.Unknown {
		return 2 * (m.objects[m.h.key[i]].at + 1)
	}
	if wrote(o) {
		return 2 * o.Version
	}
	return 2*o.Version + 1
}

// cyclic reports whether the versions and the processes want orders of these operations
// that do not go together.
func (m *machine) cyclic(ops []int32, place map[int32]int) bool {
	left := slices.Clone(ops)
	for len(left) > 0 {
		n := slices.IndexFunc(left, func(i int32) bool {
			return !slices.ContainsFunc(left, func(j int32) bool {
				return m.process[i] == m.process[j] && place[j] < place[i] || m.h.key[i] == m.h.key[j] && m.stage(j) < m.stage(i)
			})
		})
		if n < 0 {
			return true
		}
		left = slices.Delete(left, n, n+1)
	}
	return false
}
