package epaxos_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/readmit"
	"github.com/quorate/quorate/epaxos/trim"
)

// A learner votes on nothing, also not so that it would be told of later: what it
// would pre-accept might lack what comes before it. It learns what is final.
func TestLearner(t *testing.T) {
	l, app, replica := newNumbered(t, 3, false, epaxos.Config{})
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

// newNumbered returns a member of n that knows its own incarnation, and others' by what
// they say, and what it holds: a learner, unless the cluster is new.
func newNumbered(t *testing.T, n int, init bool, cfg epaxos.Config) (*lone, *quorate.Once, *epaxos.Replica) {
	t.Helper()
	l := newLone(t, n, epaxos.Config{})
	node, err := quorate.NewNode(quorate.NodeConfig{ID: l.ids[0], Cluster: l.node.Cluster(), Incarnation: 7, Init: init})
	if err != nil {
		t.Fatal(err)
	}
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	replica, err := epaxos.New(node, app, cfg)
	if err != nil {
		t.Fatal(err)
	}
	l.node = node
	clear(l.disk)
	if err := node.Start(l.now, nil); err != nil {
		t.Fatal(err)
	}
	l.run(0)
	return l, app, replica
}

// A learner that is admitted is bound by what it was told: all that it pre-accepts comes
// after what others knew of, and its own numbers go on above those that anybody has
// seen. That is on its disk before it votes.
func TestAdmitted(t *testing.T) {
	l, _, _ := newNumbered(t, 3, false, epaxos.Config{})
	l.node.Admit(func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	round := quorate.Round{Incarnation: 7, Number: 1}
	for i := 1; i < 3; i++ {
		l.told(i, quorate.Hello{Incarnation: uint64(i)})
	}
	for i := 1; i < 3; i++ {
		l.told(i, quorate.FenceReply{Round: round, OK: true})
	}
	for n := range uint64(5) { // the last one only one member has seen
		l.told(2, epaxos.Commit{ID: id(0, n)})
	}
	l.told(1, epaxos.Commit{ID: id(1, 0), Value: core.Value{Commands: []quorate.Command{command(9)}}})
	l.run(time.Second)
	l.told(1, readmit.Recalled{Round: round, Ends: core.Deps{4, 1}})
	l.told(2, readmit.Recalled{Round: round, Ends: core.Deps{5}})
	if !l.node.Voter() {
		t.Fatal("it is not admitted")
	}
	floor := core.Deps{5, 1}
	l.hear(2, epaxos.PreAccept{ID: id(2, 0), Commands: []quorate.Command{{Client: 5, Seq: 1, Issued: l.now, Op: quorate.OpPut, Key: "other"}}})
	l.sync()
	if m := last[epaxos.PreAcceptReply](l); !m.OK || !m.Deps.Equal(floor) {
		t.Errorf("it answers %+v, its floor is %v", m, floor)
	}
	if got := l.put(3); got != id(0, 5) {
		t.Errorf("it goes on with %v", got)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(l.disk)), func(key string) bool { return strings.Contains(key, "Base") }) {
		t.Errorf("its floor is not on its disk: %v", slices.Collect(maps.Keys(l.disk)))
	}
}

// When a member has lost its disk, what it promised for a recovery counts no more: that
// begins anew, under a higher ballot.
func TestRecoveryIsDisowned(t *testing.T) {
	l, _, _ := newNumbered(t, 5, true, epaxos.Config{})
	for member := 1; member < 5; member++ {
		l.told(member, quorate.Hello{Incarnation: 1})
	}
	i := id(1, 0)
	l.told(1, epaxos.PreAccept{ID: i, Commands: []quorate.Command{command(1)}})
	b := l.recovers(i)
	l.told(2, epaxos.RecoverReply{Ballot: b, ID: i, OK: true, Promised: b})
	round := quorate.Round{Incarnation: 2, Number: 1}
	l.told(2, quorate.Hello{Incarnation: 2, Learner: true})
	l.hear(2, quorate.Fence{Round: round, Replaces: 1})
	l.sync()
	if m := last[quorate.FenceReply](l); !m.OK {
		t.Fatalf("it does not fence: %+v", m)
	}
	l.take()
	if got := l.told(3, epaxos.RecoverReply{Ballot: b, ID: i, OK: true, Promised: b}); got != "" {
		t.Errorf("sent %s with two promises that count", got)
	}
	if again := l.recovers(i); again <= b {
		t.Errorf("recovers under %v, before that under %v", again, b)
	}
}

// A learner keeps no more than the others do, however long it is one.
func TestLearnerDrops(t *testing.T) {
	l, _, replica := newNumbered(t, 3, false, epaxos.Config{TrimStep: 20})
	l.hear(1, quorate.Hello{Incarnation: 1})
	for n := range uint64(1000) {
		l.hear(1, epaxos.Commit{ID: id(1, n), Value: core.Value{Commands: []quorate.Command{command(n + 1)}, Deps: core.Deps{0, n}}})
		if n%10 == 9 {
			done := core.Deps{0, n}
			l.hear(1, keep.Progress{Ends: core.Deps{0, n + 1}, Base: done, Kept: trim.Report{Floor: done, Ends: done, Executed: done}})
			l.run(100 * time.Millisecond)
		}
	}
	l.run(time.Second)
	if n := replica.Report().Retained; n > 60 {
		t.Errorf("it keeps %d instances", n)
	}
}
