package models

// cut makes the search smaller without changing its answer.
//
// A crashed operation that only reads says nothing. For a model whose values are observed
// by what sees them, one whose values nobody sees is as good as never executed: wherever
// it took effect, nothing that looks came before the value was replaced, or after it was
// added. Whoever might see a value counts, such as a crashed cas that would take it; what
// failed does not, because it took no effect and is no observation.
//
// And where only one operation makes a value that somebody saw, it took effect before
// the first of those returned.
func (m *model) cut(ops []*op) []*op {
	kept := make([]*op, 0, len(ops))
	for _, o := range ops {
		if !o.open() || !o.blind() {
			kept = append(kept, o)
		}
	}
	if !m.observed {
		return kept
	}
	for dropped := true; dropped; {
		dropped = false
		seen := map[id]int{}
		for _, o := range kept {
			for _, x := range o.sees {
				seen[x]++
			}
		}
		rest := kept[:0]
		for _, o := range kept {
			if o.open() && !sawAny(seen, o) {
				dropped = true
				continue
			}
			rest = append(rest, o)
		}
		kept = rest
	}
	return clip(kept)
}

// sawAny reports whether another operation sees what this one makes.
func sawAny(seen map[id]int, o *op) bool {
	for _, x := range o.makes {
		own := 0
		for _, y := range o.sees {
			if x == y {
				own++
			}
		}
		if seen[x] > own {
			return true
		}
	}
	return false
}

// clip ends the crashed operations that were seen. Who makes the value that is there
// from the beginning lists it twice, so it never counts as the only one.
func clip(ops []*op) []*op {
	makers := map[id]int{}
	first := map[id]int{} // return of the first that saw the value
	for _, o := range ops {
		for _, x := range o.makes {
			makers[x]++
		}
		if !o.done {
			continue
		}
		for _, x := range o.sees {
			if end, ok := first[x]; !ok || o.end < end {
				first[x] = o.end
			}
		}
	}
	for i, o := range ops {
		if !o.open() {
			continue
		}
		end := never
		for _, x := range o.makes {
			if at, ok := first[x]; ok && makers[x] == 1 {
				end = min(end, at)
			}
		}
		if end < never {
			clipped := *o
			clipped.must, clipped.end = true, max(end, o.start) // one that was seen before its call stays impossible
			ops[i] = &clipped
		}
	}
	return ops
}

// without returns the operations without some, if a history that has an order keeps one:
// if nobody that remains sees what they make.
func (m *model) without(ops []*op, drop func(i int) bool) ([]*op, bool) {
	seen := map[id]int{}
	var rest []*op
	for i, o := range ops {
		if drop(i) {
			continue
		}
		rest = append(rest, o)
		for _, x := range o.sees {
			seen[x]++
		}
	}
	for i, o := range ops {
		if !drop(i) || o.blind() {
			continue
		}
		if !m.observed {
			return nil, false
		}
		for _, x := range o.makes {
			if seen[x] > 0 {
				return nil, false
			}
		}
	}
	return rest, true
}
