package workloads

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// Finding is a proof that a history breaks a promise, as the details of a check say it.
type Finding struct {
	Key    string `json:"key,omitempty"`
	Text   string `json:"text"`
	Events []int  `json:"events"` // the indices of the events that prove it
}

// finding words what calls prove together.
func finding(calls []*call, format string, args ...any) *Finding {
	f := &Finding{Text: fmt.Sprintf(format, args...)}
	for _, c := range calls {
		if c != nil {
			f.Key = c.key
			f.Events = append(f.Events, c.events()...)
		}
	}
	slices.Sort(f.Events)
	f.Events = slices.Compact(f.Events)
	return f
}

// maxFindings is how many are told in full.
const maxFindings = 8

// Counts are the details that all checks have.
type Counts struct {
	Keys     int       `json:"keys"`
	OK       int       `json:"ok"`
	Fail     int       `json:"fail"`
	Info     int       `json:"info"`
	Weak     int       `json:"weak-reads"` // reads that may be old
	Failed   int       `json:"failed"`     // findings, or keys with one
	Findings []Finding `json:"findings,omitempty"`
}

func (n *Counts) count(calls []*call) {
	for _, c := range calls {
		switch c.outcome {
		case history.OK:
			n.OK++
		case history.Fail:
			n.Fail++
		default:
			n.Info++
		}
		if c.read() && c.weak() {
			n.Weak++
		}
	}
}

func (n *Counts) add(f *Finding) {
	if n.Failed++; n.Failed <= maxFindings {
		n.Findings = append(n.Findings, *f)
	}
}

// verdict makes a check of what was found. Undecided says why nothing can be said
// where nothing was found; empty if all was looked at. The details are n, or what
// embeds it.
func (n *Counts) verdict(name, undecided string, details any) results.Check {
	check := results.Check{Name: name, Valid: results.True}
	switch {
	case n.Failed > 0:
		check.Valid, check.Reason, check.Key = results.False, n.Findings[0].Text, n.Findings[0].Key
	case undecided != "":
		check.Valid, check.Reason = results.Unknown, undecided
	case n.OK == 0:
		check.Valid, check.Reason = results.Unknown, "no operation succeeded"
	}
	text, err := json.Marshal(details)
	if err != nil { // no value in it that JSON cannot hold
		text = fmt.Appendf(nil, "%q", err)
	}
	check.Details = text
	return check
}

// eachKey makes a check of the calls of each key.
func eachKey(ctx context.Context, name string, h []history.Op, check func(calls []*call) (*Finding, string)) results.Check {
	n := &Counts{}
	undecided := n.eachKey(ctx, h, check)
	return n.verdict(name, undecided, n)
}

// eachKey checks the calls of each key, one finding a key, until ctx ends. Undecided
// says why nothing can be said of some; empty if all was looked at.
func (n *Counts) eachKey(ctx context.Context, h []history.Op, check func(calls []*call) (*Finding, string)) (undecided string) {
	calls := pair(h)
	groups, strange := byKey(calls)
	n.Keys = len(groups)
	n.count(calls)
	if strange > 0 {
		undecided = fmt.Sprintf("%d operations are on no key: want values of a key and a value", strange)
	}
	for i, calls := range groups {
		if ctx.Err() != nil {
			return fmt.Sprintf("time ran out: %d of %d keys were checked", i, len(groups))
		}
		f, why := check(calls)
		if f != nil {
			n.add(f)
		} else if why != "" && undecided == "" {
			undecided = why
		}
	}
	return undecided
}
