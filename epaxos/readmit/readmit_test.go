package readmit_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/readmit"
)

// ward is a learner of three, or a voter, its table and what it said.
type ward struct {
	*quorate.Node
	t       *testing.T
	table   *core.Table
	adopted core.Deps
	left    []quorate.Envelope
}

func newWard(t *testing.T, init bool) *ward { return newWardOf(t, 3, 1, init) }

// newWardOf returns one of n members, f of which may fail.
func newWardOf(t *testing.T, n, f int, init bool) *ward {
	t.Helper()
	c, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorate.EPaxosQuorums(c, f, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, table: core.NewTable(n)}
	if w.Node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c, Incarnation: 9, Init: init}); err != nil {
		t.Fatal(err)
	}
	readmit.New(w.Node, readmit.Config{Quorums: q, Table: w.table, Disown: func(quorate.ID) {}, Adopt: func(ends core.Deps) { w.adopted = ends }})
	if err := w.Start(0, nil); err != nil {
		t.Fatal(err)
	}
	w.flush()
	return w
}

func (w *ward) flush() {
	send := func(e quorate.Envelope) { w.left = append(w.left, e) }
	for b := w.Flush(send); !b.Empty(); b = w.Flush(send) {
		w.Synced(b, send)
	}
}

func (w *ward) hear(i int, messages ...any) {
	w.t.Helper()
	for _, m := range messages {
		if err := w.Receive(0, w.Cluster().ID(i), m); err != nil {
			w.t.Fatal(err)
		}
		w.flush()
	}
}

// round is that of the admission under way, which w begins.
func (w *ward) round(learners ...int) quorate.Round {
	w.t.Helper()
	w.Admit(func(err error) {
		if err != nil {
			w.t.Log(err)
			w.left = append(w.left, quorate.Envelope{Msg: err})
		}
	})
	for i := 1; i < w.Cluster().Size(); i++ {
		w.hear(i, quorate.Hello{Incarnation: uint64(i)})
	}
	round := quorate.Round{Incarnation: 9, Number: 1}
	for i := 1; i < w.Cluster().Size(); i++ {
		w.hear(i, quorate.FenceReply{Round: round, OK: true, Learner: slices.Contains(learners, i)})
	}
	return round
}

func (w *ward) execute(row uint8, upto uint64) {
	for n := w.table.End(int(row)); n < upto; n++ {
		i := w.table.Open(core.ID{Row: row, Number: n})
		w.table.Commit(i, core.Value{})
		w.table.Order(i)
	}
	for w.table.Execute(100, func([]*core.Instance) {}) {
	}
}

// A learner is admitted when it has executed all that the others knew of, and no more
// than that: what they say later is not waited for.
func TestAdmitted(t *testing.T) {
	w := newWard(t, false)
	round := w.round()
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{2, 1}})
	w.hear(2, readmit.Recalled{Round: round, Ends: core.Deps{1, 1, 1}})
	w.execute(0, 2)
	w.execute(1, 1)
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{9, 9, 9}})
	w.hear(2, readmit.Recalled{Round: quorate.Round{Incarnation: 9, Number: 7}, Ends: core.Deps{}})
	w.hear(2, readmit.Recalled{Round: round})
	if w.Voter() {
		t.Fatal("admitted before 2/0 is executed")
	}
	w.execute(2, 1)
	w.hear(2, readmit.Recalled{Round: round})
	if !w.Voter() || !w.adopted.Equal(core.Deps{2, 1, 1}) {
		t.Errorf("voter %v, adopted %v", w.Voter(), w.adopted)
	}
}

// Two lost disks of three are too many.
func TestTwoLostDisks(t *testing.T) {
	w := newWard(t, false)
	round := w.round()
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{}})
	w.hear(2, readmit.Recalled{Round: round, Lost: true}) // since it fenced: all begin anew
	round.Number++
	w.hear(1, quorate.FenceReply{Round: round, OK: true})
	w.hear(2, quorate.FenceReply{Round: round, OK: true, Learner: true})
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{}})
	w.left = nil
	w.hear(2, readmit.Recalled{Round: round, Lost: true})
	if len(w.left) != 1 || w.Voter() {
		t.Errorf("voter %v, said %v", w.Voter(), w.left)
	}
}

// A voter tells what it knows of to whom it counts on, a learner that it has nothing.
func TestAnswers(t *testing.T) {
	for _, init := range []bool{true, false} {
		w := newWard(t, init)
		w.execute(1, 4)
		w.table.Raise(core.Deps{7})
		round := quorate.Round{Incarnation: 5, Number: 1}
		w.hear(1, quorate.Hello{Incarnation: 5, Learner: true})
		w.left = nil
		w.hear(1, readmit.Recall{Round: round})
		if _, told := w.left[0].Msg.(readmit.Recalled); told == init {
			t.Errorf("voter %v: it said %+v before it fenced", init, w.left[0].Msg)
		}
		w.hear(1, quorate.Fence{Round: round}, readmit.Recall{Round: round})
		got := w.left[len(w.left)-1].Msg.(readmit.Recalled)
		if got.Lost == init || got.Ends.Equal(core.Deps{7, 4}) != init {
			t.Errorf("voter %v: %+v", init, got)
		}
	}
}

// Of five members two may lose their disks. What one of the others alone knows of the
// learner's own row counts: a number that somebody has seen is not used again. One that
// only lost disks have seen may be: whoever had seen it is not heard any more.
func TestTwoLostDisksOfFive(t *testing.T) {
	w := newWardOf(t, 5, 2, false)
	round := w.round(2)
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{2}})
	w.hear(2, readmit.Recalled{Round: round, Lost: true})
	w.hear(3, readmit.Recalled{Round: round, Ends: core.Deps{4, 1}})
	w.execute(0, 4)
	w.execute(1, 1)
	w.hear(3, readmit.Recalled{Round: round, Ends: core.Deps{4, 1}})
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{2}})
	if w.Voter() {
		t.Fatal("admitted before all have answered")
	}
	w.hear(4, readmit.Recalled{Round: round, Ends: core.Deps{3}})
	if !w.Voter() || !w.adopted.Equal(core.Deps{4, 1}) {
		t.Errorf("voter %v, adopted %v", w.Voter(), w.adopted)
	}
}

// With a third lost disk too much is lost.
func TestThreeLostDisksOfFive(t *testing.T) {
	w := newWardOf(t, 5, 2, false)
	round := w.round(2, 4)
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{}})
	w.hear(2, readmit.Recalled{Round: round, Lost: true})
	w.hear(3, readmit.Recalled{Round: round, Ends: core.Deps{}})
	w.left = nil
	w.hear(4, readmit.Recalled{Round: round, Lost: true})
	if len(w.left) != 1 || w.Voter() {
		t.Errorf("voter %v, said %v", w.Voter(), w.left)
	}
}

// Nobody of another cluster's size tells anything.
func TestRecalledOfAnotherCluster(t *testing.T) {
	w := newWard(t, false)
	round := w.round()
	w.hear(1, readmit.Recalled{Round: round, Ends: core.Deps{0, 0, 0, 0}})
	w.hear(2, readmit.Recalled{Round: round, Ends: core.Deps{}})
	if w.Voter() {
		t.Error("admitted by what does not fit")
	}
}
