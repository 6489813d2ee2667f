package near

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// silence returns who is silent if the others contain no quorum of a phase, else nobody.
func (m *Members) silence(phase int) quorate.Set {
	c := m.env.Cluster()
	var silent quorate.Set
	for i := range c.Size() {
		if !m.Alive(c.ID(i)) {
			silent = silent.Add(i)
		}
	}
	quorum := m.cfg.Quorums.Phase2
	if phase == 1 {
		quorum = m.cfg.Quorums.Phase1
	}
	if quorum(c.All() &^ silent) {
		return 0
	}
	return silent
}

// Vain reports whether a phase is in vain: those that are alive contain no quorum of it,
// and did not for a while. A replica that stood still hears the others first.
func (m *Members) Vain(phase int) bool {
	since := m.vain[phase]
	return since != 0 && m.env.Now()-since >= m.cfg.Suspect/2 && m.silence(phase) != 0
}

// Try reports whether to begin phase 1 for what a client asks for: not if it is in vain,
// but for once in a while, of all keys together.
func (m *Members) Try() bool {
	now := m.env.Now()
	switch {
	case !m.Vain(1):
	case now < m.probe:
		return false
	default:
		m.probe = now + m.cfg.Suspect
	}
	return true
}

// Why says who is silent if those that are alive contain no quorum of a phase: whole
// zones, and members of others.
func (m *Members) Why(phase int) (quorate.Reason, string) {
	c, silent := m.env.Cluster(), m.silence(phase)
	if silent == 0 {
		return quorate.ReasonNone, ""
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
	return quorate.ReasonNoQuorum, fmt.Sprintf("phase %d hears nothing of %s", phase, strings.Join(words, ", "))
}
