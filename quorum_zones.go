package quorate

import "fmt"

// ZoneQuorums is the flexible grid of WPaxos (Ailijiang et al., 2019), which
// tolerates the loss of fz zones and of fn members in every other zone:
//
//   - phase 1: at least fn+1 members in each of at least Z-fz zones,
//   - phase 2: at least l-fn members in each of at least fz+1 zones,
//
// of Z zones, of which one with l members counts l of its own. Any two such
// sets use a common zone, since (Z-fz)+(fz+1) > Z, and in it a common member,
// since (fn+1)+(l-fn) > l. The sets of the paper's formula, which only caps the
// members counted per zone, may be spread thin over more zones and miss.
//
// With fz = 0 commits stay within one zone, and the loss of a zone makes what
// it owns unavailable; with fz = 1 every commit crosses to a second zone.
func ZoneQuorums(c *Cluster, fz, fn int) (QuorumSystem, error) {
	name := named("zones", fmt.Sprintf("fz=%d", fz), fmt.Sprintf("fn=%d", fn))
	zones := c.Zones()
	if fz < 0 || fz >= len(zones) {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: want fz from 0 to %d, one less than the zones", name, len(zones)-1)
	}
	for _, z := range zones {
		if l := c.Zone(z).Len(); fn < 0 || fn >= l {
			return QuorumSystem{}, fmt.Errorf("quorum system %s: want fn from 0 to %d, one less than the members of zone %d", name, l-1, z)
		}
	}
	phase1 := zoned(c, len(zones)-fz, func(int) int { return fn + 1 })
	phase2 := zoned(c, fz+1, func(l int) int { return l - fn })
	proof := fmt.Sprintf("%d+%d > %d zones, and in each (%d)+(l-%d) > l members", len(zones)-fz, fz+1, len(zones), fn+1, fn)
	return zonedSystem(c, name, phase1, phase2, proof)
}

// ZoneMajorityQuorums is the system in which either phase needs a majority of
// the members in each of a majority of the zones.
func ZoneMajorityQuorums(c *Cluster) QuorumSystem {
	k := len(c.Zones())/2 + 1
	half := zoned(c, k, func(l int) int { return l/2 + 1 })
	proof := fmt.Sprintf("%d+%d > %d zones, and in each two majorities meet", k, k, len(c.Zones()))
	return certain(zonedSystem(c, "zone-majority", half, half, proof))
}

// zoned wants need(l) members in each of want zones.
func zoned(c *Cluster, want int, need func(l int) int) tiers {
	t := tiers{want: want}
	for _, z := range c.Zones() {
		members := c.Zone(z)
		t.groups = append(t.groups, tier{members, need(members.Len())})
	}
	return t
}

func zonedSystem(c *Cluster, name string, phase1, phase2 tiers, proof string) (QuorumSystem, error) {
	if !phase1.meets(phase2) {
		proof = ""
	}
	return QuorumSystem{Name: name, Cluster: c, phase1: phase1.rule(), phase2: phase2.rule()}.proven(proof)
}
