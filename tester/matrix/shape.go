package matrix

import (
	"fmt"

	"github.com/quorate/quorate"
)

// Shape is how many zones a cluster has, and how many nodes each. The zero Shape is that
// of what all tests have in common.
type Shape struct{ Zones, Nodes int }

// String is zones x nodes, such as 5x1; empty for the zero Shape.
func (s Shape) String() string {
	if s == (Shape{}) {
		return ""
	}
	return fmt.Sprintf("%dx%d", s.Zones, s.Nodes)
}

// MarshalText writes what String returns.
func (s Shape) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returned.
func (s *Shape) UnmarshalText(text []byte) error {
	*s = Shape{}
	_, err := fmt.Sscanf(string(text), "%dx%d", &s.Zones, &s.Nodes)
	if err != nil || s.String() != string(text) || s.Zones < 1 || s.Nodes < 1 {
		return fmt.Errorf("a cluster of %.20q: want zones x nodes such as 5x1", text)
	}
	return nil
}

// shapes are those that are asked for; the zero one if none is.
func (c Config) shapes() []Shape {
	if len(c.Shapes) == 0 {
		return []Shape{{}}
	}
	return c.Shapes
}

// shape returns zones and nodes of the cluster of a cell.
func (c Config) shape(cell Cell) Shape {
	if cell.Shape != (Shape{}) {
		return cell.Shape
	}
	t := c.Test.WithDefaults()
	return Shape{t.Zones, t.Nodes}
}

// quorums returns the quorum system of a cell: over its members, as many as those are.
func (c Config) quorums(cell Cell) (quorate.QuorumSystem, error) {
	if c.Quorums == "" {
		return c.Test.Options.Quorums, nil
	}
	s := c.shape(cell)
	members, err := quorate.Grid(s.Zones, s.Nodes)
	if err != nil {
		return quorate.QuorumSystem{}, err
	}
	return quorate.ParseQuorums(members, c.Quorums)
}
