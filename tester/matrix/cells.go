package matrix

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/workloads"
)

// Cell is a combination that is tested.
type Cell struct {
	Protocol string           `json:"protocol"`
	Shape    Shape            `json:"nodes,omitzero"` // zero: that of all tests
	Workload string           `json:"workload"`
	Nemesis  string           `json:"nemesis"` // or several, joined by "+"
	Read     quorate.ReadMode `json:"-"`
}

// String names the cell, as the directory of its tests is called.
func (c Cell) String() string {
	parts := []string{c.Protocol, c.Shape.String(), c.Workload, c.Nemesis, c.Read.String()}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "-")
}

// cluster names the cell's protocol, and its shape if it has one of its own.
func (c Cell) cluster() string { return strings.TrimSpace(c.Protocol + " " + c.Shape.String()) }

// row names the cell's row in the report.
func (c Cell) row() string { return c.cluster() + " " + c.Workload }

// together joins the names of nemeses that strike in one test.
const together = "+"

// nemeses are the cell's.
func (c Cell) nemeses() []string { return strings.Split(c.Nemesis, together) }

// Skip is a part of the matrix that is not tested.
type Skip struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
	Cells  int    `json:"cells"`
}

// Protocols are those that a matrix has: all but the one that survives nothing.
func Protocols() []string {
	return slices.DeleteFunc(protocols.Names(), func(name string) bool { return name == "primary" })
}

// Workloads are the names of all workloads.
func Workloads() []string {
	var names []string
	for _, k := range workloads.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// Nemeses are the names of all nemeses, with the words that stand for none and all.
func Nemeses() []string {
	names := []string{inject.None}
	for _, k := range inject.Kinds() {
		names = append(names, k.Name)
	}
	return append(names, inject.All)
}

// families finds the families of nemeses, each of which has a column: of those that do
// the same to others.
type families struct{ kinds []inject.Kind }

func (f families) of(nemesis string) string {
	if strings.Contains(nemesis, together) {
		var all []string
		for _, one := range strings.Split(nemesis, together) {
			all = append(all, f.of(one))
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), together)
	}
	starred, plain := "", ""
	for _, k := range f.kinds {
		switch {
		case k.Name != nemesis && !strings.HasPrefix(nemesis, k.Name+"-"):
		case k.All && len(k.Name) > len(starred):
			starred = k.Name
		case !k.All && (plain == "" || len(k.Name) < len(plain)):
			plain = k.Name
		}
	}
	return cmp.Or(starred, plain, nemesis) // the nearest of those that "all" stands for
}

// Cells returns what there is to test, and what cannot be, with the reasons. It fails if
// a name is unknown.
func (c Config) Cells() (cells []Cell, skipped []Skip, err error) {
	var reasons skips
	if c.Protocols, err = known("protocol", c.Protocols, Protocols(), protocols.Names()); err != nil {
		return nil, nil, err
	}
	if c.Workloads, err = known("workload", c.Workloads, Workloads(), nil); err != nil {
		return nil, nil, err
	}
	named := len(c.Nemeses) > 0
	if c.Nemeses, err = knownNemeses(c.Nemeses); err != nil {
		return nil, nil, err
	}
	fits := fitness{c, map[Cell]error{}}
	for cell := range c.combinations() {
		what, reason := why(cell, named)
		if reason == "" {
			what, reason = fits.why(cell)
		}
		if reason != "" {
			reasons.add(what, reason)
			continue
		}
		cells = append(cells, cell)
	}
	return cells, reasons.list, nil
}

// combinations are all cells, whether they can be tested or not.
func (c Config) combinations() iter.Seq[Cell] {
	return func(yield func(Cell) bool) {
		for _, p := range c.Protocols {
			reads := c.reads(p)
			for _, s := range c.shapes() {
				for _, w := range c.Workloads {
					for _, r := range reads {
						for _, n := range c.Nemeses {
							if !yield(Cell{p, s, w, n, r}) {
								return
							}
						}
					}
				}
			}
		}
	}
}

// fitness finds out what cannot be tested, and remembers it: workloads all suffer alike,
// and so do protocols.
type fitness struct {
	cfg  Config
	seen map[Cell]error
}

// why says why a cell cannot be tested; empty if it can.
func (f fitness) why(c Cell) (what, reason string) {
	of := Cell{Protocol: c.Protocol, Shape: c.Shape, Read: c.Read, Nemesis: inject.None}
	if err := f.of(of, c); err != nil {
		return fmt.Sprintf("%s, %v reads", c.cluster(), c.Read), err.Error()
	}
	of = Cell{Shape: c.Shape, Nemesis: c.Nemesis}
	what = "nemesis " + c.Nemesis
	if c.Shape != (Shape{}) && protocols.Moves(c.Protocol) { // quorums are of zones there
		of.Protocol = c.Protocol
		what += ", " + c.cluster()
	}
	if c.Read == quorate.ReadLease {
		of.Read = c.Read
		what += ", lease reads"
	}
	if err := f.of(of, c); err != nil {
		return what, strings.TrimPrefix(strings.TrimPrefix(err.Error(), tester.ErrUnfit.Error()+": "), what+": ")
	}
	return "", ""
}

// of tries what cells have in common with one of them.
func (f fitness) of(common, c Cell) error {
	err, ok := f.seen[common]
	if !ok {
		c.Nemesis = common.Nemesis
		var t tester.Config
		if t, err = f.cfg.test(c, 0); err == nil {
			err = t.Fits()
		}
		f.seen[common] = err
	}
	return err
}

// why says why a combination is not tested, whatever the cluster; empty if it is.
func why(c Cell, named bool) (what, reason string) {
	ofLeader := func(nemesis string) bool {
		return strings.Contains(nemesis+"-", "-leader-") || strings.HasPrefix(nemesis, "rivals")
	}
	switch {
	case strings.HasPrefix(c.Nemesis, "disk-lie") && !named:
		return "nemesis " + c.Nemesis, "no protocol survives it, and a test has to find it; name it with --nemesis to see that"
	case protocols.Equals(c.Protocol) && slices.ContainsFunc(c.nemeses(), ofLeader):
		return c.Protocol + ", nemeses of the leader", "nobody leads"
	case c.Read != quorate.ReadLog && (c.Workload == "queue" || c.Workload == "unique-ids"):
		return "workload " + c.Workload + ", reads other than log", "its clients do not read while things go wrong"
	}
	return "", ""
}

// reads are the read modes of a protocol that are asked for.
func (c Config) reads(protocol string) []quorate.ReadMode {
	return slices.DeleteFunc(slices.Clone(protocols.Reads(protocol)), func(r quorate.ReadMode) bool {
		return len(c.Reads) > 0 && !slices.Contains(c.Reads, r)
	})
}

// known returns the names, or all of them if there are none; others may be named, too.
func known(what string, names, all, others []string) ([]string, error) {
	if len(names) == 0 {
		return all, nil
	}
	all = slices.Concat(all, others)
	for _, name := range names {
		if !slices.Contains(all, name) {
			slices.Sort(all)
			all = slices.Compact(all)
			return nil, fmt.Errorf("%s %.40q: there is no such %s%s; known: %s", what, name, what, spelling.Hint(name, all, ""), strings.Join(all, ", "))
		}
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// knownNemeses returns the names, or all of them if there are none. Several that strike
// together are in one order, and each once.
func knownNemeses(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		parts, err := known("nemesis", strings.Split(name, together), Nemeses(), nil)
		if err != nil {
			return nil, err
		}
		all = append(all, strings.Join(parts, together))
	}
	slices.Sort(all)
	if len(all) == 0 {
		all = Nemeses()
	}
	return slices.Compact(all), nil
}

// skips are what is left out, by the reason.
type skips struct{ list []Skip }

func (s *skips) add(what, reason string) {
	i := slices.IndexFunc(s.list, func(o Skip) bool { return o.What == what && o.Reason == reason })
	if i < 0 {
		i, s.list = len(s.list), append(s.list, Skip{What: what, Reason: reason})
	}
	s.list[i].Cells++
}

// lease is how long leases last where reads are by lease, if nothing else is said.
const lease = time.Second

// test is the test of a cell, when it has been tested so many times.
func (c Config) test(cell Cell, runs int) (t tester.Config, err error) {
	t = c.Test
	t.Name, t.Protocol, t.Workload, t.Read, t.Nemeses = cell.String(), cell.Protocol, cell.Workload, cell.Read, cell.nemeses()
	if cell.Shape != (Shape{}) {
		t.Zones, t.Nodes = cell.Shape.Zones, cell.Shape.Nodes
	}
	if t.Options.Quorums, err = c.quorums(cell); err != nil {
		return t, err
	}
	if c.Each > 0 {
		t.Concurrency = max(1, int(math.Round(c.Each*float64(t.Zones*t.Nodes))))
	}
	if c.PerZone > 0 && protocols.Moves(cell.Protocol) {
		t.Nodes = c.PerZone
	}
	t.Options.Lease = cmp.Or(t.Options.Lease, lease)
	if cell.Read != quorate.ReadLease {
		t.Options.Lease = 0
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %v %d", c.Seed, cell, runs)
	t.Seed = h.Sum64() >> 16 // short enough to be typed
	return t, nil
}
