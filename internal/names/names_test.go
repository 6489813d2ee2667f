package names_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/names"
)

func TestTable(t *testing.T) {
	table := names.New[int]()
	known := map[string]int{}
	for i := range 20_000 {
		name := fmt.Sprint("k", i*7%15_000)
		if i%5 == 0 {
			name = strings.Repeat("long ", i%50) + name
		}
		number, ok := known[name]
		if got := table.Find(name); ok && got != number || !ok && got != -1 {
			t.Fatalf("%s has number %d before it is put, want %d, %v", name, got, number, ok)
		}
		number = table.Put(name)
		if old, ok := known[name]; ok && number != old || !ok && number != len(known) {
			t.Fatalf("%s has number %d of %d, was %d, %v", name, number, len(known), old, ok)
		}
		known[name] = number
		*table.At(number) += i
		if table.Find(name) != number || table.Put(name) != number || table.Name(number) != name {
			t.Fatalf("number %d is %q, want %q", number, table.Name(number), name)
		}
	}
	if table.Len() != len(known) {
		t.Fatalf("%d keys, want %d", table.Len(), len(known))
	}
	for name, number := range known {
		if table.Find(name) != number || table.Name(number) != name {
			t.Fatalf("%s has number %d, want %d", name, table.Find(name), number)
		}
	}
}

func TestNamesOfAllLengths(t *testing.T) {
	table := names.New[string]()
	for n := range 100 {
		name := strings.Repeat("x", n*n)
		*table.At(table.Put(name)) = name
	}
	for n := range 100 {
		if name := strings.Repeat("x", n*n); table.Name(n) != name || *table.At(n) != name || table.Find(name) != n {
			t.Errorf("number %d has %d bytes, want %d", n, len(table.Name(n)), n*n)
		}
	}
	if table.Find("y") != -1 {
		t.Error("found what is not there")
	}
}

// BenchmarkFind looks for keys in no order, so that none is at hand.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint("keys=", n), func(b *testing.B) {
			table := names.New[[8]uint64]()
			all := make([]string, n)
			for i := range all {
				all[i] = fmt.Sprint("key", i)
				table.Put(all[i])
			}
			b.ReportAllocs()
			i := uint64(0)
			for b.Loop() {
				i++
				name := all[(i*0x9e3779b97f4a7c15>>32)%uint64(n)]
				if table.Find(name) < 0 {
					b.Fatal(name)
				}
			}
		})
	}
}
