package sim

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// Expectation is something that a campaign must reach at least once, or it
// proves little: a world in which nothing happens breaks no rule.
type Expectation struct {
	Name   string // of a probe, or of a kind of faults
	Worlds int    // a campaign of fewer worlds may miss it by chance
}

// A campaign of few worlds may miss much; one of many has no excuse even for
// what few worlds have.
const (
	fewWorlds  = 200
	manyWorlds = 1000
)

// Expects returns what a campaign of the swarm must reach. Every kind of fault
// that may be drawn must strike. What the protocol has that is rare must happen
// if faults of all groups may, in clusters of three or more.
func (s Swarm) Expects() []Expectation {
	var want []Expectation
	expect := func(worlds int, names ...string) {
		for _, name := range names {
			want = append(want, Expectation{name, worlds})
		}
	}
	size := cmp.Or(s.Zones, 1) * cmp.Or(s.Nodes, 3)
	spare := s.spare()
	for _, g := range s.Groups {
		for _, kind := range g.Kinds() {
			switch {
			case kind == nemesis.Partition && size == 1:
			case kind != nemesis.RotDisk && kind != nemesis.LoseDisk:
				expect(fewWorlds, string(kind))
			case spare > 0:
				expect(manyWorlds, string(kind))
			}
		}
	}
	if size < 3 || len(s.Groups) < len(nemesis.Groups()) {
		return want
	}
	expect(fewWorlds, ProbeMessageLost, ProbeMessageDuplicated, ProbeMessageCut, ProbeDiskFailed)
	if s.Zones > 1 {
		expect(fewWorlds, ProbeZoneLost)
	}
	if spare > 0 {
		expect(manyWorlds, ProbeDamage)
		if s.Subject.Readmits {
			expect(manyWorlds, ProbeLearner, ProbeAdmitted, ProbeForeign)
		}
	}
	for _, name := range s.Subject.Probes {
		if (name != ProbeLearnt || s.optional()) && (s.zoned() || !ofZones(name)) {
			expect(fewWorlds, name)
		}
	}
	return want
}

// zoned reports whether clusters of the swarm may have several zones.
func (s Swarm) zoned() bool {
	return s.Zones > 1 || s.Zones == 0 && s.Nodes == 0 && len(s.Subject.Zones) > 0
}

// ofZones reports whether what a probe is named after needs several zones.
func ofZones(probe string) bool {
	return slices.Contains([]string{ProbeStolen, ProbeHandedOver, ProbeStolenFromDead, ProbeDuel, ProbeZoneLost, ProbeZoneDead}, probe)
}

// spare returns how many members of its clusters the swarm can do without, at
// least if the seed chooses the quorums.
func (s Swarm) spare() int {
	q, err := s.quorums()
	if err != nil || s.Subject.Fragile {
		return 0
	}
	return tolerated(q, q.Cluster)
}

// optional reports whether something can be chosen without somebody's vote.
func (s Swarm) optional() bool {
	q, err := s.quorums()
	if err != nil {
		return false
	}
	for i := range q.Cluster.Size() {
		if q.Phase2(q.Cluster.All().Remove(i)) {
			return true
		}
	}
	return false
}

// quorums returns those of the smallest cluster that the swarm has, unless the
// seed chooses.
func (s Swarm) quorums() (quorate.QuorumSystem, error) {
	cluster, err := quorate.Grid(cmp.Or(s.Zones, 1), cmp.Or(s.Nodes, 3))
	if err != nil {
		return quorate.QuorumSystem{}, err
	}
	return s.Subject.Quorums(cluster, Knobs{Quorum: s.Quorum})
}

// Missing returns the names of what the campaign should have reached and did
// not, sorted.
func (f *Findings) Missing(want []Expectation) []string {
	var missing []string
	for _, e := range want {
		if f.Stats.Worlds >= e.Worlds && f.Stats.Probes[e.Name]+f.Stats.Faults[e.Name] == 0 {
			missing = append(missing, e.Name)
		}
	}
	slices.Sort(missing)
	return missing
}
