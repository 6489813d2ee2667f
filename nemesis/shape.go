package nemesis

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/quorate/quorate"
)

// The shapes of partitions that strike given members, see [Fault.Struck].
const (
	ShapeIsolate = "isolate"
	ShapeDeaf    = "deaf"
	ShapeMute    = "mute"
	ShapeCompany = "company"
	ShapeShunned = "shunned"
	ShapeMuffled = "muffled"
)

// The shapes in which a zone is cut off one way.
const (
	ShapeZoneDeaf = "zone-deaf"
	ShapeZoneMute = "zone-mute"
)

// shape draws partitions of one kind.
type shape struct {
	name string
	// members and zones are how many a cluster needs for it.
	members, zones int
	cut            func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set
}

// shapes lists the shapes that Jepsen's and TigerBeetle's nemeses know, and
// those of zones.
func shapes() []shape {
	some := func(grudge func(int, quorate.Set) []quorate.Set, size func(n int, rng *rand.Rand) int) func(*quorate.Cluster, *rand.Rand) []quorate.Set {
		return func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
			n := c.Size()
			return grudge(n, draw(n, size(n, rng), rng))
		}
	}
	one := func(int, *rand.Rand) int { return 1 }
	minority := func(n int, _ *rand.Rand) int { return max(1, (n-1)/2) }
	third := func(n int, _ *rand.Rand) int { return max(1, (n-1)/3) }
	half := func(n int, _ *rand.Rand) int { return n / 2 }
	uniform := func(n int, rng *rand.Rand) int { return 1 + rng.IntN(n-1) }
	return []shape{
		{"majority", 2, 1, some(Isolate, minority)},
		{"minority-third", 2, 1, some(Isolate, third)},
		{"halves", 2, 1, some(Isolate, half)},
		{"uniform", 2, 1, some(Isolate, uniform)},
		{ShapeIsolate, 2, 1, some(Isolate, one)},
		{ShapeDeaf, 2, 1, some(Deaf, one)},
		{ShapeMute, 2, 1, some(Mute, one)},
		{ShapeCompany, 2, 1, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
			return company(c.Size(), quorate.SetOf(rng.IntN(c.Size())))
		}},
		{ShapeShunned, 3, 1, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
			return shunned(c.Size(), quorate.SetOf(rng.IntN(c.Size())))
		}},
		{ShapeMuffled, 3, 1, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
			return muffled(c.Size(), rng.IntN(c.Size()), rng)
		}},
		{"one-way", 2, 1, some(Deaf, uniform)},
		{"splinters", 2, 1, splinters},
		{"bridge", 3, 1, bridge},
		{"ring", 3, 1, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set { return Ring(rng.Perm(c.Size())) }},
		{"zone", 2, 2, oneZone},
		{"zones", 2, 2, halfTheZones},
		{"zone-pair", 3, 3, zonePair},
		{ShapeZoneDeaf, 2, 2, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set { return Deaf(c.Size(), someZones(c, 1, rng)) }},
		{ShapeZoneMute, 2, 2, func(c *quorate.Cluster, rng *rand.Rand) []quorate.Set { return Mute(c.Size(), someZones(c, 1, rng)) }},
	}
}

// Shapes returns the names of all shapes of partitions:
//
//	majority        as few as possible less than half against the rest
//	minority-third  less than a third, but somebody, against the rest
//	halves          as even as possible
//	uniform         a group of any size against the rest
//	isolate         one member against the rest
//	deaf            one member hears nobody
//	mute            nobody hears one member
//	company         one member, with as many others as leave it without a
//	                majority, against the rest
//	shunned         one member against a minority; the rest hears both
//	muffled         one member is heard by few: at least one other, half of
//	                them at most
//	one-way         a group of any size does not hear the rest, which hears it
//	splinters       groups without a majority
//	bridge          two halves; one more member hears both, and both hear it
//	ring            each member hears another majority
//	zone            one zone against the rest
//	zones           some zones against the rest
//	zone-pair       one zone against another; the rest hears both
//	zone-deaf       one zone hears none of the others
//	zone-mute       none of the others hears one zone
func Shapes() []string {
	var names []string
	for _, s := range shapes() {
		names = append(names, s.name)
	}
	return names
}

// ShapesOf returns the names of the shapes that the cluster is large enough for.
func ShapesOf(c *quorate.Cluster) []string {
	var names []string
	for _, s := range shapes() {
		if s.fits(c) {
			names = append(names, s.name)
		}
	}
	return names
}

func (s shape) fits(c *quorate.Cluster) bool {
	return c.Size() >= s.members && len(c.Zones()) >= s.zones
}

// Cut draws a partition of the named shape: for each member of the cluster
// those it does not hear. Members that are cut off are others every time. It
// refuses unknown shapes, and clusters that are too small for the shape.
func Cut(name string, c *quorate.Cluster, rng *rand.Rand) ([]quorate.Set, error) {
	i := slices.IndexFunc(shapes(), func(s shape) bool { return s.name == name })
	if i < 0 {
		return nil, unknown("shape of a partition", name, Shapes())
	}
	s := shapes()[i]
	if !s.fits(c) {
		return nil, fmt.Errorf("partition %s of %d members in %d zones: want at least %d members in %d zones",
			name, c.Size(), len(c.Zones()), s.members, s.zones)
	}
	return s.cut(c, rng), nil
}

// draw returns a random set of size of n members.
func draw(n, size int, rng *rand.Rand) quorate.Set {
	return quorate.SetOf(rng.Perm(n)[:size]...)
}

func bridge(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
	order := rng.Perm(c.Size())
	middle, rest := quorate.SetOf(order[0]), order[1:]
	half := len(rest) / 2
	return Split(c.Size(), middle|quorate.SetOf(rest[:half]...), middle|quorate.SetOf(rest[half:]...))
}

// company isolates some members together with those that follow them, as long
// as they are no majority: a leader among them finds votes, but not enough.
func company(n int, some quorate.Set) []quorate.Set {
	for i := some.Lowest(); some.Len() < (n-1)/2; i++ {
		some = some.Add((i + 1) % n)
	}
	return Isolate(n, some)
}

// shunned keeps some apart from those that follow them, which are a minority.
func shunned(n int, some quorate.Set) []quorate.Set {
	var others quorate.Set
	for i := some.Lowest(); others.Len() < min((n-1)/2, n-some.Len()); i++ {
		others = others.Add((i+1)%n) &^ some
	}
	return Apart(n, some, others)
}

// splinters leaves nobody a majority. Groups are as large as that allows.
func splinters(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
	order, size := rng.Perm(c.Size()), max(1, (c.Size()-1)/2)
	var groups []quorate.Set
	for group := range slices.Chunk(order, size) {
		groups = append(groups, quorate.SetOf(group...))
	}
	return Split(c.Size(), groups...)
}

func oneZone(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
	return Isolate(c.Size(), someZones(c, 1, rng))
}

func halfTheZones(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
	return Isolate(c.Size(), someZones(c, 1+rng.IntN(len(c.Zones())-1), rng))
}

func zonePair(c *quorate.Cluster, rng *rand.Rand) []quorate.Set {
	order := rng.Perm(len(c.Zones()))
	return Apart(c.Size(), c.Zone(c.Zones()[order[0]]), c.Zone(c.Zones()[order[1]]))
}

// someZones returns the members of count random zones.
func someZones(c *quorate.Cluster, count int, rng *rand.Rand) quorate.Set {
	var members quorate.Set
	for _, z := range rng.Perm(len(c.Zones()))[:count] {
		members |= c.Zone(c.Zones()[z])
	}
	return members
}

// muffled keeps all but a few others from hearing x, which hears everybody.
func muffled(n, x int, rng *rand.Rand) []quorate.Set {
	order := slices.DeleteFunc(rng.Perm(n), func(i int) bool { return i == x })
	grudge := make([]quorate.Set, n)
	for _, i := range order[1+rng.IntN(max(1, (n-1)/2)):] {
		grudge[i] = quorate.SetOf(x)
	}
	return grudge
}
