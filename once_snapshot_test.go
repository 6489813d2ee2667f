package quorate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

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
	if len(once.Keys()) != 0 || once.Outcomes() != 0 || once.Trims(time.Hour, 1) != nil {
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
	f.Add([]byte("\x03\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01clientid\x01\x00\x01\x01x")) // one that returned something
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
