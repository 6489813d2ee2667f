package workloads

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// counterDetails tell how exact the check was.
type counterDetails struct {
	Counts
	Reads [][3]int64 `json:"reads,omitempty"` // the first that were wrong: lower bound, value, upper bound
	Sure  int64      `json:"sure"`            // the sum of what was added for certain
	Maybe int64      `json:"maybe"`           // and of what may have been added besides
}

// counterCheck is the calls on a counter.
type counterCheck struct {
	adds, reads []*call
	lower       map[*call]int64 // of a read: what had been added for certain when it was called
	upper       map[*call]int64 // what may have been added when it returned
	d           counterDetails
}

// checkCounter checks a counter that only rises. As in Jepsen, a read must lie between
// what had been added for certain when it was called and what may have been added
// when it returned. Besides, a read that was called after another one had returned must not be
// less; and where additions tell their totals, no two may count from the same value,
// none may be over before one with a lower total was called, and no read may show what
// is between an addition's two values; and where versions are told, each must have its
// addition. Whether the unknown additions add up to just what
// is between the others nobody asks: that is the subset-sum problem.
func checkCounter(ctx context.Context, h []history.Op) results.Check {
	k := counterCheck{lower: map[*call]int64{}, upper: map[*call]int64{}}
	calls := pair(h)
	k.d.Keys = 1
	k.d.count(calls)
	undecided := k.sort(calls)
	if ctx.Err() != nil {
		undecided = "time ran out before anything was checked"
	}
	if undecided != "" {
		return k.d.verdict("counter", undecided, &k.d)
	}
	k.bounds(h)
	for _, r := range k.reads {
		v, lower := r.got.(int64), k.lower[r]
		if r.weak() {
			lower = 0
		}
		if v < lower || v > k.upper[r] {
			if len(k.d.Reads) < maxFindings {
				k.d.Reads = append(k.d.Reads, [3]int64{lower, v, k.upper[r]})
			}
			k.d.add(finding([]*call{r}, "%s is not between %d, which had been added for certain before, and %d, with all that may have been", r, lower, k.upper[r]))
		}
	}
	for _, check := range []func() *Finding{k.steps, k.order} {
		if f := check(); f != nil {
			k.d.add(f)
		}
	}
	for _, f := range []*Finding{timelines(calls, k.place), gaps(calls, "add", 0)} {
		if f != nil {
			k.d.add(f)
		}
	}
	return k.d.verdict("counter", "", &k.d)
}

// sort takes the calls apart. It says why nothing can be said of such a history.
func (k *counterCheck) sort(calls []*call) string {
	for _, c := range calls {
		switch {
		case c.op.F == "add":
			if delta, ok := c.arg.(int64); !ok || delta <= 0 {
				return "an addition of " + show(c.arg) + ": the check wants positive numbers"
			}
			if c.outcome != history.Fail {
				k.adds = append(k.adds, c)
			}
		case c.read():
			if _, ok := c.got.(int64); !ok {
				k.d.add(finding([]*call{c}, "%s is no number", c))
				continue
			}
			k.reads = append(k.reads, c)
		}
	}
	return ""
}

// bounds adds up, event by event.
func (k *counterCheck) bounds(h []history.Op) {
	begins, ends := map[int]*call{}, map[int]*call{}
	for _, c := range slices.Concat(k.adds, k.reads) {
		begins[c.from], ends[c.to] = c, c
	}
	var lower, upper int64
	for i := range h {
		if c := begins[i]; c != nil && c.op.F == "add" {
			upper += c.arg.(int64)
		} else if c != nil {
			k.lower[c] = lower
		}
		if c := ends[i]; c != nil && c.op.F == "add" {
			lower += c.arg.(int64)
		} else if c != nil {
			k.upper[c] = upper
		}
	}
	k.d.Sure, k.d.Maybe = lower, upper-lower
}

// place is the total after an addition that tells it, and what a read showed; negative
// if it does not tell.
func (k *counterCheck) place(c *call) int64 {
	if c.outcome != history.OK {
		return -1
	}
	if c.op.F == "add" {
		if n, ok := extra(c.end, extraTotal).(int64); ok {
			return n
		}
		return -1
	}
	if n, ok := c.got.(int64); ok {
		return n
	}
	return -1
}

// steps checks that no two additions, nor an addition and a read, are in each other's
// way: an addition goes from one total to the next, and nobody sees what is between.
func (k *counterCheck) steps() *Finding {
	var all []*call
	for _, c := range slices.Concat(k.adds, k.reads) {
		if k.place(c) >= 0 {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b *call) int {
		return cmp.Or(cmp.Compare(k.place(a), k.place(b)), cmp.Compare(a.op.F, b.op.F)) // additions first
	})
	var before *call
	for _, c := range all {
		if c.op.F == "add" && before != nil && k.place(before) > k.place(c)-c.arg.(int64) {
			return finding([]*call{before, c}, "%s went from %d to %d, but %s says that the counter was %d", c, k.place(c)-c.arg.(int64), k.place(c), before, k.place(before))
		}
		before = c
	}
	return nil
}

// order compares totals with real time.
func (k *counterCheck) order() *Finding {
	var all []staged
	for _, c := range slices.Concat(k.adds, k.reads) {
		at := int(k.place(c))
		switch {
		case at < 0:
		case c.op.F == "add":
			all = append(all, staged{c, 2 * at, c.to})
		default:
			all = append(all, staged{c, 2*at + 1, c.to})
		}
	}
	early, late := outOfOrder(all)
	if early == nil {
		return nil
	}
	return finding([]*call{early, late}, "%s had ended at %s before %s was called, which was at %s", early, fmt.Sprint(k.place(early)), late, fmt.Sprint(k.place(late)))
}
