package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestReaderReadsWhatWasAppended(t *testing.T) {
	var b []byte
	for _, v := range []uint64{0, 1, 127, 128, math.MaxUint64} {
		b = binary.AppendUvarint(b, v)
	}
	for _, v := range []int64{0, -1, math.MinInt64, math.MaxInt64} {
		b = binary.AppendVarint(b, v)
	}
	b = append(AppendBool(AppendBool(b, true), false), 0xfe)
	for _, v := range [][]byte{nil, {}, {1, 2}} {
		b = AppendBytes(b, v)
	}
	b = AppendString(AppendString(b, ""), "häh")
	b = binary.AppendUvarint(b, 1<<16-1)
	b = append(binary.AppendUvarint(b, 2), 7, 7)

	r := NewReader(b)
	for _, v := range []uint64{0, 1, 127, 128, math.MaxUint64} {
		if got := r.Uvarint(); got != v {
			t.Errorf("uvarint %d, want %d", got, v)
		}
	}
	for _, v := range []int64{0, -1, math.MinInt64, math.MaxInt64} {
		if got := r.Varint(); got != v {
			t.Errorf("varint %d, want %d", got, v)
		}
	}
	if x, y, z := r.Bool(), r.Bool(), r.Byte(); !x || y || z != 0xfe {
		t.Error(x, y, z)
	}
	for _, v := range [][]byte{nil, {}, {1, 2}} { // nil stays nil, empty stays empty
		if got := r.Bytes(); !reflect.DeepEqual(got, v) {
			t.Errorf("bytes %#v, want %#v", got, v)
		}
	}
	if x, y := r.String(), r.String(); x != "" || y != "häh" {
		t.Errorf("%q, %q", x, y)
	}
	if got := r.UvarintBits(16); got != 1<<16-1 {
		t.Error(got)
	}
	if got := r.Count(1); got != 2 || r.Len() != 2 {
		t.Error(got, r.Len())
	}
	r.Byte()
	r.Byte()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		data string
		read func(r *Reader) any
		want error
	}{
		{"no byte", "", func(r *Reader) any { return r.Byte() }, ErrTruncated},
		{"no number", "", func(r *Reader) any { return r.Uvarint() }, ErrTruncated},
		{"half a number", "\x80\x80", func(r *Reader) any { return r.Uvarint() }, ErrTruncated},
		{"half a signed number", "\x80", func(r *Reader) any { return r.Varint() }, ErrTruncated},
		{"65 bits", strings.Repeat("\xff", 9) + "\x02", func(r *Reader) any { return r.Uvarint() }, ErrRange},
		{"65 signed bits", strings.Repeat("\xff", 9) + "\x02", func(r *Reader) any { return r.Varint() }, ErrRange},
		{"17 bits", "\x80\x80\x04", func(r *Reader) any { return r.UvarintBits(16) }, ErrRange},
		{"2 as bool", "\x02", func(r *Reader) any { return r.Bool() }, ErrMalformed},
		{"bytes that are not there", "\x04ab", func(r *Reader) any { return r.Bytes() }, ErrTruncated},
		{"2^64-2 bytes", strings.Repeat("\xff", 9) + "\x01", func(r *Reader) any { return r.Bytes() }, ErrTruncated},
		{"a string that is not there", "\x04abc", func(r *Reader) any { return r.String() }, ErrTruncated},
		{"a string of 2^64-1", strings.Repeat("\xff", 9) + "\x01", func(r *Reader) any { return r.String() }, ErrTruncated},
		{"more elements than bytes", "\x03ab", func(r *Reader) any { return r.Count(1) }, ErrTruncated},
		{"more elements than fit", "\x02abc", func(r *Reader) any { return r.Count(2) }, ErrTruncated},
		{"2^64-1 elements of nothing", strings.Repeat("\xff", 9) + "\x01", func(r *Reader) any { return r.Count(0) }, ErrTruncated},
		{"a rest", "ab", func(r *Reader) any { r.Byte(); return byte(0) }, ErrTrailing},
		{"what its caller refuses", "a", func(r *Reader) any { r.Byte(); r.Fail(ErrRange, "op %d", 9); return byte(0) }, ErrRange},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			r := NewReader([]byte(c.data))
			if v := c.read(&r); !reflect.ValueOf(v).IsZero() {
				t.Errorf("read %v", v)
			}
			if err := r.Close(); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

// After an error nothing more is read, and the first reason stays.
func TestReadersErrorsStick(t *testing.T) {
	r := NewReader([]byte("\x02\x01\x01\x01\x01\x01\x01\x01"))
	r.Bool()
	first := r.Err()
	if first == nil || r.Uvarint() != 0 || r.Varint() != 0 || r.Byte() != 0 || r.Bool() || r.Bytes() != nil || r.View() != nil || r.String() != "" || r.Count(1) != 0 {
		t.Error("reads go on after an error")
	}
	if r.Close() != first {
		t.Errorf("error %v, want %v", r.Close(), first)
	}
}

func TestBytesAreCopiedAndViewsAreNot(t *testing.T) {
	data := AppendBytes(AppendBytes(nil, []byte("abc")), []byte("def"))
	r := NewReader(data)
	copied, view := r.Bytes(), r.View()
	clear(data)
	if string(copied) != "abc" || !bytes.Equal(view, make([]byte, 3)) {
		t.Errorf("copy %q, view %q", copied, view)
	}
	if _ = append(view, 'x'); cap(view) != 3 {
		t.Error("appending to a view would write into the reader's data")
	}
}
