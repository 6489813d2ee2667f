package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func TestKindsFollowSortedNames(t *testing.T) {
	a := mustCodec(t, inner{}, all{}, benchVote{}, inner{})
	b := mustCodec(t, benchVote{}, inner{}, all{})
	if a.Fingerprint() != b.Fingerprint() || a.Schema() != b.Schema() {
		t.Fatal("the order of registration shows")
	}
	if a.Name(1) != "wire.all" || a.Name(2) != "wire.benchVote" || a.Name(3) != "wire.inner" || a.Name(0) != "kind 0" || a.Name(4) != "kind 4" {
		t.Fatalf("names %q %q %q", a.Name(1), a.Name(2), a.Name(3))
	}
	for kind, m := range []any{all{}, benchVote{Slot: 3}, inner{A: 1}} {
		data, err := a.Append([]byte("head"), m)
		if err != nil || string(data[:4]) != "head" || int(data[4]) != kind+1 {
			t.Fatalf("%T: % x, %v", m, data, err)
		}
		if got, err := b.Decode(data[4:]); err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%T: got %+v, %v", m, got, err)
		}
	}
	if !strings.Contains(a.Schema(), "3 github.com/quorate/quorate/wire.inner {A uint8; B []string}\n") {
		t.Error(a.Schema())
	}
}

// Programs that differ in a message's name, a field's name or a field's form
// must refuse each other.
func TestFingerprintSeesNamesAndShapes(t *testing.T) {
	seen := map[uint64]string{}
	add := func(what string, c *Codec) {
		if old, dup := seen[c.Fingerprint()]; dup {
			t.Errorf("%s and %s have one fingerprint", old, what)
		}
		seen[c.Fingerprint()] = what
	}
	{
		type m struct{ A uint8 }
		add("base", mustCodec(t, m{}))
		type n struct{ A uint8 }
		add("other name", mustCodec(t, n{}))
		add("one more", mustCodec(t, m{}, n{}))
	}
	{
		type m struct{ B uint8 }
		add("other field name", mustCodec(t, m{}))
	}
	{
		type m struct{ A uint16 }
		add("other width", mustCodec(t, m{}))
	}
	{
		type m struct{ A int8 }
		add("other sign", mustCodec(t, m{}))
	}
	{
		type m struct{ A, B uint8 }
		add("one more field", mustCodec(t, m{}))
	}
	{
		type m struct{ A []uint16 }
		add("slice", mustCodec(t, m{}))
	}
	{
		type m struct{ A [2]uint16 }
		add("array", mustCodec(t, m{}))
	}
	{
		type m struct{ A hookCommand }
		add("hook", mustCodec(t, m{}))
	}
	{
		type m struct{ A benchCommand }
		add("fields instead of a hook", mustCodec(t, m{}))
	}
}

func TestNewCodecRefuses(t *testing.T) {
	same := func() reflect.Type { type inner struct{ C int }; return reflect.TypeFor[inner]() }()
	if _, err := NewCodec(same, reflect.TypeFor[inner]()); err == nil || !strings.Contains(err.Error(), "two different messages are named github.com/quorate/quorate/wire.inner") {
		t.Error(err)
	}
	_, err := NewCodec(reflect.TypeFor[withMap](), reflect.TypeFor[inner](), reflect.TypeFor[withPtr]())
	if err == nil || !strings.Contains(err.Error(), "withMap") || !strings.Contains(err.Error(), "withPtr") {
		t.Errorf("not every culprit is named: %v", err)
	}
	types := manyTypes()
	if len(types) != 256 {
		t.Fatal(len(types))
	}
	if _, err := NewCodec(types...); err == nil || !strings.Contains(err.Error(), "256 kinds") {
		t.Error(err)
	}
	c, err := NewCodec(types[:255]...)
	if err != nil {
		t.Fatal(err)
	}
	data, err := c.Append(nil, reflect.Zero(c.types[254].t).Interface())
	if err != nil || data[0] != 255 {
		t.Fatalf("% x, %v", data, err)
	}
}

type pick[A, B any] struct{}

// manyTypes makes 256 named types out of two sets of 16.
func manyTypes() []reflect.Type {
	var types []reflect.Type
	add := func(ts ...reflect.Type) { types = append(types, ts...) }
	add(row[bool]()...)
	add(row[int]()...)
	add(row[int8]()...)
	add(row[int16]()...)
	add(row[int32]()...)
	add(row[int64]()...)
	add(row[uint]()...)
	add(row[uint8]()...)
	add(row[uint16]()...)
	add(row[uint32]()...)
	add(row[uint64]()...)
	add(row[float32]()...)
	add(row[float64]()...)
	add(row[string]()...)
	add(row[[]int]()...)
	add(row[[]bool]()...)
	return types
}

func row[A any]() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[pick[A, bool]](), reflect.TypeFor[pick[A, int]](), reflect.TypeFor[pick[A, int8]](), reflect.TypeFor[pick[A, int16]](),
		reflect.TypeFor[pick[A, int32]](), reflect.TypeFor[pick[A, int64]](), reflect.TypeFor[pick[A, uint]](), reflect.TypeFor[pick[A, uint8]](),
		reflect.TypeFor[pick[A, uint16]](), reflect.TypeFor[pick[A, uint32]](), reflect.TypeFor[pick[A, uint64]](), reflect.TypeFor[pick[A, float32]](),
		reflect.TypeFor[pick[A, float64]](), reflect.TypeFor[pick[A, string]](), reflect.TypeFor[pick[A, []int]](), reflect.TypeFor[pick[A, []bool]](),
	}
}

func TestCodecRefusesStrangers(t *testing.T) {
	c := mustCodec(t, inner{}, all{})
	for _, m := range []any{nil, 3, benchVote{}, &inner{}} {
		dst, err := c.Append([]byte("x"), m)
		if !errors.Is(err, ErrUnknownKind) || string(dst) != "x" {
			t.Errorf("%T: %q, %v", m, dst, err)
		}
	}
	for _, data := range []string{"\x00\x92\x00\xc0", "\x03\x92\x00\xc0", "\xff"} {
		if _, err := c.Decode([]byte(data)); !errors.Is(err, ErrUnknownKind) {
			t.Errorf("% x: %v", data, err)
		}
	}
	if _, err := c.Decode(nil); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
}

func TestLimitsHoldOnBothSides(t *testing.T) {
	type strs struct{ S []string }
	type body struct{ B []byte }
	base := mustCodec(t, strs{}, body{}, hookCommand{})
	small, err := base.WithLimits(Limits{Message: 100, Items: 10})
	if err != nil || small.Limits() != (Limits{100, 10}) || base.Limits() != (Limits{16 << 20, 1 << 20}) || small.Fingerprint() != base.Fingerprint() {
		t.Fatal(err, small.Limits(), base.Limits())
	}
	for _, c := range []struct {
		m  any
		ok bool
	}{
		{body{make([]byte, 97)}, true},
		{body{make([]byte, 98)}, false},
		{hookCommand{Value: make([]byte, 93)}, true},
		{hookCommand{Value: make([]byte, 94)}, false},
		{strs{make([]string, 10)}, true},
		{strs{make([]string, 11)}, false},
	} {
		_, err := small.Append(nil, c.m)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("append %T: %v", c.m, err)
		}
		data, err := base.Append(nil, c.m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = small.Decode(data); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("decode %T: %v", c.m, err)
		}
	}
	for _, l := range []Limits{{Message: -1}, {Items: -1}, {Message: 1 << 40}} {
		if _, err := base.WithLimits(l); err == nil {
			t.Errorf("%+v is accepted", l)
		}
	}
}

func TestCodecServesManyGoroutines(t *testing.T) {
	c := mustCodec(t, inner{}, all{}, hookCommand{}, hookEachAccept{})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			var buf []byte
			for i := range 200 {
				m := []any{
					inner{uint8(g), []string{fmt.Sprint(g, i)}}, allSample(),
					hookEachAccept{Slot: uint64(i), Commands: []hookCommand{{Key: fmt.Sprint(g)}, {Value: []byte{byte(i)}}}},
				}[i%3]
				var err error
				if buf, err = c.Append(buf[:0], m); err != nil {
					t.Error(err)
					return
				}
				if got, err := c.Decode(buf); err != nil || !reflect.DeepEqual(got, m) {
					t.Errorf("got %+v, want %+v: %v", got, m, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
