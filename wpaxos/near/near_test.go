package near

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// members returns those of 3x3 as 1.1 sees them, and what moves its clock.
func members(t *testing.T, fz, fn int, thrifty bool) (m *Members, pass func(time.Duration)) {
	t.Helper()
	c, err := quorate.Grid(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorate.ZoneQuorums(c, fz, fn)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Hour
	m = New(n, Config{Quorums: q, Thrifty: thrifty, Suspect: 500 * time.Millisecond, Patience: time.Second, Backoff: 50 * time.Millisecond,
		GiveUp: 2 * time.Second, Retransmit: 100 * time.Millisecond})
	if err := n.Start(now, nil); err != nil {
		t.Fatal(err)
	}
	m.Start()
	return m, func(d time.Duration) { now += d; n.Tick(now) }
}

func id(zone, node int) quorate.ID { return quorate.ID(zone<<16 | node) }

func TestAlive(t *testing.T) {
	m, pass := members(t, 0, 1, false)
	if !m.Alive(id(2, 1)) || m.Alive(id(4, 1)) || m.Alive(0) {
		t.Error("at the start all members are alive, and nobody else is")
	}
	pass(400 * time.Millisecond)
	m.Heard(id(2, 1))
	pass(400 * time.Millisecond)
	if !m.Alive(id(2, 1)) || m.Alive(id(2, 2)) || !m.Alive(id(1, 1)) {
		t.Error("who was heard of lately is alive, and this member is")
	}
	if m.In(1) != id(2, 1) || m.In(2) != id(3, 1) {
		t.Errorf("in the zones: %v, %v", m.In(1), m.In(2))
	}
	pass(400 * time.Millisecond)
	m.Heard(id(2, 3))
	if m.In(1) != id(2, 3) {
		t.Errorf("%v is not alive", m.In(1))
	}
}

func TestNear(t *testing.T) {
	zone := func(z int) quorate.Set { return quorate.SetOf(3*z-3, 3*z-2, 3*z-1) }
	for _, tc := range []struct {
		name    string
		fz, fn  int
		thrifty bool
		slow    int // the zone of which answers take long; 0: none is known
		silent  []quorate.ID
		want    quorate.Set
	}{
		{"the own zone", 0, 1, false, 0, nil, zone(1)},
		{"as few as needed", 0, 1, true, 0, nil, quorate.SetOf(0, 1)},
		{"one is silent", 0, 1, true, 0, []quorate.ID{id(1, 2)}, quorate.SetOf(0, 2)},
		{"two are silent: another zone's", 0, 1, true, 0, []quorate.ID{id(1, 2), id(1, 3)}, quorate.SetOf(0, 3, 4)},
		{"two zones", 1, 1, false, 0, nil, zone(1) | zone(2)},
		{"the second one is far", 1, 1, false, 2, nil, zone(1) | zone(3)},
		{"the third one is far", 1, 1, false, 3, nil, zone(1) | zone(2)},
		{"the near one is silent", 1, 1, false, 2, []quorate.ID{id(3, 1), id(3, 2), id(3, 3)}, zone(1) | zone(2)},
		{"nobody answers", 1, 1, false, 0, []quorate.ID{id(2, 1), id(2, 2), id(2, 3), id(3, 1), id(3, 2), id(3, 3)}, zone(1) | zone(2)},
	} {
		m, pass := members(t, tc.fz, tc.fn, tc.thrifty)
		pass(time.Second)
		for z := 1; z <= 3; z++ {
			for n := 1; n <= 3; n++ {
				silent := false
				for _, s := range tc.silent {
					silent = silent || s == id(z, n)
				}
				if !silent {
					m.Heard(id(z, n))
				}
				if trip := 11 * time.Millisecond; tc.slow > 0 {
					if z == tc.slow {
						trip = 60 * time.Millisecond
					}
					m.Took(id(z, n), trip)
					m.Took(id(z, n), trip+time.Millisecond)
				}
			}
		}
		if m.Choose(); m.Near() != tc.want {
			t.Errorf("%s: %b, want %b", tc.name, m.Near(), tc.want)
		}
	}
}

// Who is silent is said zone by zone, and only if the others are too few.
func TestWhy(t *testing.T) {
	for _, tc := range []struct {
		heard         [][2]int
		first, second string
	}{
		{[][2]int{{1, 2}, {2, 1}, {2, 2}, {3, 2}, {3, 3}}, "", ""},
		{[][2]int{{1, 2}, {2, 1}, {3, 2}, {3, 3}}, "1.3, 2.2, 2.3, 3.1", ""},
		{[][2]int{{1, 3}, {3, 1}, {3, 2}, {3, 3}}, "1.2, zone 2", ""},
		{[][2]int{{3, 1}}, "1.2, 1.3, zone 2, 3.2, 3.3", "1.2, 1.3, zone 2, 3.2, 3.3"},
		{nil, "1.2, 1.3, zone 2, zone 3", "1.2, 1.3, zone 2, zone 3"},
	} {
		m, pass := members(t, 0, 1, false)
		pass(time.Second)
		for _, h := range tc.heard {
			m.Heard(id(h[0], h[1]))
		}
		for phase, want := range []string{1: tc.first, 2: tc.second} {
			if phase == 0 {
				continue
			}
			reason, words := m.Why(phase)
			if want == "" && (reason != quorate.ReasonNone || words != "") ||
				want != "" && (reason != quorate.ReasonNoQuorum || words != fmt.Sprintf("phase %d hears nothing of %s", phase, want)) {
				t.Errorf("heard of %v: phase %d: %v, %q, want %q", tc.heard, phase, reason, words, want)
			}
		}
	}
}

// A phase is in vain when too few were heard of for a while, and no longer when enough
// are heard of. Who stood still hears the others before it takes them for lost.
func TestVain(t *testing.T) {
	m, pass := members(t, 0, 1, false)
	check := func(when string, first, second bool) {
		t.Helper()
		if m.Vain(1) != first || m.Vain(2) != second {
			t.Errorf("%s: phase 1 is in vain %v, phase 2 %v", when, m.Vain(1), m.Vain(2))
		}
	}
	hear := func(ids ...quorate.ID) {
		for _, id := range ids {
			m.Heard(id)
		}
	}
	check("at the start", false, false)
	pass(time.Minute)
	check("before it has looked", false, false)
	m.Choose()
	pass(240 * time.Millisecond)
	hear(id(1, 2))
	m.Choose()
	check("soon after", false, false)
	pass(10 * time.Millisecond)
	check("later, with a zone", true, false)
	hear(id(2, 1), id(2, 2), id(3, 1), id(3, 2))
	check("with enough", false, false)
	m.Choose()
	pass(time.Second)
	m.Choose()
	check("without them again", false, false)
	pass(250 * time.Millisecond)
	check("and for a while", true, true)
	hear(id(3, 1), id(3, 2))
	check("with another zone", true, false)
}
