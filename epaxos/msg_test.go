package epaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/readmit"
	"github.com/quorate/quorate/epaxos/trim"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	b, p := quorate.NewBallot(7, 1<<16|2), quorate.NewBallot(8, 1<<16|3)
	id, deps, more := core.ID{Row: 2, Number: 1 << 20}, core.Deps{300, 0, 1 << 20}, core.Deps{300, 7, 1<<20 + 1}
	commands := []quorate.Command{{Client: 5, Seq: 6, Issued: time.Hour, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
	value := core.Value{Commands: commands, Deps: more}
	state := core.State{Phase: core.Accepted, Voted: b, Value: value, Initial: true, InitDeps: deps}
	return []any{
		epaxos.PreAccept{ID: id, Commands: commands, Deps: deps},
		epaxos.PreAcceptReply{ID: id, OK: true, Deps: more},
		epaxos.PreAcceptReply{ID: id, Promised: p},
		epaxos.Accept{ID: id, Value: core.Value{Deps: more, Short: true}},
		epaxos.Accept{Ballot: b, ID: id, Value: value},
		epaxos.AcceptReply{Ballot: b, ID: id, OK: true, Promised: b},
		epaxos.Commit{ID: id, Value: value},
		epaxos.Commit{ID: id},
		epaxos.Recover{Ballot: b, ID: id},
		epaxos.RecoverReply{Ballot: b, ID: id, OK: true, Promised: b, State: state},
		epaxos.Validate{Ballot: b, ID: id, Commands: commands, Deps: deps},
		epaxos.ValidateReply{Ballot: b, ID: id, OK: true, Promised: b, Conflicts: []core.Conflict{{ID: core.ID{Row: 1, Number: 9}, Committed: true}}},
		epaxos.Waiting{ID: id, Same: 2},
		epaxos.Ask{IDs: []core.ID{id, {Row: 1, Number: 9}}},
		keep.Progress{Ends: more, Base: deps, Kept: trim.Report{Floor: deps, Ends: more, Executed: more, Next: more}},
		keep.Wanted{Base: deps},
		keep.Offer{Wanted: deps, Base: more},
		keep.Missing{At: 7, IDs: []core.ID{id, {Row: 1, Number: 9}}},
		keep.Told{At: 7},
		readmit.Recall{Round: quorate.Round{Incarnation: 9, Number: 1}},
		readmit.Recalled{Round: quorate.Round{Incarnation: 9, Number: 1}, Lost: true},
		readmit.Recalled{Round: quorate.Round{Incarnation: 9, Number: 1}, Ends: more},
		epaxos.Origin{ID: id, Origin: core.Origin{Commands: commands, Initial: true, InitDeps: deps}, Vote: core.Vote{Phase: core.PreAccepted, Deps: more}},
		epaxos.Vote{ID: id, Vote: core.Vote{Promised: p, Voted: b, Phase: core.Accepted, Deps: more}},
		epaxos.Base{Below: deps, Floor: more, Ends: more},
	}
}

// The bytes of messages and records change only on purpose: nodes of one
// cluster, and a node and its journal, must understand each other.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }
