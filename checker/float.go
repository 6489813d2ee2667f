package checker

import "sort"

// float gives each failed condition on an absent key its stage: the earliest at which the
// key was absent and that does not make it return too early. It reports false if that
// depends on the place of an open delete.
func (t *timeline) float() (*finding, bool) {
	if len(t.floats) == 0 {
		return nil, true
	}
	t.because = map[*Operation][]*Operation{}
	nextAbsent, nextUnclear := t.following(absent), t.following(unclear)
	for _, o := range t.floats {
		low := sort.Search(int(t.top)+1, func(v int) bool { return t.deadline(2*v+2) >= o.Call })
		high, late := t.latest(o)
		v := nextAbsent[low]
		switch {
		case nextUnclear[low] <= min(v, high, int(t.top)):
			return nil, false
		case v <= min(high, int(t.top)):
			t.staged = append(t.staged, staged{o, 2*v + 1})
			t.because[o] = t.presence(low, v)
		case late == nil && t.mayBeDeleted():
			return nil, false
		default:
			return t.neverAbsent(o, low, min(high, int(t.top)), late), true
		}
	}
	return nil, true
}

// following returns the first version from each on that is of a kind; one beyond all
// versions if none is.
func (t *timeline) following(k kind) []int {
	top := int(t.top)
	next := make([]int, top+2)
	next[top+1] = top + 1
	for v := top; v >= 0; v-- {
		if next[v] = next[v+1]; t.seen[v].kind == k {
			next[v] = v
		}
	}
	return next
}

// latest returns the last version that o can have met, and the operation that was called
// only when o had returned, and came before or saw whatever is later; nil if there is none.
func (t *timeline) latest(o *Operation) (int, *Operation) {
	s := sort.Search(len(t.last), func(s int) bool { return t.last[s] != nil && t.last[s].since() > o.Return })
	if s == len(t.last) {
		return int(t.top) + 1, nil
	}
	return (s - 1) / 2, t.last[s]
}

func (t *timeline) mayBeDeleted() bool {
	for _, w := range t.open {
		if !w.puts() {
			return true
		}
	}
	return false
}

// presence returns who says that the key was at version low, or later, and from there up
// to version high present.
func (t *timeline) presence(low, high int) []*Operation {
	var evidence []*Operation
	if low > 0 {
		evidence = append(evidence, t.first[2*low])
	}
	for v := low; v <= high; v++ {
		evidence = append(evidence, t.seen[v].by)
	}
	return evidence
}

// neverAbsent words that o found the key absent although it was present at all versions
// from low to high, between one that was there before its call and one that came after
// its return.
func (t *timeline) neverAbsent(o *Operation, low, high int, late *Operation) *finding {
	f := found(distinct(append(t.presence(low, high), o, late)), "the key was not absent at any time between call and return")
	f.alone = late != nil // else something that is not there might have deleted it in the end
	for v := low; v <= high; v++ {
		f.alone = f.alone && t.seen[v].by != nil
	}
	return f
}

// distinct leaves out what is nil or there already.
func distinct(ops []*Operation) []*Operation {
	been := map[*Operation]bool{nil: true}
	var list []*Operation
	for _, o := range ops {
		if !been[o] {
			been[o] = true
			list = append(list, o)
		}
	}
	return list
}
