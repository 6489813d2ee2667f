package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// Keys says whether the values of a history are pairs of an independent key and a value.
type Keys uint8

// Whether keys are independent.
const (
	Detect Keys = iota // if every invocation has such a value
	Split
	Whole
)

// Config says how to check.
type Config struct {
	// Model is the name of one of the models. Empty is what fits the functions.
	Model string
	Keys  Keys
	// Initial is what registers hold at first.
	Initial any
	// TimeLimit bounds the whole check. Zero is one minute.
	TimeLimit time.Duration
	// MaxSearchBytes bounds, roughly, the memory of all searches that run at a time.
	// Zero is 1 GiB.
	MaxSearchBytes int64
	// Workers is how many objects are searched at a time. Zero is GOMAXPROCS, at most 4.
	Workers int
	// MaxCounterexamples is how many failing objects are made smaller and reported in
	// detail. Zero is 8.
	MaxCounterexamples int
	// Progress, if it is not nil, is called when an object is done with. It must be fast,
	// and safe for concurrent use.
	Progress func(done, all int)
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Model != "" && find(c.Model) == nil:
		return fmt.Errorf("models: no model is called %q; there are %s", c.Model, strings.Join(Names(), ", "))
	case c.Keys > Whole:
		return fmt.Errorf("models: Keys is %d", c.Keys)
	case c.TimeLimit < 0 || c.MaxSearchBytes < 0 || c.Workers < 0 || c.MaxCounterexamples < 0:
		return fmt.Errorf("models: a limit is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	const most = 4 // each worker has its share of the memory
	c.TimeLimit = cmp.Or(c.TimeLimit, time.Minute)
	c.MaxSearchBytes = cmp.Or(c.MaxSearchBytes, 1<<30)
	c.Workers = cmp.Or(c.Workers, min(most, runtime.GOMAXPROCS(0)))
	c.MaxCounterexamples = cmp.Or(c.MaxCounterexamples, 8)
	return c
}

// Result is the outcome of a check.
type Result struct {
	Verdict checker.Verdict
	Reason  string // why the verdict is not OK, in a sentence
	Model   string
	Split   bool // keys are independent
	// Versions says that it was decided by the versions of the operations.
	Versions bool

	Keys, Failed, Undecided int

	OK, Fail, Info, Open int // operations by their ends; Open has no completion
	// Objects are the verdicts one by one; only those that fail if Versions is set.
	Objects []Object
	Elapsed time.Duration
}

// Object is the verdict on an object, or on several that transactions tie together.
type Object struct {
	Key        string // as it is written; empty if there is only one
	Operations int    // that took effect, or may have
	Open       int    // of which nobody knows
	Verdict    checker.Verdict
	Reason     string
	// Example is a part of its operations that no order explains, for the first objects
	// that fail.
	Example *Counterexample
}

// Check decides whether a history is linearizable. A history that a model cannot have
// is an error that wraps history.ErrMalformed, and names the line. When ctx ends, what
// is undecided is Unknown.
func Check(ctx context.Context, h *history.History, cfg Config) (*Result, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	start := time.Now()
	m := find(cfg.Model)
	if m == nil {
		var err error
		if m, err = detect(h); err != nil {
			return nil, err
		}
	}
	if m.name == "kv" && cfg.Keys != Whole && checker.Versioned(h.Ops) {
		return versions(ctx, h, cfg)
	}
	r := &Result{Model: m.name, Split: cfg.Keys == Split || cfg.Keys == Detect && independent(h)}
	v, groups, err := arrange(h, m, r.Split, cfg.Initial)
	if err != nil {
		return nil, err
	}
	r.count(h)
	c := &check{cfg: cfg, m: m, v: v, h: h, r: r, groups: groups}
	r.Objects = make([]Object, len(groups))
	for i, g := range groups {
		r.Objects[i] = Object{Operations: len(g.ops)}
		if r.Split || m.many {
			r.Objects[i].Key = g.name
		}
		for _, o := range g.ops {
			if o.open() {
				r.Objects[i].Open++
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.TimeLimit)
	defer cancel()
	c.run(ctx)
	r.conclude()
	r.Elapsed = time.Since(start)
	return r, nil
}

func (r *Result) count(h *history.History) {
	for _, c := range h.Calls {
		if c.Complete < 0 {
			r.Open++
			continue
		}
		switch h.Ops[c.Complete].Type {
		case history.OK:
			r.OK++
		case history.Fail:
			r.Fail++
		default:
			r.Info++
		}
	}
}

func (r *Result) conclude() {
	r.Keys = len(r.Objects)
	for _, o := range r.Objects {
		switch o.Verdict {
		case checker.Violation:
			r.Failed++
		case checker.Unknown:
			r.Undecided++
		}
	}
	first := func(v checker.Verdict) string {
		for _, o := range r.Objects {
			if o.Verdict == v {
				if o.Key == "" {
					return o.Reason
				}
				return "key " + o.Key + ": " + o.Reason
			}
		}
		return ""
	}
	switch {
	case r.Failed > 0:
		r.Verdict = checker.Violation
		r.Reason = first(checker.Violation)
		if len(r.Objects) > 1 {
			r.Reason = fmt.Sprintf("%d of %d keys are not linearizable; %s", r.Failed, len(r.Objects), r.Reason)
		}
	case r.Undecided > 0:
		r.Reason = first(checker.Unknown)
		if len(r.Objects) > 1 {
			r.Reason = fmt.Sprintf("%d of %d keys are undecided; %s", r.Undecided, len(r.Objects), r.Reason)
		}
	case r.OK == 0:
		r.Reason = "no operation succeeded, so there is nothing to judge"
	default:
		r.Verdict = checker.OK
	}
}

// check is one that is under way.
type check struct {
	cfg      Config
	m        *model
	v        *values
	h        *history.History
	r        *Result
	groups   []*group
	examples atomic.Int64
	done     atomic.Int64
}

// run searches the objects, the small ones first. Each has a fair share of the time that
// is left at first, so that a hard one does not starve the others; then those that it did
// not suffice for have what remains.
func (c *check) run(ctx context.Context) {
	todo := make([]int, len(c.groups))
	for i := range todo {
		todo[i] = i
	}
	slices.SortStableFunc(todo, func(a, b int) int { return cmp.Compare(len(c.groups[a].ops), len(c.groups[b].ops)) })
	for len(todo) > 0 {
		c.round(ctx, todo)
		left := slices.DeleteFunc(slices.Clone(todo), func(i int) bool { return c.r.Objects[i].Reason != outOfTime })
		if len(left) == len(todo) || ctx.Err() != nil {
			return
		}
		todo = left
	}
}

func (c *check) round(ctx context.Context, todo []int) {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	workers := min(c.cfg.Workers, len(todo))
	for range workers {
		wg.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(todo); k = int(next.Add(1)) - 1 {
				share := ctx
				if end, ok := ctx.Deadline(); ok && k < len(todo)-1 {
					var cancel context.CancelFunc
					share, cancel = context.WithTimeout(ctx, max(time.Until(end)*time.Duration(workers)/time.Duration(len(todo)-k), time.Millisecond))
					c.object(share, todo[k])
					cancel()
					continue
				}
				c.object(share, todo[k])
			}
		})
	}
	wg.Wait()
}

// object searches one.
func (c *check) object(ctx context.Context, i int) {
	o, g := &c.r.Objects[i], c.groups[i]
	limit := c.cfg.MaxSearchBytes / int64(min(c.cfg.Workers, len(c.groups)))
	defer func() {
		if c.cfg.Progress != nil && o.Reason != outOfTime {
			c.cfg.Progress(int(c.done.Add(1)), len(c.groups))
		}
	}()
	legal, why := c.m.legal(ctx, limit, c.v, g, g.ops)
	switch {
	case why != "" && errors.Is(ctx.Err(), context.Canceled):
		o.Reason = "the check was interrupted"
	case why != "":
		o.Verdict, o.Reason = checker.Unknown, why
	case legal:
		o.Verdict, o.Reason = checker.OK, ""
	default:
		o.Verdict = checker.Violation
		s := shrinking{ctx: ctx, limit: limit, m: c.m, v: c.v, g: g}
		if c.examples.Add(1) > int64(c.cfg.MaxCounterexamples) {
			o.Reason = "no order of its operations explains their results"
			return
		}
		o.Example = c.example(&s, g)
		o.Reason = o.Example.Text
	}
}
