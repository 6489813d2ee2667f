package core

import (
	"testing"

	"github.com/quorate/quorate"
)

// The index keeps nothing of what is dropped.
func TestIndexIsTrimmed(t *testing.T) {
	x := NewTable(2)
	for n, key := range []string{"a", "b", "a", "c", "a"} {
		i := x.Open(ID{Number: uint64(n)})
		x.Commit(i, Value{Commands: []quorate.Command{{Op: quorate.OpPut, Key: key}}})
		x.Order(i)
	}
	for x.Execute(100, func([]*Instance) {}) {
	}
	x.Trim(Deps{4})
	if k := x.index.keys["a"]; len(x.index.keys) != 1 || len(k.rows[0].entries) != 1 || k.rows[0].done != 0 {
		t.Errorf("the index has %d keys, of one %+v", len(x.index.keys), k)
	}
	x.Trim(Deps{5})
	if len(x.index.keys) != 0 || x.Len() != 0 {
		t.Errorf("the index has %d keys, the table %d instances", len(x.index.keys), x.Len())
	}
}
