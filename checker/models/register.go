package models

import (
	"fmt"

	"github.com/quorate/quorate/checker/history"
)

// parsing is what is shared by the operations that are parsed.
type parsing struct {
	v      *values
	object id // of which the values are, where keys are independent
	// initial is the value that registers hold at first.
	initial id
	// late says that what a cas found is told only when it completes: nil stands for what
	// nobody knew when it was invoked.
	late bool
}

// tellsLate reports whether a cas of the history that was invoked with nil tells at its
// end that it found something else.
func tellsLate(h *history.History, keyed bool) bool {
	for _, c := range h.Calls {
		in := h.Ops[c.Invoke]
		if functionOf(in.F) != cas || c.Complete < 0 || h.Ops[c.Complete].Type != history.OK {
			continue
		}
		asked, told := in.Value, h.Ops[c.Complete].Value
		if keyed {
			_, asked, _ = pair(asked)
			_, told, _ = pair(told)
		}
		from, _, ok := pair(asked)
		found, _, known := pair(told)
		if ok && known && from == nil && found != nil {
			return true
		}
	}
	return false
}

// made returns what a write makes of an object's value: x. What is there from the
// beginning was made by somebody else as well.
func (p *parsing) made(value, x id) []id {
	if value == p.initial {
		return []id{x, x}
	}
	return []id{x}
}

// same reports an OK whose value is not what was asked for. Systems may leave it out.
func (p *parsing) same(o *op, in, out any) error {
	if o.done && out != nil && p.v.id(in) != p.v.id(out) {
		return fmt.Errorf("completes with the value %.60s, but was invoked with %.60s", appendCanonical(nil, out), appendCanonical(nil, in))
	}
	return nil
}

// result checks the value of a read: what was asked for is nil, or already the answer.
func (p *parsing) result(o *op, in, out any) error {
	if in == nil {
		return nil
	}
	if out == nil && o.done {
		return fmt.Errorf("read %.60s, but completes with no value", appendCanonical(nil, in))
	}
	return p.same(o, in, out)
}

// tuple is how some versions of Jepsen tag the pair of an independent key and a value.
const tuple = "jepsen.independent/tuple"

func pair(x any) (a, b any, ok bool) {
	if t, tagged := x.(history.Tagged); tagged && t.Tag == tuple {
		x = t.Value
	}
	list, _ := x.([]any)
	if len(list) != 2 {
		return nil, nil, false
	}
	return list[0], list[1], true
}

// registers returns the models of one value: what it takes grows from one to the next.
func registers() []*model {
	parse := func(allowed ...kind) func(*parsing, *op, string, any, any) error {
		return func(p *parsing, o *op, f string, in, out any) error {
			o.kind = functionOf(f)
			for _, k := range allowed {
				if o.kind == k {
					return p.register(o, f, in, out)
				}
			}
			return errUnknown
		}
	}
	base := model{
		init: func(_ int, initial id) any { return initial },
		step: func(s any, o *op) (any, bool) {
			at := s.(id)
			switch {
			case o.kind == read:
				return s, !o.done || o.a == at
			case o.kind == write:
				return o.a, true
			case o.a == at || o.any:
				return o.b, true
			}
			return s, o.open()
		},
		hash:     func(s any) uint64 { return mix(uint64(s.(id))) },
		show:     func(v *values, s any) string { return v.text[s.(id)] },
		observed: true,
	}
	plain, swaps, kv := base, base, base
	plain.name, plain.about, plain.functions = "register", "a value that is read and written", "read, write"
	plain.parse = parse(read, write)
	swaps.name, swaps.about, swaps.functions = "cas-register", "a register that is also compared and set", "read, write, cas [old new]"
	swaps.parse = parse(read, write, cas)
	kv.name, kv.about, kv.functions = "kv", "a key's value, nil for none; where histories have versions, these decide", "read/get, write/put, delete, cas [old new]"
	kv.parse = parse(read, write, cas, remove)
	return []*model{&plain, &swaps, &kv}
}

const remove kind = 100 // is parsed as a write of nil

func functionOf(f string) kind {
	switch f {
	case "read", "r", "get":
		return read
	case "write", "w", "put", "set":
		return write
	case "cas", "compare-and-set", "compare-and-swap":
		return cas
	case "delete", "del", "remove":
		return remove
	}
	return 0
}

func (p *parsing) register(o *op, f string, in, out any) error {
	switch o.kind {
	case read:
		if o.done {
			o.a = p.v.id(out)
			o.sees = []id{o.a}
		}
		return p.result(o, in, out)
	case remove:
		o.kind, o.a = write, 0
		o.makes = p.made(0, 0)
		return nil
	case cas:
		from, to, ok := pair(in)
		if !ok {
			return fmt.Errorf("%s of %.60s: want [old new]", f, appendCanonical(nil, in))
		}
		if read, same, ok := pair(out); ok && from == nil && p.v.id(same) == p.v.id(to) {
			from, in = read, out // it told only at the end what it found
		}
		o.a, o.b = p.v.id(from), p.v.id(to)
		o.makes = p.made(o.b, o.b)
		if o.any = p.late && from == nil && !o.done; !o.any {
			o.sees = []id{o.a}
		}
		return p.same(o, in, out)
	}
	o.a = p.v.id(in)
	o.makes = p.made(o.a, o.a)
	return p.same(o, in, out)
}

// mix spreads the bits of a number over all of them.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}
