package nemesis

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// hears returns whom member i hears, itself included.
func hears(grudge []quorate.Set, i int) quorate.Set { return all(len(grudge)) &^ grudge[i] }

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		name string
		got  []quorate.Set
		want []quorate.Set // whom each hears
	}{
		{"two sides", Split(3, quorate.SetOf(0, 1), quorate.SetOf(2)),
			[]quorate.Set{quorate.SetOf(0, 1), quorate.SetOf(0, 1), quorate.SetOf(2)}},
		{"a member on two sides", Split(3, quorate.SetOf(0, 1), quorate.SetOf(1, 2)),
			[]quorate.Set{quorate.SetOf(0, 1), quorate.SetOf(0, 1, 2), quorate.SetOf(1, 2)}},
		{"a member on no side", Split(3, quorate.SetOf(0, 1)),
			[]quorate.Set{quorate.SetOf(0, 1), quorate.SetOf(0, 1), quorate.SetOf(2)}},
		{"isolated", Isolate(3, quorate.SetOf(1)),
			[]quorate.Set{quorate.SetOf(0, 2), quorate.SetOf(1), quorate.SetOf(0, 2)}},
		{"deaf", Deaf(3, quorate.SetOf(0, 1)),
			[]quorate.Set{quorate.SetOf(0, 1), quorate.SetOf(0, 1), quorate.SetOf(0, 1, 2)}},
		{"mute", Mute(3, quorate.SetOf(0)),
			[]quorate.Set{quorate.SetOf(0, 1, 2), quorate.SetOf(1, 2), quorate.SetOf(1, 2)}},
		{"apart", Apart(4, quorate.SetOf(0), quorate.SetOf(1, 2)),
			[]quorate.Set{quorate.SetOf(0, 3), quorate.SetOf(1, 2, 3), quorate.SetOf(1, 2, 3), quorate.SetOf(0, 1, 2, 3)}},
	} {
		for i, want := range test.want {
			n := len(test.got)
			if got := all(n) &^ test.got[i]; got != want {
				t.Errorf("%s: %d hears %b, want %b", test.name, i, got, want)
			}
		}
	}
	if got := Isolate(quorate.MaxMembers, 1)[0]; got != ^quorate.Set(1) {
		t.Errorf("alone among 64, 0 does not hear %b", got)
	}
}

func TestRing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := 1; n <= quorate.MaxMembers; n++ {
		grudge := Ring(rng.Perm(n))
		majority, more := n/2+1, 0
		seen := map[quorate.Set]bool{}
		for i := range grudge {
			h := hears(grudge, i)
			if !h.Has(i) || h.Len() < majority || h.Len() > majority+1 {
				t.Errorf("n=%d: %d hears %b, want a majority with itself", n, i, h)
			}
			more += h.Len() - majority
			if n > 2 && seen[h] {
				t.Errorf("n=%d: %d hears %b, as another does", n, i, h)
			}
			seen[h] = true
		}
		if want := map[bool]int{true: 1}[n%4 == 3]; more != want {
			t.Errorf("n=%d: %d members hear one more than a majority, want %d", n, more, want)
		}
		if !mutual(grudge) {
			t.Errorf("n=%d: not symmetric: %b", n, grudge)
		}
	}
}

// Properties of the shapes, for clusters of all forms.
func TestShapes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, form := range [][2]int{{1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 7}, {1, 8}, {2, 1}, {3, 1}, {2, 2}, {3, 3}, {5, 3}} {
		c, err := quorate.Grid(form[0], form[1])
		if err != nil {
			t.Fatal(err)
		}
		n := c.Size()
		for _, name := range ShapesOf(c) {
			for range 50 {
				grudge, err := Cut(name, c, rng)
				if err != nil {
					t.Fatal(err)
				}
				f := Fault{Kind: Partition, Shape: name, Grudge: grudge}
				if err := f.Validate(n); err != nil {
					t.Errorf("%v: %v", c, err)
				}
				if !holds(name, c, grudge) {
					t.Errorf("%v: %s is not what it should be: %b", c, name, grudge)
				}
				oneWay := slices.Contains([]string{"one-way", ShapeDeaf, ShapeMute, ShapeMuffled, ShapeZoneDeaf, ShapeZoneMute}, name)
				if mutual(grudge) == oneWay {
					t.Errorf("%v: %s is symmetric: %v", c, name, !oneWay)
				}
				if !slices.ContainsFunc(grudge, func(s quorate.Set) bool { return s != 0 }) {
					t.Errorf("%v: %s cuts nothing", c, name)
				}
			}
		}
	}
}

// holds reports whether a partition is of the shape it is named after.
func holds(name string, c *quorate.Cluster, grudge []quorate.Set) bool {
	n := c.Size()
	count := map[int]int{} // members by how many they hear
	for i := range grudge {
		count[hears(grudge, i).Len()]++
	}
	sides := func(k int) bool {
		return count[k] >= k && count[n-k] >= n-k && (n == 2*k && count[k] == n || count[k]+count[n-k] == n)
	}
	switch name {
	case "majority":
		return sides(max(1, (n-1)/2))
	case "minority-third":
		return sides(max(1, (n-1)/3))
	case "halves":
		return sides(n / 2)
	case "uniform", "one-way":
		return len(count) <= 2
	case ShapeIsolate:
		return sides(1)
	case ShapeCompany:
		return sides(max(1, (n-1)/2))
	case ShapeShunned:
		k := (n - 1) / 2
		return count[n] == n-1-k && count[n-1] >= k && count[n-k] > 0
	case ShapeMuffled:
		return count[n-1] >= n/2 && count[n-1] <= n-2 && count[n]+count[n-1] == n
	case "splinters":
		return len(count) <= 2 && count[max(1, (n-1)/2)] > 0 && !majority(count, n)
	case ShapeDeaf:
		return count[1] == 1 && count[n] == n-1
	case ShapeMute:
		return count[n] == 1 && count[n-1] == n-1
	case "bridge":
		half := (n-1)/2 + 1
		return count[n] == 1 && count[half] >= half-1 && count[half]+count[n-half+1] >= n-1
	case "ring":
		return count[n/2+1] >= n-1
	case "zone", "zones", "zone-pair", ShapeZoneDeaf, ShapeZoneMute:
		return wholeZones(name, c, grudge)
	}
	return false
}

// majority reports whether some member hears a majority.
func majority(count map[int]int, n int) bool {
	for heard := range count { // unordered: one is enough
		if heard > n/2 {
			return true
		}
	}
	return false
}

// wholeZones reports whether members of a zone hear each other and the same
// zones, and whether as many zones are cut as the name says.
func wholeZones(name string, c *quorate.Cluster, grudge []quorate.Set) bool {
	cut := 0 // pairs of zones
	for _, z := range c.Zones() {
		first := grudge[c.Zone(z).Lowest()]
		for i := range grudge {
			if c.Zone(z).Has(i) && grudge[i] != first {
				return false
			}
		}
		for _, y := range c.Zones() {
			if part := first & c.Zone(y); part == c.Zone(y) {
				cut++
			} else if part != 0 {
				return false
			}
		}
	}
	switch zones := len(c.Zones()); name {
	case "zone":
		return cut == 2*(zones-1)
	case "zone-pair":
		return cut == 2
	case ShapeZoneDeaf, ShapeZoneMute:
		return cut == zones-1
	default:
		return cut > 0
	}
}

func TestCutRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	single, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	three, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Shapes() {
		_, err := Cut(name, single, rng)
		mustSay(t, "one member: "+name, err, "want at least")
	}
	_, err = Cut("zone", three, rng)
	mustSay(t, "one zone", err, "partition zone of 3 members in 1 zones: want at least 2 members in 2 zones")
	_, err = Cut("brigde", three, rng)
	mustSay(t, "misspelt", err, "did you mean bridge?")
	for _, test := range []struct {
		zones, nodes int
		want         string
	}{
		{1, 1, ""},
		{1, 2, "majority minority-third halves uniform isolate deaf mute company one-way splinters"},
		{1, 3, "majority minority-third halves uniform isolate deaf mute company shunned muffled one-way splinters bridge ring"},
		{2, 1, "majority minority-third halves uniform isolate deaf mute company one-way splinters zone zones zone-deaf zone-mute"},
		{3, 1, strings.Join(Shapes(), " ")},
	} {
		c, err := quorate.Grid(test.zones, test.nodes)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(ShapesOf(c), " "); got != test.want {
			t.Errorf("%v can be partitioned by %s, want %s", c, got, test.want)
		}
	}
}

// A shape falls on other members every time.
func TestCutVaries(t *testing.T) {
	c, err := quorate.Grid(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 4))
	for _, name := range Shapes() {
		deaf := make([]quorate.Set, c.Size())
		for range 300 {
			grudge, err := Cut(name, c, rng)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range grudge {
				deaf[i] |= s
			}
		}
		for i, s := range deaf {
			want := c.All().Remove(i)
			if strings.HasPrefix(name, "zone") {
				want = c.All() &^ c.Zone(c.ID(i).Zone())
			}
			if s != want {
				t.Errorf("%s: %d never lost %b", name, i, want&^s)
			}
		}
	}
}
