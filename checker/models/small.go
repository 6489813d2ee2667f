package models

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/checker/history"
)

// entries reads the read or write of a map of registers as a transaction.
func entries(o *op, k kind, in, out any) ([]part, error) {
	asked, ok := in.(history.Map)
	if !ok {
		return nil, fmt.Errorf("a value of %.60s: want a map of registers", appendCanonical(nil, in))
	}
	got, ok := out.(history.Map)
	if o.done && !ok && (k == read || out != nil) {
		return nil, fmt.Errorf("completes with the value %.60s: want a map of registers", appendCanonical(nil, out))
	}
	if !o.done || got == nil {
		got = asked
	}
	if len(got) != len(asked) {
		return nil, fmt.Errorf("completes with %d registers, but was invoked with %d", len(got), len(asked))
	}
	results := map[string]any{}
	for _, e := range got {
		results[string(appendCanonical(nil, e.Key))] = e.Value
	}
	var all []part
	for _, e := range asked {
		r, ok := results[string(appendCanonical(nil, e.Key))]
		if !ok {
			return nil, fmt.Errorf("completes without the register %.60s", appendCanonical(nil, e.Key))
		}
		f := "w"
		if k == read {
			f = "r"
		}
		all = append(all, part{f: f, key: e.Key, value: e.Value, out: r})
	}
	return all, nil
}

// packed is a list of values in a form that can be compared.
type packed string

func (s packed) push(x id) packed {
	return s + packed([]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
}

func (s packed) ids() []id {
	list := make([]id, len(s)/4)
	for i := range list {
		list[i] = id(s[4*i])<<24 | id(s[4*i+1])<<16 | id(s[4*i+2])<<8 | id(s[4*i+3])
	}
	return list
}

func pack(list []id) packed {
	var s packed
	for _, x := range list {
		s = s.push(x)
	}
	return s
}

func showPacked(v *values, s any) string {
	var words []string
	for _, x := range s.(packed).ids() {
		words = append(words, v.text[x])
	}
	return "[" + strings.Join(words, " ") + "]"
}

// objects returns the models of simple objects that are no registers.
func objects() []*model {
	seed := maphash.MakeSeed()
	hashPacked := func(s any) uint64 { return maphash.String(seed, string(s.(packed))) }
	sizePacked := func(s any) int { return len(s.(packed)) }
	return []*model{
		{
			name: "set", about: "a set that grows", functions: "add v, read",
			parse: parseSet, observed: true,
			init: func(int, id) any { return packed("") },
			step: func(s any, o *op) (any, bool) {
				members := s.(packed).ids()
				if o.kind == read {
					return s, !o.done || slices.Equal(members, o.list)
				}
				at, found := slices.BinarySearch(members, o.a)
				if found {
					return s, true
				}
				return pack(slices.Insert(members, at, o.a)), true
			},
			hash: hashPacked, size: sizePacked, show: showPacked,
		},
		{
			name: "queue", about: "a queue, first in first out", functions: "enqueue v, dequeue, read",
			parse: parseQueue,
			init:  func(int, id) any { return packed("") },
			step:  stepQueue,
			hash:  hashPacked, size: sizePacked, show: showPacked,
		},
		{
			name: "counter", about: "a number that is added to", functions: "add n, read",
			parse: parseCounter,
			init:  func(int, id) any { return int64(0) },
			step: func(s any, o *op) (any, bool) {
				if o.kind == read {
					return s, !o.done || o.n == s.(int64)
				}
				return s.(int64) + o.n, true
			},
			hash: func(s any) uint64 { return mix(uint64(s.(int64))) },
			show: func(_ *values, s any) string { return strconv.FormatInt(s.(int64), 10) },
		},
		{
			name: "mutex", about: "a lock", functions: "acquire, release",
			parse: parseMutex,
			init:  func(int, id) any { return false },
			step: func(s any, o *op) (any, bool) {
				if held := s.(bool); held == (o.kind == acquire) {
					return s, o.open()
				}
				return o.kind == acquire, true
			},
			hash: func(s any) uint64 {
				if s.(bool) {
					return 1
				}
				return 0
			},
			show: func(_ *values, s any) string { return map[bool]string{true: "held", false: "free"}[s.(bool)] },
		},
	}
}

func parseSet(p *parsing, o *op, f string, in, out any) error {
	switch {
	case f == "add":
		o.kind, o.a = adds, p.v.id(in)
		o.makes = []id{o.a}
		return p.same(o, in, out)
	case functionOf(f) != read:
		return errUnknown
	}
	o.kind = read
	if o.done {
		list, ok := elements(out)
		if !ok {
			return fmt.Errorf("read %.60s; want a set", appendCanonical(nil, out))
		}
		for _, x := range list {
			o.list = append(o.list, p.v.id(x))
		}
		slices.Sort(o.list)
		o.list = slices.Compact(o.list)
		o.sees = o.list
	}
	return p.result(o, in, out)
}

func parseQueue(p *parsing, o *op, f string, in, out any) error {
	switch f {
	case "enqueue":
		o.kind, o.a = enqueue, p.v.id(in)
		return p.same(o, in, out)
	case "dequeue":
		o.kind = dequeue
		if o.done {
			o.a = p.v.id(out) // nil: it was empty
		}
		return p.result(o, in, out)
	}
	if functionOf(f) != read {
		return errUnknown
	}
	o.kind = read
	if o.done {
		list, ok := elements(out)
		if !ok {
			return fmt.Errorf("read %.60s; want what is in the queue, in its order", appendCanonical(nil, out))
		}
		for _, x := range list {
			o.list = append(o.list, p.v.id(x))
		}
	}
	return p.result(o, in, out)
}

func stepQueue(s any, o *op) (any, bool) {
	q := s.(packed)
	switch {
	case o.kind == enqueue:
		return q.push(o.a), true
	case o.kind == read:
		return s, !o.done || q == pack(o.list)
	case q == "":
		return s, !o.done || o.a == 0
	}
	return q[4:], !o.done || o.a == q[:4].ids()[0]
}

func parseCounter(p *parsing, o *op, f string, in, out any) error {
	number := func(x any, ok bool) error {
		if !ok {
			return fmt.Errorf("%s of %.60s; want a whole number", f, appendCanonical(nil, x))
		}
		return nil
	}
	switch {
	case f == "add" || f == "inc" || f == "increment" || f == "dec" || f == "decrement":
		o.kind = adds
		n, ok := in.(int64)
		if in == nil && f != "add" {
			n, ok = 1, true
		}
		if o.n = n; f == "dec" || f == "decrement" {
			o.n = -n
		}
		if err := number(in, ok); err != nil {
			return err
		}
		return p.same(o, in, out)
	case functionOf(f) != read:
		return errUnknown
	}
	o.kind = read
	if o.done {
		n, ok := out.(int64)
		if o.n = n; !ok {
			return number(out, false)
		}
	}
	return p.result(o, in, out)
}

func parseMutex(_ *parsing, o *op, f string, _, _ any) error {
	switch f {
	case "acquire", "lock":
		o.kind = acquire
	case "release", "unlock":
		o.kind = release
	default:
		return errUnknown
	}
	return nil
}
