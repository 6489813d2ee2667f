package sessions

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// The helpers write histories: a process, a key, what came back. Each operation is later
// than those before it.

func put(process int, key, value string, version uint64) checker.Operation {
	return checker.Operation{Process: process, Op: quorate.OpPut, Key: key, Value: []byte(value), Status: quorate.Done, OK: true, Version: version}
}

func del(process int, key string, version uint64) checker.Operation {
	return checker.Operation{Process: process, Op: quorate.OpDelete, Key: key, Status: quorate.Done, OK: true, Version: version}
}

func get(process int, key, value string, version uint64) checker.Operation {
	return checker.Operation{Process: process, Op: quorate.OpGet, Key: key, Status: quorate.Done, OK: true, Version: version, Result: []byte(value)}
}

func miss(process int, key string, version uint64) checker.Operation {
	return checker.Operation{Process: process, Op: quorate.OpGet, Key: key, Status: quorate.Done, Version: version}
}

func refused(process int, key string, condition, version uint64) checker.Operation {
	return checker.Operation{Process: process, Op: quorate.OpPutIf, Key: key, Condition: condition, Status: quorate.Done, Version: version}
}

func swap(process int, key, value string, condition, version uint64) checker.Operation {
	o := put(process, key, value, version)
	o.Op, o.Condition = quorate.OpPutIf, condition
	return o
}

func lost(o checker.Operation) checker.Operation {
	o.Status, o.OK, o.Version, o.Result = quorate.Unknown, false, 0, nil
	return o
}

func failed(o checker.Operation) checker.Operation {
	o.Status, o.OK = quorate.NotExecuted, false
	return o
}

func timed(ops ...checker.Operation) []checker.Operation {
	for i := range ops {
		ops[i].Call, ops[i].Return = time.Duration(10*i), time.Duration(10*i+5)
	}
	return ops
}

const allKept = "ok ok ok ok ok"

// verdicts are those on all guarantees.
func verdicts(t *testing.T, ops []checker.Operation) (string, []Result) {
	t.Helper()
	results, err := Check(context.Background(), ops, All(), Config{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	var words []string
	for _, r := range results {
		words = append(words, r.Verdict.String())
	}
	return strings.Join(words, " "), results
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		name string
		want string // read your writes, monotonic reads, monotonic writes, writes follow reads, sequential
		says string
		ops  []checker.Operation
	}{
		{"one process", allKept, "", timed(put(1, "x", "a", 1), get(1, "x", "a", 1), put(1, "x", "b", 2), get(1, "x", "b", 2))},
		{"a stale read of another process", allKept, "", timed(put(1, "x", "a", 1), put(1, "x", "b", 2), get(2, "x", "a", 1), get(2, "x", "b", 2))},
		{"reads that go together with an order of both keys", allKept, "", timed(put(1, "x", "a", 1), put(2, "y", "b", 1), miss(3, "x", 0), get(3, "y", "b", 1), get(3, "x", "a", 1))},
		{"a process does not see its own write", "violation ok ok ok violation", "process 1 wrote version 2, and read version 1 after it",
			timed(put(2, "x", "a", 1), put(1, "x", "b", 2), get(1, "x", "a", 1))},
		{"a read goes back", "ok violation ok ok violation", "process 3 read version 2, and the earlier version 1 after it",
			timed(put(1, "x", "a", 1), put(2, "x", "b", 2), get(3, "x", "b", 2), get(3, "x", "a", 1))},
		{"a refused condition goes back", "ok violation ok ok violation", "the earlier version 1",
			timed(put(1, "x", "a", 1), put(2, "x", "b", 2), get(3, "x", "b", 2), refused(3, "x", 9, 1))},
		{"writes change places", "ok ok violation ok violation", "process 1 wrote version 2, and a later write of it gave version 1",
			timed(put(1, "x", "a", 2), put(1, "x", "b", 1))},
		{"a write before what was read", "ok ok ok violation violation", "process 1 read version 2, and a later write of it gave version 1",
			timed(put(2, "x", "a", 2), get(1, "x", "a", 2), put(1, "x", "b", 1))},
		{"each reads before the other's write", "ok ok ok ok violation", "no order of these is both",
			timed(put(1, "x", "a", 1), miss(1, "y", 0), put(2, "y", "b", 1), miss(2, "x", 0))},
		{"two see two writes in different orders", "ok ok ok ok violation", "no order of these is both",
			timed(put(1, "x", "a", 1), put(2, "y", "b", 1), get(3, "x", "a", 1), miss(3, "y", 0), get(4, "y", "b", 1), miss(4, "x", 0))},
		{"a value that was not written", "ok ok ok ok violation", "returned what was not written",
			timed(put(1, "x", "a", 1), get(2, "x", "b", 1))},
		{"one version for two writes", "ok ok ok ok violation", "two writes gave version 1", timed(put(1, "x", "a", 1), put(2, "x", "b", 1))},
		{"a version without a write", "ok ok ok ok violation", "came of 1 writes at most", timed(put(1, "x", "a", 2))},
		{"a condition that did not hold", "ok ok ok ok violation", "on condition of version 7", timed(put(1, "x", "a", 1), swap(2, "x", "b", 7, 2))},
		{"a condition that held", "ok ok ok ok violation", "refused although", timed(put(1, "x", "a", 1), refused(2, "x", 1, 1))},
		{"an unconditional refusal", "unknown unknown unknown unknown violation", "unconditional", timed(func() checker.Operation {
			o := put(1, "x", "a", 0)
			o.OK = false
			return o
		}())},
		{"absent for a condition", allKept, "", timed(refused(1, "x", 9, 0), put(2, "x", "a", 1), refused(1, "x", 9, 1))},
		{"absent for a condition, after it was read", "ok ok ok ok violation", "no order of these is both", timed(put(2, "x", "a", 1), get(1, "x", "a", 1), refused(1, "x", 9, 0))},
		{"absent again for a condition", allKept, "", timed(put(2, "x", "a", 1), get(1, "x", "a", 1), del(2, "x", 2), refused(1, "x", 9, 0))},
		{"a lost write is seen", allKept, "", timed(lost(put(1, "x", "a", 0)), get(2, "x", "a", 1))},
		{"a lost write is seen as something else", "ok ok ok ok violation", "no write can have given version 1", timed(lost(put(1, "x", "a", 0)), get(2, "x", "b", 1))},
		{"a lost write comes after what its process saw", "ok ok ok ok violation", "no order of these is both",
			timed(get(1, "y", "b", 1), lost(put(1, "x", "a", 0)), get(2, "x", "a", 1), put(2, "y", "b", 1))},
		{"a lost condition takes its place", allKept, "", timed(put(1, "x", "a", 1), lost(swap(1, "x", "b", 1, 0)), lost(swap(3, "x", "d", 5, 0)), put(2, "x", "c", 3))},
		{"a lost condition has no place", "ok ok ok ok violation", "no write can have given version 2", timed(put(1, "x", "a", 1), lost(swap(1, "x", "b", 5, 0)), put(2, "x", "c", 3))},
		{"a write that failed and a read without an answer are nothing", allKept, "", timed(put(1, "x", "a", 1), failed(put(1, "x", "b", 0)), lost(get(1, "x", "c", 3)), get(2, "x", "a", 1))},
		{"nothing succeeded", "unknown unknown unknown unknown unknown", "no operation succeeded", timed(lost(put(1, "x", "a", 0)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, results := verdicts(t, c.ops)
			if got != c.want {
				t.Errorf("got %s, want %s: %+v", got, c.want, results)
			}
			said := ""
			for _, r := range results {
				said += r.Reason
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("it says %q, want %q", said, c.says)
			}
		})
	}
}

// A choice between lost writes that turns out wrong is no verdict.
func TestChoiceOfLostWrites(t *testing.T) {
	ops := timed(lost(put(1, "x", "a", 0)), lost(del(2, "x", 0)), lost(put(3, "x", "b", 0)), put(4, "x", "c", 3), get(5, "x", "c", 3), refused(5, "x", 9, 0))
	if got, results := verdicts(t, ops); got != "ok ok ok ok unknown" || !strings.Contains(results[4].Reason, "could not be found out") {
		t.Errorf("%s: %s", got, results[4].Reason)
	}
}

func TestMalformed(t *testing.T) {
	ops := timed(put(1, "x", "a", 1), put(1, "x", "b", 2))
	ops[1].Call = 3
	if _, err := Check(context.Background(), ops, All(), Config{}); !errors.Is(err, checker.ErrMalformed) {
		t.Errorf("overlap: %v", err)
	}
	if _, err := Check(context.Background(), nil, []Guarantee{0}, Config{}); err == nil {
		t.Error("no such guarantee is accepted")
	}
	for _, c := range []Config{{TimeLimit: -1}, {MaxViolations: -1}, {MaxSearchBytes: -1}} {
		if _, err := Check(context.Background(), nil, All(), c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	results, err := Check(ctx, timed(put(1, "x", "a", 1)), All(), Config{})
	for _, r := range results {
		if err != nil || r.Verdict != checker.Unknown || r.Reason != interrupted {
			t.Errorf("interrupted: %+v, %v", r, err)
		}
	}
}

func TestParse(t *testing.T) {
	if got, err := Parse("sequential,session,monotonic-reads"); err != nil || !slices.Equal(got, All()) {
		t.Errorf("%v %v", got, err)
	}
	if _, err := Parse("causal"); err == nil || !strings.Contains(err.Error(), "writes-follow-reads, sequential") {
		t.Errorf("%v", err)
	}
}
