package quorate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// To foresee commands changes no result and no state, whether they come or not, with
// and without a KV's tables beside the outcomes.
func TestForeseeChangesNothing(t *testing.T) {
	for _, machine := range []func() StateMachine{
		func() StateMachine { return NewKV(KVConfig{History: 2}) },
		func() StateMachine { return struct{ StateMachine }{NewKV(KVConfig{})} },
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		once, plain := NewOnce(machine(), OnceConfig{Horizon: time.Second}), NewOnce(machine(), OnceConfig{Horizon: time.Second})
		for i := range 2000 {
			slot := make([]Command, rng.IntN(8))
			for j := range slot {
				slot[j] = Command{
					Client: Client(rng.Uint64N(3)), Seq: uint64(i) + rng.Uint64N(20), Issued: time.Duration(i) * 5 * time.Millisecond,
					Op: Op(rng.IntN(int(OpTrim) + 1)), Key: fmt.Sprint("k", rng.IntN(100)), Value: []byte{byte(i)},
				}
			}
			once.Foresee(slot)
			if i%7 == 0 {
				continue
			}
			for _, c := range slot {
				if got, want := once.Apply(c), plain.Apply(c); !reflect.DeepEqual(got, want) {
					t.Fatalf("slot %d: %v: %+v, want %+v", i, c, got, want)
				}
			}
			if i%500 == 499 {
				once.Reset()
				plain.Reset()
			}
		}
		for _, key := range plain.Keys() {
			if !bytes.Equal(once.Snapshot(nil, key), plain.Snapshot(nil, key)) {
				t.Errorf("key %s differs", key)
			}
		}
		if len(once.Keys()) != len(plain.Keys()) || once.Outcomes() != plain.Outcomes() {
			t.Errorf("%d keys with %d outcomes, want %d with %d", len(once.Keys()), once.Outcomes(), len(plain.Keys()), plain.Outcomes())
		}
	}
}

// What is foreseen of a slot is found without a look.
func TestForeseeFinds(t *testing.T) {
	once := newTestOnce()
	once.Apply(Command{Client: 1, Seq: 1, Op: OpPut, Key: "a"})
	once.Apply(Command{Client: 1, Seq: 2, Op: OpPut, Key: "b"})
	once.Foresee([]Command{{Op: OpPut, Key: "b"}, {Op: OpGet, Key: "a"}})
	if n := len(once.foresight.names); n != 2 || once.foresight.touched == 0 {
		t.Errorf("%d keys were looked for, %d seen of their tables", n, once.foresight.touched)
	}
}
