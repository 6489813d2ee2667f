package readmit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire/wiretest"
	"github.com/quorate/quorate/wpaxos/objects"
	"github.com/quorate/quorate/wpaxos/readmit"
)

func samples() []any {
	round := quorate.Round{Incarnation: 1<<63 | 5, Number: 2}
	return []any{
		readmit.Recall{Round: round, Life: 7, At: 3, From: 4},
		readmit.Recalled{Round: round, Life: 7, At: 3, From: 4, More: true, Next: 5, NextFrom: 6, Keys: []readmit.Key{
			{Key: "k", Promised: high, Commit: 4, Entries: []core.Entry{{Slot: 4, Ballot: low, Commands: value("v")}, {Slot: 6, Ballot: low, Chosen: true, Commands: value("w")}}},
			{Key: "l", Promised: low}}},
		readmit.Recalled{Round: round, Lost: true},
	}
}

// The bytes of messages change only on purpose.
func TestGolden(t *testing.T) { wiretest.Golden(t, "testdata/wire/messages.txt", samples()...) }

func FuzzMessages(f *testing.F) { wiretest.Fuzz(f, samples()...) }

func value(s string) []quorate.Command {
	return []quorate.Command{{Client: 5, Seq: 6, Op: quorate.OpPut, Key: "k", Value: []byte(s)}}
}

var low, middle, high = quorate.NewBallot(1, 1<<16|1), quorate.NewBallot(2, 1<<16|2), quorate.NewBallot(3, 1<<16|3)

// ward is member 1.1 of three and what it was told.
type ward struct {
	*quorate.Node
	t      *testing.T
	all    *objects.Objects
	reader *readmit.Reader
	sought []string
	held   []string
	then   []func() // of saves
	busy   bool     // nothing can be saved
	left   []quorate.Envelope
	now    time.Duration
	result string // of the admission
	disown quorate.ID
}

func newWard(t *testing.T, voter bool, chunk int) *ward {
	t.Helper()
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, all: objects.New(func() {}), result: "none"}
	if w.Node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c, Incarnation: 9, Init: voter}); err != nil {
		t.Fatal(err)
	}
	w.reader = readmit.New(w.Node, readmit.Config{
		Quorums: quorate.MajorityQuorums(c), Objects: w.all, ChunkBytes: chunk, Pause: time.Millisecond,
		Seek: func(k *objects.Key, from quorate.ID, goal quorate.Slot) {
			w.all.Wake(k).Fetch.Goal = goal
			w.sought = append(w.sought, fmt.Sprint(k.Name, "<", goal))
		},
		Raise: func(k *objects.Key, b quorate.Ballot) { w.all.Wake(k).Raise(b) },
		Hold: func(k *objects.Key, e core.Entry) bool {
			_, store, ok := w.all.Wake(k).Hold(e)
			if store {
				w.held = append(w.held, fmt.Sprint(k.Name, " ", e.Slot, " ", e.Ballot))
			}
			return ok
		},
		Save: func(then func()) bool {
			if !w.busy {
				w.then = append(w.then, then)
			}
			return !w.busy
		},
		Disown: func(member quorate.ID) { w.disown = member },
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

func (w *ward) hear(i int, m any) {
	w.t.Helper()
	if err := w.Receive(w.now, w.Cluster().ID(i), m); err != nil {
		w.t.Fatal(err)
	}
	w.flush()
}

func (w *ward) run(d time.Duration) {
	w.now += d
	w.Tick(w.now)
	w.flush()
}

func (w *ward) round() quorate.Round { return quorate.Round{Incarnation: 9, Number: 1} }

// admit begins an admission that the others agree to.
func (w *ward) admit() {
	w.t.Helper()
	w.Admit(func(err error) { w.result = fmt.Sprint(err) })
	w.flush()
	for i := 1; i < 3; i++ {
		w.hear(i, quorate.Hello{Incarnation: uint64(i)})
		w.hear(i, quorate.FenceReply{Round: w.round(), OK: true})
	}
}

// told is what a member answers in its first life, unless m says another.
func (w *ward) told(i int, m readmit.Recalled) {
	w.t.Helper()
	m.Round = w.round()
	if m.Life == 0 {
		m.Life = uint64(10 + i)
	}
	w.hear(i, m)
}

// asked returns whom the ward asks for what.
func (w *ward) asked() string {
	var words []string
	for _, e := range w.left {
		if m, ok := e.Msg.(readmit.Recall); ok {
			words = append(words, fmt.Sprintf("%v life %d at %d/%v", e.To, m.Life, m.At, m.From))
		}
	}
	w.left = nil
	return strings.Join(words, ", ")
}

// saved ends the saves that were begun.
func (w *ward) saved() {
	then := w.then
	w.then = nil
	for _, f := range then {
		f()
	}
	w.flush()
}

func (w *ward) want(what, got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// What is read of a key: the highest promise, the value under the highest ballot,
// chosen ones before all others, and what is chosen before any of that.
func TestTakeOver(t *testing.T) {
	w := newWard(t, false, 1<<20)
	w.admit()
	w.want("first", w.asked(), "1.2 life 0 at 0/0, 1.3 life 0 at 0/0")
	entry := func(s quorate.Slot, b quorate.Ballot, v string) core.Entry {
		return core.Entry{Slot: s, Ballot: b, Commands: value(v)}
	}
	chosen := entry(2, low, "c")
	chosen.Chosen = true
	w.told(1, readmit.Recalled{Next: 3, Keys: []readmit.Key{
		{Key: "a", Promised: high}, {Key: "b", Promised: middle, Entries: []core.Entry{entry(0, middle, "x"), entry(2, middle, "z")}}, {Key: "c", Promised: low, Commit: 5, Entries: []core.Entry{entry(5, low, "p")}}}})
	w.told(2, readmit.Recalled{Next: 2, Keys: []readmit.Key{
		{Key: "b", Promised: low, Entries: []core.Entry{entry(0, low, "y"), entry(1, low, "y"), chosen}}, {Key: "a", Promised: low}}})
	w.want("fetched", fmt.Sprint(w.sought), "[c<5]")
	w.want("held", fmt.Sprint(w.held), "[b 0 2@1.2 b 2 2@1.2 b 1 1@1.1 b 2 1@1.1]")
	w.saved()
	w.run(time.Millisecond)
	if w.result != "none" || w.Voter() {
		t.Fatal("it votes without what is chosen of c")
	}
	w.all.Get("c").Open.Install(5)
	w.run(time.Millisecond)
	w.saved()
	w.want("result", w.result, "<nil>")
	for key, want := range map[string]quorate.Ballot{"a": high, "b": middle, "c": low} {
		if got := w.all.Get(key).Promised(); got != want {
			t.Errorf("%s: promised %v, want %v", key, got, want)
		}
	}
	w.want("fetched then", fmt.Sprint(w.sought), "[c<5]")
	w.want("held then", fmt.Sprint(w.held[4:]), "[c 5 1@1.1]")
	if !w.Voter() {
		t.Error("it is no voter")
	}
}

// A member counts as read only when all that was executed by then is on disk.
func TestSavedBeforeItCounts(t *testing.T) {
	w := newWard(t, false, 1<<20)
	w.admit()
	w.busy = true
	w.told(1, readmit.Recalled{})
	w.asked()
	w.told(1, readmit.Recalled{Life: 99, More: true, Next: 1})
	w.want("it was read", w.asked(), "")
	w.busy = false
	if len(w.then) > 0 {
		t.Fatal("it saved")
	}
	w.run(time.Millisecond)
	w.told(2, readmit.Recalled{})
	if len(w.then) != 1 {
		t.Fatalf("%d saves at once", len(w.then))
	}
	w.saved()
	if w.result != "none" || len(w.then) != 1 {
		t.Fatalf("%s, %d saves: what was read since is not saved", w.result, len(w.then))
	}
	w.saved()
	w.want("result", w.result, "<nil>")
}

// Parts come one after another; copies, late ones and those of another round change
// nothing. A sender that restarts is read from its first key on.
func TestParts(t *testing.T) {
	w := newWard(t, false, 1<<20)
	w.admit()
	w.asked()
	first := readmit.Recalled{More: true, Next: 2, Keys: []readmit.Key{{Key: "a", Promised: low}, {Key: "b", Promised: low}}}
	w.told(1, first)
	w.told(1, first)
	w.want("next", w.asked(), "1.2 life 11 at 2/0")
	w.told(1, readmit.Recalled{At: 2, More: true, Next: 2, NextFrom: 7})
	w.want("of one key", w.asked(), "1.2 life 11 at 2/7")
	w.told(1, readmit.Recalled{At: 2, From: 7, More: true, Next: 2, NextFrom: 7})
	w.want("without end", w.asked(), "")
	late := readmit.Recalled{Round: quorate.Round{Incarnation: 9, Number: 2}, Life: 11, At: 2, From: 7, Next: 3}
	w.hear(1, late)
	w.told(1, readmit.Recalled{Life: 99, At: 2, From: 7, Next: 3})
	w.run(200 * time.Millisecond)
	w.want("again", w.asked(), "1.2 life 11 at 2/7, 1.3 life 0 at 0/0")
	w.told(1, readmit.Recalled{Life: 12, More: true, Next: 1, Keys: []readmit.Key{{Key: "b", Promised: high, Commit: 3}}})
	w.want("a part that waits", w.asked(), "")
	w.run(200 * time.Millisecond)
	w.asked()
	w.run(200 * time.Millisecond)
	w.want("nothing came for long", w.asked(), "1.2 life 12 at 0/0, 1.3 life 0 at 0/0")
	w.told(1, readmit.Recalled{Life: 13, Next: 1, Keys: []readmit.Key{{Key: "a", Promised: middle}}})
	w.told(2, readmit.Recalled{})
	w.saved()
	w.saved()
	w.want("result", w.result, "<nil>")
	if got := w.all.Get("a").Promised(); got != middle {
		t.Errorf("a: promised %v", got)
	}
}

// Many keys are not fetched all at once.
func TestManyFetched(t *testing.T) {
	w := newWard(t, false, 1<<20)
	w.admit()
	m := readmit.Recalled{Next: 1000}
	for i := range 1000 {
		m.Keys = append(m.Keys, readmit.Key{Key: fmt.Sprint("k", i), Promised: low, Commit: 1})
	}
	w.told(1, m)
	for rounds := 1; len(w.sought) > 0; rounds++ {
		if n := len(w.sought); n > 256 || rounds > 4 {
			t.Fatalf("%d fetched at once in round %d", n, rounds)
		}
		for _, s := range w.sought {
			w.all.Get(strings.TrimSuffix(s, "<1")).Open.Install(1)
		}
		w.sought = nil
		w.run(time.Millisecond)
	}
	if len(w.then) != 1 {
		t.Error("not all are read")
	}
}

// A learner says that it has nothing.
func TestLost(t *testing.T) {
	w := newWard(t, false, 100)
	w.all.Put("k").Idle.Promised = high
	w.hear(1, quorate.Hello{Incarnation: 5, Learner: true})
	if m := w.answer(readmit.Recall{Round: quorate.Round{Incarnation: 5, Number: 1}}); m == nil || !m.Lost || len(m.Keys) > 0 {
		t.Errorf("it answers %+v", m)
	}
	w = newWard(t, false, 100)
	w.Admit(func(err error) { w.result = fmt.Sprint(err) })
	for i := 1; i < 3; i++ {
		w.hear(i, quorate.Hello{Incarnation: uint64(i), Learner: i == 2})
		w.hear(i, quorate.FenceReply{Round: w.round(), OK: true, Learner: i == 2})
	}
	w.told(2, readmit.Recalled{Lost: true})
	w.told(1, readmit.Recalled{})
	w.saved()
	if !strings.Contains(w.result, "not admitted") {
		t.Errorf("one of three has its disk: %s", w.result)
	}
}

// An admission that begins anew reads all again.
func TestAnotherRound(t *testing.T) {
	w := newWard(t, false, 100)
	w.admit()
	w.told(1, readmit.Recalled{})
	w.told(2, readmit.Recalled{More: true, Next: 1, Keys: []readmit.Key{{Key: "a", Promised: low, Commit: 9}}})
	w.hear(1, quorate.Hello{Incarnation: 7, Learner: true})
	w.hear(1, quorate.Fence{Round: quorate.Round{Incarnation: 7, Number: 1}, Replaces: 1})
	w.saved()
	again := quorate.Round{Incarnation: 9, Number: 2}
	w.asked()
	for i := 1; i < 3; i++ {
		w.hear(i, quorate.FenceReply{Round: again, OK: true, Learner: i == 1})
	}
	if got := w.asked(); !slices.Contains(strings.Split(got, ", "), "1.3 life 0 at 0/0") {
		t.Errorf("asks %s", got)
	}
	if w.result != "none" {
		t.Errorf("ended with %s", w.result)
	}
}
