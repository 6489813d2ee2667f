package claims_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/readmit"
	"github.com/quorate/quorate/trex"
	"github.com/quorate/quorate/trex/claims"
	wire "github.com/quorate/quorate/trex/core"
)

var b1, b2 = quorate.NewBallot(1, 0x10001), quorate.NewBallot(2, 0x10002)

func put(key string) []quorate.Command { return []quorate.Command{{Op: quorate.OpPut, Key: key}} }

// text writes claims so that a test can name them.
func text(claims []quorate.Claim) string {
	var words []string
	for _, c := range claims {
		w := c.Kind.String()
		if c.Ballot != 0 {
			w += fmt.Sprint(" ", c.Ballot)
		}
		switch c.Kind {
		case quorate.ClaimCommitted, quorate.ClaimTrimmed:
			w += fmt.Sprint(" <", c.Upto)
		case quorate.ClaimPromise:
			w += fmt.Sprintf(" [%v,%v)", c.Slot, c.Upto)
		case quorate.ClaimFollow:
		default:
			w += fmt.Sprint(" ", c.Slot)
		}
		for _, cmd := range c.Commands {
			w += " " + cmd.Key
		}
		if c.Final {
			w += " final"
		}
		words = append(words, w)
	}
	return strings.Join(words, "; ")
}

func TestClaims(t *testing.T) {
	accepted := core.Entry{Slot: 5, Ballot: b1, Commands: put("x")}
	learnt := core.Entry{Slot: 6, Ballot: b1, Chosen: true, Commands: put("y")}
	at := wire.Progress{Promised: b2, Committed: 4}
	for _, c := range []struct {
		m    any
		want string
	}{
		{wire.Prepare{Ballot: b1, Slot: 4}, "prepare 1@1.1 4"},
		{wire.PrepareReply{Ballot: b2, Slot: 5, OK: true, Progress: at, End: 7, Accepted: accepted},
			"promise 2@1.2 [5,6); report 1@1.1 5 x; promise 2@1.2 [7,0) final; committed <4"},
		{wire.PrepareReply{Ballot: b2, Slot: 6, OK: true, Progress: at, End: 7, Accepted: learnt},
			"promise 2@1.2 [6,7); chosen 1@1.1 6 y; promise 2@1.2 [7,0) final; committed <4"},
		{wire.PrepareReply{Ballot: b2, Slot: 9, OK: true, Progress: at, End: 7}, "promise 2@1.2 [9,10); promise 2@1.2 [10,0) final; committed <4"},
		{wire.Accept{Ballot: b1, Slot: 7, Commands: put("z"), Committed: 5}, "propose 1@1.1 7 z; committed 1@1.1 <5"},
		{wire.AcceptReply{Ballot: b1, Slot: 7, OK: true, Progress: at}, "vote 1@1.1 7; committed <4"},
		{wire.Commit{Ballot: b1, Seq: 3, Committed: 6}, "committed 1@1.1 <6"},
		{wire.LeaderCheckReply{Ballot: b1, Round: 3, OK: true, Progress: at}, "follow 1@1.1; committed <4"},
		{wire.RetransmitResponse{Entries: []core.Entry{learnt}, Committed: 9}, "chosen 1@1.1 6 y; committed <9"},
		{wire.Behind{Oldest: 3, Committed: 9}, "committed <9"},
		{quorate.StateChunk{Upto: 8}, "committed <8"},
		{readmit.Recalled{Promise: core.Promise{Base: 2, Entries: []core.Entry{accepted, learnt}}}, "chosen 1@1.1 6 y; committed <2"},

		{trex.Progress{Promised: b1, Committed: 2}, "promise 1@1.1 [0,0) final; committed <2"},
		{trex.Accepted{Entry: accepted}, "vote 1@1.1 5 x"},
		{trex.Accepted{Entry: learnt}, "chosen 1@1.1 6 y"},
		{trex.Trimmed{Base: 3}, "trimmed <3"},
		{readmit.Known{Upto: 7}, "committed <7"},

		{wire.Prepare{Slot: 4}, ""},
		{wire.PrepareReply{Slot: 4, Reason: wire.ReasonProbe, Progress: at, End: 7}, "committed <4"},
		{wire.PrepareReply{Ballot: b1, Slot: 4, Reason: wire.ReasonBallot, Progress: at}, "committed <4"},
		{wire.AcceptReply{Ballot: b1, Slot: 4, Reason: wire.ReasonBallot, Progress: at}, "committed <4"},
		{wire.LeaderCheck{Ballot: b1, Round: 3}, ""},
		{wire.LeaderCheckReply{Ballot: b1, Round: 3, Progress: at}, "committed <4"},
		{wire.RetransmitRequest{From: 3}, ""},
		{quorate.Request{}, ""},
		{quorate.KeyState{Key: "k"}, ""},
	} {
		first := []quorate.Claim{{Kind: quorate.ClaimTrimmed}}
		got := claims.Of(first, c.m)
		if text(got[1:]) != c.want {
			t.Errorf("%T claims %q, want %q", c.m, text(got[1:]), c.want)
		}
	}
}
