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

// Why says that a phase is in vain if those that are alive contain no quorum of it.
func (m *Members) Why(phase int, quorum quorate.Quorum) (quorate.Reason, string) {
	if silent := m.Lacks(quorum); silent != "" {
		return quorate.ReasonNoQuorum, fmt.Sprintf("phase %d hears nothing of %s", phase, silent)
	}
	return quorate.ReasonNone, ""
}
