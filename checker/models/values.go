package models

import (
	"slices"

	"github.com/quorate/quorate/checker/history"
)

// id stands for a value: equal values have equal ids. That of nil is 0.
type id uint32

// values numbers the values of a history.
type values struct {
	ids  map[string]id
	text []string // by id, as EDN
	buf  []byte
	made map[id][2]id // what of returned
}

func newValues() *values {
	v := &values{ids: map[string]id{}, made: map[id][2]id{}}
	v.id(nil)
	return v
}

// id returns that of a value.
func (v *values) id(x any) id {
	v.buf = appendCanonical(v.buf[:0], x)
	if n, ok := v.ids[string(v.buf)]; ok {
		return n
	}
	n, text := id(len(v.text)), string(v.buf)
	v.ids[text] = n
	v.text = append(v.text, text)
	return n
}

// of returns the id of what an object holds: equal values of different objects differ.
func (v *values) of(object, value id) id {
	x := v.id([]any{history.Symbol("of"), int64(object), int64(value)})
	v.made[x] = [2]id{object, value}
	return x
}

// objectName returns the name of an object that of returned: its independent key, its
// key in transactions, or both.
func (v *values) objectName(x id) string {
	switch parts := v.made[x]; {
	case parts[1] == 0:
		return v.text[parts[0]]
	case parts[0] == 0:
		return v.text[parts[1]]
	default:
		return v.text[parts[0]] + " " + v.text[parts[1]]
	}
}

// appendCanonical appends a value as EDN, sets and maps in order, lists as vectors.
func appendCanonical(b []byte, x any) []byte {
	switch x := x.(type) {
	case []any:
		b = append(b, '[')
		for i, e := range x {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendCanonical(b, e)
		}
		return append(b, ']')
	case history.Set:
		return appendSorted(append(b, '#'), len(x), func(b []byte, i int) []byte { return appendCanonical(b, x[i]) })
	case history.Map:
		return appendSorted(b, len(x), func(b []byte, i int) []byte {
			return appendCanonical(append(appendCanonical(b, x[i].Key), ' '), x[i].Value)
		})
	case history.Tagged:
		return appendCanonical(append(append(append(b, '#'), x.Tag...), ' '), x.Value)
	}
	return history.AppendEDN(b, x)
}

func appendSorted(b []byte, n int, element func([]byte, int) []byte) []byte {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = string(element(nil, i))
	}
	slices.Sort(parts)
	b = append(b, '{')
	for i, part := range slices.Compact(parts) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, part...)
	}
	return append(b, '}')
}

// elements returns the members of a vector or a set.
func elements(x any) ([]any, bool) {
	switch x := x.(type) {
	case nil:
		return nil, true
	case []any:
		return x, true
	case history.Set:
		return x, true
	}
	return nil, false
}

// word returns what a keyword, a symbol or a string says.
func word(x any) string {
	switch x := x.(type) {
	case history.Keyword:
		return string(x)
	case history.Symbol:
		return string(x)
	case string:
		return x
	}
	return ""
}
