package paxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	b, p := quorate.NewBallot(7, 1<<16|2), quorate.NewBallot(8, 1<<16|3)
	commands := []quorate.Command{{Client: 5, Seq: 6, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
	entry := core.Entry{Slot: 4, Ballot: b, Chosen: true, Commands: commands}
	return []any{
		paxos.PreVote{Ballot: b},
		paxos.PreVoteReply{Ballot: b, OK: true, Promised: p},
		paxos.P1a{Ballot: b, From: 3},
		paxos.P1b{Ballot: b, OK: true, Promised: p, Promise: core.Promise{From: 3, Next: 5, More: true, Base: 2, Entries: []core.Entry{entry}}},
		paxos.P2a{Ballot: b, Slot: 4, Commands: commands, Commit: 3, Trim: 2},
		paxos.P2b{Ballot: b, Slot: 4, OK: true, Promised: p, Executed: 3},
		paxos.P3{Ballot: b, Commit: 5},
		paxos.Heartbeat{Ballot: b, Round: 9, Commit: 5, Trim: 2},
		paxos.HeartbeatReply{Ballot: b, Round: 9, OK: true, Promised: p, Executed: 5},
		paxos.PreVoteReply{Ballot: b, Promised: p, Leased: 300 * time.Millisecond},
		paxos.P1b{Ballot: b, Promised: p, Leased: 300 * time.Millisecond},
		paxos.Release{Ballot: b},
		paxos.CatchupRequest{From: 3},
		paxos.CatchupReply{Entries: []core.Entry{entry}, Commit: 5, Base: 2},
		paxos.Promise{Ballot: b},
		paxos.Accepted{Entry: entry},
		paxos.Trimmed{Base: 2},
	}
}

// The bytes of messages and records change only on purpose: nodes of one
// cluster, and a node and its journal, must understand each other.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }
