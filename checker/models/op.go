package models

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/search"
)

// op is an operation as a model sees it.
type op struct {
	call    history.Call
	process int
	start   int // the place of its invocation among the events
	end     int // that of its completion; never if it is open
	done    bool
	// must says that it took effect, though it never told.
	must bool
	text string // of it, with its result
	ask  string // without

	objects []id // that it touches
	kind    kind
	a, b    id    // register: what is read or written; cas: from a to b
	any     bool  // cas: nobody knows from what, see parsing.late
	n       int64 // counter
	list    []id  // set: what is read
	micro   []micro

	// sees are the values that it must have seen, and makes those that it makes. A model
	// that fills them in promises that nobody can tell whether a value was made which
	// nobody sees.
	sees, makes []id
}

const never = math.MaxInt

type kind uint8

// Kinds of operations, and of the parts of transactions.
const (
	read kind = iota + 1
	write
	cas
	appends
	adds
	acquire
	release
	enqueue
	dequeue
	txn
)

// open reports whether nobody knows if it took effect.
func (o *op) open() bool { return !o.done && !o.must }

// blind reports whether it changes nothing.
func (o *op) blind() bool {
	switch o.kind {
	case read:
		return true
	case txn:
		return !slices.ContainsFunc(o.micro, func(m micro) bool { return m.kind != read })
	}
	return false
}

// model is what operations mean.
type model struct {
	name, about string
	functions   string // that it knows, for people
	// parse fills in what an operation means, from the values of its invocation and, if
	// it is done, of its completion.
	parse func(p *parsing, o *op, f string, in, out any) error
	init  func(objects int, initial id) any
	step  func(s any, o *op) (any, bool)
	hash  func(s any) uint64
	equal func(a, b any) bool
	size  func(s any) int
	show  func(v *values, s any) string
	// observed says that sees and makes are filled in.
	observed bool
	// many says that an operation may touch several objects.
	many bool
}

// porcupine returns the model for operations on so many objects.
func (m *model) porcupine(v *values, objects int, initial id) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return m.init(objects, initial) },
		Step: func(s, _, out any) (bool, any) {
			next, ok := m.step(s, out.(*op))
			return ok, next
		},
		Equal:             m.equal,
		Hash:              m.hash,
		DescribeOperation: func(_, out any) string { return out.(*op).text },
		DescribeState:     func(s any) string { return m.show(v, s) },
	}
}

// group is what must be checked together: the operations on one object, or on several
// that transactions tie together.
type group struct {
	name    string
	objects []id
	ops     []*op
	initial id
}

// legal decides whether an order of the operations explains them all.
func (m *model) legal(ctx context.Context, limit int64, v *values, g *group, ops []*op) (bool, string) {
	list := intervals(m.cut(ops))
	return search.Run(ctx, limit, m.porcupine(v, len(g.objects), g.initial), m.size, list)
}

func intervals(ops []*op) []porcupine.Operation {
	list := make([]porcupine.Operation, len(ops))
	for i, o := range ops {
		list[i] = porcupine.Operation{ClientId: o.process, Input: o, Output: o, Call: int64(o.start), Return: int64(o.end)}
	}
	return list
}

// describe is an operation for people.
func describe(f string, in, out any, t history.Type) string {
	var b strings.Builder
	b.WriteString(f)
	if in != nil {
		fmt.Fprintf(&b, " %s", history.AppendEDN(nil, in))
	}
	switch {
	case t == history.OK && f == "txn" && out != nil: // what it read may be nil, as was asked
		fmt.Fprintf(&b, " -> %s", history.AppendEDN(nil, out))
	case t == history.OK && in != nil && (out == nil || string(history.AppendEDN(nil, in)) == string(history.AppendEDN(nil, out))):
		b.WriteString(" -> ok")
	case t == history.OK:
		fmt.Fprintf(&b, " -> %s", history.AppendEDN(nil, out))
	default:
		b.WriteString(" -> ?")
	}
	return b.String()
}
