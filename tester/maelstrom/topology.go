package maelstrom

import (
	"context"
	"fmt"
)

// The topologies that nodes of the workload broadcast may be told.
const (
	grid  = "grid"
	line  = "line"
	total = "total"
	tree2 = "tree2"
	tree3 = "tree3"
	tree4 = "tree4"
)

// Topologies returns the names of the topologies.
func Topologies() []string { return []string{grid, line, total, tree2, tree3, tree4} }

// adjacent reports whether the nodes i and j, i before j, are beside each other.
func adjacent(topology string, nodes, i, j int) bool {
	switch topology {
	case line:
		return j == i+1
	case total:
		return true
	case tree2, tree3, tree4:
		branches := int(topology[len(topology)-1] - '0')
		return (j-1)/branches == i
	}
	side := 1
	for side*side < nodes {
		side++
	}
	return j == i+side || j == i+1 && j/side == i/side
}

// beside returns who is beside whom.
func (c *Config) beside() map[string][]string {
	names := c.names()
	found := map[string][]string{}
	for _, name := range names {
		found[name] = []string{}
	}
	for i, name := range names {
		for j := i + 1; j < len(names); j++ {
			if adjacent(c.Topology, len(names), i, j) {
				found[name] = append(found[name], names[j])
				found[names[j]] = append(found[names[j]], name)
			}
		}
	}
	return found
}

// tellTopology tells all nodes who is beside whom.
func (c *Config) tellTopology(ctx context.Context, to *call) error {
	beside := c.beside()
	for _, name := range c.names() {
		one := *to
		one.node, one.timeout = name, c.Patience
		if _, err := one.do(ctx, "topology", map[string]any{"topology": beside}); err != nil {
			return fmt.Errorf("tell node %s the topology: %w", name, err)
		}
	}
	return nil
}
