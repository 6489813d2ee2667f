package models

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// versions checks a history of this project's own store.
func versions(ctx context.Context, h *history.History, cfg Config) (*Result, error) {
	ops, err := checker.FromHistory(h.Ops)
	if err != nil {
		return nil, err
	}
	own, err := checker.Check(ctx, ops, checker.Config{
		TimeLimit: cfg.TimeLimit, Workers: cfg.Workers, MaxSearchBytes: cfg.MaxSearchBytes, MaxCounterexamples: cfg.MaxCounterexamples,
	})
	if err != nil {
		return nil, err
	}
	r := &Result{Verdict: own.Verdict, Reason: own.Reason, Model: "kv", Split: true, Versions: true,
		Keys: own.Keys, Failed: own.Failed, Undecided: own.Undecided, Elapsed: own.Elapsed}
	r.count(h)
	type instant struct {
		process, time int
	}
	calls := map[instant]history.Call{}
	if own.Failed > 0 {
		for _, c := range h.Calls {
			calls[instant{h.Ops[c.Invoke].Process, int(h.Ops[c.Invoke].Time)}] = c
		}
	}
	for i := range own.Counterexamples {
		bad := &own.Counterexamples[i]
		x := &Counterexample{Key: bad.Key, Text: bad.Text, h: h, own: bad}
		for _, o := range bad.Witness {
			if c, ok := calls[instant{o.Process, int(o.Call)}]; ok {
				x.Operations = append(x.Operations, c)
			}
		}
		r.Objects = append(r.Objects, Object{Key: fmt.Sprintf("%q", bad.Key), Verdict: checker.Violation, Reason: bad.Text, Example: x})
	}
	return r, nil
}
