package wiretest

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/quorate/quorate/wire"
)

// Check encodes m and decodes it: whole, it must come back the same; cut at any
// byte, or with a byte too much, it must be an error; with any byte changed, an
// error or a message that encodes. Never a panic.
func Check(tb testing.TB, m any) {
	tb.Helper()
	kind, err := wire.Compile(reflect.TypeOf(m))
	if err != nil {
		tb.Fatal(err)
	}
	data, err := kind.Append(nil, m)
	if err != nil {
		tb.Fatal(err)
	}
	got, err := kind.Decode(data)
	if err != nil || !reflect.DeepEqual(got, m) {
		tb.Fatalf("%v does not survive the wire: %v\n got %+v\nwant %+v", kind, err, got, m)
	}
	for cut := range data {
		if got, err := Decode(tb, kind, data[:cut]); err == nil {
			tb.Fatalf("%v cut at byte %d of %d decodes as %+v", kind, cut, len(data), got)
		}
	}
	if got, err := Decode(tb, kind, append(bytes.Clone(data), 0)); err == nil {
		tb.Fatalf("%v with a byte too much decodes as %+v", kind, got)
	}
	for at := range data {
		for _, b := range damage(data[at], len(data)) {
			bad := bytes.Clone(data)
			bad[at] = b
			_, _ = Decode(tb, kind, bad)
		}
	}
}

// damage returns what to put in place of b: everything in a short message, and
// in a long one each bit flipped and the bytes that announce most.
func damage(b byte, length int) []byte {
	var out []byte
	if length <= 256 {
		for v := range 256 {
			out = append(out, byte(v))
		}
		return out
	}
	for bit := range 8 {
		out = append(out, b^1<<bit)
	}
	return append(out, 0x00, 0x7f, 0xc0, 0xc1, 0xc6, 0xc9, 0xdb, 0xdd, 0xdf, 0xff)
}

// Decode decodes data, which may be anything. It fails the test if the decoder
// panics, if its error is not a [wire.Error] that names the message, or if what
// it returns without an error does not encode and decode to the same bytes.
func Decode(tb testing.TB, kind *wire.Type, data []byte) (any, error) {
	tb.Helper()
	got, err := kind.Decode(data)
	if err != nil {
		var e *wire.Error
		if errors.Is(err, wire.ErrPanic) || !errors.As(err, &e) || e.Type != kind.String() {
			tb.Fatalf("%v from % x: %v", kind, data, err)
		}
		return nil, err
	}
	once, err := kind.Append(nil, got)
	if err != nil {
		tb.Fatalf("%v from % x: %+v does not encode: %v", kind, data, got, err)
	}
	again, err := kind.Decode(once)
	if err != nil {
		tb.Fatalf("%v from % x: %+v encodes as % x, which does not decode: %v", kind, data, got, once, err)
	}
	if twice, err := kind.Append(nil, again); err != nil || !bytes.Equal(once, twice) {
		tb.Fatalf("%v from % x: encodes as % x and then as % x: %v", kind, data, once, twice, err)
	}
	return got, nil
}

// Fuzz feeds a decoder of the samples' types with what the fuzzer makes of their
// encodings. Its data is a number that picks the type, and the bytes.
func Fuzz(f *testing.F, samples ...any) {
	f.Helper()
	var kinds []*wire.Type
	number := map[reflect.Type]int{}
	for _, m := range samples {
		rt := reflect.TypeOf(m)
		if _, ok := number[rt]; !ok {
			kind, err := wire.Compile(rt)
			if err != nil {
				f.Fatal(err)
			}
			number[rt] = len(kinds)
			kinds = append(kinds, kind)
		}
		data, err := kinds[number[rt]].Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(number[rt]), data)
	}
	f.Fuzz(func(t *testing.T, n byte, data []byte) {
		_, _ = Decode(t, kinds[int(n)%len(kinds)], data)
	})
}
