package workloads

import (
	"github.com/quorate/quorate/checker/history"
)

// This file decides in n log n time whether a list is linearizable to which each element
// is appended once. The longest read tells the order of the appends: every other read must be a
// beginning of it. So an append has a stage, its element's place, and so has a read, its
// length; an append that succeeded and is in no read comes after all reads. What is left
// is to compare stages with real time, see outOfOrder. Appends with unknown outcomes
// that nobody saw are left out.

// elements are those of one list, with their appends.
type elements struct {
	adds   map[any]*call // that may have taken effect
	failed map[any]*call
	reads  []*call
}

// sortOut takes the calls on a list apart. add is what adding is called. The string says
// why nothing can be said of such a history.
func sortOut(calls []*call, add string) (*elements, *Finding, string) {
	e := &elements{adds: map[any]*call{}, failed: map[any]*call{}}
	for _, c := range calls {
		switch {
		case c.op.F == add && !plain(c.arg):
			return nil, nil, "an element is added that is no number or text"
		case c.op.F == add && (e.adds[c.arg] != nil || e.failed[c.arg] != nil):
			return nil, nil, "element " + show(c.arg) + " is added twice: the check wants different ones"
		case c.op.F == add && c.outcome == history.Fail:
			e.failed[c.arg] = c
		case c.op.F == add:
			e.adds[c.arg] = c
		case c.read():
			if _, ok := c.got.([]any); !ok && c.got != nil {
				return nil, finding([]*call{c}, "%s returned what is no list", c), ""
			}
			e.reads = append(e.reads, c)
		}
	}
	return e, nil, ""
}

// plain reports whether v is of a kind that can be compared.
func plain(v any) bool {
	switch v.(type) {
	case int64, float64, string, bool, history.Keyword:
		return true
	}
	return false
}

func listOf(c *call) []any {
	list, _ := c.got.([]any)
	return list
}

// known checks that an element that a read shows was added before.
func (e *elements) known(read *call, v any) *Finding {
	if !plain(v) {
		return finding([]*call{read}, "%s has %s, which was never added", read, show(v))
	}
	switch add := e.adds[v]; {
	case add == nil && e.failed[v] != nil:
		return finding([]*call{e.failed[v], read}, "%s has %s, and %s certainly was not executed", read, show(v), e.failed[v])
	case add == nil:
		return finding([]*call{read}, "%s has %s, which was never added", read, show(v))
	case add.from > read.to:
		return finding([]*call{add, read}, "%s has %s, and %s was called only later", read, show(v), add)
	}
	return nil
}

// appended is a list with the order of its elements.
type appended struct {
	*elements
	longest *call
	list    []any       // its
	place   map[any]int // of the elements in it, from 1
	shown   []*call     // by length, of the reads that long or longer the one that returned first
	calls   []*call
}

// checkAppend checks the calls on one list.
func checkAppend(calls []*call) (*Finding, string) {
	e, f, why := sortOut(calls, "append")
	if f != nil || why != "" {
		return f, why
	}
	a := appended{elements: e, place: map[any]int{}, calls: calls}
	for _, check := range []func() *Finding{a.prefixes, a.places, a.order} {
		if f := check(); f != nil {
			return f, ""
		}
	}
	return timelines(calls, a.at), ""
}

// prefixes checks that each read is a beginning of the longest one.
func (a *appended) prefixes() *Finding {
	for _, r := range a.reads {
		if a.longest == nil || len(listOf(r)) > len(a.list) {
			a.longest, a.list = r, listOf(r)
		}
	}
	a.shown = make([]*call, len(a.list)+2)
	for _, r := range a.reads {
		list := listOf(r)
		for i, v := range list {
			if !plain(v) || v != a.list[i] {
				return finding([]*call{r, a.longest}, "%s and %s differ at place %d: %s and %s", r, a.longest, i+1, show(v), show(a.list[i]))
			}
		}
		if first := a.shown[len(list)]; first == nil || r.to < first.to {
			a.shown[len(list)] = r
		}
	}
	for i := len(a.list) - 1; i >= 0; i-- {
		if longer := a.shown[i+1]; a.shown[i] == nil || longer != nil && longer.to < a.shown[i].to {
			a.shown[i] = longer
		}
	}
	return nil
}

// places gives each element of the longest read its place.
func (a *appended) places() *Finding {
	for i, v := range a.list {
		if f := a.known(a.shown[i+1], v); f != nil {
			return f
		}
		if before := a.place[v]; before > 0 {
			return finding([]*call{a.adds[v], a.longest}, "%s has %s at places %d and %d, and it was appended once", a.longest, show(v), before, i+1)
		}
		a.place[v] = i + 1
	}
	return nil
}

// at is where a call stands, negative if it does not tell.
func (a *appended) at(c *call) int64 {
	switch {
	case c.read():
		return int64(len(listOf(c)))
	case c.op.F != "append" || c.outcome == history.Fail:
		return -1
	case a.place[c.arg] > 0:
		return int64(a.place[c.arg])
	case c.outcome == history.OK:
		return int64(len(a.list)) + 1
	}
	return -1
}

// order compares places with real time.
func (a *appended) order() *Finding {
	var all []staged
	for _, c := range a.calls {
		at := int(a.at(c))
		switch {
		case at < 0:
		case c.read():
			all = append(all, staged{c, 2*at + 1, c.to})
		default:
			all = append(all, staged{c, 2 * at, c.to})
		}
	}
	early, late := outOfOrder(all)
	switch {
	case early == nil:
		return nil
	case late.read() && early.read():
		return finding([]*call{early, late}, "%s had ended before %s was called, which shows less", early, late)
	case late.read():
		return finding([]*call{early, late}, "%s had taken effect before %s was called, which does not show it", early, late)
	}
	return finding([]*call{early, late}, "%s had taken effect before %s was called, which comes before it in the list", early, late)
}
