package quorate_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	id, _ := quorate.NewID(2, 3)
	full := quorate.Command{Client: 1<<64 - 2, Seq: 7, Issued: 1700000000 * time.Second, Op: quorate.OpPutIf, Key: "k\x00ey", Value: []byte{0, 255}, Version: 1<<64 - 1}
	return []any{
		quorate.Command{},
		quorate.Command{Op: quorate.OpPut, Key: "k", Value: []byte{}, Issued: -1},
		full,
		quorate.Request{Command: full, Read: quorate.ReadIndex, Timeout: 3 * time.Second, Hops: 2, Attempt: 4},
		quorate.Request{Command: quorate.Command{Op: quorate.OpGet}, Read: quorate.ReadTimeline, Seen: 1 << 40, Timeout: 1},
		quorate.Reply{},
		quorate.Reply{Client: 9, Seq: 8, Attempt: 4, Status: quorate.Unknown, Reason: quorate.ReasonExpired, OK: true, Version: 5,
			Value: []byte("v"), Leader: id, Stale: true, Index: 1 << 40},
		quorate.StateRequest{Serial: 11, Index: 1},
		quorate.StateChunk{Serial: 11, Index: 1, Upto: 5, Until: 6, Parts: []quorate.StatePart{{Key: "k", Data: []byte("state"), More: true}}, Last: true},
		quorate.KeyState{Key: "k", Data: []byte("state"), Upto: 7},
	}
}

func TestBinary(t *testing.T) { wiretest.Golden(t, "testdata/binary.txt", samples()...) }

func FuzzBinary(f *testing.F) { wiretest.Fuzz(f, samples()...) }
