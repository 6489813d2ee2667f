package results

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/checker/history"
)

// Count counts the operations of each function by their ends, in the order of names.
// Those that never ended are unknown. The events are without those of nemeses.
func Count(ops []history.Op) []Stat {
	type open struct {
		f  string
		at time.Duration
	}
	under := map[int]open{}
	byF := map[string]*Stat{}
	took := map[string][]time.Duration{}
	of := func(f string) *Stat {
		if byF[f] == nil {
			byF[f] = &Stat{F: f}
		}
		return byF[f]
	}
	for _, op := range ops {
		if op.Type == history.Invoke {
			under[op.Process] = open{op.F, op.Time}
			continue
		}
		began := under[op.Process]
		delete(under, op.Process)
		switch s := of(began.f); op.Type {
		case history.OK:
			s.OK++
			took[began.f] = append(took[began.f], op.Time-began.at)
		case history.Fail:
			s.Fail++
		default:
			s.Info++
		}
	}
	for _, o := range under { // unordered: a sum
		of(o.f).Info++
	}
	list := make([]Stat, 0, len(byF))
	for f, s := range byF { // unordered: sorted below
		if all := took[f]; len(all) > 0 {
			slices.Sort(all)
			s.P50, s.P99, s.Max = quantile(all, 0.5), quantile(all, 0.99), all[len(all)-1]
		}
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Stat) int { return cmp.Compare(a.F, b.F) })
	return list
}

// quantile returns the least of sorted times that so large a share does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	at := int(share*float64(len(sorted))+0.999999) - 1
	return sorted[min(max(at, 0), len(sorted)-1)]
}

// Seen doubts a test in which something was never seen to work: what promises it keeps
// then, nobody knows.
func Seen(stats []Stat) Check {
	c, ok := Check{Name: "stats", Valid: True}, 0
	for _, s := range stats {
		if ok += s.OK; s.OK == 0 && c.Reason == "" {
			c.Valid, c.Reason = Unknown, fmt.Sprintf("no %s succeeded, of %d", s.F, s.Fail+s.Info)
		}
	}
	if ok == 0 {
		c.Valid, c.Reason = Unknown, "no operation succeeded"
	}
	return c
}

// Struck doubts a test in which nothing went wrong though it was to.
func Struck(faults []Fault) Check {
	struck, failed := 0, 0
	for _, f := range faults {
		struck += f.Times
		failed += f.Errors
	}
	switch {
	case struck == 0:
		return Check{Name: "faults", Reason: "nothing went wrong in the time that the test took"}
	case failed >= struck:
		return Check{Name: "faults", Reason: fmt.Sprintf("of %d faults %d did not work", struck, failed)}
	}
	return Check{Name: "faults", Valid: True}
}

// Judge sets the verdict to those of all checks together, and the reason to that of the
// first check that decides it.
func (r *Results) Judge() {
	r.Valid, r.Reason = True, ""
	for _, c := range r.Checks {
		r.Valid = r.Valid.Merge(c.Valid)
	}
	for _, c := range r.Checks {
		if c.Valid == r.Valid && c.Valid != True {
			r.Reason = c.Name + ": " + c.Reason
			return
		}
	}
}
