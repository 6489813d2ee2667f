// Package near knows which members a replica of WPaxos heard of lately, how long
// their answers take, and so whom it asks to accept, and how long it waits.
package near

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/pace"
	"github.com/quorate/quorate/wpaxos/place"
)

// Config says what is asked of the members. The durations from Patience on are the
// least: zones may be in the next rack or on another continent, and no constant fits
// both.
type Config struct {
	Quorums    quorate.QuorumSystem
	Thrifty    bool          // ask only as many as are needed
	Suspect    time.Duration // a member is not waited for after such a silence
	Patience   time.Duration // after which an owner that answers nothing is not waited for
	Backoff    time.Duration // before something is tried again that somebody else tries
	GiveUp     time.Duration // of a phase 1 that nobody answers
	Retransmit time.Duration // after which an unanswered message is sent again
}

// Members are those of the cluster as one of them sees them.
type Members struct {
	env    quorate.Env
	cfg    Config
	heard  []time.Duration   // when each was heard of last
	trip   []pace.Estimate   // how long its answers take, its disk included
	rows   [][]time.Duration // for each zone, how far the others are from there, as a member of it says
	places *place.Map
	beats  int
	asked  time.Duration // when trips were asked for last

	near             quorate.Set
	vain             [3]time.Duration // by phase: since when too few are alive, as it was seen once in a while; 0: they are not
	probe            time.Duration    // when phase 1 may be begun though it is in vain
	phase1, phase2   time.Duration    // after which a phase's questions are sent again
	longest, usually time.Duration    // trips to members that are alive; and what phase 1 takes as a rule
}

// New returns the members before any was heard of, and registers on n the messages
// by which trips are measured.
func New(n *quorate.Node, cfg Config) *Members {
	size := n.Cluster().Size()
	m := &Members{env: n, cfg: cfg, heard: make([]time.Duration, size), trip: make([]pace.Estimate, size),
		rows: make([][]time.Duration, len(n.Cluster().Zones()))}
	quorate.RegisterOpen(n, m.onPing)
	quorate.RegisterOpen(n, m.onPong)
	return m
}

// Start takes all for alive until they have had time to be heard.
func (m *Members) Start() {
	for i := range m.heard {
		m.heard[i] = m.env.Now()
	}
	m.survey()
	m.Choose()
}

// Heard takes a message for a sign of life.
func (m *Members) Heard(from quorate.ID) { m.heard[m.env.Cluster().Index(from)] = m.env.Now() }

// Took notes how long a member's answer took, its disk included. One that was cut off
// for a while is not far for it: much more than before counts only if it stays so.
func (m *Members) Took(from quorate.ID, d time.Duration) {
	t := &m.trip[m.env.Cluster().Index(from)]
	t.Add(min(d, max(m.cfg.Suspect, 2*t.Upper()), maxTrip))
}

// Alive reports whether a member was heard of lately. Nobody else is alive. How far
// it is does not matter: its signs are all late by as much.
func (m *Members) Alive(id quorate.ID) bool {
	i := m.env.Cluster().Index(id)
	return id == m.env.ID() || i >= 0 && m.env.Now()-m.heard[i] < m.cfg.Suspect
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
		return cmp.Or(m.rank(a)-m.rank(b), cmp.Compare(m.trip[a].Mean()/grain, m.trip[b].Mean()/grain))
	})
	chosen, ok := quorate.Minimal(m.cfg.Quorums.Phase2, order, c.Index(self))
	if !ok {
		chosen = c.All()
	}
	m.near = chosen
	for _, id := range c.Members(chosen) {
		if !m.cfg.Thrifty {
			m.near |= c.Zone(id.Zone())
		}
	}
	m.fit()
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
	case m.trip[i].Mean() > 0:
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
