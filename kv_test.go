package quorate

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestKVApply(t *testing.T) {
	put := func(v string) Command { return Command{Op: OpPut, Key: "k", Value: []byte(v)} }
	del := Command{Op: OpDelete, Key: "k"}
	get := Command{Op: OpGet, Key: "k"}
	putIf := func(at uint64) Command { return Command{Op: OpPutIf, Key: "k", Value: []byte("c"), Version: at} }
	delIf := func(at uint64) Command { return Command{Op: OpDeleteIf, Key: "k", Version: at} }
	for _, tc := range []struct {
		rule   string
		before []Command
		c      Command
		want   Result
		then   Result // of a Get afterwards
	}{
		{"get of nothing", nil, get, Result{}, Result{}},
		{"first put", nil, put("a"), Result{OK: true, Version: 1}, Result{OK: true, Version: 1, Value: []byte("a")}},
		{"every put is a version", []Command{put("a")}, put("a"), Result{OK: true, Version: 2}, Result{OK: true, Version: 2, Value: []byte("a")}},
		{"an empty value is a value", nil, Command{Op: OpPut, Key: "k"}, Result{OK: true, Version: 1}, Result{OK: true, Version: 1, Value: []byte{}}},
		{"a delete is a version", []Command{put("a")}, del, Result{OK: true, Version: 2}, Result{Version: 2}},
		{"a delete of nothing is a version", nil, del, Result{OK: true, Version: 1}, Result{Version: 1}},
		{"versions never restart", []Command{put("a"), del}, put("b"), Result{OK: true, Version: 3}, Result{OK: true, Version: 3, Value: []byte("b")}},
		{"put-if at the version", []Command{put("a")}, putIf(1), Result{OK: true, Version: 2}, Result{OK: true, Version: 2, Value: []byte("c")}},
		{"put-if at another version", []Command{put("a"), put("b")}, putIf(1), Result{Version: 2}, Result{OK: true, Version: 2, Value: []byte("b")}},
		{"put-if of an absent key", nil, putIf(0), Result{OK: true, Version: 1}, Result{OK: true, Version: 1, Value: []byte("c")}},
		{"put-if of an absent key at a version", nil, putIf(3), Result{}, Result{}},
		{"put-if of a present key at 0", []Command{put("a")}, putIf(0), Result{Version: 1}, Result{OK: true, Version: 1, Value: []byte("a")}},
		{"a deleted key is at 0", []Command{put("a"), del}, putIf(0), Result{OK: true, Version: 3}, Result{OK: true, Version: 3, Value: []byte("c")}},
		{"a deleted key is not at its tombstone", []Command{put("a"), del}, putIf(2), Result{}, Result{Version: 2}},
		{"delete-if at the version", []Command{put("a")}, delIf(1), Result{OK: true, Version: 2}, Result{Version: 2}},
		{"delete-if at another version", []Command{put("a")}, delIf(2), Result{Version: 1}, Result{OK: true, Version: 1, Value: []byte("a")}},
		{"delete-if of an absent key", nil, delIf(0), Result{OK: true, Version: 1}, Result{Version: 1}},
		{"nop", []Command{put("a")}, Command{Op: OpNop, Key: "k"}, Result{OK: true}, Result{OK: true, Version: 1, Value: []byte("a")}},
		{"trim", []Command{put("a")}, Command{Op: OpTrim, Key: "k"}, Result{OK: true}, Result{OK: true, Version: 1, Value: []byte("a")}},
		{"unknown operation", []Command{put("a")}, Command{Op: 99, Key: "k"}, Result{}, Result{OK: true, Version: 1, Value: []byte("a")}},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			kv := NewKV(KVConfig{})
			for _, c := range tc.before {
				kv.Apply(c)
			}
			if got := kv.Apply(tc.c); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%v = %+v, want %+v", tc.c, got, tc.want)
			}
			if got := kv.Apply(get); !reflect.DeepEqual(got, tc.then) {
				t.Errorf("then get = %+v, want %+v", got, tc.then)
			}
		})
	}
}

func TestKVNeedsNoKeyToBeWrittenToFailACondition(t *testing.T) {
	kv := NewKV(KVConfig{})
	kv.Apply(Command{Op: OpPutIf, Key: "k", Version: 3})
	kv.Apply(Command{Op: OpGet, Key: "k"})
	if keys := kv.Keys(); len(keys) != 0 {
		t.Errorf("keys after a read and a failed write: %q, want none", keys)
	}
}

func TestKVHistory(t *testing.T) {
	kv := NewKV(KVConfig{History: 2})
	if h := kv.History("k"); h != nil {
		t.Errorf("history of an unwritten key: %v", h)
	}
	var got []string
	for _, c := range []Command{{Op: OpPut, Value: []byte("a")}, {Op: OpPut}, {Op: OpDelete}, {Op: OpPut, Value: []byte("d")}, {Op: OpPut, Value: []byte("e")}} {
		c.Key = "k"
		kv.Apply(c)
		got = append(got, fmt.Sprint(kv.History("k")))
	}
	want := []string{
		"[{1 [97] false}]",
		"[{1 [97] false} {2 [] false}]",
		"[{1 [97] false} {2 [] false} {3 [] true}]",
		"[{2 [] false} {3 [] true} {4 [100] false}]",
		"[{3 [] true} {4 [100] false} {5 [101] false}]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("histories %q, want %q", got, want)
	}
}

func TestKVConfigIsChecked(t *testing.T) {
	for _, history := range []int{-1, MaxHistory + 1} {
		if err := (KVConfig{History: history}).Validate(); err == nil {
			t.Errorf("history of %d versions is accepted", history)
		}
	}
}

// A snapshot restores to the same state, whatever came before in its place.
func TestKVSnapshotRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := KVConfig{History: rapid.IntRange(0, 3).Draw(t, "history")}
		from, to := NewKV(cfg), NewKV(cfg)
		for _, c := range drawCommands(t, 30) {
			from.Apply(c)
		}
		for _, c := range drawCommands(t, 5) {
			to.Apply(c)
		}
		for _, key := range commandKeys {
			if err := to.Restore(key, from.Snapshot(nil, key)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(to.History(key), from.History(key)) {
				t.Fatalf("key %q: %v, want %v", key, to.History(key), from.History(key))
			}
		}
		if !slices.Equal(to.Keys(), from.Keys()) || !slices.IsSorted(to.Keys()) {
			t.Fatalf("keys %q, want %q sorted", to.Keys(), from.Keys())
		}
	})
}

func TestKVRestoreKeepsNoMoreHistoryThanConfigured(t *testing.T) {
	from, to := NewKV(KVConfig{History: 9}), NewKV(KVConfig{History: 1})
	for range 5 {
		from.Apply(Command{Op: OpPut, Key: "k", Value: []byte("v")})
	}
	if err := to.Restore("k", from.Snapshot(nil, "k")); err != nil {
		t.Fatal(err)
	}
	if got := to.History("k"); len(got) != 2 || got[0].Version != 4 || got[1].Version != 5 {
		t.Errorf("history %v, want versions 4 and 5", got)
	}
}

func TestKVRestoreCopies(t *testing.T) {
	kv := NewKV(KVConfig{})
	kv.Apply(Command{Op: OpPut, Key: "k", Value: []byte("value")})
	data := kv.Snapshot(nil, "k")
	if err := kv.Restore("k", data); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if got := kv.Apply(Command{Op: OpGet, Key: "k"}); string(got.Value) != "value" {
		t.Errorf("value %q changed with the snapshot's bytes", got.Value)
	}
}

func TestKVRestoreRefusesMalformedData(t *testing.T) {
	for _, tc := range []struct{ name, data string }{
		{"unknown format", "\x07\x01\x00\x00"},
		{"ends after the format", "\x01"},
		{"version 0", "\x01\x00\x00\x00"},
		{"as many earlier values as versions", "\x01\x01\x01\x00\x00"},
		{"more earlier values than bytes", "\x01\xff\xff\xff\xff\x0f\xff\xff\xff\xff\x0e\x00"},
		{"value longer than the data", "\x01\x01\x00\xff\xff\xff\xff\x0f"},
		{"number in a longer form", "\x01\x81\x00\x00\x00"},
		{"number of more than 64 bits", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00"},
		{"version next to overflow", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00"},
		{"trailing byte", "\x01\x01\x00\x00\x00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kv := NewKV(KVConfig{})
			kv.Apply(Command{Op: OpPut, Key: "k", Value: []byte("v")})
			before := kv.Snapshot(nil, "k")
			if err := kv.Restore("k", []byte(tc.data)); !errors.Is(err, ErrSnapshot) {
				t.Errorf("restore: %v, want %v", err, ErrSnapshot)
			}
			if !bytes.Equal(kv.Snapshot(nil, "k"), before) {
				t.Error("a refused snapshot changed the state")
			}
		})
	}
}

// Whatever Restore accepts, Snapshot writes again byte for byte.
func FuzzKVRestore(f *testing.F) {
	kv := NewKV(KVConfig{History: 8})
	for _, c := range []Command{{Op: OpPut, Value: []byte("a")}, {Op: OpDelete}, {Op: OpPut}, {Op: OpPut, Value: bytes.Repeat([]byte("x"), 200)}} {
		kv.Apply(c)
		f.Add(kv.Snapshot(nil, ""))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		kv := NewKV(KVConfig{History: MaxHistory})
		if err := kv.Restore("k", data); err != nil {
			if !errors.Is(err, ErrSnapshot) || len(kv.Keys()) > 0 {
				t.Fatalf("refused with %v, keys %q", err, kv.Keys())
			}
			return
		}
		if got := kv.Snapshot(nil, "k"); !bytes.Equal(got, data) {
			t.Fatalf("restored %x, snapshot %x", data, got)
		}
	})
}

// The order of commands that do not conflict cannot be seen in the state or
// in the results; the relation is symmetric.
func TestKeyConflictsIsSoundAndSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawCommands(t, 5)
		pair := rapid.SliceOfN(commandGen(), 2, 2).Draw(t, "pair")
		a, b := pair[0], pair[1]
		if KeyConflicts(a, b) != KeyConflicts(b, a) {
			t.Fatalf("%v and %v: not symmetric", a, b)
		}
		if KeyConflicts(a, b) {
			return
		}
		run := func(first, second Command) (Result, Result, []byte) {
			once := NewOnce(NewKV(KVConfig{}), OnceConfig{Horizon: testHorizon})
			for _, c := range before {
				once.Apply(c)
			}
			r1, r2 := once.Apply(first), once.Apply(second)
			return r1, r2, fullSnapshot(once)
		}
		a1, b1, s1 := run(a, b)
		b2, a2, s2 := run(b, a)
		if !reflect.DeepEqual(a1, a2) || !reflect.DeepEqual(b1, b2) || !bytes.Equal(s1, s2) {
			t.Fatalf("%v and %v do not conflict, but their order can be seen", a, b)
		}
	})
}

func TestKeyConflicts(t *testing.T) {
	ops := []Op{OpNop, OpGet, OpPut, OpDelete, OpPutIf, OpDeleteIf, OpTrim, 99}
	want := []string{ // rows and columns in that order
		"........",
		"..xxxx..",
		".xxxxxx.",
		".xxxxxx.",
		".xxxxxx.",
		".xxxxxx.",
		"..xxxxx.",
		"........",
	}
	kv := NewKV(KVConfig{})
	once := NewOnce(kv, OnceConfig{})
	for i, a := range ops {
		for j, b := range ops {
			conflict := want[i][j] == 'x'
			if got := kv.Conflicts(Command{Op: a, Key: "k"}, Command{Op: b, Key: "k"}); got != conflict {
				t.Errorf("kv: %v and %v conflict: %v, want %v", a, b, got, conflict)
			}
			if got := once.Conflicts(Command{Op: a, Key: "k"}, Command{Op: b, Key: "k"}); got != conflict {
				t.Errorf("once: %v and %v conflict: %v, want %v", a, b, got, conflict)
			}
			if once.Conflicts(Command{Op: a, Key: "k"}, Command{Op: b, Key: "l"}) {
				t.Errorf("%v and %v conflict on different keys", a, b)
			}
		}
	}
}
