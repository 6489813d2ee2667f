package models

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// Names returns the names of the models.
func Names() []string {
	var names []string
	for _, m := range all() {
		names = append(names, m.name)
	}
	return names
}

// Describe returns what a model is, and the functions that it knows.
func Describe(name string) (about, functions string) {
	if m := find(name); m != nil {
		return m.about, m.functions
	}
	return "", ""
}

func all() []*model { return slices.Concat(registers(), transactions(), objects()) }

func find(name string) *model {
	for _, m := range all() {
		if m.name == name {
			return m
		}
	}
	return nil
}

// detect returns the model that fits the functions of a history.
func detect(h *history.History) (*model, error) {
	has := map[string]bool{}
	micro := map[string]bool{}
	lists := false
	for _, c := range h.Calls {
		op := &h.Ops[c.Invoke]
		has[op.F] = true
		if parts, ok := op.Value.([]any); ok && op.F == "txn" {
			for _, part := range parts {
				if m, ok := part.([]any); ok && len(m) > 0 {
					micro[word(m[0])] = true
				}
			}
		}
		if _, ok := op.Value.(history.Map); ok && functionOf(op.F) != 0 {
			micro["w"] = true
		}
		if c.Complete >= 0 && functionOf(op.F) == read {
			v := h.Ops[c.Complete].Value
			if _, second, ok := pair(v); ok {
				v = second
			}
			_, isList := v.([]any)
			_, isSet := v.(history.Set)
			lists = lists || isList || isSet
		}
	}
	only := func(names ...string) bool {
		for f := range has {
			if !slices.Contains(names, f) {
				return false
			}
		}
		return true
	}
	name := ""
	switch {
	case checker.Versioned(h.Ops):
		return find("kv"), nil
	case has["append"] || micro["append"] || has["txn"] && !micro["w"]:
		name = "append"
	case micro["w"]:
		name = "multi-register"
	case has["acquire"] || has["lock"]:
		name = "mutex"
	case has["enqueue"]:
		name = "queue"
	case has["add"] && lists:
		name = "set"
	case has["add"] || has["inc"] || has["increment"]:
		name = "counter"
	case only("read", "r", "write", "w"):
		name = "register"
	case only("read", "r", "write", "w", "cas"):
		name = "cas-register"
	default:
		name = "kv"
	}
	for _, c := range h.Calls {
		if f := h.Ops[c.Invoke].F; functionOf(f) == 0 && name == "kv" {
			return nil, malformed(h, c.Invoke, fmt.Errorf("invokes :%s, which no model knows; there are %s", f, strings.Join(Names(), ", ")))
		}
	}
	return find(name), nil
}

// independent reports whether every invocation's value is a vector of a key and a value.
func independent(h *history.History) bool {
	for _, c := range h.Calls {
		op := &h.Ops[c.Invoke]
		_, second, ok := pair(op.Value)
		if !ok || op.F == "txn" {
			return false
		}
		if _, _, two := pair(second); functionOf(op.F) == cas && !two {
			return false
		}
	}
	return len(h.Calls) > 0
}

// malformed is an error at an event.
func malformed(h *history.History, i int, err error) error {
	where := fmt.Sprintf("event %d", i)
	if i < len(h.Lines) {
		where = fmt.Sprintf("line %d", h.Lines[i])
	}
	op := &h.Ops[i]
	return fmt.Errorf("%w: %s: process %d %w", history.ErrMalformed, where, op.Process, err)
}

// arrange parses the operations and puts together what must be checked together.
func arrange(h *history.History, m *model, keyed bool, initial any) (*values, []*group, error) {
	v := newValues()
	first := v.id(initial)
	a := arranging{v: v, groups: map[id]*group{}, parent: map[id]id{}, late: tellsLate(h, keyed)}
	var ops []*op
	for _, c := range h.Calls {
		o, err := a.parse(h, m, c, keyed, first)
		if err != nil {
			return nil, nil, err
		}
		if o != nil && len(o.objects) > 0 {
			ops = append(ops, o)
			for _, x := range o.objects[1:] {
				a.parent[a.root(x)] = a.root(o.objects[0])
			}
		}
	}
	for _, o := range ops {
		root := a.root(o.objects[0])
		g := a.groups[root]
		if g == nil {
			g = &group{initial: first}
			a.groups[root] = g
			a.list = append(a.list, g)
		}
		g.ops = append(g.ops, o)
	}
	for _, g := range a.list {
		a.complete(g, m)
	}
	slices.SortFunc(a.list, func(x, y *group) int {
		return cmp.Or(cmp.Compare(len(x.name), len(y.name)), strings.Compare(x.name, y.name))
	})
	return v, a.list, nil
}

// arranging finds what transactions tie together.
type arranging struct {
	v      *values
	parent map[id]id
	groups map[id]*group
	list   []*group
	late   bool // see parsing
}

func (a *arranging) root(x id) id {
	for {
		up, ok := a.parent[x]
		if !ok || up == x {
			return x
		}
		if above, ok := a.parent[up]; ok {
			a.parent[x] = above
		}
		x = up
	}
}

// parse returns an operation; nil if it certainly took no effect.
func (a *arranging) parse(h *history.History, m *model, c history.Call, keyed bool, initial id) (*op, error) {
	invoke := &h.Ops[c.Invoke]
	in, out := invoke.Value, any(nil)
	t := history.Info
	if c.Complete >= 0 {
		out, t = h.Ops[c.Complete].Value, h.Ops[c.Complete].Type
	}
	o := &op{call: c, process: invoke.Process, start: c.Invoke, end: never, done: t == history.OK}
	if o.done {
		o.end = c.Complete
	}
	p := parsing{v: a.v, initial: initial, late: a.late}
	if keyed {
		key, value, ok := pair(in)
		if !ok {
			return nil, malformed(h, c.Invoke, fmt.Errorf("invokes :%s with %.60s; want a vector of a key and a value, as of independent keys", invoke.F, appendCanonical(nil, in)))
		}
		p.object, in = a.v.id(key), value
		if out != nil {
			k, value, ok := pair(out)
			if o.done && (!ok || a.v.id(k) != p.object) {
				return nil, malformed(h, c.Complete, fmt.Errorf("completes a :%s of the key %.60s with %.60s", invoke.F, appendCanonical(nil, key), appendCanonical(nil, out)))
			}
			out = value
		}
	}
	o.text, o.ask = describe(invoke.F, in, out, t), describe(invoke.F, in, nil, history.Info)
	err := m.parse(&p, o, invoke.F, in, out)
	switch {
	case errors.Is(err, errUnknown):
		return nil, malformed(h, c.Invoke, fmt.Errorf("invokes :%s, which a %s does not know; its functions are %s", invoke.F, m.name, m.functions))
	case err != nil && o.done:
		return nil, malformed(h, c.Complete, err)
	case err != nil:
		return nil, malformed(h, c.Invoke, err)
	}
	if t == history.Fail {
		return nil, nil
	}
	if !m.many {
		o.objects = []id{p.object}
	}
	return o, nil
}

// complete names a group and gives its objects their places.
func (a *arranging) complete(g *group, m *model) {
	place := map[id]int{}
	for _, o := range g.ops {
		for _, x := range o.objects {
			if _, ok := place[x]; !ok {
				place[x] = len(g.objects)
				g.objects = append(g.objects, x)
			}
		}
		for i := range o.micro {
			o.micro[i].object = place[o.micro[i].id]
		}
	}
	var names []string
	for _, x := range g.objects {
		if m.many {
			names = append(names, a.v.objectName(x))
		} else {
			names = append(names, a.v.text[x])
		}
	}
	const few = 3
	if extra := len(names) - few; extra > 0 {
		names = append(names[:few:few], fmt.Sprintf("and %d more", extra))
	}
	g.name = strings.Join(names, ", ")
}
