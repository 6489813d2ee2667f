package quorate_test

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// note and memo are what the nodes of these tests exchange and keep.
type note struct{ Text string }

type memo struct {
	Slot uint64
	Text string
}

func (m memo) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: m.Slot} }

// workbench is one node on a workbench: what leaves it is written down.
type workbench struct {
	*quorate.Node
	t    testing.TB
	left []string // "to text" of every message that left
	got  []string // "from text" of every message handled
	seen []string // events observed
	on   func(from quorate.ID, m note)
}

func onWorkbench(t testing.TB) *workbench {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	w := &workbench{t: t}
	w.Node, err = quorate.NewNode(quorate.NodeConfig{
		ID: cluster.ID(0), Cluster: cluster, Seed: 1,
		Observer: func(e quorate.Event) { w.seen = append(w.seen, fmt.Sprintf("%T%v", e, e)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	quorate.Register(w.Node, func(from quorate.ID, m note) {
		w.got = append(w.got, from.String()+" "+m.Text)
		if w.on != nil {
			w.on(from, m)
		}
	})
	return w
}

// started adds a recoverer for memo and starts the node at time 0.
func (w *workbench) started() *workbench {
	w.t.Helper()
	quorate.Recover(w.Node, func(memo) {})
	if err := w.Start(0, nil); err != nil {
		w.t.Fatal(err)
	}
	return w
}

func (w *workbench) send(e quorate.Envelope) {
	w.left = append(w.left, fmt.Sprintf("%v %v", e.To, e.Msg.(note).Text))
}

// wantLeft checks what left since the last call.
func (w *workbench) wantLeft(when string, want ...string) {
	w.t.Helper()
	if !slices.Equal(w.left, want) {
		w.t.Errorf("%s: left %q, want %q", when, w.left, want)
	}
	w.left = nil
}

func texts(ops []quorate.RecordOp) string {
	var s []string
	for _, op := range ops {
		if op.Forget {
			s = append(s, fmt.Sprintf("forget[%d,%d)", op.Key.Number, op.To))
			continue
		}
		s = append(s, fmt.Sprint(op.Key.Number))
	}
	return strings.Join(s, " ")
}

func TestNodeRefusesStrangers(t *testing.T) {
	cluster, _ := quorate.Grid(1, 3)
	stranger, _ := quorate.NewID(2, 1)
	for _, cfg := range []quorate.NodeConfig{{ID: stranger, Cluster: cluster}, {ID: stranger}, {Cluster: cluster}} {
		if _, err := quorate.NewNode(cfg); err == nil || !strings.Contains(err.Error(), "not a member") {
			t.Errorf("NewNode(%v): error %v", cfg.ID, err)
		}
	}
}

func TestRegisterTwiceNamesBothPlaces(t *testing.T) {
	w := onWorkbench(t)
	quorate.Register(w.Node, func(quorate.ID, note) {})
	quorate.Recover(w.Node, func(memo) {})
	quorate.Recover(w.Node, func(memo) {})
	err := w.Start(0, nil)
	if err == nil {
		t.Fatal("a node with two handlers for one message started")
	}
	for _, kind := range []string{"note", "memo"} {
		line := ""
		for l := range strings.Lines(err.Error()) {
			if strings.Contains(l, kind) {
				line = l
			}
		}
		if strings.Count(line, "node_test.go:") != 2 {
			t.Errorf("conflict of %s does not name both places: %q", kind, line)
		}
	}
	if w.Receive(0, 0, note{"x"}) != nil || w.got != nil {
		t.Error("a node that refused to start handles messages")
	}
}

func TestRegisterRefusesWhatCannotTravel(t *testing.T) {
	type hidden struct{ secret int }
	w := onWorkbench(t)
	quorate.Register(w.Node, func(_ quorate.ID, m hidden) { w.got = append(w.got, fmt.Sprint(m.secret)) })
	quorate.Register(w.Node, func(quorate.ID, int) {})
	err := w.Start(0, nil)
	if err == nil || !strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "node_test.go:") {
		t.Errorf("error does not name the unexported field and the place: %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), "int") {
		t.Errorf("a message that is no struct was accepted: %v", err)
	}
}

func TestReceive(t *testing.T) {
	w := onWorkbench(t)
	peer := w.Cluster().ID(1)
	if err := w.Receive(0, peer, note{"early"}); err != nil || w.got != nil {
		t.Errorf("before Start: handled %q, error %v", w.got, err)
	}
	w.started()
	if err := w.Receive(5, peer, note{"hello"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.got, []string{"1.2 hello"}) || w.Now() != 5 {
		t.Errorf("handled %q at %v", w.got, w.Now())
	}
	type unheard struct{}
	err := w.Receive(6, peer, unheard{})
	if !errors.Is(err, quorate.ErrUnhandled) || !strings.Contains(err.Error(), "1.2") || !strings.Contains(err.Error(), "unheard") {
		t.Errorf("unknown message: %v, want ErrUnhandled with sender and type", err)
	}
	if types := w.Messages(); len(types) != 1 || types[0] != reflect.TypeFor[note]() {
		t.Errorf("Messages() = %v", types)
	}
}

// records returns the ops that persisting the memos would write.
func records(t *testing.T, memos ...memo) []quorate.RecordOp {
	t.Helper()
	w := onWorkbench(t).started()
	for _, m := range memos {
		w.Persist(m)
	}
	return w.Flush(w.send).Records
}

func sequence(ops []quorate.RecordOp, err error) iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
		if err != nil {
			yield(quorate.RecordOp{}, err)
		}
	}
}

func TestStartRecoversInOrderThenRunsStarters(t *testing.T) {
	w := onWorkbench(t)
	var trace []string
	quorate.Recover(w.Node, func(m memo) { trace = append(trace, fmt.Sprint(m.Slot, m.Text)) })
	w.OnStart(func() { trace = append(trace, "first") })
	w.OnStart(func() { trace = append(trace, "second"); w.SendNow(quorate.Others, note{"up"}) })
	if err := w.Start(9, sequence(records(t, memo{3, "c"}, memo{7, "g"}), nil)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"3c", "7g", "first", "second"}; !slices.Equal(trace, want) {
		t.Errorf("recovered %q, want %q", trace, want)
	}
	w.Flush(w.send)
	w.wantLeft("after start", "others up")
	if names := w.Records(); len(names) != 1 || !strings.Contains(names[0], ".memo {") {
		t.Errorf("Records() = %q", names)
	}
}

func TestStartRefusesWhatItCannotRecover(t *testing.T) {
	good := records(t, memo{4, "d"})
	damaged := good[0]
	damaged.Data = damaged.Data[:len(damaged.Data)-1]
	tests := []struct {
		name    string
		recover bool
		records iter.Seq2[quorate.RecordOp, error]
		want    []string
	}{
		{"unknown record type", false, sequence(good, nil), []string{"nobody registered", "memo", "1.1"}},
		{"damaged record", true, sequence([]quorate.RecordOp{damaged}, nil), []string{"memo", "/4", "1.1"}},
		{"damaged journal", true, sequence(good, errors.New("bad page")), []string{"bad page", "1.1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := onWorkbench(t)
			if test.recover {
				quorate.Recover(w.Node, func(memo) {})
			}
			ran := false
			w.OnStart(func() { ran = true })
			err := w.Start(0, test.records)
			for _, part := range test.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v does not say %q", err, part)
				}
			}
			if ran {
				t.Error("the replica started without its records")
			}
		})
	}
}

func TestPersistOfUnregisteredTypePanics(t *testing.T) {
	for name, f := range map[string]func(w *workbench){
		"persist": func(w *workbench) { w.Persist(memo{1, "a"}) },
		"forget":  func(w *workbench) { w.Forget(memo{}, 0, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := onWorkbench(t)
			if err := w.Start(0, nil); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, "memo") || !strings.Contains(r, "Recover") {
					t.Errorf("panic %q does not name the record type and the remedy", r)
				}
			}()
			f(w)
		})
	}
}

func TestNodeRandIsSeeded(t *testing.T) {
	cluster, _ := quorate.Grid(1, 3)
	draw := func(id quorate.ID, seed uint64) uint64 {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: id, Cluster: cluster, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return n.Rand().Uint64()
	}
	a, b := cluster.ID(0), cluster.ID(1)
	if first, again := draw(a, 1), draw(a, 1); first != again {
		t.Error("the same seed draws different numbers")
	}
	if draw(a, 1) == draw(a, 2) || draw(a, 1) == draw(b, 1) {
		t.Error("different seeds or nodes draw the same numbers")
	}
}

func TestObserve(t *testing.T) {
	w := onWorkbench(t).started()
	w.Observe(quorate.Elected{Ballot: quorate.NewBallot(7, w.ID())})
	if want := []string{"quorate.Elected{ 7@1.1 none}"}; !slices.Equal(w.seen, want) {
		t.Errorf("observed %q, want %q", w.seen, want)
	}
	silent, err := quorate.NewNode(quorate.NodeConfig{ID: w.ID(), Cluster: w.Cluster()})
	if err != nil {
		t.Fatal(err)
	}
	silent.Observe(quorate.Elected{}) // nobody listens: no panic
}

func BenchmarkReceive(b *testing.B) {
	w := onWorkbench(b)
	type vote struct {
		Ballot quorate.Ballot
		Slot   quorate.Slot
		OK     bool
	}
	votes := 0
	quorate.Register(w.Node, func(_ quorate.ID, v vote) {
		if v.OK {
			votes++
		}
	})
	w.started()
	peer, m := w.Cluster().ID(1), any(vote{Ballot: 1, Slot: 2, OK: true})
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Receive(time.Duration(votes), peer, m); err != nil {
			b.Fatal(err)
		}
	}
}
