package near

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/place"
)

// Ping asks for an answer, of which the way is measured. At is its sender's clock.
type Ping struct{ At time.Duration }

// Pong answers a Ping. It waits for what is on its way to disk, as votes do. Trips
// are those from the sender to each zone, as it measured them; 0 where it did not.
type Pong struct {
	At    time.Duration
	Trips []time.Duration
}

// maxTrip bounds what is believed of a round trip, and with it every wait.
const maxTrip = 10 * time.Second

// Beat asks all others now and then how far they are: more often at first, when
// nothing is known. It is to be called in regular intervals, and chooses anew.
func (m *Members) Beat() {
	if m.beats < 4 || m.beats%10 == 0 {
		m.survey()
		m.asked = m.env.Now()
		m.env.SendNow(quorate.Others, Ping{m.asked})
	}
	m.beats++
	m.Choose()
}

func (m *Members) onPing(from quorate.ID, p Ping) {
	m.env.Send(from, Pong{p.At, m.row()})
}

func (m *Members) onPong(from quorate.ID, p Pong) {
	if p.At != m.asked {
		return // of an earlier life, or it waited with others for a link that was down
	}
	m.Took(from, m.env.Now()-p.At)
	c := m.env.Cluster()
	if zone := slices.Index(c.Zones(), from.Zone()); len(p.Trips) == len(m.rows) && from.Zone() != m.env.ID().Zone() {
		m.rows[zone] = make([]time.Duration, len(p.Trips))
		for z, trip := range p.Trips {
			m.rows[zone][z] = min(max(trip, 0), maxTrip) // nobody is believed more than what is measured here
		}
	}
}

// row returns the trips from here to each zone: to the member of it that is the
// nearest.
func (m *Members) row() []time.Duration {
	c := m.env.Cluster()
	row := make([]time.Duration, len(m.rows))
	for z, zone := range c.Zones() {
		for s := c.Zone(zone); s != 0; s = s.Remove(s.Lowest()) {
			if trip := m.trip[s.Lowest()].Mean(); trip > 0 && (row[z] == 0 || trip < row[z]) {
				row[z] = trip
			}
		}
	}
	return row
}

// survey derives from all trips between zones where owners should be.
func (m *Members) survey() {
	c := m.env.Cluster()
	trips := make([][]time.Duration, len(m.rows))
	for z, zone := range c.Zones() {
		trips[z] = make([]time.Duration, len(m.rows))
		if copy(trips[z], m.rows[z]); zone == m.env.ID().Zone() {
			trips[z] = m.row()
		}
	}
	enough := func(q quorate.Quorum) func([]int) bool {
		return func(zones []int) bool {
			var answered quorate.Set
			for _, z := range zones {
				answered |= c.Zone(c.Zones()[z])
			}
			return q(answered)
		}
	}
	m.places = place.New(trips, enough(m.cfg.Quorums.Phase2), enough(m.cfg.Quorums.Phase1))
}

// Places returns how far the zones are from each other, as far as that is known.
func (m *Members) Places() *place.Map { return m.places }

// fit derives how long to wait from how long answers take.
func (m *Members) fit() {
	all := m.env.Cluster().All()
	m.longest = 0
	for i := range m.trip {
		if m.Alive(m.env.Cluster().ID(i)) {
			m.longest = max(m.longest, m.trip[i].Upper())
		}
	}
	m.usually = m.within(m.cfg.Quorums.Phase1, all)
	m.phase1, m.phase2 = m.again(m.usually), m.again(m.within(m.cfg.Quorums.Phase2, m.near))
}

// within returns how long it takes at most, as a rule, until a quorum of the given
// members has answered; if they are none, until all have that are alive.
func (m *Members) within(q quorate.Quorum, of quorate.Set) time.Duration {
	c, self := m.env.Cluster(), m.env.Cluster().Index(m.env.ID())
	var order []int
	for of = of.Remove(self); of != 0; of = of.Remove(of.Lowest()) {
		if i := of.Lowest(); m.Alive(c.ID(i)) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.trip[a].Upper(), m.trip[b].Upper()) })
	asked, last := quorate.SetOf(self), time.Duration(0)
	for _, i := range order {
		if q(asked) {
			break
		}
		asked, last = asked.Add(i), m.trip[i].Upper()
	}
	return last
}

// again returns after which time something is sent again whose answer should be here
// after the time usual.
func (m *Members) again(usual time.Duration) time.Duration {
	return max(m.cfg.Retransmit, min(usual+usual/4, maxTrip))
}

// Retransmit returns after which time a message to one member is sent again.
func (m *Members) Retransmit(id quorate.ID) time.Duration {
	if i := m.env.Cluster().Index(id); i >= 0 {
		return m.again(m.trip[i].Upper())
	}
	return m.cfg.Retransmit
}

// Phase1 returns after which time the questions of phase 1 are sent again: when the
// farthest member should have answered that a quorum needs.
func (m *Members) Phase1() time.Duration { return m.phase1 }

// Phase2 returns the same of those that are near, in phase 2.
func (m *Members) Phase2() time.Duration { return m.phase2 }

// Patience returns how long an owner is waited for: it may have to ask others, too.
func (m *Members) Patience() time.Duration { return max(m.cfg.Patience, 4*min(m.longest, maxTrip)) }

// Backoff returns how long who was overtaken leaves the other alone, at first: for
// about half of its phase 1.
func (m *Members) Backoff() time.Duration { return max(m.cfg.Backoff, min(m.usually, maxTrip)/2) }

// GiveUp returns for how long phase 1 goes on that nobody answers.
func (m *Members) GiveUp() time.Duration { return max(m.cfg.GiveUp, 6*m.phase1) }
