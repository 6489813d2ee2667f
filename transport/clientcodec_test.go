package transport

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

func clientSamples() (quorate.Request, quorate.Reply) {
	return quorate.Request{Command: quorate.Command{Client: 7, Seq: 8, Issued: time.Hour, Op: quorate.OpPutIf, Key: "key", Value: []byte("value"), Version: 3},
			Read: quorate.ReadIndex, Timeout: time.Second, Hops: 1, Attempt: 2, Seen: 9},
		quorate.Reply{Client: 7, Seq: 8, Attempt: 2, Status: quorate.Done, OK: true, Version: 4, Value: []byte("value"), Leader: 1<<16 | 2, Index: 11}
}

// FuzzClientWire: what the short way makes of bytes, and of messages, is what the codec
// makes of them.
func FuzzClientWire(f *testing.F) {
	w, err := newClientWire()
	if err != nil {
		f.Fatal(err)
	}
	request, reply := clientSamples()
	for _, m := range []any{request, reply, quorate.Request{}, quorate.Reply{}} {
		data, err := w.Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)-1])
		f.Add(append(data, 0))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		want, wantErr := w.Codec.Decode(data)
		if m, err := w.Decode(data); !reflect.DeepEqual(m, want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("decoded %+v, %v; want %+v, %v", m, err, want, wantErr)
		}
		wantReply, isReply := want.(quorate.Reply)
		if r, err := w.decodeReply(data); isReply != (err == nil) || !reflect.DeepEqual(r, wantReply) {
			t.Fatalf("reply %+v, %v; want %+v, %v", r, err, want, wantErr)
		}
		if wantErr != nil {
			return
		}
		frame, err := appendFrame(nil, w.Codec, want, len(data)+20)
		if err != nil {
			t.Fatal(err)
		}
		var short []byte
		switch m := want.(type) {
		case quorate.Request:
			short, err = w.appendRequest(nil, &m, len(data)+20)
		case quorate.Reply:
			short, err = w.appendReply(nil, &m, len(data)+20)
		}
		if err != nil || !bytes.Equal(short, frame) {
			t.Fatalf("encoded % x, %v; want % x", short, err, frame)
		}
	})
}

// Rule: what does not fit a frame is refused, and leaves what was there.
func TestClientWireLimits(t *testing.T) {
	w, err := newClientWire()
	if err != nil {
		t.Fatal(err)
	}
	request, reply := clientSamples()
	for name, encode := range map[string]func(limit int) ([]byte, error){
		"request": func(limit int) ([]byte, error) { return w.appendRequest([]byte("before"), &request, limit) },
		"reply":   func(limit int) ([]byte, error) { return w.appendReply([]byte("before"), &reply, limit) },
	} {
		whole, err := encode(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		size := len(whole) - len("before") - frameHeader
		if _, err := encode(size); err != nil {
			t.Errorf("a %s of %d bytes where as many are allowed: %v", name, size, err)
		}
		if left, err := encode(size - 1); !errors.Is(err, wire.ErrTooLarge) || string(left) != "before" {
			t.Errorf("a %s of %d bytes where %d are allowed: %q, %v", name, size, size-1, left, err)
		}
	}
	if _, err := w.decodeReply([]byte{w.request}); !errors.Is(err, errMalformed) {
		t.Errorf("a request for a reply: %v", err)
	}
}
