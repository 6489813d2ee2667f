package claims_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/claims"
	"github.com/quorate/quorate/wpaxos/fetch"
	"github.com/quorate/quorate/wpaxos/readmit"
)

var b1, b2 = quorate.NewBallot(1, 0x10001), quorate.NewBallot(2, 0x10002)

func put(key string) []quorate.Command { return []quorate.Command{{Op: quorate.OpPut, Key: key}} }

// text writes claims so that a test can name them.
func text(claims []quorate.Claim) string {
	var words []string
	for _, c := range claims {
		w := c.Log + " " + c.Kind.String()
		if c.Ballot != 0 {
			w += fmt.Sprint(" ", c.Ballot)
		}
		if c.Kind == quorate.ClaimCommitted || c.Kind == quorate.ClaimTrimmed {
			w += fmt.Sprint(" <", c.Upto)
		} else {
			w += fmt.Sprint(" ", c.Slot)
		}
		if c.Final {
			w += " final"
		}
		for _, cmd := range c.Commands {
			w += " " + cmd.Key
		}
		words = append(words, w)
	}
	return strings.Join(words, "; ")
}

func TestClaims(t *testing.T) {
	entries := []core.Entry{{Slot: 5, Ballot: b1, Commands: put("x")}, {Slot: 6, Ballot: b1, Chosen: true, Commands: put("y")}}
	for _, c := range []struct {
		m    any
		want string
	}{
		{wpaxos.HandOver{Key: "k", Ballot: b1}, ""},
		{wpaxos.P1a{Key: "k", Ballot: b1, From: 4}, "k prepare 1@1.1 4"},
		{wpaxos.P1b{Key: "k", Ballot: b1, Promised: b2}, ""},
		{wpaxos.P1b{Key: "k", Ballot: b2, OK: true, Promise: core.Promise{From: 5, Next: 7, Base: 3, Entries: entries}},
			"k promise 2@1.2 5 final; k report 1@1.1 5 x; k chosen 1@1.1 6 y; k committed <3; k committed <0"},
		{wpaxos.P1b{Key: "k", Ballot: b2, OK: true, Upto: 7, Promise: core.Promise{From: 7, Next: 7, Base: 7, More: true}},
			"k promise 2@1.2 7; k committed <7; k committed <7"},
		{wpaxos.P2a{Key: "k", Ballot: b1, Slot: 7, Commands: put("z"), Commit: 5}, "k propose 1@1.1 7 z; k committed 1@1.1 <5"},
		{wpaxos.P2b{Key: "k", Ballot: b1, Slot: 7, OK: true}, "k vote 1@1.1 7"},
		{wpaxos.P2b{Key: "k", Ballot: b1, Slot: 7, Promised: b2}, ""},
		{wpaxos.P3{Key: "k", Ballot: b1, Commit: 8, Entries: entries[1:]}, "k chosen 1@1.1 6 y; k committed 1@1.1 <8"},
		{wpaxos.Parcel{P2a: []wpaxos.P2a{{Key: "k", Ballot: b1, Slot: 7}}, P2b: []wpaxos.P2b{{Key: "l", Ballot: b1, Slot: 8, OK: true}, {Key: "m"}}, P3: []wpaxos.P3{{Key: "n", Ballot: b2, Commit: 3}}},
			"k propose 1@1.1 7; k committed 1@1.1 <0; l vote 1@1.1 8; n committed 2@1.2 <3"},
		{fetch.Beat{Heads: []fetch.Head{{Key: "k", Commit: 3}, {Key: "l", Commit: 4}}}, "k committed <3; l committed <4"},
		{fetch.Census{At: 3}, ""},
		{fetch.CensusReply{Next: 3, Heads: []fetch.Head{{Key: "k", Commit: 3}}}, "k committed <3"},
		{fetch.CatchupRequest{Key: "k"}, ""},
		{fetch.CatchupReply{Key: "k", Commit: 7, Upto: 6, Entries: entries[1:]}, "k chosen 1@1.1 6 y; k committed <7; k committed <6"},
		{readmit.Recall{At: 3}, ""},
		{readmit.Recalled{Keys: []readmit.Key{{Key: "k", Promised: b1, Commit: 5, Entries: entries}, {Key: "l", Commit: 2}}},
			"k committed <5; k chosen 1@1.1 6 y; l committed <2"},
		{wpaxos.Accepted{Key: "k", Entry: entries[0]}, "k vote 1@1.1 5 x"},
		{wpaxos.Accepted{Key: "k", Entry: entries[1]}, "k chosen 1@1.1 6 y"},
		{wpaxos.Promise{Key: "k", Ballot: b1}, "k promise 1@1.1 0 final"},
		{wpaxos.Trimmed{Key: "k", Base: 3, Ballot: b1}, "k promise 1@1.1 0 final; k trimmed <3"},
		{quorate.Request{}, ""},
	} {
		if got := text(claims.Of(nil, c.m)); got != c.want {
			t.Errorf("%+v claims %q, want %q", c.m, got, c.want)
		}
	}
	kept := claims.Of([]quorate.Claim{{Log: "other"}}, wpaxos.P2b{Key: "k", Ballot: b1, OK: true})
	if len(kept) != 2 || kept[0].Log != "other" {
		t.Errorf("what was there is %v", kept)
	}
}
