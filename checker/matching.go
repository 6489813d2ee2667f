package checker

import (
	"slices"
	"strconv"
	"strings"
)

// match looks for a distinct open write behind every version that no known
// write claims. It reports false if it cannot tell, or lost its patience.
func (t *timeline) match(patience func() bool) (*finding, bool) {
	var missing []uint64
	for v := uint64(1); v <= t.top; v++ {
		if t.writers[v] == nil {
			missing = append(missing, v)
		}
	}
	if t.murky(missing) {
		return nil, false
	}
	m := matching{t: t, holder: make([]int, len(t.open)), tried: make([]int, len(t.open)), patience: patience}
	for i := range m.holder {
		m.holder[i] = -1
	}
	m.missing = missing
	for i := range missing {
		m.round = i + 1
		if !m.assign(i) {
			if m.lost {
				return nil, false
			}
			return m.explain(i), true
		}
	}
	return nil, true
}

// murky reports whether an open conditional write could follow a version of
// which it is not clear whether it was present: its place in the matching
// would depend on another's.
func (t *timeline) murky(missing []uint64) bool {
	for _, v := range missing {
		if t.seen[v-1].kind != unclear {
			continue
		}
		for _, o := range t.open {
			if o.conditional() && (o.Condition == 0 || o.Condition == v-1) {
				return true
			}
		}
	}
	return false
}

// matching finds augmenting paths, one for each missing version.
type matching struct {
	t        *timeline
	missing  []uint64
	holder   []int // of open write i: an index of missing, -1 while it is free
	tried    []int // in which round open write i was tried last
	round    int
	patience func() bool
	lost     bool
}

func (m *matching) assign(i int) bool {
	if m.lost = m.lost || m.patience(); m.lost {
		return false
	}
	for j, o := range m.t.open {
		if m.tried[j] == m.round || !m.t.fits(o, m.missing[i]) {
			continue
		}
		m.tried[j] = m.round
		if m.holder[j] < 0 || m.assign(m.holder[j]) {
			m.holder[j] = i
			return true
		}
	}
	return false
}

// fits reports whether the open write o can have given version v.
func (t *timeline) fits(o *Operation, v uint64) bool {
	at, before := t.seen[v], t.seen[v-1]
	switch {
	case o.Call > t.deadline(2*int(v)+1):
		return false
	case at.kind != unclear && at.kind != kindOf(o.puts()):
		return false
	case at.read != nil && o.puts() && string(at.read.Result) != string(o.Value):
		return false
	case o.conditional() && o.Condition == 0:
		return before.kind == absent
	case o.conditional():
		return o.Condition == v-1 && before.kind == present
	}
	return true
}

// explain words that there is no write for the missing version i, or not enough writes for
// it and those of which it wanted to take one away (Hall's theorem).
func (m *matching) explain(i int) *finding {
	few := []uint64{m.missing[i]}
	for j, round := range m.tried {
		if round == m.round {
			few = append(few, m.missing[m.holder[j]])
		}
	}
	slices.Sort(few)
	var evidence []*Operation
	for _, v := range few {
		at, end := m.t.seen[v], m.t.first[2*int(v)+1]
		evidence = append(evidence, at.by, at.read, end, m.t.seen[v-1].by)
		evidence = append(evidence, m.t.because[end]...)
	}
	evidence = distinct(evidence)
	v := few[0]
	if len(few) > 1 {
		return lacking(evidence, "only %d of the writes of unknown outcome can have given the %d versions %s", len(few)-1, len(few), enumerate(few))
	}
	if r := m.t.seen[v].read; r != nil && r.OK {
		return lacking(evidence, "a read returned %s at version %d, which no write can have given", show(r.Result), v)
	}
	return lacking(evidence, "no write can have given version %d", v)
}

// enumerate lists the first few versions.
func enumerate(versions []uint64) string {
	const most = 5
	words := make([]string, 0, most+1)
	for i, v := range versions {
		if i == most {
			words = append(words, "…")
			break
		}
		words = append(words, strconv.FormatUint(v, 10))
	}
	return strings.Join(words, ", ")
}
