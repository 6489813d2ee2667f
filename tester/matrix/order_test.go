package matrix

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester/inject"
)

// Wherever the time ends, protocols and rows were tested equally often but for one, and
// no place of the matrix again before all of its row.
func TestOrderIsEven(t *testing.T) {
	cells, _, err := full().Cells()
	if err != nil {
		t.Fatal(err)
	}
	o := newOrder(cells, 1)
	kinds := families{inject.Kinds()}
	protocols, rows, columns, places := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range cells {
		protocols[c.Protocol], rows[c.Protocol+" "+c.Workload], columns[kinds.of(c.Nemesis)] = 0, 0, 0
		places[c.Protocol+" "+c.Workload+" "+kinds.of(c.Nemesis)] = 0
	}
	spread := func(m map[string]int) int {
		least, most := 1<<30, 0
		for _, n := range m {
			least, most = min(least, n), max(most, n)
		}
		return most - least
	}
	for i := range whole(cells) {
		c, before := o.next()
		column := kinds.of(c.Nemesis)
		protocols[c.Protocol]++
		rows[c.Protocol+" "+c.Workload]++
		columns[column]++
		places[c.Protocol+" "+c.Workload+" "+column]++
		if before != 0 || spread(protocols) > 1 || spread(rows) > 1 || spread(places) > 1 || spread(columns) > 9 {
			t.Fatalf("after %d: %v %v %v %v", i, protocols, rows, columns, before)
		}
	}
	tested := 0
	for _, n := range places {
		tested += min(n, 1)
	}
	if tested != whole(cells) {
		t.Errorf("tested %d places of %d", tested, len(places))
	}
}

// whole is how many tests it takes until one protocol has each of its places tested: after
// that it begins again, while others, which have more, go on.
func whole(cells []Cell) int {
	kinds, places := families{inject.Kinds()}, map[string]map[string]bool{}
	for _, c := range cells {
		if places[c.Protocol] == nil {
			places[c.Protocol] = map[string]bool{}
		}
		places[c.Protocol][c.Workload+" "+kinds.of(c.Nemesis)] = true
	}
	least := len(cells)
	for _, of := range places {
		least = min(least, len(of))
	}
	return least * len(places)
}

// The seed decides what is left open.
func TestOrderIsSeeded(t *testing.T) {
	c := full()
	c.Protocols, c.Workloads = []string{"epaxos"}, []string{"bank"}
	cells, _, err := c.Cells()
	if err != nil {
		t.Fatal(err)
	}
	draw := func(seed uint64) (list []Cell) {
		o := newOrder(cells, seed)
		for range 20 {
			c, _ := o.next()
			list = append(list, c)
		}
		return list
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Error("the order is not that of the seed")
	}
}

func TestFamily(t *testing.T) {
	f := families{inject.Kinds()}
	for name, want := range map[string]string{
		"loss+kill-one": "kill+loss", "kill-one+kill-all": "kill",
		"none": "none", "all": "all", "kill": "kill", "kill-one": "kill", "kill-at-sync-leader": "kill-at-sync", "partition-leader-deaf": "partition",
		"crash-leader": "crash", "clock-bump": "clock-bump", "clock-bump-leader": "clock-bump", "rolling": "rolling",
	} {
		if got := f.of(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// What cannot be tested is left out, and it is told why.
func TestCells(t *testing.T) {
	c := full()
	c.Test.Zones, c.Test.Nodes = 1, 3
	cells, skipped, err := c.Cells()
	if err != nil {
		t.Fatal(err)
	}
	reasons := ""
	for _, s := range skipped {
		reasons += s.What + ": " + s.Reason + "\n"
	}
	for _, want := range []string{"partition-zone: ", "kill-zone: ", "disk-lie: no protocol survives", "epaxos, nemeses of the leader: nobody leads", "clock-bump, lease reads: ", "queue, reads other than log: "} {
		if !strings.Contains(reasons, want) {
			t.Errorf("no %q in %s", want, reasons)
		}
	}
	has := func(cell Cell) bool { return slices.Contains(cells, cell) }
	for cell, want := range map[Cell]bool{
		{Protocol: "paxos", Workload: "register", Nemesis: "kill-leader", Read: quorate.ReadLog}:            true,
		{Protocol: "wpaxos", Workload: "bank", Nemesis: "none", Read: quorate.ReadLocal}:                    true,
		{Protocol: "trex", Workload: "kv", Nemesis: "clock-drift", Read: quorate.ReadLease}:                 true,
		{Protocol: "trex", Workload: "kv", Nemesis: "clock-bump", Read: quorate.ReadLease}:                  false,
		{Protocol: "trex", Workload: "kv", Nemesis: "clock-bump", Read: quorate.ReadIndex}:                  true,
		{Protocol: "epaxos", Workload: "register", Nemesis: "kill", Read: quorate.ReadIndex}:                false,
		{Protocol: "epaxos", Workload: "register", Nemesis: "partition-leader-deaf", Read: quorate.ReadLog}: false,
		{Protocol: "epaxos", Workload: "register", Nemesis: "kill", Read: quorate.ReadLog}:                  true,
		{Protocol: "paxos", Workload: "register", Nemesis: "partition-zone", Read: quorate.ReadLog}:         false,
		{Protocol: "paxos", Workload: "queue", Nemesis: "kill", Read: quorate.ReadLocal}:                    false,
		{Protocol: "paxos", Workload: "register", Nemesis: "disk-lie", Read: quorate.ReadLog}:               false,
		{Protocol: "primary", Workload: "register", Nemesis: "kill", Read: quorate.ReadLog}:                 false,
	} {
		if has(cell) != want {
			t.Errorf("%v: %v", cell, !want)
		}
	}
	c.Nemeses = []string{"disk-lie"}
	if cells, _, err = c.Cells(); err != nil || !has(Cell{Protocol: "paxos", Workload: "register", Nemesis: "disk-lie", Read: quorate.ReadLog}) {
		t.Errorf("named, it is not tested: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for want, edit := range map[string]func(*Config){
		"budget":                    func(c *Config) { c.Budget = 0 },
		"65 tests at a time":        func(c *Config) { c.Jobs = 65 },
		"without a store":           func(c *Config) { c.Test.Store = "" },
		"runs already":              func(c *Config) { c.Test.File = &quorate.Config{} },
		"did you mean paxos":        func(c *Config) { c.Protocols = []string{"paxso"} },
		"did you mean bank":         func(c *Config) { c.Workloads = []string{"bnak"} },
		"did you mean kill":         func(c *Config) { c.Nemeses = []string{"loss+kil"} },
		"no protocol has":           func(c *Config) { c.Protocols, c.Reads = []string{"epaxos"}, []quorate.ReadMode{quorate.ReadIndex} },
		"nothing is left to test: ": func(c *Config) { c.Protocols, c.Nemeses = []string{"epaxos"}, []string{"kill-leader"} },
	} {
		c := full()
		edit(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := full().Validate(); err != nil {
		t.Error(err)
	}
}
