package workloads

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// checkVersions hands operations that tell versions to package checker.
func checkVersions(ctx context.Context, name string, h []history.Op) results.Check {
	n := &Counts{}
	calls := pair(h)
	groups, strange := byKey(calls)
	n.Keys = len(groups)
	n.count(calls)
	if strange > 0 {
		return n.verdict(name, fmt.Sprintf("%d operations are on no key: want values of a key and a value", strange), n)
	}
	processes := 1
	for _, c := range calls {
		if c.outcome == history.OK && c.version() == 0 && !c.read() && c.done() {
			return n.verdict(name, c.String()+" does not tell its version, and the check decides by versions", n)
		}
		processes = max(processes, c.op.Process+1)
	}
	var ops []checker.Operation
	for _, c := range calls {
		ops = c.operations(ops, processes)
	}
	cfg := checker.Config{MaxCounterexamples: maxFindings}
	if limit, ok := ctx.Deadline(); ok {
		cfg.TimeLimit = max(time.Until(limit), 1)
	}
	r, err := checker.Check(ctx, ops, cfg)
	if err != nil {
		return n.verdict(name, err.Error(), n)
	}
	n.Failed = r.Failed
	for _, found := range r.Counterexamples {
		f := Finding{Key: found.Key, Text: found.Text, Events: []int{}}
		for _, op := range found.Witness {
			f.Events = append(f.Events, h[op.Call].Index)
			if op.Return < time.Duration(len(h)) {
				f.Events = append(f.Events, h[op.Return].Index)
			}
		}
		n.Findings = append(n.Findings, f)
	}
	undecided := ""
	if r.Verdict == checker.Unknown {
		undecided = r.Reason
	}
	return n.verdict(name, undecided, n)
}

// operations appends what the checker is to know of a call; processes is more than any
// process's number. An event's place in the history is its time.
func (c *call) operations(ops []checker.Operation, processes int) []checker.Operation {
	kinds := map[string]quorate.Op{"read": quorate.OpGet, "write": quorate.OpPut, "delete": quorate.OpDelete,
		"write-if": quorate.OpPutIf, "delete-if": quorate.OpDeleteIf, "cas": quorate.OpPutIf}
	op := checker.Operation{Process: c.op.Process, Op: kinds[c.op.F], Key: c.key, Read: c.mode,
		Call: time.Duration(c.from), Return: checker.Never, Status: quorate.Unknown, Version: uint64(c.version())}
	if c.to != never {
		op.Return, op.Status = time.Duration(c.to), quorate.Done
	}
	if c.outcome == history.Fail {
		op.Status = quorate.NotExecuted
	}
	value := c.arg
	if c.op.F == "cas" {
		var old any
		if old, value, _ = c.casOf(); c.outcome == history.OK {
			// What it was set from is a read, of the version that it asked for, by
			// somebody else.
			ops = append(ops, checker.Operation{Process: processes + c.op.Process, Op: quorate.OpGet, Key: c.key, Call: op.Call, Return: op.Return,
				Status: quorate.Done, OK: old != nil, Version: c.asked(), Result: bytesOf(old)})
		}
	}
	if op.Op == quorate.OpPut || op.Op == quorate.OpPutIf {
		op.Value = bytesOf(value)
	}
	if op.Op == quorate.OpPutIf || op.Op == quorate.OpDeleteIf {
		if op.Condition = c.asked(); op.Status == quorate.Unknown && !c.tellsCondition() {
			// Nobody knows what it asked for: then it may follow any version.
			op.Op = map[quorate.Op]quorate.Op{quorate.OpPutIf: quorate.OpPut, quorate.OpDeleteIf: quorate.OpDelete}[op.Op]
			op.Condition = 0
		}
	}
	if op.Status == quorate.Done {
		if op.OK = c.done(); op.Op == quorate.OpGet {
			op.OK, op.Result = c.got != nil, bytesOf(c.got)
		}
	}
	return append(ops, op)
}

// done reports whether a conditional write that was executed was not refused.
func (c *call) done() bool {
	done, ok := extra(c.end, extraDone).(bool)
	return done || !ok
}

// asked is the version that a conditional write asked for.
func (c *call) asked() uint64 {
	for _, op := range []*history.Op{c.end, c.op} {
		if op == nil {
			continue
		}
		if v, ok := extra(op, extraCondition).(int64); ok {
			return uint64(v)
		}
	}
	return 0
}

func (c *call) tellsCondition() bool {
	return c.asked() > 0 || extra(c.op, extraCondition) != nil || c.end != nil && extra(c.end, extraCondition) != nil
}

// bytesOf is a value as the store has it.
func bytesOf(v any) []byte {
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		return digits(v)
	case string:
		return []byte(v)
	}
	var b strings.Builder
	write(&b, v)
	return []byte(b.String())
}
