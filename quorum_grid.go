package quorate

import "fmt"

// GridQuorums is the grid whose rows are the zones and whose k-th column is the
// k-th member of every zone: a full row elects, a full column accepts. Every
// row crosses every column. It refuses zones of unequal size.
func GridQuorums(c *Cluster) (QuorumSystem, error) {
	rows, columns := tiers{want: 1}, tiers{want: 1}
	for _, z := range c.Zones() {
		row := c.Zone(z)
		rows.groups = append(rows.groups, tier{row, row.Len()})
		for k := 0; row != 0; k++ {
			if k == len(columns.groups) {
				columns.groups = append(columns.groups, tier{})
			}
			columns.groups[k].members = columns.groups[k].members.Add(row.Lowest())
			columns.groups[k].need++
			row = row.Remove(row.Lowest())
		}
	}
	for i, row := range rows.groups {
		if row.need != len(columns.groups) {
			return QuorumSystem{}, fmt.Errorf("quorum system grid over %v: zone %d has %d members, another has %d: want zones of one size, or the system zones",
				c, c.Zones()[i], row.need, len(columns.groups))
		}
	}
	s := QuorumSystem{Name: "grid", Cluster: c, phase1: rows.rule(), phase2: columns.rule()}
	return s.proven(crossing(rows, columns))
}

// crossing is the proof that every row has a member of every column.
func crossing(rows, columns tiers) string {
	for _, r := range rows.groups {
		for _, c := range columns.groups {
			if r.members&c.members == 0 {
				return ""
			}
		}
	}
	return fmt.Sprintf("each of %d rows crosses each of %d columns", len(rows.groups), len(columns.groups))
}
