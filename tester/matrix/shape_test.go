package matrix

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// several is a matrix of clusters of three shapes.
func several() Config {
	c := full()
	c.Shapes = []Shape{{3, 1}, {5, 1}, {3, 3}}
	return c
}

// Rule: shapes are spread like all else. No place of the matrix is tested again, in
// whichever cluster, before all of its row are; and clusters of a protocol, and those of a
// row, differ by few tests, wherever it ends.
func TestOrderSpreadsShapes(t *testing.T) {
	c := several()
	c.Workloads = []string{"register", "bank"}
	cells, _, err := c.Cells()
	if err != nil {
		t.Fatal(err)
	}
	o := newOrder(cells, 1)
	clusters, rows, places := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range cells {
		clusters[c.cluster()], rows[c.row()], places[c.Protocol+c.Workload+o.kinds.of(c.Nemesis)] = 0, 0, 0
	}
	spread := func(m map[string]int, belongs func(name string) bool) int {
		least, most := 1<<30, 0
		for name, n := range m {
			if belongs(name) {
				least, most = min(least, n), max(most, n)
			}
		}
		return most - least
	}
	for i := range whole(cells) {
		c, _ := o.next()
		clusters[c.cluster()]++
		rows[c.row()]++
		places[c.Protocol+c.Workload+o.kinds.of(c.Nemesis)]++
		ofProtocol := func(name string) bool { return strings.HasPrefix(name, c.Protocol+" ") }
		ofRow := func(name string) bool { return ofProtocol(name) && strings.HasSuffix(name, " "+c.Workload) }
		if a, b := spread(clusters, ofProtocol), spread(rows, ofRow); a > 3 || b > 4 {
			t.Fatalf("after %d: %v, %v", i, clusters, rows)
		}
	}
	tested := 0
	for place, n := range places {
		tested += min(n, 1)
		if n > 1 {
			t.Errorf("%s was tested %d times of %d", place, n, len(places))
		}
	}
	if tested != whole(cells) {
		t.Errorf("tested %d places of %d", tested, len(places))
	}
}

// Each shape has its own quorums, clients and what it cannot suffer, and a test of its own
// name and seed.
func TestShapes(t *testing.T) {
	c := several()
	c.Quorums, c.Each = "count:3,3", 2
	cells, skipped, err := c.Cells()
	if err != nil {
		t.Fatal(err)
	}
	refused := slices.ContainsFunc(skipped, func(s Skip) bool { return strings.HasPrefix(s.What, "paxos 3x3, ") })
	fits := Cell{Protocol: "paxos", Shape: Shape{5, 1}, Workload: "kv", Nemesis: "kill"}
	if !refused || !slices.Contains(cells, fits) || slices.ContainsFunc(cells, func(c Cell) bool { return c.Shape == Shape{3, 3} }) {
		t.Errorf("three of nine, which do not meet: %v", skipped)
	}
	five, err := c.test(fits, 0)
	if err != nil || five.Zones != 5 || five.Nodes != 1 || five.Concurrency != 10 || five.Options.Quorums.Cluster.Size() != 5 || five.Name != "paxos-5x1-kv-kill-log" {
		t.Errorf("%+v, %v", five, err)
	}
	if three, err := c.test(Cell{Protocol: "paxos", Shape: Shape{3, 1}, Workload: "kv", Nemesis: "kill"}, 0); err != nil || three.Seed == five.Seed {
		t.Errorf("%+v, %v", three, err)
	}
}

// Where what members own moves between zones, a zone of one is a quorum by itself.
func TestShapesSufferOnTheirOwn(t *testing.T) {
	c := several()
	c.Protocols, c.Nemeses = []string{"paxos", "wpaxos"}, []string{"disk-lost", "partition-zone-pair+disk-lost"}
	cells, skipped, err := c.Cells()
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[Cell]bool{
		{Protocol: "wpaxos", Shape: Shape{3, 1}, Workload: "bank", Nemesis: "disk-lost"}:                     false,
		{Protocol: "wpaxos", Shape: Shape{3, 3}, Workload: "bank", Nemesis: "disk-lost"}:                     true,
		{Protocol: "paxos", Shape: Shape{3, 1}, Workload: "bank", Nemesis: "disk-lost"}:                      true,
		{Protocol: "paxos", Shape: Shape{3, 1}, Workload: "bank", Nemesis: "disk-lost+partition-zone-pair"}:  true,
		{Protocol: "wpaxos", Shape: Shape{5, 1}, Workload: "bank", Nemesis: "disk-lost+partition-zone-pair"}: false,
	} {
		if slices.Contains(cells, cell) != want {
			t.Errorf("%v: %v; %v", cell, !want, skipped)
		}
	}
}

// Nemeses that strike together are one test, in whatever order they are named, and nobody
// leads where nobody does.
func TestNemesesTogether(t *testing.T) {
	c := full()
	c.Protocols, c.Workloads, c.Reads = []string{"paxos", "epaxos"}, []string{"kv"}, []quorate.ReadMode{quorate.ReadLog}
	c.Nemeses = []string{"loss+kill-leader", "kill-leader+loss"}
	cells, skipped, err := c.Cells()
	want := Cell{Protocol: "paxos", Workload: "kv", Nemesis: "kill-leader+loss"}
	if err != nil || !slices.Equal(cells, []Cell{want}) || len(skipped) != 1 || skipped[0].Reason != "nobody leads" {
		t.Fatalf("%v, %v, %v", cells, skipped, err)
	}
	if test, err := c.test(want, 0); err != nil || !slices.Equal(test.Nemeses, []string{"kill-leader", "loss"}) {
		t.Errorf("%v, %v", test.Nemeses, err)
	}
}

// What was done in each shape is remembered, and goes on whichever shapes come next; it is
// told apart from what is of none, as of programs that knew none.
func TestShapesAreRemembered(t *testing.T) {
	g := newRig(t)
	g.cfg.Protocols, g.cfg.Workloads, g.cfg.Nemeses = []string{"paxos"}, []string{"bank"}, []string{"kill-one"}
	g.cfg.Budget = 14 * time.Second
	tests := func(want ...string) {
		t.Helper()
		g.run(t, 0, func(r *Report, err error) {
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range r.Cells {
				got = append(got, c.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	tests("paxos-bank-kill-one-log")
	g.cfg.Shapes = []Shape{{3, 1}}
	tests("paxos-3x1-bank-kill-one-log")
	g.cfg.Shapes, g.cfg.Test.Zones, g.cfg.Test.Nodes = []Shape{{3, 1}, {5, 1}}, 5, 1
	tests("paxos-3x1-bank-kill-one-log", "paxos-5x1-bank-kill-one-log")
	r, err := Load(g.cfg.Test.Store)
	if err != nil || r.Tests != 3 || !slices.Equal(r.rows, []string{"paxos 3x1 bank", "paxos 5x1 bank", "paxos bank"}) {
		t.Errorf("%+v, %v", r, err)
	}
	text, err := os.ReadFile(filepath.Join(g.cfg.Test.Store, File))
	if err != nil || strings.Count(string(text), `"nodes": "5x1"`) != 1 || strings.Count(string(text), `"nodes": ""`) != 0 {
		t.Errorf("%v: %s", err, text)
	}
}

func TestShapeAsText(t *testing.T) {
	var s Shape
	if err := json.Unmarshal([]byte(`"5x3"`), &s); err != nil || s != (Shape{5, 3}) {
		t.Errorf("%v, %v", s, err)
	}
	for _, bad := range []string{`"5"`, `"5x"`, `"5x3x1"`, `"0x3"`, `"5x-1"`, `"05x1"`, `""`, `5`} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s is %v", bad, s)
		}
	}
}
