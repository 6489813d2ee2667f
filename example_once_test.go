package quorate_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Stacks is an application's own object: a stack of words for each key. Put
// pushes, Delete pops, Get reads the top.
type Stacks map[string][]string

func (s Stacks) Apply(c quorate.Command) quorate.Result {
	stack := s[c.Key]
	switch {
	case c.Op == quorate.OpPut:
		s[c.Key] = append(stack, string(c.Value))
	case len(stack) == 0:
		return quorate.Result{}
	case c.Op == quorate.OpDelete && len(stack) == 1:
		delete(s, c.Key)
	case c.Op == quorate.OpDelete:
		s[c.Key] = stack[:len(stack)-1]
	case c.Op == quorate.OpGet:
		return quorate.Result{OK: true, Version: uint64(len(stack)), Value: []byte(stack[len(stack)-1])}
	default:
		return quorate.Result{} // no conditional operations
	}
	return quorate.Result{OK: true, Version: uint64(len(s[c.Key]))}
}

func (s Stacks) Conflicts(a, b quorate.Command) bool { return quorate.KeyConflicts(a, b) }

func (s Stacks) Keys() []string { return slices.Sorted(maps.Keys(s)) }

func (s Stacks) Snapshot(dst []byte, key string) []byte {
	for _, word := range s[key] {
		dst = binary.AppendUvarint(dst, uint64(len(word)))
		dst = append(dst, word...)
	}
	return dst
}

func (s Stacks) Restore(key string, data []byte) error {
	var stack []string
	for len(data) > 0 {
		length, n := binary.Uvarint(data)
		if n <= 0 || length > uint64(len(data)-n) {
			return errors.New("restore stack: malformed word")
		}
		end := n + int(length)
		stack, data = append(stack, string(data[n:end])), data[end:]
	}
	if stack == nil {
		delete(s, key)
		return nil
	}
	s[key] = stack
	return nil
}

// Any state machine executes exactly once within a [quorate.Once]: here a push
// that the client sends twice because the first answer was lost.
func ExampleOnce() {
	once := quorate.NewOnce(Stacks{}, quorate.OnceConfig{Horizon: 10 * time.Second})
	push := quorate.Command{Client: 0xc1, Seq: 1, Issued: 100 * time.Second, Op: quorate.OpPut, Key: "todo", Value: []byte("write")}
	fmt.Println("height", once.Apply(push).Version)
	fmt.Println("height", once.Apply(push).Version)

	next := quorate.Command{Client: 0xc1, Seq: 2, Issued: 105 * time.Second, Op: quorate.OpPut, Key: "todo", Value: []byte("test")}
	fmt.Println("height", once.Apply(next).Version)

	late := quorate.Command{Client: 0xc2, Seq: 1, Issued: 90 * time.Second, Op: quorate.OpDelete, Key: "todo"}
	fmt.Println("expired:", once.Apply(late).Expired)

	top := once.Apply(quorate.Command{Op: quorate.OpGet, Key: "todo"})
	fmt.Printf("top %s of %d\n", top.Value, top.Version)
	// Output:
	// height 1
	// height 1
	// height 2
	// expired: true
	// top test of 2
}

// A replica that fell behind takes over state and outcomes key by key.
func ExampleOnce_Snapshot() {
	here := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	put := quorate.Command{Client: 0xc1, Seq: 1, Op: quorate.OpPut, Key: "city", Value: []byte("Bern")}
	here.Apply(put)

	there := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	for _, key := range here.Keys() {
		if err := there.Restore(key, here.Snapshot(nil, key)); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("a retry there gives version", there.Apply(put).Version)
	// Output:
	// a retry there gives version 1
}

// Every write is a version, a delete too, and versions never restart.
func ExampleKV() {
	kv := quorate.NewKV(quorate.KVConfig{History: 10})
	do := func(op quorate.Op, value string, version uint64) {
		r := kv.Apply(quorate.Command{Op: op, Key: "city", Value: []byte(value), Version: version})
		fmt.Printf("%v: %v, version %d\n", op, r.OK, r.Version)
	}
	do(quorate.OpPutIf, "Bern", 0) // if absent
	do(quorate.OpPutIf, "Rome", 0)
	do(quorate.OpDeleteIf, "", 1)
	do(quorate.OpPut, "Oslo", 0)
	for _, v := range kv.History("city") {
		fmt.Printf("%d %q deleted: %v\n", v.Version, v.Value, v.Deleted)
	}
	// Output:
	// put-if: true, version 1
	// put-if: false, version 1
	// delete-if: true, version 2
	// put: true, version 3
	// 1 "Bern" deleted: false
	// 2 "" deleted: true
	// 3 "Oslo" deleted: false
}
