package objects

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/core"
)

func TestTable(t *testing.T) {
	table := New(nil)
	keys := map[string]*Key{}
	for i := range 20_000 {
		name := fmt.Sprint("k", i*7%15_000)
		if got := table.Get(name); got != keys[name] {
			t.Fatalf("%s: %v before it is put", name, got)
		}
		k := table.Put(name)
		if old := keys[name]; k == nil || old != nil && old != k || k.Name != name {
			t.Fatalf("%s is %v, was %v", name, k, old)
		}
		keys[name] = k
	}
	if table.Count() != len(keys) {
		t.Fatalf("%d keys, want %d", table.Count(), len(keys))
	}
	for i := range table.Count() {
		if name := fmt.Sprint("k", i*7%15_000); table.At(i) != keys[name] || table.Get(name) != keys[name] {
			t.Fatalf("number %d is %s, want %s", i, table.At(i).Name, name)
		}
	}
}

// An object is awake while it is at work, has a log or is in a list.
func TestRest(t *testing.T) {
	woken := 0
	s := New(func() { woken++ })
	k := s.Put("k")
	k.Idle = core.Idle{Promised: quorate.NewBallot(1, 1<<16|1), Base: 7, Owns: true}
	idle := func(*Key) bool { return false }
	o := s.Wake(k)
	if s.Wake(k) != o || woken != 1 || o.Promised() != k.Idle.Promised || !o.Owns() || o.Told != 7 {
		t.Fatalf("awake as %+v, %d times", o, woken)
	}
	if !s.Walk(func(*Key) bool { return true }) || k.Open == nil {
		t.Error("a busy object rests")
	}
	o.Tells = true
	if !s.Walk(idle) || k.Open == nil {
		t.Error("it has something to tell, and nobody looks when that is done")
	}
	o.Tells = false
	if s.Awake() != 1 {
		t.Errorf("%d objects are awake", s.Awake())
	}
	if s.Walk(idle) || k.Open != nil || s.Awake() != 0 {
		t.Errorf("told, and %d are awake", s.Awake())
	}
	o = s.Wake(k)
	o.Vote(quorate.NewBallot(2, 1<<16|2), 7, []quorate.Command{{Op: quorate.OpNop}})
	s.Warm(k)
	s.Warm(k)
	s.Wake(k)
	if slots, bytes := s.Weight(); slots != 1 || bytes == 0 {
		t.Errorf("%d slots, %d bytes", slots, bytes)
	}
	if s.Walk(idle); k.Open == nil {
		t.Fatal("it has a log")
	}
	keys := s.Warmed()
	if len(keys) != 1 || len(s.Warmed()) != 0 {
		t.Fatalf("%d keys to trim", len(keys))
	}
	o.CommitTo(o.Promised(), 8)
	o.Execute()
	if from, upto := s.Cut(k); from != upto || k.Open == nil {
		t.Errorf("cut %v to %v, which was not executed when the states were written", from, upto)
	}
	if keys = s.Warmed(); len(keys) != 1 {
		t.Fatal("what is left is forgotten")
	}
	if from, upto := s.Cut(k); from != 7 || upto != 8 || k.Open != nil || k.Idle != (core.Idle{Promised: quorate.NewBallot(2, 1<<16|2), Base: 8}) {
		t.Errorf("cut %v to %v, and rests as %+v", from, upto, k.Idle)
	}
	if slots, bytes := s.Weight(); slots != 0 || bytes != 0 {
		t.Errorf("%d slots, %d bytes", slots, bytes)
	}
	if k.Committed() != 8 || k.Owns() || k.Stands() {
		t.Errorf("%+v", k)
	}
}

// A state that came since what is cut was written is cut next time, and not before.
func TestInstalledSince(t *testing.T) {
	s := New(func() {})
	k := s.Put("k")
	o := s.Wake(k)
	o.Install(3)
	s.Warm(k)
	s.Warmed()
	o.Install(5)
	s.Warm(k)
	s.Walk(func(*Key) bool { return false })
	if from, upto := s.Cut(k); from != 0 || upto != 3 || k.Open == nil {
		t.Errorf("cut %v to %v, at rest as %+v", from, upto, k.Idle)
	}
	if s.Warmed(); k.Open == nil {
		t.Fatal("it rests")
	}
	if from, upto := s.Cut(k); from != 3 || upto != 5 || k.Open != nil {
		t.Errorf("cut %v to %v", from, upto)
	}
}

// What a replica keeps of a key at rest, beside its name.
func TestObjectsAreSmall(t *testing.T) {
	const keys = 100_000
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprint("k", i)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	s := New(func() {})
	for _, name := range names {
		s.Wake(s.Put(name))
	}
	for s.Walk(func(*Key) bool { return false }) {
	}
	each := float64(heap()-before) / keys
	t.Logf("%.0f bytes for each key", each)
	if each > 100 {
		t.Errorf("a key at rest takes %.0f bytes", each)
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive(names)
}
