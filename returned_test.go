package quorate

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// stack pops what was pushed: a write that returns something. A push of nothing
// pops.
type stack struct{ items []string }

func (s *stack) Apply(c Command) Result {
	switch {
	case c.Op == OpGet:
		return Result{OK: true, Value: fmt.Appendf(nil, "%q", s.items)}
	case len(c.Value) > 0:
		s.items = append(s.items, string(c.Value))
		return Result{OK: true}
	case len(s.items) == 0:
		return Result{}
	}
	top := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return Result{OK: true, Version: uint64(len(s.items)), Value: []byte(top)}
}
func (s *stack) Conflicts(a, b Command) bool { return true }
func (s *stack) Keys() []string              { return []string{"k"} }
func (s *stack) Snapshot(dst []byte, key string) []byte {
	for _, item := range s.items {
		dst = fmt.Appendf(dst, "%s\n", item)
	}
	return dst
}
func (s *stack) Restore(key string, data []byte) error {
	s.items = nil
	for line := range bytes.Lines(data) {
		s.items = append(s.items, string(line[:len(line)-1]))
	}
	return nil
}

func push(n int, item string) Command {
	return Command{Client: 1, Seq: uint64(n), Op: OpPut, Key: "k", Value: []byte(item)}
}

func pop(n int, issued time.Duration) Command {
	return Command{Client: 1, Seq: uint64(n), Issued: issued, Op: OpPut, Key: "k"}
}

func newStack() *Once { return NewOnce(&stack{}, OnceConfig{Horizon: testHorizon}) }

// A retried pop gets what the first one took off, also of a replica that was
// sent the state.
func TestOnceRetryGetsTheFirstValue(t *testing.T) {
	once := newStack()
	once.Apply(push(1, "a"))
	once.Apply(push(2, "b"))
	first := once.Apply(pop(3, 0))
	if string(first.Value) != "b" {
		t.Fatalf("popped %q", first.Value)
	}
	other := newStack()
	if err := other.Restore("k", once.Snapshot(nil, "k")); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]*Once{"same": once, "restored": other} {
		for n, want := range map[int]string{2: "", 3: "b"} {
			if again := o.Apply(pop(n, 0)); string(again.Value) != want || !again.OK {
				t.Errorf("%s replica: retry of write %d = %+v, want %q", name, n, again, want)
			}
		}
		if got := o.Apply(pop(4, 0)); string(got.Value) != "a" {
			t.Errorf("%s replica: the next pop = %q", name, got.Value)
		}
	}
}

func TestOnceDropsAValueThatIsTooLong(t *testing.T) {
	for size, want := range map[int]int{MaxReturned: MaxReturned, MaxReturned + 1: 0} {
		once := newStack()
		once.Apply(push(1, string(make([]byte, size))))
		for range 2 {
			if r := once.Apply(pop(2, 0)); len(r.Value) != want || !r.OK {
				t.Errorf("a value of %d bytes came as %d, OK %v", size, len(r.Value), r.OK)
			}
		}
	}
}

// Values leave with their outcomes, and a store whose writes return nothing has
// none.
func TestOnceForgetsValues(t *testing.T) {
	once := newStack()
	for i := range 100 {
		in := push(2*i+1, fmt.Sprint("item ", i))
		c := pop(2*i+2, time.Duration(i)*testHorizon/10)
		in.Issued = c.Issued
		once.Apply(in)
		if r := once.Apply(c); string(r.Value) != fmt.Sprint("item ", i) {
			t.Fatalf("pop %d = %q", i, r.Value)
		}
		for _, values := range once.returned {
			if n := len(values); n != once.Outcomes() {
				t.Fatalf("%d values for %d outcomes", n, once.Outcomes())
			}
		}
	}
	if err := once.Restore("k", once.Snapshot(nil, "k")); err != nil || len(once.returned) != 1 {
		t.Errorf("a restored table has values of %d keys, %v", len(once.returned), err)
	}
	once.Apply(Command{Op: OpTrim, Key: "k", Issued: time.Hour})
	if len(once.returned) != 0 || once.Outcomes() != 0 {
		t.Errorf("after the trim: values of %d keys, %d outcomes", len(once.returned), once.Outcomes())
	}
	kv := newTestOnce()
	kv.Apply(write(1, 0))
	if kv.returned != nil || kv.Snapshot(nil, "k")[0] != onceOutcomes {
		t.Error("the outcomes of a store that returns nothing have values")
	}
}

// Against a map: random pushes, pops and retries, times that jump, and moves to
// another replica now and then.
func TestOnceValuesAgainstAMap(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		once, returned, commands := newStack(), map[uint64]string{}, []Command{}
		now := time.Duration(0)
		for i := range 400 {
			switch rng.IntN(10) {
			case 0:
				other := newStack()
				data := once.Snapshot(nil, "k")
				if err := other.Restore("k", data); err != nil {
					t.Fatal(err)
				}
				if again := other.Snapshot(nil, "k"); !bytes.Equal(again, data) {
					t.Fatalf("seed %d: the restored state differs", seed)
				}
				once = other
			case 1, 2, 3:
				if len(commands) == 0 {
					continue
				}
				c := commands[rng.IntN(len(commands))]
				if r := once.Apply(c); !r.Expired && string(r.Value) != returned[c.Seq] {
					t.Fatalf("seed %d: retry of %d = %q, want %q", seed, c.Seq, r.Value, returned[c.Seq])
				}
			default:
				now += time.Duration(rng.Int64N(int64(testHorizon) / 20))
				c := push(i+1, fmt.Sprint("v", i))
				if rng.IntN(2) == 0 {
					c = pop(i+1, 0)
				}
				c.Issued = now - time.Duration(rng.Int64N(int64(testHorizon)/2))
				if r := once.Apply(c); !r.Expired {
					commands, returned[c.Seq] = append(commands, c), string(r.Value)
				}
			}
		}
	}
}

func TestOnceRestoreRefusesMalformedValues(t *testing.T) {
	good := newStack()
	good.Apply(push(1, "a"))
	good.Apply(pop(2, 0))
	data := good.Snapshot(nil, "k")
	if data[0] != onceReturned {
		t.Fatalf("format %d", data[0])
	}
	long := append([]byte{}, data[:len(data)-2]...)
	long = append(long, 0x81, 0x80, 0x40) // 1 MiB and 1
	long = append(long, make([]byte, MaxReturned+1)...)
	bad := map[string][]byte{"a value that is too long": long}
	for i := 1; i < len(data); i++ {
		bad[fmt.Sprintf("cut after %d bytes", i)] = data[:i]
	}
	for name, data := range bad {
		once := newStack()
		if err := once.Restore("k", data); !errors.Is(err, ErrSnapshot) || once.Outcomes() != 0 || once.returned != nil {
			t.Errorf("%s: %v, %d outcomes", name, err, once.Outcomes())
		}
	}
}
