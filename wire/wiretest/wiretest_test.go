package wiretest_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/quorate/quorate/wire"
	"github.com/quorate/quorate/wire/wiretest"
)

type vote struct {
	Ballot uint64
	Voter  string
}

type values struct {
	Slot   uint64
	Values [][]byte
}

// packed writes its own bytes.
type packed struct {
	A uint64
	B []byte
}

func (p *packed) AppendBinary(dst []byte) ([]byte, error) {
	return wire.AppendBytes(binary.AppendUvarint(dst, p.A), p.B), nil
}

func (p *packed) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	p.A, p.B = r.Uvarint(), r.Bytes()
	return r.Close()
}

func samples() []any {
	return []any{
		vote{1<<32 | 1<<16 | 2, "1.2"},
		values{7, [][]byte{[]byte("one"), {}, nil}},
		values{1 << 60, [][]byte{make([]byte, 300)}},
		packed{300, []byte("abc")},
	}
}

func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/golden.txt", samples()...) }

func FuzzDecode(f *testing.F) { wiretest.Fuzz(f, samples()...) }

// A missing file is written; a changed one is an error that shows the line.
func TestGoldenNoticesAChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sub", "golden.txt")
	if r := try(func(tb *recorder) { wiretest.Compare(tb, file, "a\nb\n") }); !strings.Contains(r, "was missing and is written now") {
		t.Error(r)
	}
	if r := try(func(tb *recorder) { wiretest.Compare(tb, file, "a\nb\n") }); r != "" {
		t.Error(r)
	}
	if r := try(func(tb *recorder) { wiretest.Compare(tb, file, "a\nc\n") }); !strings.Contains(r, "golden.txt:2: the wire has changed\n got c\nwant b") {
		t.Error(r)
	}
	if r := try(func(tb *recorder) { wiretest.Compare(tb, file, "a\nb\nc\n") }); !strings.Contains(r, "golden.txt:3") {
		t.Error(r)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "a\nb\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// Hooks with the classic faults.
type (
	forgetful struct{ A, B byte } // does not write B
	careless  struct{ A byte }    // panics on short data
	generous  struct{ A byte }    // ignores a rest
	lenient   struct{ A byte }    // takes short data
	refuser   struct{ A byte }    // decodes what it does not encode
	restless  struct{ A byte }    // encodes in two ways
)

func (f *forgetful) AppendBinary(dst []byte) ([]byte, error) { return append(dst, f.A), nil }
func (f *forgetful) UnmarshalBinary(data []byte) error       { f.A = data[0]; return nil }

func (c *careless) AppendBinary(dst []byte) ([]byte, error) { return append(dst, c.A), nil }
func (c *careless) UnmarshalBinary(data []byte) error       { c.A = data[0]; return nil }

func (g *generous) AppendBinary(dst []byte) ([]byte, error) { return append(dst, g.A), nil }
func (g *generous) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	g.A = r.Byte()
	return r.Err()
}

func (l *lenient) AppendBinary(dst []byte) ([]byte, error) { return append(dst, l.A), nil }
func (l *lenient) UnmarshalBinary(data []byte) error {
	if len(data) > 0 {
		l.A = data[0]
	}
	return nil
}

func (x *refuser) AppendBinary(dst []byte) ([]byte, error) {
	if x.A > 200 {
		return nil, errors.New("too much")
	}
	return append(dst, x.A), nil
}
func (x *refuser) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	x.A = r.Byte()
	return r.Close()
}

func (x *restless) AppendBinary(dst []byte) ([]byte, error) { return append(dst, x.A), nil }
func (x *restless) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	if x.A = r.Byte(); x.A > 100 {
		x.A--
	}
	return r.Close()
}

func TestCheckFindsTheClassicFaults(t *testing.T) {
	for _, c := range []struct {
		m    any
		want string
	}{
		{forgetful{1, 2}, "does not survive the wire"},
		{careless{1}, "panic in UnmarshalBinary"},
		{generous{1}, "with a byte too much decodes"},
		{lenient{1}, "cut at byte 0 of 1 decodes"},
		{refuser{1}, "does not encode: encode wiretest_test.refuser: too much"},
		{restless{1}, "encodes as"},
		{struct{ A int }{}, "not a named struct"},
	} {
		if r := try(func(tb *recorder) { wiretest.Check(tb, c.m) }); !strings.Contains(r, c.want) {
			t.Errorf("%T: %q, want %q", c.m, r, c.want)
		}
	}
	if r := try(func(tb *recorder) { wiretest.Check(tb, packed{1, nil}) }); r != "" {
		t.Error(r)
	}
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Helper()           {}
func (r *recorder) Fatal(args ...any) { r.text += fmt.Sprint(args...); runtime.Goexit() }
func (r *recorder) Fatalf(format string, a ...any) {
	r.text += fmt.Sprintf(format, a...)
	runtime.Goexit()
}
func (r *recorder) Errorf(format string, a ...any) { r.text += fmt.Sprintf(format, a...) }

// try returns what a test that runs f reports.
func try(f func(tb *recorder)) string {
	r, done := &recorder{}, make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.text
}
