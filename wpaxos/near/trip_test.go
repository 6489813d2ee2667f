package near

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// far tells m, 1.1 of 3x3, that answers of its own zone take 1 ms, and those of the
// others so long.
func far(m *Members, second, third time.Duration) {
	for range 100 {
		for z, trip := range []time.Duration{time.Millisecond, second, third} {
			for n := 1; n <= 3; n++ {
				if z+n > 1 {
					m.Heard(id(z+1, n))
					m.Took(id(z+1, n), trip)
				}
			}
		}
	}
	m.Choose()
}

// Each wait is as long as the answers take that it waits for, and no shorter than it
// was told.
func TestWaits(t *testing.T) {
	const ms = time.Millisecond
	silent := func(zone int) func(m *Members, pass func(time.Duration)) {
		return func(m *Members, pass func(time.Duration)) {
			pass(time.Second)
			for z := 1; z <= 3; z++ {
				for n := 1; n <= 3 && z != zone; n++ {
					m.Heard(id(z, n))
				}
			}
			m.Choose()
		}
	}
	for _, tc := range []struct {
		name          string
		fz            int
		second, third time.Duration
		then          func(m *Members, pass func(time.Duration))

		phase1, phase2, patience, backoff, giveUp time.Duration
	}{
		{"within a data centre", 0, ms, ms, nil, 100 * ms, 100 * ms, 1000 * ms, 50 * ms, 2000 * ms},
		{"all zones are needed", 0, 80 * ms, 400 * ms, nil, 500 * ms, 100 * ms, 1600 * ms, 200 * ms, 3000 * ms},
		{"the nearest of the others is enough", 1, 160 * ms, 400 * ms, nil, 200 * ms, 200 * ms, 1600 * ms, 80 * ms, 2000 * ms},
		{"the nearest is silent", 1, 160 * ms, 400 * ms, silent(2), 500 * ms, 500 * ms, 1600 * ms, 200 * ms, 3000 * ms},
		{"the farthest is silent", 0, 160 * ms, 400 * ms, silent(3), 200 * ms, 100 * ms, 1000 * ms, 80 * ms, 2000 * ms},
		{"nobody believes in more than ten seconds", 0, ms, time.Hour, nil, 10 * time.Second, 100 * ms, 40 * time.Second, 5 * time.Second, time.Minute},
	} {
		m, pass := members(t, tc.fz, 1, false)
		far(m, tc.second, tc.third)
		if tc.then != nil {
			tc.then(m, pass)
		}
		about := func(what string, got, want time.Duration) {
			t.Helper()
			if got < want || got > want+want/100 {
				t.Errorf("%s: %s %v, want %v", tc.name, what, got, want)
			}
		}
		about("phase 1", m.Phase1(), tc.phase1)
		about("phase 2", m.Phase2(), tc.phase2)
		about("patience", m.Patience(), tc.patience)
		about("back-off", m.Backoff(), tc.backoff)
		about("give up", m.GiveUp(), tc.giveUp)
		about("one member", m.Retransmit(id(2, 2)), max(100*ms, min(tc.second*5/4, maxTrip)))
	}
	m, _ := members(t, 0, 1, false)
	if m.Phase1() != 100*ms || m.Retransmit(id(9, 9)) != 100*ms {
		t.Errorf("nothing is known: %v, %v", m.Phase1(), m.Retransmit(id(9, 9)))
	}
}

// A member that was cut off for a while is not far. One that is far is believed to be
// after some answers.
func TestLateOnce(t *testing.T) {
	m, _ := members(t, 0, 1, false)
	far(m, 80*time.Millisecond, 80*time.Millisecond)
	m.Took(id(2, 1), 9*time.Second)
	if got := m.Retransmit(id(2, 1)); got > time.Second {
		t.Errorf("sent again after %v", got)
	}
	for range 20 {
		m.Took(id(2, 1), 9*time.Second)
	}
	if got := m.Retransmit(id(2, 1)); got < 9*time.Second {
		t.Errorf("sent again after %v", got)
	}
}

// Trips are measured by questions of their own, of which only the last one counts.
// What others have measured is told with the answers.
func TestPing(t *testing.T) {
	m, pass := members(t, 0, 1, false)
	n := m.env.(*quorate.Node)
	receive := func(from quorate.ID, v any) {
		t.Helper()
		if err := n.Receive(n.Now(), from, v); err != nil {
			t.Fatal(err)
		}
	}
	sent := func() (all []any) {
		send := func(e quorate.Envelope) { all = append(all, e.Msg) }
		for b := n.Flush(send); !b.Empty(); b = n.Flush(send) {
			n.Synced(b, send)
		}
		return all
	}
	sent()
	var pings []Ping
	for range 44 {
		m.Beat()
		for _, v := range sent() {
			pings = append(pings, v.(Ping))
		}
		pass(100 * time.Millisecond)
	}
	if len(pings) != 8 {
		t.Errorf("%d questions in 4.4 seconds, want 4 at once and one each second", len(pings))
	}
	last := pings[len(pings)-1]
	receive(id(2, 1), Pong{At: pings[0].At})
	receive(id(2, 2), Pong{At: last.At + 1})
	receive(id(2, 3), Pong{At: last.At, Trips: []time.Duration{1, 2}})
	receive(id(3, 3), Pong{At: last.At, Trips: []time.Duration{1, 2, 3}})
	if m.trip[3].Mean() != 0 || m.trip[4].Mean() != 0 || m.trip[5].Mean() != 400*time.Millisecond {
		t.Errorf("measured %v, %v, %v", m.trip[3].Mean(), m.trip[4].Mean(), m.trip[5].Mean())
	}
	if len(m.rows[1]) != 0 || len(m.rows[2]) != 3 {
		t.Errorf("others say %v", m.rows)
	}
	receive(id(3, 2), Pong{At: last.At, Trips: []time.Duration{-5, 1 << 62, 3}})
	if got := m.rows[2]; got[0] != 0 || got[1] != maxTrip || got[2] != 3 {
		t.Errorf("believes %v", got)
	}
	m.Took(id(2, 1), 30*time.Millisecond)
	receive(id(3, 1), Ping{7})
	answers := sent()
	if len(answers) != 1 {
		t.Fatalf("answered %v", answers)
	}
	if p := answers[0].(Pong); p.At != 7 || len(p.Trips) != 3 || p.Trips[0] != 0 || p.Trips[1] != 30*time.Millisecond || p.Trips[2] == 0 {
		t.Errorf("answered %+v", p)
	}
}
