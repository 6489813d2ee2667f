package models

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/search"
)

// Counterexample is a part of a history that no order explains.
type Counterexample struct {
	Key  string
	Text string // what is wrong, in a sentence
	// Operations are a few that have no order, by the places of their events. Those that
	// completed after the last of the others are open, as if they had not yet.
	Operations []history.Call

	h   *history.History
	own *checker.Counterexample // of a history with versions, which has nothing of the rest

	m     *model
	v     *values
	g     *group
	known []*op // up to the completion with which it became impossible
	least []*op
}

// example makes the history of an object smaller.
func (c *check) example(s *shrinking, g *group) *Counterexample {
	x := &Counterexample{h: c.h, m: c.m, v: c.v, g: g}
	if c.r.Split || c.m.many {
		x.Key = g.name
	}
	x.known, x.least = s.run()
	var last *op
	for _, o := range x.least {
		call := history.Call{Invoke: o.call.Invoke, Complete: -1}
		if o.done {
			call.Complete = o.call.Complete
			if last == nil || o.end > last.end {
				last = o
			}
		}
		x.Operations = append(x.Operations, call)
	}
	x.Text = fmt.Sprintf("process %d %s, which no order of the operations before it explains", last.process, last.text)
	return x
}

// String is the counterexample in a few lines: the sentence, and an operation a line.
func (x *Counterexample) String() string {
	if x.own != nil {
		return x.own.String() + "\n"
	}
	var b strings.Builder
	if x.Key != "" {
		fmt.Fprintf(&b, "key %s: ", x.Key)
	}
	fmt.Fprintf(&b, "%s; of %d operations these do not go together:\n", x.Text, len(x.known))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, o := range x.least {
		end := "open"
		if o.done {
			end = "to " + x.where(o.call.Complete)
		}
		fmt.Fprintf(w, "  %s %s\tprocess %d\t%s\n", x.where(o.call.Invoke), end, o.process, o.text)
	}
	w.Flush()
	return b.String()
}

func (x *Counterexample) where(i int) string {
	if i < len(x.h.Lines) {
		return fmt.Sprintf("line %d", x.h.Lines[i])
	}
	return fmt.Sprintf("event %d", i)
}

// Events returns the events of the operations, in order.
func (x *Counterexample) Events() []history.Op {
	var at []int
	for _, c := range x.Operations {
		at = append(at, c.Invoke)
		if c.Complete >= 0 {
			at = append(at, c.Complete)
		}
	}
	slices.Sort(at)
	events := make([]history.Op, len(at))
	for i, from := range at {
		events[i] = x.h.Ops[from]
	}
	return events
}

// WriteHTML writes Porcupine's interactive picture of what was known when the history
// became impossible, with the faults of that time; of the few operations only, if there
// are too many to look at. It is one page that needs nothing else.
func (x *Counterexample) WriteHTML(w io.Writer) error {
	if x.own != nil {
		return x.own.WriteHTML(w)
	}
	const readable = 300
	ops := x.known
	if len(ops) > readable {
		ops = x.least
	}
	ops = slices.Clone(x.m.cut(ops))
	end := 0
	for _, o := range ops {
		if end = max(end, o.start+1); o.end < never {
			end = max(end, o.end+1)
		}
	}
	list := intervals(ops)
	for i := range list {
		list[i].Return = min(list[i].Return, int64(end))
	}
	const patience, memory = 5 * time.Second, 256 << 20
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	plain := x.m.porcupine(x.v, len(x.g.objects), x.g.initial)
	bound, _ := search.Bound(ctx, memory, plain, x.m.size, len(list))
	_, info := porcupine.CheckOperationsVerbose(bound, list, patience)
	info.AddAnnotations(x.notes(end))
	if err := porcupine.Visualize(plain, info, w); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// notes are the faults until then, and the operations that do not go together.
func (x *Counterexample) notes(end int) []porcupine.Annotation {
	var notes []porcupine.Annotation
	for i := 0; i < min(end, len(x.h.Ops)); i++ {
		op := &x.h.Ops[i]
		if op.Process != history.Nemesis {
			continue
		}
		text := op.F
		if op.Value != nil {
			text = fmt.Sprintf("%s %s", op.F, history.AppendEDN(nil, op.Value))
		}
		notes = append(notes, porcupine.Annotation{Tag: "nemesis", Start: int64(i), End: int64(i),
			Description: text, Details: fmt.Sprintf("%s, %v", x.where(i), op.Time), BackgroundColor: "#ffaa26"})
	}
	for _, o := range x.least {
		notes = append(notes, porcupine.Annotation{Tag: "do not go together", Start: int64(o.start), End: int64(min(o.end, end)),
			Description: fmt.Sprintf("process %d %s", o.process, o.text), Details: x.Text, BackgroundColor: "#feb5da"})
	}
	return notes
}
