package claims_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/claims"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/trim"
)

var b1, b2 = quorate.NewBallot(1, 0x10001), quorate.NewBallot(2, 0x10002)

func put(key string) []quorate.Command { return []quorate.Command{{Op: quorate.OpPut, Key: key}} }

// text writes claims so that a test can name them.
func text(claims []quorate.Claim) string {
	var words []string
	for _, c := range claims {
		w := fmt.Sprintf("%v %s", c.Kind, c.Log)
		switch c.Kind {
		case quorate.ClaimCommitted, quorate.ClaimTrimmed:
			w += fmt.Sprint("<", c.Upto)
		default:
			w += fmt.Sprintf("/%v", c.Slot)
		}
		if c.Ballot != 0 {
			w += fmt.Sprint(" at ", c.Ballot)
		}
		for _, cmd := range c.Commands {
			w += fmt.Sprint(" ", cmd.Op, cmd.Key)
		}
		if len(c.Deps) > 0 {
			w += fmt.Sprint(" after ", c.Deps)
		}
		if c.Final {
			w += " final"
		}
		words = append(words, w)
	}
	return strings.Join(words, "; ")
}

func TestClaims(t *testing.T) {
	id, deps := core.ID{Row: 2, Number: 5}, core.Deps{1, 0, 4}
	v := core.Value{Commands: put("x"), Deps: deps}
	for _, c := range []struct {
		m    any
		want string
	}{
		{epaxos.PreAccept{ID: id, Commands: put("x"), Deps: deps}, "initial 2/5 putx after [1 0 4] final"},
		{epaxos.PreAcceptReply{ID: id, OK: true, Deps: deps}, "pre-accept 2/5 after [1 0 4]"},
		{epaxos.PreAcceptReply{ID: id, Promised: b1}, ""},
		{epaxos.Accept{Ballot: b1, ID: id, Value: v}, "propose 2/5 at 1@1.1 putx after [1 0 4]"},
		{epaxos.Accept{Ballot: b1, ID: id}, "propose 2/5 at 1@1.1 nop"},
		{epaxos.AcceptReply{Ballot: b1, ID: id, OK: true}, "vote 2/5 at 1@1.1"},
		{epaxos.AcceptReply{Ballot: b1, ID: id, Promised: b2}, ""},
		{epaxos.Commit{ID: id, Value: v}, "chosen 2/5 putx after [1 0 4]"},
		{epaxos.Commit{ID: id}, "chosen 2/5 nop"},
		{epaxos.Recover{Ballot: b1, ID: id}, "prepare 2/5 at 1@1.1"},
		{epaxos.RecoverReply{Ballot: b1, ID: id, OK: true}, "promise 2/5 at 1@1.1"},
		{epaxos.RecoverReply{Ballot: b1, ID: id, Promised: b2}, ""},
		{epaxos.RecoverReply{Ballot: b1, ID: id, OK: true, State: core.State{Phase: core.PreAccepted, Value: v, Initial: true, InitDeps: core.Deps{1}}},
			"promise 2/5 at 1@1.1; initial 2/5 putx after [1] final; pre-accept 2/5 after [1 0 4]"},
		{epaxos.RecoverReply{Ballot: b2, ID: id, OK: true, State: core.State{Phase: core.Accepted, Voted: b1, Value: v}},
			"promise 2/5 at 2@1.2; report 2/5 at 1@1.1 putx after [1 0 4]"},
		{epaxos.RecoverReply{Ballot: b2, ID: id, OK: true, State: core.State{Phase: core.Committed}}, "promise 2/5 at 2@1.2; chosen 2/5 nop"},
		{epaxos.Validate{Ballot: b1, ID: id, Commands: put("x"), Deps: deps}, "initial 2/5 at 1@1.1 putx after [1 0 4] final"},
		{epaxos.ValidateReply{Ballot: b1, ID: id, OK: true}, ""},
		{epaxos.Waiting{ID: id, Same: 2}, ""},
		{epaxos.Ask{IDs: []core.ID{id}}, ""},
		{keep.Progress{Ends: core.Deps{9, 9}, Kept: trim.Report{Executed: core.Deps{0, 3}}}, "committed 1<3"},
		{epaxos.Origin{ID: id, Origin: core.Origin{Commands: put("x"), Initial: true, InitDeps: deps}, Vote: core.Vote{Phase: core.PreAccepted, Deps: deps}},
			"initial 2/5 putx after [1 0 4] final; pre-accept 2/5 after [1 0 4]; promise 2/5"},
		{epaxos.Origin{ID: id, Origin: core.Origin{Commands: put("x")}, Vote: core.Vote{Promised: b1}}, "initial 2/5 putx; promise 2/5 at 1@1.1"},
		{epaxos.Vote{ID: id, Vote: core.Vote{Promised: b1}}, "promise 2/5 at 1@1.1"},
		{epaxos.Vote{ID: id, Vote: core.Vote{Promised: b1, Phase: core.PreAccepted, Deps: deps}}, "pre-accept 2/5 after [1 0 4]; promise 2/5 at 1@1.1"},
		{epaxos.Vote{ID: id, Vote: core.Vote{Promised: b2, Voted: b1, Phase: core.Accepted, Deps: deps}}, "vote 2/5 at 1@1.1 after [1 0 4]; promise 2/5 at 2@1.2"},
		{epaxos.Vote{ID: id, Vote: core.Vote{Promised: b1, Voted: b1, Phase: core.Accepted, Nop: true}}, "vote 2/5 at 1@1.1 nop; promise 2/5 at 1@1.1"},
		{epaxos.Vote{ID: id, Vote: core.Vote{Phase: core.Committed, Deps: deps}}, "chosen 2/5 after [1 0 4]; promise 2/5"},
		{epaxos.Base{Below: core.Deps{0, 7}}, "trimmed 1<7"},
		{quorate.Reply{}, ""},
	} {
		if got := text(claims.Of(nil, c.m)); got != c.want {
			t.Errorf("%T%+v claims %q, want %q", c.m, c.m, got, c.want)
		}
	}
}

// TestClaimsOfAllMessages: whoever adds a message says here whether it claims
// something.
func TestClaimsOfAllMessages(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := epaxos.New(n, quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{}), epaxos.Config{}); err != nil {
		t.Fatal(err)
	}
	silent := []string{"Ask", "ValidateReply", "Waiting"}
	for _, typ := range n.Messages() {
		if typ.PkgPath() != reflect.TypeFor[epaxos.Commit]().PkgPath() {
			continue
		}
		m := reflect.New(typ).Elem()
		if f := m.FieldByName("OK"); f.IsValid() {
			f.SetBool(true)
		}
		if f := m.FieldByName("Executed"); f.IsValid() {
			f.Set(reflect.ValueOf(core.Deps{1}))
		}
		if got := claims.Of(nil, m.Interface()); (len(got) == 0) != slices.Contains(silent, typ.Name()) {
			t.Errorf("%v claims %q", typ, text(got))
		}
	}
}
