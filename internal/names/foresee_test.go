package names

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"testing"
)

// Rule: who asks for keys in the order in which they were foreseen, any of them several
// times in a row, needs neither hash nor index; what was not there is put, and found.
func TestForesee(t *testing.T) {
	table := New[int]()
	for _, name := range []string{"a", "b", "c", strings.Repeat("long ", 10)} {
		table.Put(name)
	}
	all := []string{"c", "a", "a", "x", "b", strings.Repeat("long ", 10), "x", "c"}
	if got := table.Foresee(all); !slices.Equal(got, []int{2, 0, 0, -1, 1, 3, -1, 2}) {
		t.Fatalf("foreseen %v", got)
	}
	seed := table.seed
	table.seed = maphash.MakeSeed()
	first, again := table.Find("c"), table.Find("c")
	if first != 2 || again != 2 || table.Put("a") != 0 || table.Find("a") != 0 || table.Put("x") != 4 {
		t.Error("what was foreseen is looked for anew, or takes another's place")
	}
	if table.Find("x") != 4 || table.Find("b") != 1 || table.Put(all[5]) != 3 {
		t.Error("what comes after a key that was put then is looked for anew")
	}
	table.seed = seed
	if table.Put("x") != 4 || table.Find("c") != 2 || table.Len() != 5 {
		t.Error("a key that was put is put again")
	}
}

// Rule: to foresee changes nothing, also for who then asks for other keys, or in
// another order.
func TestForeseeInVain(t *testing.T) {
	table, plain := New[int](), New[int]()
	for i := range 20_000 {
		if i%50 == 0 {
			var soon []string
			for j := range i % 70 {
				soon = append(soon, fmt.Sprint("k", (i+j*j*j)*7%15_000))
			}
			for j, number := range table.Foresee(soon) {
				if want := plain.Find(soon[j]); number != want {
					t.Fatalf("foreseen that %s has number %d, want %d", soon[j], number, want)
				}
			}
		}
		name := fmt.Sprint("k", (i+i%3*i*i)*7%15_000)
		if got, want := table.Find(name), plain.Find(name); got != want {
			t.Fatalf("%s has number %d, want %d", name, got, want)
		}
		if i%2 == 0 {
			if got, want := table.Put(name), plain.Put(name); got != want {
				t.Fatalf("%s gets number %d, want %d", name, got, want)
			}
		}
	}
}

// Rule: whoever asks for the key whose name was read last finds it at hand.
func TestNameIsAtHand(t *testing.T) {
	table := New[int]()
	table.Put("a")
	table.Put("b")
	table.seed = maphash.MakeSeed()
	if table.Find(table.Name(0)) != 0 {
		t.Error("a key is looked for right after its name was read")
	}
}

// Rule: equal hashes are not equal keys. Here an index says of a key's hash that it is
// another key's; so few keys have that by chance that it is done by hand.
func TestForeseeEqualHashes(t *testing.T) {
	table := New[int]()
	table.Put("a")
	h := maphash.String(table.seed, "b")
	table.spread[h%spread].add(placeOf(h, 0))
	if got := table.Foresee([]string{"b", "a"}); !slices.Equal(got, []int{-1, 0}) {
		t.Errorf("foreseen %v", got)
	}
	if table.Find("b") != -1 || table.Put("b") != 1 || table.Find("a") != 0 {
		t.Error("one key is taken for another")
	}
	if got := table.Foresee([]string{"b"}); got[0] != 1 {
		t.Errorf("a key behind another one of its hash is not foreseen: %v", got)
	}
}
