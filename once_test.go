package quorate

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
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
	return Result{OK: true, Version: m[c.Key], Value: []byte("of no write")}
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

func TestOnceWritesHaveNoValue(t *testing.T) {
	once := NewOnce(tally{}, OnceConfig{})
	if r := once.Apply(write(1, 0)); r.Value != nil {
		t.Errorf("a write's value %q, which a retry could not have", r.Value)
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
		once.Idle(issued, 10)
	}
}

// The table holds what executed while the newest Issued advanced by a horizon,
// however long the run; an idle one, after a trim, nothing.
func TestOnceMemoryIsBounded(t *testing.T) {
	once := newTestOnce()
	perHorizon := int(testHorizon / (10 * time.Millisecond))
	for i := range 5 * perHorizon {
		jitter := time.Duration(i%7) * time.Second // a client's clock runs ahead
		once.Apply(write(i, time.Duration(i)*10*time.Millisecond+jitter))
		if n := once.Outcomes(); n > perHorizon+1+700 {
			t.Fatalf("%d outcomes after %d writes", n, i)
		}
	}
	k := once.keys["k"]
	once.Apply(Command{Op: OpTrim, Key: "k", Issued: time.Hour})
	if k.window != nil || once.Outcomes() != 0 || once.recent.front != nil {
		t.Error("an idle key keeps its table after a trim")
	}
}

func TestOnceRingShrinks(t *testing.T) {
	once := newTestOnce()
	for i := range 5000 {
		once.Apply(write(i, 0))
	}
	once.Apply(write(5000, time.Hour))
	once.Apply(write(5001, 2*time.Hour))
	once.Apply(write(5002, 3*time.Hour))
	if n := len(once.keys["k"].window.ring); n > 512 {
		t.Errorf("a table of 1 outcome has room for %d", n)
	}
}

func TestOnceIdle(t *testing.T) {
	once := newTestOnce()
	put := func(key string, issued time.Duration) {
		once.Apply(Command{Client: 1, Seq: uint64(issued), Issued: issued, Op: OpPut, Key: key})
	}
	idle := func(now time.Duration, max int, want ...string) {
		t.Helper()
		if got := once.Idle(now, max); !slices.Equal(got, want) {
			t.Errorf("idle at %v: %q, want %q", now, got, want)
		}
	}
	s := time.Second
	put("c", 1*s)
	put("a", 2*s)
	put("b", 3*s)
	put("ahead", 40*s)
	put("c", 4*s)
	put("late", 5*s)
	once.Apply(Command{Op: OpGet, Key: "read", Issued: 1 * s})
	idle(12*s, 10)
	idle(12*s+1, 10, "a")
	idle(20*s, 10, "a", "b", "c", "late")
	idle(20*s, 2, "a", "b")
	idle(20*s, 0)
	idle(20*s, -1)
	once.Apply(Command{Op: OpTrim, Key: "b", Issued: 20 * s})
	put("a", 20*s)
	idle(20*s, 10, "c", "late")
	if got := moved(t, once).Idle(40*s, 10); !slices.Equal(got, []string{"a", "c", "late"}) {
		t.Errorf("idle after a move: %q", got)
	}
	once.Reset()
	idle(time.Hour, 10)
}

// Idle looks at a bounded number of keys, idle or not.
func TestOnceIdleIsCheap(t *testing.T) {
	once := newTestOnce()
	for i := range 10_000 {
		once.Apply(Command{Client: 1, Seq: uint64(i), Issued: time.Hour, Op: OpPut, Key: fmt.Sprint(i)})
	}
	once.Apply(Command{Client: 1, Seq: 1, Issued: 0, Op: OpPut, Key: "idle"})
	if got := once.Idle(time.Hour, 10); got != nil {
		t.Errorf("idle %q: found behind 10,000 busy keys", got)
	}
}

func TestOnceReset(t *testing.T) {
	once := newTestOnce()
	once.Apply(write(1, time.Hour))
	once.Reset()
	if len(once.Keys()) != 0 || once.Outcomes() != 0 || once.Horizon() != testHorizon {
		t.Errorf("after a reset: keys %q, %d outcomes, horizon %v", once.Keys(), once.Outcomes(), once.Horizon())
	}
	if r := once.Apply(write(1, 0)); !r.OK || r.Version != 1 {
		t.Errorf("first write after a reset = %+v", r)
	}
}

func TestOnceKeys(t *testing.T) {
	kv := NewKV(KVConfig{})
	kv.Apply(Command{Op: OpPut, Key: "z"}) // state that Once has no table for
	once := NewOnce(kv, OnceConfig{})
	once.Apply(Command{Op: OpPutIf, Key: "failed", Version: 7})
	once.Apply(Command{Client: 1, Op: OpPut, Key: "k"})
	if got := once.Keys(); !slices.Equal(got, []string{"failed", "k", "z"}) {
		t.Errorf("keys %q", got)
	}
	moved(t, once)
}

func TestOnceRestoreRemoves(t *testing.T) {
	once := newTestOnce()
	once.Apply(write(1, 0))
	if err := once.Restore("k", nil); err != nil {
		t.Fatal(err)
	}
	if len(once.Keys()) != 0 || once.Outcomes() != 0 || once.Idle(time.Hour, 1) != nil {
		t.Error("empty data left something behind")
	}
}

func TestOnceRestoreRefusesMalformedData(t *testing.T) {
	good := newTestOnce()
	good.Apply(write(1, 5*time.Second))
	good.Apply(write(2, 6*time.Second))
	data := good.Snapshot(nil, "k")
	flag := 1 + 8 + 1 // of the first outcome
	bad := map[string][]byte{
		"unknown format":          append([]byte{9}, data[1:]...),
		"state only, and none":    {onceStateOnly},
		"a flag of 2":             slices.Replace(slices.Clone(data), flag, flag+1, 2),
		"a count beyond the data": slices.Replace(slices.Clone(data), 9, 10, 0xff, 0xff, 0xff, 0x7f),
		"older than time":         []byte("\x02\x00\x00\x00\x00\x00\x00\x00\x80\x01\x01clientid\x01\x01\x01"),
		"state malformed":         append(slices.Clone(data), 0),
	}
	state := good.sm.Snapshot(nil, "k")
	for i := 1; i < len(data); i++ {
		if i == len(data)-len(state) {
			continue // all outcomes and no state: that is well-formed
		}
		bad[fmt.Sprintf("cut after %d bytes", i)] = data[:i]
	}
	for name, data := range bad {
		t.Run(name, func(t *testing.T) {
			once := newTestOnce()
			once.Apply(write(3, 0))
			before := fullSnapshot(once)
			err := once.Restore("k", data)
			if !errors.Is(err, ErrSnapshot) {
				t.Errorf("restore: %v, want %v", err, ErrSnapshot)
			}
			if after := fullSnapshot(once); !bytes.Equal(after, before) {
				t.Error("a refused snapshot changed something")
			}
		})
	}
}

// A snapshot of replicas that remember longer is cut to this one's horizon.
func TestOnceRestoreAppliesItsOwnHorizon(t *testing.T) {
	long := NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: time.Hour})
	long.Apply(write(1, 0))
	long.Apply(write(2, time.Minute))
	once := newTestOnce()
	if err := once.Restore("k", long.Snapshot(nil, "k")); err != nil {
		t.Fatal(err)
	}
	if n := once.Outcomes(); n != 1 {
		t.Errorf("%d outcomes within the horizon, want 1", n)
	}
}

func TestOnceConfigIsChecked(t *testing.T) {
	if err := (OnceConfig{Horizon: -1}).Validate(); err == nil {
		t.Error("a negative horizon is accepted")
	}
	if got := NewOnce(NewKV(KVConfig{}), OnceConfig{}).Horizon(); got != DefaultHorizon {
		t.Errorf("default horizon %v", got)
	}
}

// What Restore accepts becomes a state whose snapshot restores to itself.
func FuzzOnceRestore(f *testing.F) {
	once := newTestOnce()
	for i := range 20 {
		once.Apply(write(i, time.Duration(i)*time.Second))
		f.Add(once.Snapshot(nil, "k"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		once := newTestOnce()
		if err := once.Restore("k", data); err != nil {
			if len(once.Keys()) > 0 || once.Outcomes() > 0 {
				t.Fatalf("refused with %v, but changed something", err)
			}
			return
		}
		moved(t, once)
		for i := range 20 {
			once.Apply(write(i, time.Duration(i)*time.Second))
		}
	})
}

// A write issued early but executed late leaves the table in time, although one
// before it stays.
func TestOnceForgetsFromTheMiddle(t *testing.T) {
	s := time.Second
	again := write(2, 10*s) // breaks the rule that a retry has the first Issued
	commands := []Command{write(1, 12*s), write(2, 3*s), write(3, 14*s), again, again}
	compare(t, commands, len(commands))
	once := newTestOnce()
	for _, c := range commands[:3] {
		once.Apply(c)
	}
	moved(t, once)
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

// Places in a ring wrap. A stale one may then name a newer outcome, but leads a
// search neither astray nor round in circles.
func TestOnceIndexSurvivesTheWrap(t *testing.T) {
	w := &window{}
	for i := range uint64(2 * indexed) {
		w.add(outcome{client: 1, seq: i})
	}
	stranger := CommandID{Client: 2, Seq: 1}
	last := w.head + w.n - 1
	*w.bucket(stranger) = w.head + 3
	w.slot(w.head + 3).older = last
	w.slot(last).older = w.head + 3
	if e := w.find(stranger, 0); e != nil {
		t.Errorf("found %+v", e)
	}
}

// The ring works the same wherever its places start.
func TestOnceRingAcrossTheWrap(t *testing.T) {
	w := &window{head: math.MaxUint32 - 40, ring: make([]outcome, 64), index: make([]uint32, 64)}
	for i := range uint64(200) {
		w.evict(time.Duration(i) - 50)
		w.add(outcome{client: 1, seq: i, issued: time.Duration(i)})
		for back := range min(i, 50) {
			if e := w.find(CommandID{1, i - back}, 0); e == nil || e.seq != i-back {
				t.Fatalf("after %d outcomes, the one before the last %d is %+v", i, back, e)
			}
		}
	}
}
