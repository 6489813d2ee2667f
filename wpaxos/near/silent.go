package near

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// Lacks returns nothing if those that are alive contain a quorum, and otherwise who is
// silent: whole zones, and members of others.
func (m *Members) Lacks(quorum quorate.Quorum) string {
	c := m.env.Cluster()
	var silent quorate.Set
	for i := range c.Size() {
		if !m.Alive(c.ID(i)) {
			silent = silent.Add(i)
		}
	}
	if quorum(c.All() &^ silent) {
		return ""
	}
	var words []string
	for _, z := range c.Zones() {
		switch lost := c.Zone(z) & silent; {
		case lost == c.Zone(z):
			words = append(words, fmt.Sprintf("zone %d", z))
		case lost != 0:
			words = append(words, strings.Trim(c.Names(lost), "{}"))
		}
	}
	return strings.Join(words, ", ")
}
