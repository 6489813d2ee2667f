package checker

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Counterexample shows why the history of one key is not linearizable.
type Counterexample struct {
	Key  string
	Text string // what is wrong, in a sentence
	// Witness are the operations that prove it: no order explains them, and without any
	// one of them there would be one. Writes that only gave the versions in between are
	// left out. If too many would be needed, it is the last straw.
	Witness []Operation
	// Open are the writes of unknown outcome that were under way by then, where the proof
	// looked at them and none, or no choice of them, explains the witnesses.
	Open    []Operation
	Context []Operation // what went on around them, for the picture

	model Model
	whole bool // the context begins with the history
}

// contextSize bounds the operations in a picture: a larger one is unreadable.
const contextSize = 200

// newCounterexample copies what it keeps: ops belong to the worker.
func newCounterexample(key string, m Model, ops []Operation, bad *finding) Counterexample {
	v := Counterexample{Key: key, Text: bad.text, model: m, whole: true}
	var end time.Duration
	for _, o := range bad.ops {
		v.Witness = append(v.Witness, *o)
		end = max(end, o.closed(), o.Call)
	}
	for _, o := range bad.open {
		if o.Call <= end {
			v.Open = append(v.Open, *o)
		}
	}
	v.Context = until(ops, end)
	if extra := len(v.Context) - contextSize; extra > 0 {
		v.whole = false
		begun := v.Context[extra].Call
		v.Context = slices.DeleteFunc(v.Context, func(o Operation) bool {
			return o.Call < begun && !slices.ContainsFunc(v.Witness, func(w Operation) bool { return same(&w, &o) })
		})
	}
	return v
}

func same(a, b *Operation) bool { return a.Process == b.Process && a.Call == b.Call && a.Op == b.Op }

// String is the counterexample in a few lines: the sentence and its witnesses.
func (v *Counterexample) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "key %s: %s", v.Key, v.Text)
	for i := range v.Witness {
		fmt.Fprintf(&b, "\n  %v", &v.Witness[i])
	}
	if len(v.Open) > 0 {
		b.WriteString("\nThese do not explain it, though nobody knows what became of them:")
	}
	const most = 8
	for i := range v.Open[:min(len(v.Open), most)] {
		fmt.Fprintf(&b, "\n  %v", &v.Open[i])
	}
	if more := len(v.Open) - most; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// WriteHTML writes Porcupine's interactive picture of the context, one page
// that needs nothing else. Where the context starts in the middle of a long
// history, the picture supposes any state before it and any writes left out.
func (v *Counterexample) WriteHTML(w io.Writer) error { return v.WriteAnnotated(w, nil) }

// Note is something to know of an interval of a history, such as a fault.
type Note struct {
	From, To time.Duration
	Tag      string // of its row
	Text     string
	Details  string // for who asks for more
}

// WriteAnnotated writes the picture of [Counterexample.WriteHTML] with the notes on what
// it shows.
func (v *Counterexample) WriteAnnotated(w io.Writer, about []Note) error {
	model := v.model.porcupine(state{})
	if !v.whole {
		model = v.model.glimpse()
	}
	const patience = 5 * time.Second
	_, info := porcupine.CheckOperationsVerbose(model, intervals(v.Context), patience)
	var notes []porcupine.Annotation
	for i := range v.Witness {
		o := &v.Witness[i]
		notes = append(notes, porcupine.Annotation{
			Tag: "violation", Start: int64(o.Call), End: int64(max(o.closed(), o.Call)),
			Description: fmt.Sprintf("process %d %s -> %s", o.Process, o.Request(), o.Outcome()), Details: v.Text,
			BackgroundColor: "#f4c7c3",
		})
	}
	begin, end := v.extent()
	for _, n := range about {
		if n.From <= end && n.To >= begin {
			notes = append(notes, porcupine.Annotation{
				Tag: n.Tag, Start: int64(max(n.From, begin)), End: int64(min(n.To, end)), Description: n.Text, Details: n.Details, BackgroundColor: "#e4e4d8",
			})
		}
	}
	info.AddAnnotations(notes)
	if err := porcupine.Visualize(model, info, w); err != nil {
		return fmt.Errorf("write the picture of key %s: %w", v.Key, err)
	}
	return nil
}

// extent is from when to when the picture goes.
func (v *Counterexample) extent() (begin, end time.Duration) {
	begin = Never
	for i := range v.Context {
		o := &v.Context[i]
		begin, end = min(begin, o.Call), max(end, o.Call)
		if !o.open() {
			end = max(end, o.Return)
		}
	}
	return begin, end
}

// glimpsed is the state of a key of which not all writes are in the history.
type glimpsed struct {
	state
	started, blank bool // nothing is known; the value is not known
}

func (g glimpsed) String() string {
	switch {
	case !g.started:
		return "not known"
	case g.blank:
		return fmt.Sprintf("present, version %d", g.version)
	}
	return g.state.String()
}

// glimpse is the model for a part of a history: versions may only rise, and
// all that saw one version must agree on it.
func (m Model) glimpse() porcupine.Model {
	model := m.porcupine(state{})
	model.Hash = nil
	model.Init = func() any { return glimpsed{} }
	model.DescribeState = func(s any) string { return s.(glimpsed).String() }
	model.Step = func(s, _, out any) (bool, any) {
		at, o := s.(glimpsed), out.(*Operation)
		if m == Register || o.open() || o.conditional() && !o.OK && o.Version == 0 {
			return true, at // says nothing that a write left out could not explain
		}
		return at.step(o)
	}
	return model
}

func (g glimpsed) step(o *Operation) (bool, any) {
	next := glimpsed{started: true, state: state{version: o.Version, present: true}}
	switch {
	case o.writes():
		next.present, next.value = o.puts(), string(o.Value)
	case o.conditional():
		next.blank = true
	default:
		next.present, next.value = o.OK, string(o.Result)
	}
	switch {
	case !g.started || o.Version > g.version:
		return true, next
	case o.writes() || o.Version < g.version:
		return false, g
	case next.blank:
		return g.present, g
	case g.blank:
		return next.present, next
	}
	return next.state == g.state, g
}

func (w *worker) fail(v Counterexample) {
	w.result.Failed++
	list := append(w.result.Counterexamples, v)
	slices.SortFunc(list, func(a, b Counterexample) int { return cmp.Compare(a.Key, b.Key) })
	w.result.Counterexamples = list[:min(len(list), w.cfg.MaxCounterexamples)]
}
