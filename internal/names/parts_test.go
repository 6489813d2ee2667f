package names

import (
	"fmt"
	"hash/maphash"
	"strings"
	"testing"
)

// Rule: keys are told apart by their names, whatever their hashes; also where those
// end a part of the table.
func TestEqualHashes(t *testing.T) {
	table := New[int]()
	const h = 0xffff_ffff_0000_0003
	all := []string{"a", "b", "", strings.Repeat("long ", 10), strings.Repeat("long ", 10) + "er"}
	for i, name := range all {
		if got := table.find(h, name); got != -1 {
			t.Errorf("%q has number %d before it is put", name, got)
		}
		if got := table.add(h, name); got != i {
			t.Errorf("%q gets number %d, want %d", name, got, i)
		}
	}
	for i, name := range all {
		if got := table.find(h, name); got != i {
			t.Errorf("%q has number %d, want %d", name, got, i)
		}
	}
	if got := table.find(h, "c"); got != -1 {
		t.Errorf("a key that was not put has number %d", got)
	}
}

// Rule: a key that was found, or put, is found again without looking, and so is a key
// that was not looked for since; one that is not there takes nobody's place.
func TestLastOne(t *testing.T) {
	table := New[int]()
	table.Put("a")
	table.Put("b")
	seed := table.seed
	table.seed = maphash.MakeSeed() // nothing else is found from here on
	if table.Find("b") != 1 || table.Find("a") != -1 || table.Find("b") != 1 {
		t.Error("a key is looked for right after it was put")
	}
	table.seed = seed
	table.Find("a")
	table.seed = maphash.MakeSeed()
	if table.Put("a") != 0 || table.Find("a") != 0 || table.Len() != 2 {
		t.Error("a key is looked for right after it was found")
	}
	table.seed = seed
	if table.Put("b") != 1 || table.Put("a") != 0 || table.Len() != 2 {
		t.Error("a key that is not the last one is put twice")
	}
}

// Rule: names of all lengths come back; short ones lie in their slots, long ones one
// after the other in pieces, or in one of its own if it is that long.
func TestWhereNamesLie(t *testing.T) {
	table := New[int]()
	for n := range 64 {
		name := strings.Repeat("x", n)
		if at := table.Put(name); at != n || table.Name(n) != name {
			t.Errorf("a name of %d bytes has number %d and is %q", n, at, table.Name(n))
		}
		if short := table.long == nil; short != (n <= 20) {
			t.Errorf("a name of %d bytes: in its slot %v", n, short)
		}
	}
	table = New[int]()
	const each = 100
	for i := range 5 * (chunk / each) {
		table.Put(fmt.Sprintf("%0*d", each, i))
	}
	if len(table.long) != 5 {
		t.Errorf("%d pieces of names, want 5", len(table.long))
	}
	table.Put(strings.Repeat("y", 2*chunk))
	if len(table.long) != 6 || len(table.long[5]) != 2*chunk {
		t.Errorf("%d pieces of names after one longer than a piece, want 6", len(table.long))
	}
	if rows := (table.Len() + piece - 1) / piece; len(table.rows) != rows {
		t.Errorf("%d pieces for %d keys, want %d", len(table.rows), table.Len(), rows)
	}
}

// Rule: no part of the table is more than three quarters full, or less than three eighths.
func TestGrowth(t *testing.T) {
	table := New[int]()
	for i := range 10_000 {
		table.Put(fmt.Sprint(i))
		if i%100 != 0 && i > 200 {
			continue
		}
		count := 0
		for _, x := range table.spread {
			count += x.count
			if n := len(x.places); 4*x.count > 3*n || n > 4 && 8*x.count < 3*n {
				t.Fatalf("%d keys in %d places", x.count, n)
			}
		}
		if count != table.Len() {
			t.Fatalf("%d keys counted of %d", count, table.Len())
		}
	}
}
