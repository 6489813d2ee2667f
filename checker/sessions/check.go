package sessions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/checker"
)

// Config says how to check.
type Config struct {
	// TimeLimit bounds the whole check. Zero is one minute.
	TimeLimit time.Duration
	// MaxViolations is how many of each guarantee are reported; all are counted. Zero is 8.
	MaxViolations int
	// Initial is what registers of foreign histories hold at first.
	Initial any
	// Whole says that the values of a foreign history are never pairs of a key and a value.
	Whole bool
	// MaxSearchBytes bounds, roughly, the memory of a search. Zero is 1 GiB.
	MaxSearchBytes int64
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	if c.TimeLimit < 0 || c.MaxViolations < 0 || c.MaxSearchBytes < 0 {
		return errors.New("sessions: a limit is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.TimeLimit = cmp.Or(c.TimeLimit, time.Minute)
	c.MaxViolations = cmp.Or(c.MaxViolations, 8)
	c.MaxSearchBytes = cmp.Or(c.MaxSearchBytes, 1<<30)
	return c
}

// Result is the verdict on a guarantee.
type Result struct {
	Guarantee  Guarantee
	Verdict    checker.Verdict
	Reason     string // why the verdict is not OK, in a sentence
	Keys       int
	Judged     int // operations that were looked at
	Broken     int // times that it is broken; where that is found by a cycle, keys
	Violations []Violation
}

// Violation is a few operations that show that a guarantee is broken: without any one of
// them they would not.
type Violation struct {
	Key   string // of the first, if they are of several; empty if there is only one register
	Text  string // what is wrong, in a sentence
	Steps []Step // in order of their calls
}

// Step is an operation of a violation.
type Step struct {
	At           int // its place in the history
	Process      int
	Call, Return time.Duration // Return is checker.Never if it never returned
	Text         string        // what was asked for, and what came of it
}

// String is the violation in a few lines: the sentence, and an operation a line.
func (v *Violation) String() string {
	var b strings.Builder
	b.WriteString(at(v.Key) + v.Text)
	for _, s := range v.Steps {
		until := "never"
		if s.Return < checker.Never {
			until = s.Return.String()
		}
		fmt.Fprintf(&b, "\n  process %d %s [%v, %s]", s.Process, s.Text, s.Call, until)
	}
	return b.String()
}

func at(key string) string {
	if key == "" {
		return ""
	}
	return "key " + key + ": "
}

func (r *Result) broken(most int, v Violation) {
	r.Broken++
	slices.SortStableFunc(v.Steps, func(a, b Step) int { return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.At, b.At)) })
	if len(r.Violations) < most {
		r.Violations = append(r.Violations, v)
	}
}

// unknown notes why something could not be judged.
func (r *Result) unknown(why string) { r.Reason = cmp.Or(r.Reason, why) }

// conclude draws the verdict.
func (r *Result) conclude() {
	switch {
	case r.Broken > 0:
		r.Verdict = checker.Violation
		r.Reason = at(r.Violations[0].Key) + r.Violations[0].Text
		if r.Broken > 1 {
			r.Reason = fmt.Sprintf("broken %d times; first %s", r.Broken, r.Reason)
		}
	case r.Reason != "":
		r.Verdict = checker.Unknown
	case r.Judged == 0:
		r.Reason = "no operation succeeded, so there is nothing to judge"
	default:
		r.Verdict = checker.OK
	}
}

const (
	outOfTime   = "the check ran out of time"
	interrupted = "the check was interrupted"
)

// why says why a context ended.
func why(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.Canceled) {
		return interrupted
	}
	return outOfTime
}

// Check judges guarantees of a history with versions, in the order in which they are
// named. A history that no clients can have recorded is an error that wraps
// checker.ErrMalformed. When ctx ends, what is undecided is Unknown.
func Check(ctx context.Context, ops []checker.Operation, want []Guarantee, cfg Config) ([]Result, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := checker.Validate(ops, checker.KV); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, cfg.TimeLimit)
	defer cancel()
	h := arrange(ops)
	results := make([]Result, len(want))
	for i, g := range want {
		results[i] = Result{Guarantee: g, Keys: len(h.keys)}
		switch {
		case g == Sequential:
			h.sequential(ctx, &results[i])
		case g >= ReadYourWrites && g < Sequential:
			h.session(ctx, &results[i], cfg.MaxViolations)
		default:
			return nil, fmt.Errorf("sessions: there is no %v", g)
		}
		results[i].conclude()
	}
	return results, nil
}
