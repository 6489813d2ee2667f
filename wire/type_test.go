package wire

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"
)

type (
	inner struct {
		A uint8
		B []string
	}
	kind uint8
	all  struct {
		Yes   bool
		Int   int
		I8    int8
		I64   int64
		Dur   time.Duration
		Uint  uint
		U8    kind
		U16   uint16
		U64   uint64
		F32   float32
		F64   float64
		Str   string
		Bytes []byte
		Hash  [4]byte
		Kinds []kind
		Pair  [2]kind
		In    inner
		Ins   []inner
		Grid  [][]int32
		Cmd   hookCommand
		Cmds  []hookCommand
		_     struct{}
	}
)

func compile(tb testing.TB, m any) *Type {
	tb.Helper()
	t, err := Compile(reflect.TypeOf(m))
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func allSample() all {
	return all{Yes: true, Int: -1, I8: -128, I64: -1 << 63, Dur: time.Hour, Uint: 1<<64 - 1, U8: 255, U16: 1 << 15, U64: 1 << 63,
		F32: 1.5, F64: -2.25, Str: "häh", Bytes: []byte{}, Hash: [4]byte{1, 2, 3, 4}, Kinds: []kind{1, 200}, Pair: [2]kind{3, 255},
		In: inner{7, []string{"", strings.Repeat("x", 300)}}, Ins: []inner{{}, {B: []string{}}}, Grid: [][]int32{nil, {}, {-1 << 31, 1<<31 - 1}},
		Cmd: hookCommand{Key: "k", Value: []byte("v")}, Cmds: []hookCommand{{Seq: 1}, {Value: []byte{}}}}
}

func TestRoundTripEveryForm(t *testing.T) {
	for _, m := range []all{{}, allSample()} {
		kind := compile(t, m)
		data, err := kind.Append([]byte("head"), m)
		if err != nil || string(data[:4]) != "head" {
			t.Fatalf("append: %q, %v", data, err)
		}
		got, err := kind.Decode(data[4:])
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("decode: %v\n got %+v\nwant %+v", err, got, m)
		}
	}
}

func TestNames(t *testing.T) {
	kind := compile(t, inner{})
	if kind.Name() != "github.com/quorate/quorate/wire.inner" || kind.String() != "wire.inner" {
		t.Fatalf("names %q and %q", kind.Name(), kind)
	}
}

type (
	lower      struct{ hidden int }
	deepLower  struct{ In []struct{ Ok, hidden int } }
	withMap    struct{ M map[string]int }
	withPtr    struct{ In struct{ P *int } }
	withAny    struct{ A [2]any }
	withChan   struct{ C chan int }
	withFunc   struct{ F func() }
	withCplx   struct{ C complex128 }
	withUnsafe struct{ P unsafe.Pointer }
	withTime   struct{ T time.Time }
	embeds     struct{ inner }
	Outer      struct{ A int }
	embedsUp   struct{ Outer }
	promoted   struct {
		hookCommand
		Slot uint64
	}
	holdsPromoted struct{ P promoted }
	recursive     struct{ Kids []recursive }
	padded        struct{ _ [8]byte }
	blankOK       struct{ _ struct{} }
	huge          struct{ A [1 << 20]byte }
	deep          struct {
		D [][][][][][][][][][][][][][][][]int
	}
	marshaler    struct{ M oldMarshaler }
	oldMarshaler struct{ A int }
	tagged       struct {
		A int `json:"-"`
		B int `codec:"-,omitempty"`
	}
)

func (oldMarshaler) MarshalBinary() ([]byte, error) { return nil, nil }
func (*oldMarshaler) UnmarshalBinary([]byte) error  { return nil }

func TestCompileRefusesWithTheFieldsPath(t *testing.T) {
	for _, c := range []struct {
		m    any
		want string
	}{
		{lower{hidden: 1}, "field hidden: unexported"},
		{deepLower{}, "field In[].hidden: unexported"},
		{withMap{}, "field M: map"},
		{withPtr{}, "field In.P: pointer"},
		{withAny{}, "field A[]: interface"},
		{withChan{}, "field C: chan"},
		{withFunc{}, "field F: func"},
		{withCplx{}, "field C: complex128"},
		{withUnsafe{}, "field P: unsafe.Pointer"},
		{withTime{}, "field T: time.Time"},
		{embeds{}, "field inner: unexported"},
		{embedsUp{}, "field Outer: embedded"},
		{promoted{}, "field hookCommand: embedded field whose AppendBinary"},
		{holdsPromoted{}, "field P.hookCommand: embedded"},
		{recursive{}, "field Kids[]: type wire.recursive contains itself"},
		{padded{}, "field _: unexported"},
		{huge{}, "takes 1048576 bytes"},
		{deep{}, "nests 17 levels"},
		{marshaler{}, "field M: type wire.oldMarshaler has MarshalBinary"},
		{7, "not a named struct"},
		{nil, "not a named struct"},
		{struct{ A int }{}, "not a named struct"},
		{&inner{}, "not a named struct"},
	} {
		_, err := Compile(reflect.TypeOf(c.m))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: error %v, want %q", c.m, err, c.want)
		}
	}
	if _, err := Compile(reflect.TypeFor[blankOK]()); err != nil {
		t.Error(err)
	}
}

// The library would drop a field that is tagged for JSON.
func TestFieldTagsMeanNothing(t *testing.T) {
	kind, m := compile(t, tagged{}), tagged{1, 2}
	data, err := kind.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := kind.Decode(data); err != nil || got != m {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestAppendRefusesAnotherType(t *testing.T) {
	kind := compile(t, inner{})
	for _, m := range []any{nil, 7, &inner{}, all{}} {
		dst, err := kind.Append([]byte("x"), m)
		if err == nil || string(dst) != "x" || !strings.Contains(err.Error(), "wire.inner") {
			t.Errorf("%T: %q, %v", m, dst, err)
		}
	}
}

// A decoder that reuses a struct keeps old elements and writes into slices that
// an earlier message still owns.
func TestDecodedMessagesShareNothing(t *testing.T) {
	kind := compile(t, inner{})
	full, _ := kind.Append(nil, inner{9, []string{"a", "b", "c"}})
	short, _ := kind.Append(nil, inner{1, []string{"z"}})
	first, err := kind.Decode(full)
	if err != nil {
		t.Fatal(err)
	}
	clear(full) // nor with the frame
	second, err := kind.Decode(short)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, inner{9, []string{"a", "b", "c"}}) || !reflect.DeepEqual(second, inner{1, []string{"z"}}) {
		t.Fatalf("first %+v, second %+v", first, second)
	}
	hooks := compile(t, hookCommand{})
	long, _ := hooks.Append(nil, hookCommand{Key: "k", Value: []byte("abc")})
	if first, err = hooks.Decode(long); err != nil || !reflect.DeepEqual(first, hookCommand{Key: "k", Value: []byte("abc")}) {
		t.Fatal(first, err)
	}
	data, err := compile(t, all{}).Append(nil, all{Bytes: []byte("abc")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := compile(t, all{}).Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if b := got.(all).Bytes; string(b) != "abc" {
		t.Fatalf("bytes alias the frame: %q", b)
	}
}

// The pool is left out: the race detector empties it at random.
func TestEncodingAllocatesNothing(t *testing.T) {
	plain, hooked := benchCommands(4)
	for _, m := range []any{benchVote{Slot: 1 << 40}, benchAccept{Commands: plain}, hookEachAccept{Commands: hooked}} {
		kind := compile(t, m)
		c := newCoder(kind.t, kind.shape)
		buf := make([]byte, 0, 4096)
		v := reflect.ValueOf(m)
		if n := testing.AllocsPerRun(100, func() { buf, _ = c.encode(buf[:0], v) }); n != 0 {
			t.Errorf("%T: %v allocations", m, n)
		}
	}
}
