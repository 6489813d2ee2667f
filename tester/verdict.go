package tester

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// conclude checks what was taken down, and keeps it.
func (r *run) conclude(ctx context.Context) (*results.Results, error) {
	ctx, stop := inject.Hurry(ctx) // what was done until then is checked
	defer stop()
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return nil, err
	}
	events := r.book.events
	ops := slices.DeleteFunc(slices.Clone(events), func(op history.Op) bool { return op.Process == history.Nemesis })
	stats := results.Count(ops)
	res := &results.Results{
		Schema: results.Schema, Test: r.cfg.Name, Started: r.started, Stats: stats, Faults: r.faults, Ended: r.ended, Config: config,
	}
	// What the members say of their state is asked before checks take their time.
	members := r.members(ctx)
	ledger, bad := r.ledger(ctx)
	if at := violated(bad); at != checker.Never {
		res.Violated = max(at-r.began, 1)
	}
	res.Checks = append(res.Checks, results.Seen(stats), ledger)
	if len(r.nemeses) > 0 {
		res.Checks = append(res.Checks, results.Struck(r.faults))
	}
	res.Checks = append(res.Checks, r.promised(ctx, ops)...)
	res.Checks = append(res.Checks, r.checks...)
	res.Checks = append(res.Checks, members...)
	res.Judge()
	failed := r.excuse(res)
	r.diary.found(res)
	res.Elapsed = time.Since(r.started)
	if r.kept == nil {
		return res, failed
	}
	extra := store.Extra{Ledger: r.book.ledger, Counterexamples: bad}
	for _, c := range res.Checks {
		if c.Valid == results.False && c.Key != "" && c.Name != ledger.Name {
			extra.Failures = append(extra.Failures, store.Failure{Key: c.Key, Text: c.Reason})
		}
	}
	return res, errors.Join(failed, r.kept.Finish(context.WithoutCancel(ctx), res, events, extra))
}

// promised is the workload's own check.
func (r *run) promised(ctx context.Context, ops []history.Op) []results.Check {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.CheckLimit)
	defer cancel()
	return r.work.Check(ctx, ops)
}

// ledger checks the calls that the operations were made of, by the versions that the
// store gave them.
func (r *run) ledger(ctx context.Context) (results.Check, []checker.Counterexample) {
	c := results.Check{Name: "linearizable"}
	found, err := r.book.ledger.Check(ctx, checker.Config{TimeLimit: r.cfg.CheckLimit})
	if err != nil {
		c.Reason = err.Error()
		return c, nil
	}
	c.Valid, c.Reason = results.Valid(found.Verdict), found.Reason
	if len(found.Counterexamples) > 0 {
		c.Key = found.Counterexamples[0].Key
		c.Reason = fmt.Sprintf("key %s: %s", c.Key, found.Counterexamples[0].Text)
	}
	c.Details = details(struct {
		Keys      int           `json:"keys"`
		Done      int           `json:"done"`
		Not       int           `json:"not_executed"`
		Open      int           `json:"unknown"`
		Stale     int           `json:"stale_reads"`
		Failed    int           `json:"failed_keys"`
		Undecided int           `json:"undecided_keys"`
		Elapsed   time.Duration `json:"elapsed_ns"`
	}{found.Keys, found.Done, found.NotExecuted, found.Open, found.Stale, found.Failed, found.Undecided, found.Elapsed})
	return c, found.Counterexamples
}

func details(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return text
}

// sampled is of how many keys the members' states are compared.
const sampled = 32

// agreeIn is how long the members may take to agree.
const agreeIn = 10 * time.Second

// members are what the members' processes and states tell.
func (r *run) members(ctx context.Context) []results.Check {
	alive := results.Check{Name: "members", Valid: results.True}
	if deaths := r.target.Deaths(); len(deaths) > 0 {
		alive.Valid, alive.Reason = results.False, fmt.Sprintf("member %v: %s", deaths[0].id, deaths[0].what)
		var all []string
		for _, d := range deaths {
			all = append(all, fmt.Sprintf("%v: %s", d.id, d.what))
		}
		alive.Details = details(all)
	}
	if r.broken { // nothing was healed
		return []results.Check{alive}
	}
	return []results.Check{alive, r.agreement(ctx)}
}

// agreement compares the members' own states of keys that were used.
func (r *run) agreement(ctx context.Context) results.Check {
	c := results.Check{Name: "agreement", Valid: results.True}
	ctx, cancel := context.WithTimeout(ctx, agreeIn)
	defer cancel()
	keys := slices.Sorted(maps.Keys(r.book.keys))
	r.draws(drawsKeys, 0).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	keys = keys[:min(len(keys), sampled)]
	found := make([]results.Check, len(keys))
	var all sync.WaitGroup
	for i, key := range keys {
		all.Go(func() {
			_, a := r.target.Consensus(ctx, key)
			found[i] = results.Check{Key: key, Reason: a.Why, Valid: map[quorate.Outcome]results.Valid{
				quorate.Won: results.True, quorate.Lost: results.False, quorate.Pending: results.Unknown}[a.Verdict]}
		})
	}
	all.Wait()
	for _, f := range found {
		if merged := c.Valid.Merge(f.Valid); merged != c.Valid {
			c.Valid, c.Key, c.Reason = merged, f.Key, fmt.Sprintf("key %s: %s", f.Key, f.Reason)
		}
	}
	c.Details = details(map[string]int{"keys": len(keys)})
	return c
}
