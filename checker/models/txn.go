package models

import (
	"errors"
	"fmt"
	"strings"
)

// micro is a part of a transaction.
type micro struct {
	kind   kind // read, write or appends
	object int  // its place in the group, once that is known
	id     id   // of the object
	a      id   // what is written, appended or read
	list   []id // what is read, of lists
	known  bool // of a read
	hash   uint64
}

// cell is what an object holds.
type cell struct {
	value id    // of a register
	list  *link // of a list
}

// link is a list by its last element, so that lists share their beginnings.
type link struct {
	before *link
	last   id
	len    int
	hash   uint64
}

func (l *link) push(x id) *link {
	n := &link{before: l, last: x, len: 1}
	if l != nil {
		n.len, n.hash = l.len+1, l.hash
	}
	n.hash = mix(n.hash*31 + uint64(x) + 1)
	return n
}

func (l *link) same(m *link) bool {
	for l != m {
		if l == nil || m == nil || l.hash != m.hash || l.len != m.len || l.last != m.last {
			return false
		}
		l, m = l.before, m.before
	}
	return true
}

// holds reports whether the list is this one, whose hash is known.
func (l *link) holds(list []id, hash uint64) bool {
	if l == nil {
		return len(list) == 0
	}
	if l.len != len(list) || l.hash != hash {
		return false
	}
	for ; l != nil; l = l.before {
		if l.last != list[l.len-1] {
			return false
		}
	}
	return true
}

func hashList(list []id) (hash uint64) {
	for _, x := range list {
		hash = mix(hash*31 + uint64(x) + 1)
	}
	return hash
}

// transactions returns the models whose operations may touch several objects at once:
// registers, or lists that are appended to.
func transactions() []*model {
	base := model{
		init: func(objects int, initial id) any {
			cells := make([]cell, objects)
			for i := range cells {
				cells[i].value = initial
			}
			return &cells
		},
		step:     stepTxn,
		hash:     hashCells,
		equal:    equalCells,
		size:     func(s any) int { return 32 + 16*len(*s.(*[]cell)) },
		show:     showCells,
		observed: true,
		many:     true,
	}
	multi, lists := base, base
	multi.name, multi.about = "multi-register", "several registers, read and written by transactions; never split by object"
	multi.functions = "txn [[:r k nil] [:w k v] …], or read and write of {k v}"
	multi.parse = parseMulti
	lists.init = func(objects int, _ id) any { return base.init(objects, 0) } // what registers hold at first is no list
	lists.name, lists.about = "append", "lists that are appended to, by object or by transactions"
	lists.functions = "append [k v] and read [k nil], or txn [[:append k v] [:r k nil] …]"
	lists.parse = parseLists
	return []*model{&multi, &lists}
}

func stepTxn(s any, o *op) (any, bool) {
	cells := *s.(*[]cell)
	copied := false
	for i := range o.micro {
		m := &o.micro[i]
		at := &cells[m.object]
		if m.kind == read {
			if m.known && (m.a != at.value || !at.list.holds(m.list, m.hash)) {
				return s, false
			}
			continue
		}
		if !copied {
			cells, copied = append([]cell(nil), cells...), true
			at = &cells[m.object]
		}
		if m.kind == write {
			at.value = m.a
		} else {
			at.list = at.list.push(m.a)
		}
	}
	if !copied {
		return s, true
	}
	return &cells, true
}

func hashCells(s any) (hash uint64) {
	for _, c := range *s.(*[]cell) {
		hash = mix(hash + uint64(c.value) + 1)
		if c.list != nil {
			hash ^= c.list.hash
		}
	}
	return hash
}

func equalCells(a, b any) bool {
	x, y := *a.(*[]cell), *b.(*[]cell)
	for i := range x {
		if x[i].value != y[i].value || !x[i].list.same(y[i].list) {
			return false
		}
	}
	return true
}

func showCells(v *values, s any) string {
	var b strings.Builder
	for i, c := range *s.(*[]cell) {
		if i > 0 {
			b.WriteString(", ")
		}
		if c.list == nil {
			b.WriteString(v.text[c.value])
			continue
		}
		var words []string
		for l := c.list; l != nil; l = l.before {
			words = append([]string{v.text[l.last]}, words...)
		}
		fmt.Fprintf(&b, "[%s]", strings.Join(words, " "))
	}
	return b.String()
}

// part is a micro-operation as it is written.
type part struct {
	f          string
	key        any
	value, out any
}

// parts reads a transaction: [[f k v] …], of which the completion has the results.
func parts(o *op, in, out any) ([]part, error) {
	list, ok := in.([]any)
	if !ok {
		return nil, fmt.Errorf("the transaction %.60s is no vector of [f k v]", appendCanonical(nil, in))
	}
	results, _ := out.([]any)
	if o.done && len(results) != len(list) {
		return nil, fmt.Errorf("completes a transaction of %d parts with the results %.60s", len(list), appendCanonical(nil, out))
	}
	all := make([]part, len(list))
	for i := range list {
		m, _ := list[i].([]any)
		if len(m) != 3 {
			return nil, fmt.Errorf("a transaction has the part %.60s; want [f k v]", appendCanonical(nil, list[i]))
		}
		all[i] = part{f: word(m[0]), key: m[1], value: m[2]}
		if !o.done {
			continue
		}
		r, _ := results[i].([]any)
		if len(r) != 3 || word(r[0]) != all[i].f || string(appendCanonical(nil, r[1])) != string(appendCanonical(nil, m[1])) {
			return nil, fmt.Errorf("completes the part %.60s of a transaction as %.60s", appendCanonical(nil, m), appendCanonical(nil, results[i]))
		}
		all[i].out = r[2]
	}
	return all, nil
}

func parseMulti(p *parsing, o *op, f string, in, out any) error {
	o.kind = txn
	var all []part
	var err error
	switch k := functionOf(f); {
	case f == "txn":
		all, err = parts(o, in, out)
	case k == read || k == write:
		all, err = entries(o, k, in, out)
	default:
		return errUnknown
	}
	if err != nil {
		return err
	}
	for _, part := range all {
		switch k := functionOf(part.f); k {
		case read, write:
			err = p.registerPart(o, k, part)
		default:
			err = fmt.Errorf("a transaction of registers has the part [%.20s …]; want r or w", part.f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *parsing) registerPart(o *op, k kind, part part) error {
	m := micro{kind: k, id: p.v.of(p.object, p.v.id(part.key))}
	o.objects = append(o.objects, m.id)
	if k == read {
		if m.known = o.done; m.known {
			m.a = p.v.id(part.out)
			o.sees = append(o.sees, p.v.of(m.id, m.a))
		}
		o.micro = append(o.micro, m)
		return p.result(o, part.value, part.out)
	}
	m.a = p.v.id(part.value)
	o.makes = append(o.makes, p.made(m.a, p.v.of(m.id, m.a))...)
	o.micro = append(o.micro, m)
	return p.same(o, part.value, part.out)
}

func parseLists(p *parsing, o *op, f string, in, out any) error {
	o.kind = txn
	switch k := functionOf(f); {
	case f == "txn":
		all, err := parts(o, in, out)
		if err != nil {
			return err
		}
		for _, part := range all {
			if err := p.listPart(o, part.f, part.key, part.value, part.out); err != nil {
				return err
			}
		}
		return nil
	case f == "append" || k == read:
		return p.listPart(o, f, nil, in, out)
	}
	return errUnknown
}

func (p *parsing) listPart(o *op, f string, key, in, out any) error {
	m := micro{id: p.v.of(p.object, p.v.id(key))}
	o.objects = append(o.objects, m.id)
	switch {
	case f == "append":
		m.kind, m.a = appends, p.v.id(in)
		o.makes = append(o.makes, p.v.of(m.id, m.a))
		o.micro = append(o.micro, m)
		return p.same(o, in, out)
	case functionOf(f) != read:
		return fmt.Errorf("a transaction of lists has the part [%.20s …]; want r or append", f)
	}
	m.kind, m.known = read, o.done
	if o.done {
		list, ok := out.([]any)
		if !ok && out != nil {
			return fmt.Errorf("read %.60s; want a vector, or nil for none", appendCanonical(nil, out))
		}
		for _, x := range list {
			e := p.v.id(x)
			m.list = append(m.list, e)
			o.sees = append(o.sees, p.v.of(m.id, e))
		}
		m.hash = hashList(m.list)
	}
	o.micro = append(o.micro, m)
	return p.result(o, in, out)
}

// errUnknown is returned for a function that the model does not know.
var errUnknown = errors.New("unknown function")
