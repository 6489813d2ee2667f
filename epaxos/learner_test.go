package epaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
)

// A learner votes on nothing, also not so that it would be told of later: what it
// would pre-accept might lack what comes before it. It learns what is final.
func TestLearner(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{})
	node, err := quorate.NewNode(quorate.NodeConfig{ID: l.ids[0], Cluster: l.node.Cluster(), Incarnation: 7})
	if err != nil {
		t.Fatal(err)
	}
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	replica, err := epaxos.New(node, app, epaxos.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l.node = node
	clear(l.disk)
	if err := node.Start(l.now, nil); err != nil {
		t.Fatal(err)
	}
	l.run(0)
	records := len(l.disk)
	l.hear(1, quorate.Hello{Incarnation: 1})
	commands := []quorate.Command{command(1)}
	for _, m := range []any{
		epaxos.PreAccept{ID: id(1, 0), Commands: commands},
		epaxos.Accept{ID: id(1, 1), Value: core.Value{Commands: commands}},
		epaxos.Recover{Ballot: l.ballot(1, 1), ID: id(2, 0)},
		epaxos.Validate{Ballot: l.ballot(1, 1), ID: id(2, 0), Commands: commands},
	} {
		if got := l.told(1, m); got != "" || len(l.disk) != records || replica.Report().Retained != 0 {
			t.Errorf("%T: sent %s, %d records, %d instances", m, got, len(l.disk), replica.Report().Retained)
		}
	}
	l.request(2)
	l.run(time.Second)
	if reply := last[quorate.Reply](l); reply.Status != quorate.NotExecuted || reply.Reason != quorate.ReasonLearner {
		t.Errorf("a client is told %+v", reply)
	}
	l.told(1, epaxos.Commit{ID: id(1, 0), Value: core.Value{Commands: commands}})
	if got := app.Apply(quorate.Command{Op: quorate.OpGet, Key: commands[0].Key}); got.Version != 1 {
		t.Errorf("it has not learnt what is final: %+v", got)
	}
}
