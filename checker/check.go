package checker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/quorate/quorate"
	bounded "github.com/quorate/quorate/checker/search"
)

// Verdict is what a check found.
type Verdict uint8

// The verdicts. The zero Verdict is Unknown: what was not decided has not passed.
const (
	Unknown   Verdict = iota // not decided, see [Result.Reason]
	OK                       // linearizable
	Violation                // not linearizable
)

// String returns "unknown", "ok" or "violation".
func (v Verdict) String() string {
	switch v {
	case OK:
		return "ok"
	case Violation:
		return "violation"
	}
	return "unknown"
}

// Config says how to check.
type Config struct {
	Model Model // the zero value is [KV]
	// TimeLimit bounds the whole check. Zero is one minute.
	TimeLimit time.Duration
	// Workers is how many keys are checked at a time. Zero is GOMAXPROCS.
	Workers int
	// MaxSearchBytes bounds, roughly, the memory of all searches that run at a
	// time. Zero is 512 MiB.
	MaxSearchBytes int64
	// MaxCounterexamples is how many failing keys are reported in detail; all are
	// counted. Zero is 8.
	MaxCounterexamples int
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Model > Register:
		return fmt.Errorf("checker: %v: want kv or register", c.Model)
	case c.TimeLimit < 0:
		return fmt.Errorf("checker: TimeLimit %v is negative", c.TimeLimit)
	case c.Workers < 0:
		return fmt.Errorf("checker: Workers %d is negative", c.Workers)
	case c.MaxSearchBytes < 0:
		return fmt.Errorf("checker: MaxSearchBytes %d is negative", c.MaxSearchBytes)
	case c.MaxCounterexamples < 0:
		return fmt.Errorf("checker: MaxCounterexamples %d is negative", c.MaxCounterexamples)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.TimeLimit = cmp.Or(c.TimeLimit, time.Minute)
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.MaxSearchBytes = cmp.Or(c.MaxSearchBytes, 512<<20)
	c.MaxCounterexamples = cmp.Or(c.MaxCounterexamples, 8)
	return c
}

// Result is the outcome of a check.
type Result struct {
	Verdict Verdict
	Reason  string // why the verdict is not OK, in a sentence

	Keys        int
	Done        int // operations that certainly took effect, reads included
	NotExecuted int // that certainly did not
	Open        int // that may have
	Stale       int // of Done: reads that may return old values

	Searched        int              // keys that needed Porcupine's search
	Failed          int              // keys that are not linearizable
	Undecided       int              // keys for which time or memory ran out
	Counterexamples []Counterexample // of the first failed keys, in order of the keys
	Elapsed         time.Duration
}

// Check decides whether a history is linearizable. A history that no clients
// can have recorded is an error that wraps [ErrMalformed], and names the
// operation. When ctx ends, the verdict is Unknown.
func Check(ctx context.Context, history []Operation, cfg Config) (Result, error) {
	if err := cfg.Validate(); err != nil {
		return Result{}, err
	}
	if err := Validate(history, cfg.Model); err != nil {
		return Result{}, err
	}
	return check(ctx, byKey(history), cfg.withDefaults()), nil
}

// Check is [Check] of the recorded history, key by key, so that it is never
// there twice. If memory ran out while it was recorded, the history up to that
// instant is checked: a violation stands, but the verdict is not OK. Call it
// when no process is recording.
func (r *Recorder) Check(ctx context.Context, cfg Config) (Result, error) {
	if err := cfg.Validate(); err != nil {
		return Result{}, err
	}
	s, err := r.source()
	if err != nil {
		return Result{}, err
	}
	if err := s.validate(cfg.Model); err != nil {
		return Result{}, err
	}
	result := check(ctx, s, cfg.withDefaults())
	if s.cut < Never && result.Verdict == OK {
		result.Verdict = Unknown
		result.Reason = fmt.Sprintf("the memory for the history, %d MiB, was used up after %v: only what was before is checked, and it is linearizable",
			r.limit>>20, s.cut.Round(time.Millisecond))
	}
	return result, nil
}

// source is a history arranged by key.
type source interface {
	keys() []string
	operations(k int, dst []Operation) []Operation
}

// check runs the workers and sums up.
func check(ctx context.Context, src source, cfg Config) Result {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, cfg.TimeLimit)
	defer cancel()
	var total Result
	workers := make([]worker, cfg.Workers)
	for i := range workers {
		workers[i] = worker{cfg: cfg, search: search{ctx, cfg.Model, cfg.MaxSearchBytes / int64(cfg.Workers)}}
	}
	left := rounds(ctx, len(src.keys()), cfg.Workers, func(share context.Context, i, k int) bool {
		return workers[i].try(share, src, k)
	})
	for _, k := range left {
		workers[0].try(ctx, src, k) // which has ended: they count as undecided
	}
	for i := range workers {
		total.add(&workers[i].result)
	}
	total.conclude(ctx, cfg)
	total.Elapsed = time.Since(start)
	return total
}

func (r *Result) add(part *Result) {
	r.Keys += part.Keys
	r.Done += part.Done
	r.NotExecuted += part.NotExecuted
	r.Open += part.Open
	r.Stale += part.Stale
	r.Searched += part.Searched
	r.Failed += part.Failed
	r.Undecided += part.Undecided
	r.Counterexamples = append(r.Counterexamples, part.Counterexamples...)
	r.Reason = cmp.Or(r.Reason, part.Reason)
}

// conclude draws the verdict of the whole from those of the keys.
func (r *Result) conclude(ctx context.Context, cfg Config) {
	slices.SortFunc(r.Counterexamples, func(a, b Counterexample) int { return cmp.Compare(a.Key, b.Key) })
	r.Counterexamples = r.Counterexamples[:min(len(r.Counterexamples), cfg.MaxCounterexamples)]
	switch {
	case r.Failed > 0:
		r.Verdict = Violation
		r.Reason = fmt.Sprintf("%d of %d keys are not linearizable; %s: %s", r.Failed, r.Keys, r.Counterexamples[0].Key, r.Counterexamples[0].Text)
	case r.Undecided > 0:
		r.Verdict = Unknown
		if errors.Is(ctx.Err(), context.Canceled) {
			r.Reason = "the check was interrupted"
		}
		r.Reason = fmt.Sprintf("%s; %d of %d keys are undecided", r.Reason, r.Undecided, r.Keys)
	case r.Done == 0:
		r.Verdict, r.Reason = Unknown, "no operation succeeded"
	case r.Done == r.Stale:
		r.Verdict, r.Reason = Unknown, "only stale reads succeeded, which say nothing of linearizability"
	default:
		r.Verdict, r.Reason = OK, ""
	}
}

// worker checks keys, one at a time.
type worker struct {
	cfg    Config
	search search
	share  context.Context // of the time, for one search
	ops    []Operation     // of the key
	result Result
}

// try checks a key, unless its share of the time ends before that of the check: then it
// is as if nothing had been done, and false.
func (w *worker) try(share context.Context, src source, k int) bool {
	before := w.result
	w.share, w.ops = share, src.operations(k, w.ops[:0])
	w.check(src.keys()[k], w.ops)
	if w.result.Undecided > before.Undecided && share.Err() != nil && w.search.ctx.Err() == nil {
		w.result = before
		return false
	}
	return true
}

func (w *worker) check(key string, ops []Operation) {
	w.result.Keys++
	for i := range ops {
		w.result.count(&ops[i])
	}
	if w.search.ctx.Err() != nil {
		w.undecided(bounded.OutOfTime)
		return
	}
	if w.cfg.Model == KV {
		if bad := absurd(ops); bad != nil {
			w.fail(newCounterexample(key, w.cfg.Model, ops, bad))
			return
		}
	}
	if bad := checkStale(ops, w.cfg.Model); bad != nil {
		w.fail(newCounterexample(key, w.cfg.Model, ops, bad))
		return
	}
	if w.cfg.Model == KV {
		bad, decided := checkVersions(ops, w.impatient)
		if bad != nil {
			w.fail(newCounterexample(key, w.cfg.Model, ops, w.least(key, ops, bad)))
		}
		if decided {
			return
		}
	}
	w.searchKey(key, ops)
}

func (w *worker) impatient() bool { return w.search.ctx.Err() != nil }

func (w *worker) searchKey(key string, ops []Operation) {
	w.result.Searched++
	within := w.search
	within.ctx = w.share
	verdict, why := within.run(ops, state{})
	switch verdict {
	case Unknown:
		w.undecided(why)
	case Violation:
		core := ops
		if w.shown(key) && len(ops) > worthIt {
			core = w.search.shrink(ops)
		}
		w.fail(newCounterexample(key, w.cfg.Model, core, w.leastOf(core)))
	}
}

// leastOf finds out which operations of a history without an order do not go together.
func (w *worker) leastOf(core []Operation) *finding {
	bad := lacking(nil, "no order of these operations explains all their results")
	for i := range core {
		switch o := &core[i]; {
		case !o.counts():
		case o.open():
			bad.open = append(bad.open, o)
		default:
			bad.ops = append(bad.ops, o)
		}
	}
	if len(core) > worthIt {
		last := slices.MaxFunc(bad.ops, func(a, b *Operation) int { return cmp.Compare(a.Return, b.Return) })
		return found([]*Operation{last}, "no order of the operations explains all results once this one has returned")
	}
	slices.SortStableFunc(bad.ops, func(a, b *Operation) int { return cmp.Compare(a.Return, b.Return) }) // the last go first
	s, done := w.search.brief()
	defer done()
	if w.cfg.Model == KV {
		return bad.least(core, s.impossible)
	}
	kept := leastSeen(slices.Concat(bad.ops, bad.open), s.illegal)
	bad.ops = slices.DeleteFunc(slices.Clone(kept), (*Operation).open)
	bad.open = slices.DeleteFunc(kept, func(o *Operation) bool { return !o.open() })
	return bad
}

// shown reports whether the counterexample of a key is among those that are kept, as far
// as is known.
func (w *worker) shown(key string) bool {
	list := w.result.Counterexamples
	return len(list) < w.cfg.MaxCounterexamples || key < list[len(list)-1].Key
}

// least is [finding.least], if somebody will look at it.
func (w *worker) least(key string, ops []Operation, bad *finding) *finding {
	if !w.shown(key) {
		return bad
	}
	for i := range ops {
		if o := &ops[i]; !bad.alone && o.open() && o.counts() {
			bad.open = append(bad.open, o)
		}
	}
	s, done := w.search.brief()
	defer done()
	return bad.least(ops, s.impossible)
}

func (w *worker) undecided(why string) {
	w.result.Undecided++
	w.result.Reason = cmp.Or(w.result.Reason, why)
}

func (r *Result) count(o *Operation) {
	switch o.Status {
	case quorate.Done:
		r.Done++
	case quorate.NotExecuted:
		r.NotExecuted++
	case quorate.Unknown:
		r.Open++
	}
	if o.Status == quorate.Done && o.stale() {
		r.Stale++
	}
}
