// Package near knows which members a replica of WPaxos heard of lately, how long
// their answers take, and so whom it asks to accept.
package near

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Members are those of the cluster as one of them sees them.
type Members struct {
	env     quorate.Env
	quorums quorate.QuorumSystem
	suspect time.Duration
	thrifty bool
	heard   []time.Duration // when each was heard of last
	trip    []time.Duration // how long its answers take, a moving average; 0: unknown
	near    quorate.Set
	vain    [3]time.Duration // by phase: since when too few are alive, as it was seen once in a while; 0: they are not
	probe   time.Duration    // when phase 1 may be begun though it is in vain
}

// New returns the members before any was heard of. A member is not waited for after
// a silence of suspect. Thrifty asks only as many as are needed.
func New(env quorate.Env, quorums quorate.QuorumSystem, suspect time.Duration, thrifty bool) *Members {
	n := env.Cluster().Size()
	return &Members{env: env, quorums: quorums, suspect: suspect, thrifty: thrifty, heard: make([]time.Duration, n), trip: make([]time.Duration, n)}
}

// Start takes all for alive until they have had time to be heard.
func (m *Members) Start() {
	for i := range m.heard {
		m.heard[i] = m.env.Now()
	}
	m.Choose()
}

// Heard takes a message for a sign of life.
func (m *Members) Heard(from quorate.ID) { m.heard[m.env.Cluster().Index(from)] = m.env.Now() }

// Took notes how long a member's answer took, its disk included.
func (m *Members) Took(from quorate.ID, d time.Duration) {
	t := &m.trip[m.env.Cluster().Index(from)]
	if *t == 0 {
		*t = max(d, 1)
		return
	}
	*t = max(*t+(d-*t)/8, 1)
}

// Alive reports whether a member was heard of lately. Nobody else is alive.
func (m *Members) Alive(id quorate.ID) bool {
	i := m.env.Cluster().Index(id)
	return id == m.env.ID() || i >= 0 && m.env.Now()-m.heard[i] < m.suspect
}

// grain is how exactly trips are compared: who is near must not change all the time.
const grain = 4 * time.Millisecond

// Choose decides anew who is near: a quorum of phase 2 of those that are alive, in
// the own zone first and then where answers are quick; and unless thrifty all others
// in their zones, so that one that is slow does not matter. It also looks which phases
// are in vain.
func (m *Members) Choose() {
	for phase := 1; phase <= 2; phase++ {
		switch {
		case m.silence(phase) == 0:
			m.vain[phase] = 0
		case m.vain[phase] == 0:
			m.vain[phase] = m.env.Now()
		}
	}
	c, self := m.env.Cluster(), m.env.ID()
	order := quorate.NearestFirst(c, self)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(m.rank(a)-m.rank(b), cmp.Compare(m.trip[a]/grain, m.trip[b]/grain))
	})
	chosen, ok := quorate.Minimal(m.quorums.Phase2, order, c.Index(self))
	if !ok {
		chosen = c.All()
	}
	m.near = chosen
	for _, id := range c.Members(chosen) {
		if !m.thrifty {
			m.near |= c.Zone(id.Zone())
		}
	}
}

// rank puts the own zone before others, those of which trips are known before those
// of which they are not, and who is silent last.
func (m *Members) rank(i int) int {
	id := m.env.Cluster().ID(i)
	switch {
	case !m.Alive(id):
		return 3
	case id.Zone() == m.env.ID().Zone():
		return 0
	case m.trip[i] > 0:
		return 1
	}
	return 2
}

// Near returns whom to ask to accept.
func (m *Members) Near() quorate.Set { return m.near }

// In returns a member of the zone with the given index, one that is alive if there is.
func (m *Members) In(zone int) quorate.ID {
	c := m.env.Cluster()
	members := c.Members(c.Zone(c.Zones()[zone]))
	return members[max(slices.IndexFunc(members, m.Alive), 0)]
}

// Send sends v, which reveals nothing that is not on disk, to members but this one.
func (m *Members) Send(to quorate.Set, v any) {
	c, self := m.env.Cluster(), m.env.Cluster().Index(m.env.ID())
	if to.Add(self) == c.All() {
		m.env.SendNow(quorate.Others, v)
		return
	}
	for to = to.Remove(self); to != 0; to = to.Remove(to.Lowest()) {
		m.env.SendNow(c.ID(to.Lowest()), v)
	}
}
