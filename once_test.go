package quorate

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"
)

// write returns the n-th command of client 1: a put of "v<n>" on key k.
func write(n int, issued time.Duration) Command {
	return Command{Client: 1, Seq: uint64(n), Issued: issued, Op: OpPut, Key: "k", Value: fmt.Appendf(nil, "v%d", n)}
}

func (o *Once) value(key string) string {
	return string(o.Apply(Command{Op: OpGet, Key: key}).Value)
}

// A retry after another client's write, through whichever replica, must not
// bring the old value back (Paxi: three slots, the old value wins).
func TestOnceRetryAfterAnotherWrite(t *testing.T) {
	once := newTestOnce()
	a := Command{Client: 1, Seq: 1, Op: OpPut, Key: "k", Value: []byte("a")}
	b := Command{Client: 2, Seq: 1, Op: OpPut, Key: "k", Value: []byte("b")}
	first := once.Apply(a)
	once.Apply(b)
	if again := once.Apply(a); !reflect.DeepEqual(again, first) || !first.OK || first.Version != 1 {
		t.Errorf("retry = %+v, first %+v", again, first)
	}
	if got := once.value("k"); got != "b" {
		t.Errorf("value %q, want b", got)
	}
}

// Two copies of one command in the log, the retry proposed while the first was
// only accepted: the effect is once, on a counter too.
func TestOnceTwoCopiesInTheLog(t *testing.T) {
	once := NewOnce(tally{}, OnceConfig{})
	add := Command{Client: 1, Seq: 1, Op: OpPut, Key: "k"}
	for range 3 {
		if r := once.Apply(add); r.Version != 1 {
			t.Errorf("copy counted to %d, want 1", r.Version)
		}
	}
}

// tally counts the writes of each key. Its writes commute, as far as it can tell.
type tally map[string]uint64

func (m tally) Apply(c Command) Result {
	if c.Op.IsWrite() {
		m[c.Key]++
	}
	if c.Op == OpNop || c.Op == OpTrim || !c.Op.Valid() {
		m["operation not for the state machine"]++
	}
	return Result{OK: true, Version: m[c.Key], Value: []byte("of any command")}
}
func (m tally) Conflicts(a, b Command) bool            { return false }
func (m tally) Keys() []string                         { return nil }
func (m tally) Snapshot(dst []byte, key string) []byte { return dst }
func (m tally) Restore(key string, data []byte) error  { return nil }

// A leader change may order the second request of a client before the first: a
// table of the highest number only would drop the first.
func TestOnceReorderedRequestsOfOneClient(t *testing.T) {
	once := newTestOnce()
	if r := once.Apply(write(2, 2)); !r.OK || r.Version != 1 {
		t.Errorf("the later request = %+v", r)
	}
	if r := once.Apply(write(1, 1)); !r.OK || r.Version != 2 {
		t.Errorf("the earlier request, executed later = %+v", r)
	}
	if r := once.Apply(write(2, 2)); r.Version != 1 {
		t.Errorf("retry of the later request = %+v", r)
	}
	if r := once.Apply(write(1, 1)); r.Version != 2 {
		t.Errorf("retry of the earlier request = %+v", r)
	}
}

// Two requests of one session on keys that do not interfere: replicas execute
// them in either order, and both take effect on both replicas.
func TestOnceOneClientOnTwoKeys(t *testing.T) {
	x := Command{Client: 1, Seq: 1, Op: OpPut, Key: "x", Value: []byte("1")}
	y := Command{Client: 1, Seq: 2, Op: OpPut, Key: "y", Value: []byte("2")}
	a, b := newTestOnce(), newTestOnce()
	a.Apply(x)
	a.Apply(y)
	b.Apply(y)
	b.Apply(x)
	if got := b.value("x"); got != "1" {
		t.Errorf("x = %q where y went first", got)
	}
	if !bytes.Equal(fullSnapshot(a), fullSnapshot(b)) {
		t.Error("replicas diverged")
	}
}

// A retry of what the table has forgotten is refused, never executed again.
func TestOnceForgottenWriteIsRefused(t *testing.T) {
	h := testHorizon
	for _, tc := range []struct {
		name  string
		again time.Duration // when the retried write was issued
		after []Command
		want  Result
	}{
		{"remembered at the horizon", 0, []Command{write(2, h)}, Result{OK: true, Version: 1}},
		{"forgotten past the horizon", 0, []Command{write(2, h+1)}, Result{Expired: true}},
		{"an older write moves no horizon", h, []Command{write(2, 2*h), write(3, h+1)}, Result{OK: true, Version: 1}},
		{"a trim moves the horizon", 0, []Command{{Op: OpTrim, Key: "k", Issued: h + 1}}, Result{Expired: true}},
		{"a trim at the horizon", 0, []Command{{Op: OpTrim, Key: "k", Issued: h}}, Result{OK: true, Version: 1}},
		{"a trim of another key", 0, []Command{{Op: OpTrim, Key: "l", Issued: 3 * h}}, Result{OK: true, Version: 1}},
		{"a read moves no horizon", 0, []Command{{Op: OpGet, Key: "k", Issued: 3 * h}}, Result{OK: true, Version: 1}},
		{"a failed condition moves the horizon", 0, []Command{{Client: 9, Op: OpPutIf, Key: "k", Version: 7, Issued: h + 1}}, Result{Expired: true}},
		{"a refused write moves no horizon", 0, []Command{write(2, h), write(3, -1)}, Result{OK: true, Version: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			once := newTestOnce()
			once.Apply(write(1, tc.again))
			for _, c := range tc.after {
				once.Apply(c)
			}
			want := once.value("k")
			if got := once.Apply(write(1, tc.again)); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("retry = %+v, want %+v", got, tc.want)
			}
			if got := once.value("k"); got != want {
				t.Errorf("the retry changed %q to %q", want, got)
			}
		})
	}
}

// A write that never executed is refused as well if it is too old: nobody can
// tell whether it did.
func TestOnceOldWriteIsRefusedEvenIfNew(t *testing.T) {
	once := newTestOnce()
	once.Apply(write(1, 2*testHorizon))
	if r := once.Apply(write(2, 0)); !r.Expired || r.OK {
		t.Errorf("old write = %+v, want expired", r)
	}
	if r := once.Apply(Command{Client: 1, Seq: 3, Op: OpGet, Key: "k"}); !r.OK || r.Expired {
		t.Errorf("old read = %+v, want the value", r)
	}
}

func TestOnceReadsRunAnew(t *testing.T) {
	once := newTestOnce()
	get := Command{Client: 1, Seq: 7, Op: OpGet, Key: "k"}
	once.Apply(get)
	once.Apply(write(1, 0))
	if r := once.Apply(get); string(r.Value) != "v1" {
		t.Errorf("read repeated = %+v, want v1", r)
	}
	if n := once.Outcomes(); n != 1 {
		t.Errorf("%d outcomes, want that of the write", n)
	}
}

// A condition that failed once has failed: a retry must not succeed later.
func TestOnceFailedConditionIsAFact(t *testing.T) {
	once := newTestOnce()
	lock := Command{Client: 2, Seq: 1, Op: OpPutIf, Key: "k", Value: []byte("mine")}
	once.Apply(write(1, 0))
	if r := once.Apply(lock); r.OK || r.Version != 1 {
		t.Fatalf("put-if = %+v, want a failure at version 1", r)
	}
	once.Apply(Command{Client: 1, Seq: 2, Op: OpDelete, Key: "k"})
	if r := once.Apply(lock); r.OK || r.Version != 1 {
		t.Errorf("retry after the delete = %+v, want the first outcome", r)
	}
}

func TestOnceTableOutlivesADelete(t *testing.T) {
	once := newTestOnce()
	once.Apply(write(1, 0))
	once.Apply(Command{Client: 2, Seq: 1, Op: OpDelete, Key: "k"})
	once = moved(t, once)
	if r := once.Apply(write(1, 0)); r.Version != 1 {
		t.Errorf("retry after the delete = %+v, want the first outcome", r)
	}
	if r := once.Apply(Command{Op: OpGet, Key: "k"}); r.OK || r.Version != 2 {
		t.Errorf("the retry revived the key: %+v", r)
	}
}

// What the trimmed table refuses stays refused after a move, with no outcome left.
func TestOnceHorizonIsPartOfTheSnapshot(t *testing.T) {
	once := newTestOnce()
	once.Apply(write(1, 0))
	once.Apply(Command{Op: OpTrim, Key: "k", Issued: time.Hour})
	once = moved(t, once)
	if once.Outcomes() != 0 {
		t.Fatalf("%d outcomes after the trim", once.Outcomes())
	}
	if r := once.Apply(write(1, 0)); !r.Expired {
		t.Errorf("retry = %+v, want expired", r)
	}
}

func TestOnceKeepsOtherOperationsFromTheStateMachine(t *testing.T) {
	m := tally{}
	once := NewOnce(m, OnceConfig{})
	for _, op := range []Op{OpNop, OpTrim} {
		if r := once.Apply(Command{Op: op, Key: "k"}); !reflect.DeepEqual(r, Result{OK: true}) {
			t.Errorf("%v = %+v", op, r)
		}
	}
	if r := once.Apply(Command{Op: 99, Key: "k"}); !reflect.DeepEqual(r, Result{}) {
		t.Errorf("unknown operation = %+v, want nothing", r)
	}
	if len(m) != 0 {
		t.Errorf("the state machine saw %v", m)
	}
}

func TestOnceWritesConflictEvenIfTheStateMachineLetsThemCommute(t *testing.T) {
	once := NewOnce(tally{}, OnceConfig{})
	if !once.Conflicts(write(1, 0), write(2, 0)) {
		t.Error("two writes of one key do not conflict, but the table sees their order")
	}
	if once.Conflicts(write(1, 0), Command{Op: OpGet, Key: "k"}) {
		t.Error("a read and a write conflict against the state machine's word")
	}
}

func TestOnceSurvivesExtremeTimes(t *testing.T) {
	for _, issued := range []time.Duration{math.MinInt64, math.MaxInt64} {
		once := newTestOnce()
		for i := range 3 {
			if r := once.Apply(write(i, issued)); !r.OK {
				t.Errorf("write issued at %d = %+v", issued, r)
			}
		}
		if r := moved(t, once).Apply(write(0, issued)); r.Version != 1 {
			t.Errorf("retry of a write issued at %d = %+v", issued, r)
		}
		once.Trims(issued, 10)
	}
}

// jealous claims that everything conflicts.
type jealous struct{ tally }

func (jealous) Conflicts(a, b Command) bool { return true }

func TestOnceTrimAndReadCommute(t *testing.T) {
	once := NewOnce(jealous{}, OnceConfig{})
	trim, read := Command{Op: OpTrim, Key: "k"}, Command{Op: OpGet, Key: "k"}
	if once.Conflicts(trim, read) || once.Conflicts(read, trim) {
		t.Error("a trim, which the state machine never sees, conflicts with a read")
	}
	if !once.Conflicts(read, read) {
		t.Error("the state machine's word on reads is not heard")
	}
}
