package trex_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex"
	wire "github.com/quorate/quorate/trex/core"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	b, p := quorate.NewBallot(7, 1<<16|2), quorate.NewBallot(8, 1<<16|3)
	commands := []quorate.Command{{Client: 5, Seq: 6, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
	entry := core.Entry{Slot: 4, Ballot: b, Chosen: true, Commands: commands}
	progress := wire.Progress{Promised: p, Committed: 3}
	return []any{
		wire.Prepare{Ballot: b, Slot: 4},
		wire.PrepareReply{Ballot: b, Slot: 4, OK: true, Reason: wire.ReasonCommitted, Progress: progress, CommitBallot: b, End: 6, Heartbeat: wire.Heartbeat{Ballot: b, Seq: 9}, Accepted: entry},
		wire.Accept{Ballot: b, Slot: 4, Commands: commands, Committed: 3},
		wire.AcceptReply{Ballot: b, Slot: 4, OK: true, Reason: wire.ReasonBallot, Progress: progress},
		wire.Commit{Ballot: b, Seq: 9, Committed: 5},
		wire.RetransmitRequest{From: 3},
		wire.RetransmitResponse{Entries: []core.Entry{entry}, Committed: 5},
		wire.Behind{Oldest: 2, Committed: 5},
		wire.LeaderCheck{Ballot: b, Round: 9},
		wire.LeaderCheckReply{Ballot: b, Round: 9, OK: true, Progress: progress},
		wire.PrepareReply{Ballot: b, Slot: 4, Reason: wire.ReasonLease, Progress: progress, Leased: 300 * time.Millisecond},
		wire.Release{Ballot: b},
		trex.Progress{Promised: b, Committed: 3},
		trex.Accepted{Entry: entry},
		trex.Trimmed{Base: 2},
	}
}

// The bytes of messages and records change only on purpose: nodes of one
// cluster, and a node and its journal, must understand each other.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }
