package workloads

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate/checker/history"
)

// staged is a call with its place in the order that the results tell. Calls of the same
// stage may be in any order.
type staged struct {
	call  *call
	stage int
	to    int // its return, or when others show that it had taken effect
}

// outOfOrder looks for a call that returned before one of a lower stage was called. If
// there is none, the calls can be put into an order that follows both the stages and
// real time: of two calls in conflict, one would have to return before the other was
// called, and longer cycles have such a pair in them, as intervals always do (package
// checker has the argument in full, where it decides by versions). A weak read may be
// old, so it is never too late; but what it shows had taken effect when it returned.
func outOfOrder(all []staged) (early, late *call) {
	slices.SortStableFunc(all, func(a, b staged) int { return cmp.Compare(a.stage, b.stage) })
	var last *call // of the lower stages, the one called last
	for i := 0; i < len(all); {
		j := i
		for ; j < len(all) && all[j].stage == all[i].stage; j++ {
			if last != nil && all[j].to < last.from {
				return all[j].call, last
			}
		}
		for ; i < j; i++ {
			if c := all[i].call; !c.weak() && (last == nil || c.from > last.from) {
				last = c
			}
		}
	}
	return nil, nil
}

// timelines looks for a timeline read that is older than what its process had seen of
// the key before, by its own writes or by reads of whichever mode. place is where a call
// stands in the order of the states, negative if it does not tell.
func timelines(calls []*call, place func(*call) int64) *Finding {
	newest := map[int]*call{} // by process
	var done []*call
	for _, c := range calls {
		if c.to != never && place(c) >= 0 {
			done = append(done, c)
		}
	}
	for _, c := range done { // a process's calls are in order
		seen := newest[c.op.Process]
		if seen == nil || place(c) > place(seen) {
			newest[c.op.Process] = c
		} else if c.read() && c.mode == timeline && place(c) < place(seen) {
			return finding([]*call{seen, c}, "a timeline read of %s returned %s to process %d, which had seen a later state: %s",
				c.key, show(c.got), c.op.Process, seen.String())
		}
	}
	return nil
}

// gaps looks for a version that no call on the key can have given, where writes of the
// name f give the versions. A write with an unknown outcome can have given the one after
// its condition, or any if it does not tell. Versions up to first were there before.
func gaps(calls []*call, f string, first int64) *Finding {
	given, jokers := map[int64]bool{}, 0
	var newest *call
	for _, c := range calls {
		writes := c.op.F == f
		switch v := c.version(); {
		case c.outcome == history.Fail:
			continue
		case c.outcome == history.Info && writes && c.tellsCondition():
			given[int64(c.asked())+1] = true
			continue
		case c.outcome == history.Info || writes && v == 0:
			if writes {
				jokers++
			}
			continue
		case writes:
			given[v] = true
		}
		if newest == nil || c.version() > newest.version() {
			newest = c
		}
	}
	if newest == nil || newest.version()-first > int64(len(calls)) {
		return gapless(newest, first)
	}
	for v := first + 1; v <= newest.version(); v++ {
		if given[v] {
			continue
		}
		if jokers--; jokers < 0 {
			return finding([]*call{newest}, "%s is at version %d, and no %s can have given version %d", newest, newest.version(), f, v)
		}
	}
	return nil
}

// gapless is for a version that is higher than all calls together can have made it.
func gapless(newest *call, first int64) *Finding {
	if newest == nil {
		return nil
	}
	return finding([]*call{newest}, "%s is at version %d, which is more than all writes since version %d can have given", newest, newest.version(), first)
}
