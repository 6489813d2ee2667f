package maelstrom

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// conclude checks what was taken down, and keeps it. failed is why there was nothing
// to test.
func (r *run) conclude(ctx context.Context, config json.RawMessage, failed error) (*results.Results, error) {
	events := r.book.events
	ops := slices.DeleteFunc(slices.Clone(events), func(op history.Op) bool { return op.Process == history.Nemesis })
	res := &results.Results{
		Schema: results.Schema, Test: r.name, Started: r.started,
		Stats: results.Count(ops), Faults: r.faults, Ended: r.ended, Config: config,
	}
	var extra store.Extra
	if failed != nil {
		res.Checks = []results.Check{{Name: "setup", Reason: failed.Error()}}
	} else {
		extra = r.check(ctx, res, ops)
		failed = r.broken()
	}
	res.Judge()
	res.Elapsed = time.Since(r.started)
	if r.kept != nil {
		picture := func(w io.Writer) error { return r.net.sketch.draw(w, r.cfg.names()) }
		failed = errors.Join(failed, r.kept.Write("messages.svg", picture), r.kept.Finish(ctx, res, events, extra))
	}
	return res, failed
}

func (r *run) check(ctx context.Context, res *results.Results, ops []history.Op) (extra store.Extra) {
	nodes := results.Check{Name: "nodes", Valid: results.True}
	if err := r.broken(); err != nil {
		nodes.Valid, nodes.Reason = results.Unknown, err.Error()
	}
	invoked := 0
	for _, op := range ops {
		if op.Type == history.Invoke {
			invoked++
		}
	}
	net := results.Check{Name: netCheck, Valid: results.True, Details: details(r.net.traffic.per(invoked))}
	found, bad := r.work.check(ctx, ops)
	res.Checks = append([]results.Check{results.Seen(res.Stats), nodes, net}, found...)
	if shapes, err := r.cfg.shapes(); err == nil && len(shapes) > 0 {
		res.Checks = append(res.Checks, results.Struck(r.faults))
	}
	if r.cfg.Availability > 0 {
		res.Checks = append(res.Checks, available(ops, r.cfg.Availability))
	}
	for _, f := range bad {
		extra.Failures = append(extra.Failures, store.Failure{Key: f.key, Text: f.text, Picture: f.picture})
	}
	return extra
}
