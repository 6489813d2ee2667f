package nemesis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func TestWAN(t *testing.T) {
	for _, name := range Regions() {
		l, err := WAN(name)
		if err != nil {
			t.Fatal(err)
		}
		n := 5
		least := 5 * ms
		if name == "metro" {
			least = ms / 2
		}
		if name == "aws3" || name == "metro" {
			n = 3
		}
		if len(l.Names) != n || len(l.OneWay) != n || len(slices.Compact(slices.Sorted(slices.Values(l.Names)))) != n {
			t.Errorf("%s: regions %v, %d rows", name, l.Names, len(l.OneWay))
		}
		for i := range l.Names {
			if l.Between(i, i) != 213500*time.Nanosecond {
				t.Errorf("%s: %v within %s", name, l.Between(i, i), l.Names[i])
			}
			for j := range i {
				if d := l.Between(i, j); d != l.Between(j, i) || d < least || d > 120*ms {
					t.Errorf("%s: %v from %s to %s, %v back", name, d, l.Names[i], l.Names[j], l.Between(j, i))
				}
			}
		}
		if l.Between(n+2, n) != l.Between(2, 0) {
			t.Errorf("%s: the zones do not go round", name)
		}
	}
	_, err := WAN("wpaxi")
	mustSay(t, "misspelt", err, "want one of aws3, aws5, paxi, wpaxos, metro, model")
}

// The round trips that the papers mention, and one that is only in the model.
func TestPublishedTrips(t *testing.T) {
	for _, test := range []struct {
		wan, from, to string
		trip          time.Duration
	}{
		{"wpaxos", "VA", "OH", 11 * ms}, {"wpaxos", "OH", "CA", 49 * ms}, {"wpaxos", "VA", "CA", 60 * ms},
		{"paxi", "VA", "OH", 11 * ms}, {"aws5", "CA", "IR", 128 * ms}, {"aws3", "CA", "IR", 128 * ms}, {"aws3", "VA", "IR", 69 * ms}, {"model", "IR", "JP", 218 * ms}, {"model", "VA", "OR", 86 * ms},
	} {
		l, err := WAN(test.wan)
		if err != nil {
			t.Fatal(err)
		}
		from, to := slices.Index(l.Names, test.from), slices.Index(l.Names, test.to)
		if got := l.Between(from, to) + l.Between(to, from); got != test.trip {
			t.Errorf("%s: %s-%s takes %v, want %v", test.wan, test.from, test.to, got, test.trip)
		}
	}
}

// Two orders of the same regions agree.
func TestSameRegionsSameTrips(t *testing.T) {
	a, err := WAN("paxi")
	if err != nil {
		t.Fatal(err)
	}
	b, err := WAN("wpaxos")
	if err != nil {
		t.Fatal(err)
	}
	for i, from := range a.Names {
		for j, to := range a.Names {
			if x, y := a.Between(i, j), b.Between(slices.Index(b.Names, from), slices.Index(b.Names, to)); x != y {
				t.Errorf("%s-%s: %v and %v", from, to, x, y)
			}
		}
	}
}

// Clients ask the members of their zone first, each another one, and then those of
// the nearest zones.
func TestNearest(t *testing.T) {
	wan, err := WAN("aws3")
	if err != nil {
		t.Fatal(err)
	}
	c, err := quorate.Grid(3, 2)
	if err != nil {
		t.Fatal(err)
	}
	for client, want := range []string{
		"[1.1 1.2 2.1 2.2 3.1 3.2]", "[2.1 2.2 1.2 1.1 3.2 3.1]", "[3.1 3.2 1.1 1.2 2.1 2.2]", "[1.2 1.1 2.2 2.1 3.2 3.1]",
	} {
		if got := fmt.Sprint(Nearest(c, &wan, client)); got != want {
			t.Errorf("client %d: %s, want %s", client, got, want)
		}
	}
	if got := fmt.Sprint(Nearest(c, nil, 1)); got != "[2.1 2.2 3.2 3.1 1.2 1.1]" {
		t.Errorf("without distances: %s", got)
	}
}
