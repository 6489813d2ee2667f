package wpaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire/wiretest"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/near"
)

// samples are the messages and records that are not in package post.
func samples() []any {
	b, p := quorate.NewBallot(7, 1<<16|2), quorate.NewBallot(8, 2<<16|1)
	commands := []quorate.Command{{Client: 5, Seq: 6, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
	entries := []core.Entry{{Slot: 8, Ballot: b, Chosen: true, Commands: commands}, {Slot: 9, Ballot: p, Commands: commands}}
	heads := []fetch.Head{{Key: "k", Commit: 10}, {Key: "l", Commit: 1 << 40}}
	return []any{
		wpaxos.HandOver{Key: "k", Ballot: b},
		wpaxos.P1a{Key: "k", Ballot: b, From: 8},
		wpaxos.P1b{Key: "k", Ballot: b, OK: true, Promised: b, Promise: core.Promise{From: 8, Next: 10, Base: 2, Entries: entries}},
		wpaxos.P1b{Key: "k", Ballot: b, OK: true, Promised: b, Upto: 8, State: []byte("state")},
		wpaxos.P1b{Key: "k", Ballot: b, Promised: p},
		fetch.Beat{Heads: heads},
		fetch.Census{At: 1024},
		fetch.CensusReply{Life: 77, At: 1024, Next: 2048, Heads: heads},
		near.Ping{At: time.Hour},
		near.Pong{At: time.Hour, Trips: []time.Duration{0, 80 * time.Millisecond}},
		fetch.CatchupRequest{Key: "k", From: 8, Upto: 10, Offset: 1 << 20},
		fetch.CatchupReply{Key: "k", Commit: 10, Entries: entries[:1]},
		fetch.CatchupReply{Key: "k", Commit: 10, Upto: 9, Offset: 7, State: []byte("state"), More: true},
		wpaxos.Promise{Key: "k", Ballot: b},
		wpaxos.Accepted{Key: "k", Entry: entries[1]},
		wpaxos.Trimmed{Key: "k", Base: 8, Ballot: b},
	}
}

// The bytes of messages and records change only on purpose: nodes of one cluster,
// and a node and its journal, must understand each other.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }
