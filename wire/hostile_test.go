package wire

import (
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

type (
	oneBool   struct{ V bool }
	oneInt    struct{ V int }
	oneInt8   struct{ V int8 }
	oneInt16  struct{ V int16 }
	oneInt32  struct{ V int32 }
	oneUint   struct{ V uint }
	oneUint8  struct{ V uint8 }
	oneUint16 struct{ V uint16 }
	oneUint32 struct{ V uint32 }
	oneF32    struct{ V float32 }
	oneF64    struct{ V float64 }
	oneStr    struct{ V string }
	oneBytes  struct{ V []byte }
	oneFixed  struct{ V [3]byte }
	oneArray  struct{ V [2]int }
	oneSlice  struct{ V []int }
	oneList   struct{ V []inner }
	oneHook   struct{ V hookCommand }
	twoInts   struct{ A, B int }
	nothing   struct{}
	nested    struct{ V [][][]string }
)

const max32 = "\xff\xff\xff\xff"

// hostile is bytes as an attacker, a broken disk or another version would send
// them, with the reason to refuse them.
type hostile struct {
	name string
	m    any
	data string
	want error
	says string
}

// hostileEnds ends too early or too late.
func hostileEnds() []hostile {
	return []hostile{
		{"nothing at all", oneInt{}, "", ErrTruncated, "at byte 0"},
		{"a header without a body", oneInt{}, "\x91", ErrTruncated, "field V"},
		{"half a number", oneUint{}, "\x91\xcf\x00\x00", ErrTruncated, "field V"},
		{"half a string", oneStr{}, "\x91\xa5abc", ErrTruncated, "field V"},
		{"a length without its bytes", oneStr{}, "\x91\xdb\x00", ErrTruncated, "field V"},
		{"bytes after the message", oneInt{}, "\x91\x05\x00", ErrTrailing, "1 left"},
		{"two messages", oneInt{}, "\x91\x05\x91\x05", ErrTrailing, "2 left"},
	}
}

// hostileCounts has another number of parts than its type.
func hostileCounts() []hostile {
	return []hostile{
		{"too few fields", twoInts{}, "\x91\x05", ErrMalformed, "1 fields, want 2"},
		{"too many fields", twoInts{}, "\x93\x05\x05\x05", ErrMalformed, "3 fields, want 2"},
		{"no fields", twoInts{}, "\x90", ErrMalformed, "0 fields, want 2"},
		{"a field where none is", nothing{}, "\x91\x05", ErrMalformed, "1 fields, want 0"},
		{"too few elements", oneArray{}, "\x91\x91\x01", ErrMalformed, "1 elements, want 2"},
		{"too many elements", oneArray{}, "\x91\x93\x01\x02\x03", ErrMalformed, "3 elements, want 2"},
		{"too few bytes of a fixed array", oneFixed{}, "\x91\xc4\x02ab", ErrMalformed, "2 bytes, want 3"},
		{"too many bytes of a fixed array", oneFixed{}, "\x91\xc4\x04abcd", ErrMalformed, "4 bytes, want 3"},
		{"nil for a fixed array", oneFixed{}, "\x91\xc0", ErrMalformed, ""},
	}
}

// hostileNumbers holds numbers that do not fit their fields.
func hostileNumbers() []hostile {
	return []hostile{
		{"2^64-1 into int, which the library reads as -1", oneInt{}, "\x91\xcf" + max32 + max32, ErrRange, "18446744073709551615 is no int64"},
		{"2^63 into int", oneInt{}, "\x91\xcf\x80\x00\x00\x00\x00\x00\x00\x00", ErrRange, ""},
		{"128 into int8", oneInt8{}, "\x91\xcc\x80", ErrRange, "128 is no int8"},
		{"-129 into int8", oneInt8{}, "\x91\xd1\xff\x7f", ErrRange, "-129 is no int8"},
		{"2^15 into int16", oneInt16{}, "\x91\xcd\x80\x00", ErrRange, ""},
		{"2^31 into int32", oneInt32{}, "\x91\xce\x80\x00\x00\x00", ErrRange, ""},
		{"-2^31-1 into int32", oneInt32{}, "\x91\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", ErrRange, ""},
		{"-1 into uint", oneUint{}, "\x91\xff", ErrRange, "-1 is no uint64"},
		{"-1 in eight bytes into uint", oneUint{}, "\x91\xd3" + max32 + max32, ErrRange, "-1 is no uint64"},
		{"256 into uint8", oneUint8{}, "\x91\xcd\x01\x00", ErrRange, "256 is no uint8"},
		{"2^16 into uint16", oneUint16{}, "\x91\xce\x00\x01\x00\x00", ErrRange, ""},
		{"2^32 into uint32", oneUint32{}, "\x91\xcf\x00\x00\x00\x01\x00\x00\x00\x00", ErrRange, ""},
	}
}

// hostileForms has another form than its field; the library takes some of it for something else.
func hostileForms() []hostile {
	return []hostile{
		{"the reserved byte", oneInt{}, "\x91\xc1", ErrMalformed, "0xc1"},
		{"a float into uint", oneUint{}, "\x91\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", ErrMalformed, ""},
		{"an int into float64", oneF64{}, "\x91\x01", ErrMalformed, ""},
		{"a float64 into float32", oneF32{}, "\x91\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", ErrMalformed, ""},
		{"a float32 into float64", oneF64{}, "\x91\xca\x3f\x80\x00\x00", ErrMalformed, ""},
		{"0 as bool", oneBool{}, "\x91\x00", ErrMalformed, ""},
		{"nil as bool", oneBool{}, "\x91\xc0", ErrMalformed, ""},
		{"nil as number", oneInt{}, "\x91\xc0", ErrMalformed, ""},
		{"nil as string", oneStr{}, "\x91\xc0", ErrMalformed, ""},
		{"nil as message", oneInt{}, "\xc0", ErrMalformed, ""},
		{"nil as element", oneList{}, "\x91\x92\xc0\x92\x00\xc0\xc0", ErrTruncated, ""},
		{"bytes as string", oneStr{}, "\x91\xc4\x01a", ErrMalformed, ""},
		{"string as bytes", oneBytes{}, "\x91\xa1a", ErrMalformed, ""},
		{"array as bytes", oneBytes{}, "\x91\x91\x01", ErrMalformed, ""},
		{"map as message", oneInt{}, "\x81\xa1V\x05", ErrMalformed, ""},
		{"map as slice", oneSlice{}, "\x91\x81\x01\x02", ErrMalformed, ""},
		{"an int8 that the library reads as an array of 64", oneSlice{}, "\x91\xd0" + strings.Repeat("\x00", 64), ErrMalformed, "0xd0"},
		{"time extension as number", oneInt{}, "\x91\xd6\xff\x00\x00\x00\x00", ErrMalformed, ""},
		{"a foreign extension", oneHook{}, "\x91\xc7\x07\x05\x00\x00\x00\x00\x00\x00\x00", ErrMalformed, "extension 5, want 1"},
		{"no extension", oneHook{}, "\x91\x05", ErrMalformed, ""},
		{"half an extension", oneHook{}, "\x91\xc7\x07\x01\x00", ErrTruncated, ""},
		{"an extension of 4 GiB", oneHook{}, "\x91\xc9" + max32 + "\x01", ErrTruncated, ""},
		{"an extension that its type refuses", oneHook{}, "\x91\xd4\x01\x00", ErrTruncated, ""},
		{"an extension with a rest", oneHook{}, "\x91\xd7\x01" + strings.Repeat("\x00", 8), ErrTrailing, ""},
	}
}

// hostileLengths announces more than it has, or more than the limits allow.
func hostileLengths() []hostile {
	million := func(header, body string) string {
		n := binary.BigEndian.AppendUint32([]byte(header), 1e6)
		return string(n) + strings.Repeat(body, 1e6)
	}
	return []hostile{
		{"a string of 4 GiB", oneStr{}, "\x91\xdb" + max32, ErrTruncated, ""},
		{"bytes of 4 GiB", oneBytes{}, "\x91\xc6" + max32, ErrTruncated, ""},
		{"an array of 2^32-1", oneSlice{}, "\x91\xdd" + max32, ErrTruncated, "4294967295 elements"},
		{"an array of 65535", oneList{}, "\x91\xdc\xff\xff", ErrTruncated, "65535 elements"},
		{"a map of 2^32-1", oneSlice{}, "\x91\xdf" + max32, ErrMalformed, ""},
		{"a message of 2^32-1 fields", oneInt{}, "\xdd" + max32, ErrMalformed, "4294967295 fields"},
		{"huge arrays in huge arrays", nested{}, "\x91" + strings.Repeat("\xdd\x00\x00\xff\xff", 2000), ErrTruncated, ""},
		{"a million nested arrays", nested{}, strings.Repeat("\x91", 1e6), ErrMalformed, "field V[0][0][0]"},
		{"a million nested maps", oneSlice{}, strings.Repeat("\x81", 1e6), ErrMalformed, ""},
		{"a million nils as structs", oneList{}, "\x91" + million("\xdd", "\xc0"), ErrTruncated, "1000000 elements of at least 3 bytes"},
		{"two million strings", oneStrings{}, "\x91\xdd\x00\x1e\x84\x80" + strings.Repeat("\xa0", 2e6), ErrTooLarge, "951424 more elements"},
		{"two million in pieces", nested{}, "\x91\x91\x92" + strings.Repeat(million("\xdd", "\xa0"), 2), ErrTooLarge, "field V[0][1]"},
	}
}

// The library alone accepts many of these, reads others as something else, and
// reserves memory for what is only announced.
func TestHostileBytes(t *testing.T) {
	for _, c := range slices.Concat(hostileEnds(), hostileCounts(), hostileNumbers(), hostileForms(), hostileLengths()) {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			kind := compile(t, c.m)
			kind.Decode([]byte("\x90")) // fills the pool
			var err error
			used := allocated(func() { _, err = kind.Decode([]byte(c.data)) })
			var e *Error
			if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Type != kind.String() || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v saying %q", err, c.want, c.says)
			}
			if limit := uint64(64<<10 + len(c.data)); used > limit { // the conversion above is the length
				t.Errorf("%d bytes allocated for %d", used, len(c.data))
			}
		})
	}
}

type oneStrings struct{ V []string }

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// The library reads a value above 256 KiB in steps and copies it at each: 64 MiB
// cost 8 GiB. Here the length is known to be true and read at once.
func TestLargeValuesAreReadAtOnce(t *testing.T) {
	kind := compile(t, oneBytes{})
	m := oneBytes{make([]byte, 8<<20)}
	data, err := kind.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	if used := allocated(func() { _, err = kind.Decode(data) }); err != nil || used > 9<<20 {
		t.Errorf("%d bytes allocated for %d: %v", used, len(data), err)
	}
	list := compile(t, oneSlice{})
	many, err := list.Append(nil, oneSlice{make([]int, 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	if used := allocated(func() { _, err = list.Decode(many) }); err != nil || used > 9<<20 {
		t.Errorf("%d bytes allocated for %d integers: %v", used, 1<<20, err)
	}
}

// A coder goes back to the pool after an error: what it half read must not
// show in the next message, and the error must not stick.
func TestErrorsLeaveNothingBehind(t *testing.T) {
	for _, c := range []struct {
		good any
		bad  string
	}{
		{moody{3, true, []int{7}}, "\x03\x02\x09\x00"},
		{holdsMoody{[]moody{{1, true, []int{4}}, {2, true, []int{5}}}}, "\x91\x92\xc7\x02\x01\x01\x01\xd5\x01\x09\x00"},
	} {
		kind := compile(t, c.good)
		data, err := kind.Append(nil, c.good)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if _, err := kind.Decode([]byte(c.bad)); err == nil {
				t.Fatal("the bad bytes pass")
			}
			if got, err := kind.Decode(data); err != nil || !reflect.DeepEqual(got, c.good) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if _, ok := c.good.(holdsMoody); !ok {
				continue
			}
			if _, err := kind.Append(nil, holdsMoody{make([]moody, 2)}); !errors.Is(err, errStubborn) {
				t.Fatal(err)
			}
			if again, err := kind.Append(nil, c.good); err != nil || string(again) != string(data) {
				t.Fatalf("% x, %v", again, err)
			}
		}
	}
}

// moody writes its own bytes if it likes to.
type moody struct {
	N    byte
	Good bool
	Rest []int
}

type holdsMoody struct{ M []moody }

func (m *moody) AppendBinary(dst []byte) ([]byte, error) {
	if !m.Good {
		return nil, errStubborn
	}
	dst = AppendBool(append(dst, m.N), true)
	for _, v := range m.Rest {
		dst = append(dst, byte(v))
	}
	return dst, nil
}

func (m *moody) UnmarshalBinary(data []byte) error {
	r := NewReader(data)
	m.N = r.Byte()
	m.Good = r.Bool()
	if !m.Good {
		r.Fail(ErrMalformed, "in a bad mood")
	}
	for r.Len() > 0 && r.Err() == nil {
		m.Rest = append(m.Rest, int(r.Byte())) // shows what an earlier message left
	}
	return r.Close()
}

type (
	bomb      struct{ A int }
	holdsBomb struct {
		Before int
		B      bomb
	}
	stubborn   struct{ A int }
	holdsStubs struct{ S []stubborn }
)

func (*bomb) AppendBinary(dst []byte) ([]byte, error) { return append(dst, 1), nil }
func (*bomb) UnmarshalBinary(data []byte) error       { _ = data[len(data)]; return nil }

func (*stubborn) AppendBinary(dst []byte) ([]byte, error) { return nil, errStubborn }
func (*stubborn) UnmarshalBinary(data []byte) error       { return errStubborn }

var errStubborn = errors.New("stubborn")

func TestPanicsAndErrorsOfHooks(t *testing.T) {
	for _, m := range []any{bomb{}, holdsBomb{}} {
		kind := compile(t, m)
		data, err := kind.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kind.Decode(data); !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "UnmarshalBinary of *wire.bomb") {
			t.Errorf("%T: %v", m, err)
		}
	}
	for _, m := range []any{stubborn{}, holdsStubs{make([]stubborn, 1)}} {
		kind := compile(t, m)
		if out, err := kind.Append([]byte("x"), m); !errors.Is(err, errStubborn) || string(out) != "x" {
			t.Errorf("append %T: %q, %v", m, out, err)
		}
		if _, err := kind.Decode([]byte("\x91\x91\xd4\x01\x00")); !errors.Is(err, errStubborn) || !errors.Is(err, ErrMalformed) {
			t.Errorf("decode %T: %v", m, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	samples := []any{all{}, allSample(), benchVote{}, nested{}, oneHook{}, hookBatchAccept{Commands: hookCommands{{Key: "k"}}}, nothing{}}
	c := mustCodec(f, samples...)
	for _, m := range samples {
		data, err := c.Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := c.Decode(data)
		if errors.Is(err, ErrPanic) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		again, err := c.Append(nil, m)
		if err != nil {
			t.Fatalf("%+v decodes and does not encode: %v", m, err)
		}
		twice, err := c.Decode(again)
		if err != nil {
			t.Fatalf("%+v: %v", m, err)
		}
		if third, err := c.Append(nil, twice); err != nil || string(third) != string(again) {
			t.Fatalf("% x becomes % x: %v", again, third, err)
		}
	})
}
