package readmit_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/readmit"
	"github.com/quorate/quorate/wire/wiretest"
)

func samples() []any {
	b := quorate.NewBallot(7, 1<<16|2)
	round := quorate.Round{Incarnation: 1<<63 | 5, Number: 2}
	entry := core.Entry{Slot: 4, Ballot: b, Chosen: true, Commands: value("v")}
	return []any{
		readmit.Recall{Round: round, From: 3},
		readmit.Recalled{Round: round, Promised: b, Promise: core.Promise{From: 3, Next: 5, More: true, Base: 2, Entries: []core.Entry{entry}}},
		readmit.Recalled{Round: round, Lost: true},
		readmit.Known{Upto: 9},
		quorate.Fence{Round: round, Replaces: 3},
		quorate.FenceReply{Round: round, OK: true, Known: 3, Learner: true, Met: []quorate.Met{{Member: 1<<16 | 2, Incarnation: 6}}},
		quorate.Replaced{Incarnation: 3, Known: 5},
		quorate.Identity{Incarnation: 3, Learner: true},
		quorate.Met{Member: 1<<16 | 2, Incarnation: 6},
	}
}

func value(s string) []quorate.Command {
	return []quorate.Command{{Client: 5, Seq: 6, Op: quorate.OpPut, Key: "k", Value: []byte(s)}}
}

// The bytes of messages and records change only on purpose.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }

// ward is a learner, its log and what it persisted.
type ward struct {
	*quorate.Node
	log     core.Log
	reader  *readmit.Reader
	stored  []core.Entry
	learnt  []core.Entry
	fetched []quorate.Slot
	left    []quorate.Envelope
}

func newWard(t *testing.T, init bool) *ward {
	t.Helper()
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{}
	w.Node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c, Incarnation: 9, Init: init})
	if err != nil {
		t.Fatal(err)
	}
	w.reader = readmit.New(w.Node, readmit.Config{
		Quorums: quorate.MajorityQuorums(c), ChunkBytes: 1, Log: &w.log,
		Fetch: func(_ quorate.ID, upto quorate.Slot) { w.fetched = append(w.fetched, upto) },
		Learn: func(e core.Entry) {
			w.learnt = append(w.learnt, e)
			w.log.Learn(e.Slot, e.Ballot, e.Commands)
		},
		Store:    func(e core.Entry) { w.stored = append(w.stored, e) },
		Promised: func() {},
		Disown:   func(quorate.ID) {},
	})
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

// asked returns from where the ward reads, of the questions that left.
func (w *ward) asked(t *testing.T) []quorate.Slot {
	t.Helper()
	w.flush()
	var from []quorate.Slot
	for _, e := range w.left {
		if m, ok := e.Msg.(readmit.Recall); ok {
			from = append(from, m.From)
		}
	}
	w.left = nil
	return from
}

func (w *ward) hear(t *testing.T, i int, m any) {
	t.Helper()
	if err := w.Receive(0, w.Cluster().ID(i), m); err != nil {
		t.Fatal(err)
	}
}

var low, middle, high = quorate.NewBallot(1, 1<<16|1), quorate.NewBallot(2, 1<<16|2), quorate.NewBallot(3, 1<<16|3)

// TestAdopt goes through what a learner and those it read may know of a slot.
func TestAdopt(t *testing.T) {
	a := core.Entry{Slot: 1, Ballot: low, Commands: value("a")}
	b := core.Entry{Slot: 1, Ballot: middle, Commands: value("b")}
	chosen := core.Entry{Slot: 1, Ballot: low, Chosen: true, Commands: value("a")}
	none := core.Entry{}
	for _, test := range []struct {
		name           string
		own, one, two  core.Entry
		ballot         quorate.Ballot // of what the learner holds then
		chosen, stored bool
	}{
		{"nothing", none, none, none, 0, false, false},
		{"one accepted", none, a, none, low, false, true},
		{"the highest ballot", none, a, b, middle, false, true},
		{"chosen before all", none, b, chosen, low, true, true},
		{"the own one is higher", b, a, none, middle, false, false},
		{"the own one is lower", a, b, none, middle, false, true},
		{"the own one is chosen", chosen, b, none, low, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWard(t, false)
			if test.own.Commands != nil {
				w.log.Restore(test.own)
			}
			round := quorate.Round{Incarnation: 9, Number: 1}
			for i, e := range []core.Entry{test.one, test.two} {
				id := w.Cluster().ID(i + 1)
				w.reader.Recall(round, id)
				p := core.Promise{}
				if e.Commands != nil {
					p = core.Promise{Next: 2, Entries: []core.Entry{e}}
				}
				w.hear(t, i+1, readmit.Recalled{Round: round, Promised: high, Promise: p})
			}
			w.reader.Adopt()
			e, _ := w.log.Entry(1)
			if e.Ballot != test.ballot || e.Chosen != test.chosen || (len(w.stored) > 0) != test.stored || w.log.Promised() != high {
				t.Errorf("it holds %+v, stored %v, promised %v", e, w.stored, w.log.Promised())
			}
		})
	}
}

// TestParts: a long log comes in parts; one that was trimmed beyond what the
// learner knows is caught up with first, and then read on from there.
func TestParts(t *testing.T) {
	w := newWard(t, false)
	round := quorate.Round{Incarnation: 9, Number: 1}
	peer := w.Cluster().ID(1)
	w.reader.Recall(round, peer)
	first := core.Promise{Next: 1, More: true, Entries: []core.Entry{{Slot: 0, Ballot: low, Commands: value("a")}}}
	for range 2 { // the second is a copy
		w.hear(t, 1, readmit.Recalled{Round: round, Promise: first})
	}
	w.hear(t, 1, readmit.Recalled{Round: quorate.Round{Incarnation: 9, Number: 2}, Promise: first})
	if from := w.asked(t); !slices.Equal(from, []quorate.Slot{0, 1, 1}) {
		t.Fatalf("it asks from %v", from)
	}
	w.hear(t, 1, readmit.Recalled{Round: round, Promise: core.Promise{From: 1, Next: 5, Base: 5}})
	if !slices.Equal(w.fetched, []quorate.Slot{5}) || len(w.asked(t)) > 0 {
		t.Fatalf("fetched %v", w.fetched)
	}
	w.log.Trim(5) // a snapshot
	w.reader.Recall(round, peer)
	if from := w.asked(t); !slices.Equal(from, []quorate.Slot{5}) {
		t.Fatalf("after the snapshot it asks from %v", from)
	}
	w.reader.Recall(quorate.Round{Incarnation: 9, Number: 3}, peer)
	w.hear(t, 1, readmit.Recalled{Round: round, Promised: high, Promise: core.Promise{From: 5, Next: 5}})
	w.reader.Adopt()
	if w.log.Promised() != 0 {
		t.Error("the answer of an earlier round counted")
	}
}

// TestAnswers: a voter tells what it has, a learner that it has nothing.
func TestAnswers(t *testing.T) {
	for _, init := range []bool{true, false} {
		w := newWard(t, init)
		w.log.Promise(high)
		w.log.Restore(core.Entry{Slot: 0, Ballot: low, Commands: value("a")})
		round := quorate.Round{Incarnation: 5, Number: 1}
		w.hear(t, 1, quorate.Hello{Incarnation: 5, Learner: true})
		if init { // a voter tells nothing to whom it does not count on
			w.hear(t, 1, readmit.Recall{Round: round})
			w.flush()
			if _, told := w.left[len(w.left)-1].Msg.(readmit.Recalled); told {
				t.Error("it told its state to one that it has not fenced for")
			}
			w.hear(t, 1, quorate.Fence{Round: round})
		}
		w.hear(t, 1, readmit.Recall{Round: round})
		w.flush()
		got := w.left[len(w.left)-1].Msg.(readmit.Recalled)
		if got.Lost == init || (got.Promised == high) != init || (len(got.Promise.Entries) == 1) != init {
			t.Errorf("init %v: %+v", init, got)
		}
	}
}

// TestKnownAfterARestart: what was chosen is so again, whatever ballot its entry
// was accepted under.
func TestKnownAfterARestart(t *testing.T) {
	var l core.Log
	l.Know(2)
	for s := range quorate.Slot(3) {
		l.Restore(core.Entry{Slot: s, Ballot: low, Commands: value("a")})
	}
	if l.Committed() != 2 {
		t.Errorf("committed %v", l.Committed())
	}
}

// TestEnough: those that were read must meet every quorum.
func TestEnough(t *testing.T) {
	w := newWard(t, false)
	if err := w.reader.Enough(quorate.SetOf(1).Add(2)); err != nil {
		t.Errorf("two of three: %v", err)
	}
	if err := w.reader.Enough(quorate.SetOf(1)); err == nil {
		t.Error("one of three was enough")
	}
}
