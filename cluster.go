package quorate

import (
	"fmt"
	"slices"
	"strings"
)

// Cluster is the fixed membership of a replicated system: sorted IDs, grouped
// in zones. It never changes and may be shared between goroutines.
type Cluster struct {
	ids   []ID
	index map[ID]int
	zones []int       // ascending
	zone  map[int]Set // members of each zone
}

// NewCluster returns the cluster with the given members, in any order. It
// refuses an empty list, duplicates, client routes, and more than [MaxMembers].
func NewCluster(members ...ID) (*Cluster, error) {
	if len(members) == 0 || len(members) > MaxMembers {
		return nil, fmt.Errorf("cluster of %d members: want 1 to %d", len(members), MaxMembers)
	}
	c := &Cluster{ids: slices.Sorted(slices.Values(members)), index: map[ID]int{}, zone: map[int]Set{}}
	for i, id := range c.ids {
		if id.Zone() == 0 || id.Node() == 0 || id == Others {
			return nil, fmt.Errorf("cluster member %v: zone and node must lie in 1..%d", id, maxZoneOrNode)
		}
		if _, dup := c.index[id]; dup {
			return nil, fmt.Errorf("cluster member %v is listed twice", id)
		}
		c.index[id] = i
		if _, seen := c.zone[id.Zone()]; !seen {
			c.zones = append(c.zones, id.Zone())
		}
		c.zone[id.Zone()] = c.zone[id.Zone()].Add(i)
	}
	return c, nil
}

// Grid returns the cluster of zones × nodes, IDs 1.1 to zones.nodes.
func Grid(zones, nodes int) (*Cluster, error) {
	var members []ID
	for z := 1; z <= zones; z++ {
		for n := 1; n <= nodes; n++ {
			id, err := NewID(z, n)
			if err != nil {
				return nil, err
			}
			if len(members) == MaxMembers {
				return nil, fmt.Errorf("cluster of %d zones of %d nodes: at most %d members", zones, nodes, MaxMembers)
			}
			members = append(members, id)
		}
	}
	return NewCluster(members...)
}

// Size returns the number of members.
func (c *Cluster) Size() int { return len(c.ids) }

// IDs returns the members in ascending order. The caller must not change it.
func (c *Cluster) IDs() []ID { return c.ids }

// ID returns the member with index i.
func (c *Cluster) ID(i int) ID { return c.ids[i] }

// Index returns the position of id in [Cluster.IDs], or -1 for a stranger.
func (c *Cluster) Index(id ID) int {
	if i, ok := c.index[id]; ok {
		return i
	}
	return -1
}

// Has reports whether id is a member.
func (c *Cluster) Has(id ID) bool { return c.Index(id) >= 0 }

// All returns the set of all members.
func (c *Cluster) All() Set { return Set(1)<<len(c.ids) - 1 }

// Zones returns the zone numbers in ascending order. The caller must not change it.
func (c *Cluster) Zones() []int { return c.zones }

// Zone returns the members of zone z.
func (c *Cluster) Zone(z int) Set { return c.zone[z] }

// Members returns the IDs in s in ascending order.
func (c *Cluster) Members(s Set) []ID {
	var ids []ID
	for i, id := range c.ids {
		if s.Has(i) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Names renders s for people, for example "{1.1, 1.3}".
func (c *Cluster) Names(s Set) string {
	var names []string
	for _, id := range c.Members(s) {
		names = append(names, id.String())
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// String renders the membership, for example "{1.1, 1.2, 1.3}".
func (c *Cluster) String() string { return c.Names(c.All()) }
