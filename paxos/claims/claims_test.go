package claims_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/claims"
	"github.com/quorate/quorate/paxos/core"
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
	entries := []core.Entry{
		{Slot: 5, Ballot: b1, Commands: put("x")},
		{Slot: 6, Ballot: b1, Chosen: true, Commands: put("y")},
	}
	for _, c := range []struct {
		m    any
		want string
	}{
		{paxos.P1a{Ballot: b1, From: 4}, "prepare 1@1.1 4"},
		{paxos.P1b{Ballot: b2, OK: true, Promise: core.Promise{From: 4, Next: 7, More: true, Base: 3, Entries: entries}},
			"promise 2@1.2 [4,7); report 1@1.1 5 x; chosen 1@1.1 6 y; committed <3"},
		{paxos.P1b{Ballot: b2, OK: true, Promise: core.Promise{From: 1, Next: 7, Base: 3}}, "promise 2@1.2 [3,7) final; committed <3"},
		{paxos.P2a{Ballot: b1, Slot: 7, Commands: put("z"), Commit: 5, Trim: 2}, "propose 1@1.1 7 z; committed 1@1.1 <5"},
		{paxos.P2b{Ballot: b1, Slot: 7, OK: true, Executed: 4}, "vote 1@1.1 7; committed <4"},
		{paxos.P3{Ballot: b1, Commit: 6}, "committed 1@1.1 <6"},
		{paxos.Heartbeat{Ballot: b1, Commit: 6, Trim: 1}, "committed 1@1.1 <6"},
		{paxos.HeartbeatReply{Ballot: b1, OK: true, Executed: 6}, "follow 1@1.1; committed <6"},
		{paxos.CatchupReply{Entries: entries, Commit: 9, Base: 2}, "chosen 1@1.1 5 x; chosen 1@1.1 6 y; committed <9"},
		{quorate.StateChunk{Upto: 8}, "committed <8"},

		{paxos.Promise{Ballot: b1}, "promise 1@1.1 [0,0) final"},
		{paxos.Accepted{Entry: entries[0]}, "vote 1@1.1 5 x"},
		{paxos.Accepted{Entry: entries[1]}, "chosen 1@1.1 6 y"},
		{paxos.Trimmed{Base: 3}, "trimmed <3"},

		{paxos.PreVote{Ballot: b1}, ""},
		{paxos.PreVoteReply{Ballot: b1, OK: true}, ""},
		{paxos.P1b{Ballot: b1, Promised: b2}, ""},
		{paxos.P2b{Ballot: b1, Promised: b2}, ""},
		{paxos.HeartbeatReply{Ballot: b1, Promised: b2}, ""},
		{paxos.CatchupRequest{From: 3}, ""},
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
