package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func frame(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// Frames come out as they went in, however the stream is cut into reads.
func TestFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want [][]byte
		for _, size := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, 200_000)), 0, 8).Draw(t, "sizes") {
			body := bytes.Repeat([]byte{byte(size)}, size)
			want = append(want, body)
			stream = append(stream, frame(body)...)
		}
		var src io.Reader = bytes.NewReader(stream)
		switch rapid.IntRange(0, 2).Draw(t, "reader") {
		case 1:
			src = iotest.HalfReader(src)
		case 2:
			src = iotest.DataErrReader(src)
		}
		f := newFrameReader(src, 200_000)
		for i, body := range want {
			got, err := f.next()
			if err != nil || !bytes.Equal(got, body) {
				t.Fatalf("frame %d of %d bytes: %d bytes, %v", i, len(body), len(got), err)
			}
		}
		if f.ready() {
			t.Fatal("ready after the last frame")
		}
		if _, err := f.next(); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

func TestFrameReaderBatches(t *testing.T) {
	reads := 0
	src := bytes.NewReader(bytes.Repeat(frame(make([]byte, 100)), 10_000))
	f := newFrameReader(readerFunc(func(p []byte) (int, error) {
		reads++
		return src.Read(p)
	}), 1000)
	for range 10_000 {
		if _, err := f.next(); err != nil {
			t.Fatal(err)
		}
	}
	if reads > 30 {
		t.Errorf("%d reads for 1 MB", reads)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestBadFrames(t *testing.T) {
	for _, test := range []struct {
		name   string
		stream string
		want   error
	}{
		{"nothing", "", io.EOF},
		{"half a length", "\x00\x00", io.ErrUnexpectedEOF},
		{"only a length", "\x00\x00\x00\x05", io.ErrUnexpectedEOF},
		{"half a body", "\x00\x00\x00\x05ab", io.ErrUnexpectedEOF},
		{"empty", "\x00\x00\x00\x00", errMalformed},
		{"one too large", "\x00\x00\x00\x65", errMalformed},
		{"all ones", "\xff\xff\xff\xff", errMalformed},
	} {
		f := newFrameReader(strings.NewReader(test.stream), 100)
		if _, err := f.next(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// A length alone reserves nothing: the buffer grows with what has arrived.
func TestLengthsReserveNothing(t *testing.T) {
	const limit = 1 << 30
	stream := append(binary.BigEndian.AppendUint32(nil, limit), make([]byte, 100_000)...)
	f := newFrameReader(bytes.NewReader(stream), limit)
	if _, err := f.next(); err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	if len(f.buf) > 4*len(stream) {
		t.Errorf("a buffer of %d bytes for %d that arrived", len(f.buf), len(stream))
	}
}

// A large frame does not leave a large buffer behind.
func TestBufferShrinks(t *testing.T) {
	stream := append(frame(make([]byte, 1<<20)), frame([]byte("x"))...)
	f := newFrameReader(iotest.OneByteReader(bytes.NewReader(stream)), 1<<20)
	for range 2 {
		if _, err := f.next(); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.buf) > readBuffer {
		t.Errorf("a buffer of %d bytes after a large frame", len(f.buf))
	}
}

func TestAppendFrame(t *testing.T) {
	c, err := clientCodec()
	if err != nil {
		t.Fatal(err)
	}
	dst := []byte("before")
	if out, err := appendFrame(dst, c, "no message", 100); err == nil || string(out) != "before" {
		t.Errorf("a string: %q, %v", out, err)
	}
	if out, err := appendFrame(dst, c, request(200), 100); err == nil || string(out) != "before" {
		t.Errorf("too large: %q, %v", out, err)
	}
	out, err := appendFrame(dst, c, request(10), 100)
	if err != nil {
		t.Fatal(err)
	}
	body, err := newFrameReader(bytes.NewReader(out[len("before"):]), 100).next()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := c.Decode(body); err != nil {
		t.Errorf("%+v, %v", m, err)
	}
}

// FuzzFrames feeds arbitrary bytes: no panic, no frame beyond the limit, and
// memory in proportion to the input.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01a\x00\x00\x00\x02bc"), 10)
	f.Add([]byte("\xff\xff\xff\xff"), 1<<20)
	f.Add([]byte("\x00\x00\x00\x00"), 3)
	f.Fuzz(func(t *testing.T, stream []byte, limit int) {
		limit = max(1, limit%(1<<24))
		r := newFrameReader(bytes.NewReader(stream), limit)
		var joined []byte
		for {
			body, err := r.next()
			if err != nil {
				break
			}
			if len(body) == 0 || len(body) > limit {
				t.Fatalf("a frame of %d bytes, limit %d", len(body), limit)
			}
			joined = append(joined, frame(body)...)
		}
		if !bytes.HasPrefix(stream, joined) {
			t.Fatal("the frames are not what the stream holds")
		}
		if len(r.buf) > 4*len(stream)+firstBuffer {
			t.Fatalf("a buffer of %d bytes for a stream of %d", len(r.buf), len(stream))
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	const frames = 1000
	stream := bytes.Repeat(frame(make([]byte, 140)), frames)
	b.ReportAllocs()
	b.SetBytes(int64(len(stream)))
	src := bytes.NewReader(nil)
	for b.Loop() {
		src.Reset(stream)
		f := newFrameReader(src, 1000)
		for range frames {
			if _, err := f.next(); err != nil {
				b.Fatal(err)
			}
		}
	}
}
