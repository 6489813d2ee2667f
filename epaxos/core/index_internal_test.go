package core

import (
	"math/rand/v2"
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

// An instance points to the keys that the index has under their names, and is in their
// histories, and nothing else is: whatever becomes known of it, in whatever order, while
// others that touch the same keys are dropped, and the keys with them. Else of two
// instances that interfere neither might come to depend on the other.
func TestInstancesPointToKnownKeys(t *testing.T) {
	for seed := range uint64(200) {
		x, rng := NewTable(2), rand.New(rand.NewPCG(seed, 0))
		for range 150 {
			anything(x, rng)
			checkIndex(t, x)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// anything does to a table whatever a replica may do.
func anything(x *Table, rng *rand.Rand) {
	row := rng.IntN(2)
	id := ID{uint8(row), x.rows[row].base + rng.Uint64N(6)}
	commands := make([]quorate.Command, 1+id.Number%3) // an instance always has the same
	for at := range commands {
		commands[at] = quorate.Command{Op: quorate.OpPut, Key: string(rune('a' + (id.Number*7+uint64(row+at*2))%5))}
	}
	i, deps := x.Open(id), x.Base()
	switch b := quorate.NewBallot(1+uint32(rng.IntN(3)), 1); rng.IntN(8) {
	case 0:
		x.PreAccept(i, commands, deps)
	case 1:
		x.Promise(i, b)
	case 2:
		x.Validate(i, i.Promised, commands, deps)
	case 3:
		if i.Promised > i.Voted {
			x.Accept(i, i.Promised, Value{Commands: commands, Deps: deps})
		}
	case 4, 5:
		if i.Phase != Committed {
			x.Commit(i, Value{Commands: commands, Deps: deps})
			x.Order(i)
		}
	case 6:
		for x.Execute(100, func([]*Instance) {}) {
		}
		base := x.Executed()
		x.Raise(base)
		x.Trim(base)
	case 7:
		if rng.IntN(8) == 0 {
			x.Install(Deps{x.rows[0].base + rng.Uint64N(4), x.rows[1].base + rng.Uint64N(4)})
		}
	}
}

func checkIndex(t *testing.T, x *Table) {
	touched := 0
	for row := range x.rows {
		for _, i := range x.rows[row].instances {
			if i == nil {
				continue
			}
			if (len(i.Commands) > 0) != (len(i.touches) > 0) {
				t.Errorf("%v has %d commands and touches %d keys", i.ID, len(i.Commands), len(i.touches))
			}
			touched += len(i.touches)
			for _, a := range i.touches {
				h := &a.key.rows[row]
				at := h.from(i.ID.Number, 0)
				if x.index.keys[a.key.name] != a.key || at == len(h.entries) || h.entries[at].number() != i.ID.Number {
					t.Errorf("%v touches %q, of which the index has %+v, and not %+v", i.ID, a.key.name, x.index.keys[a.key.name], a.key)
				}
			}
		}
	}
	entries := 0
	for name, k := range x.index.keys {
		of := 0
		for row := range k.rows {
			of += len(k.rows[row].entries)
		}
		if entries += of; of == 0 || k.name != name {
			t.Errorf("the index has %q as %+v", name, k)
		}
	}
	if entries != touched {
		t.Errorf("%d entries of %d accesses", entries, touched)
	}
}
