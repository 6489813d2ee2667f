package admin_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// probe asks for health and returns the code and the reason.
func (m *member) probe(path string) (int, admin.Health) {
	m.rig.t.Helper()
	w := m.ask(path)
	var h admin.Health
	if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil {
		m.rig.t.Fatalf("%s: %v in %s", path, err, w.Body)
	}
	return w.Code, h
}

// Rule: a node is live while only time is needed for it to serve again, and
// ready when it serves now.
func TestHealth(t *testing.T) {
	tests := []struct {
		name        string
		do          func(r *rig)
		live, ready int
		reason      string // why it is not ready
	}{
		{"running", func(*rig) {}, 200, 200, ""},
		{"crashed on purpose", func(r *rig) { r.members[0].ask("/crash?t=1m") }, 200, 503, "down"},
		{"cut off", func(r *rig) {
			r.members[0].ask("/drop?id=all&t=1m")
			for _, m := range r.members[1:] {
				m.ask("/drop?id=1.1&t=1m")
			}
		}, 200, 503, "knows no leader"},
		{"alone", func(r *rig) {
			r.members[1].ask("/crash?t=1m")
			r.members[2].ask("/crash?t=1m")
			r.members[0].ask("/crash?t=5s")
		}, 200, 503, "knows no leader"},
		{"failed", func(r *rig) { r.members[0].fail(errors.New("disk full")) }, 503, 503, "failed: disk full"},
		{"ended", func(r *rig) { r.members[0].Node().Close() }, 503, 503, "stopped"},
		{"busy", func(r *rig) {
			stuck := make(chan struct{})
			r.t.Cleanup(func() { close(stuck) })
			go r.members[0].Node().Inspect(r.t.Context(), func(quorate.Replica, *quorate.Once) { time.Sleep(time.Minute) })
		}, 503, 503, "did not answer within 1s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, 3, nil)
				time.Sleep(5 * time.Second)
				test.do(r)
				time.Sleep(20 * time.Second)
				synctest.Wait()
				m := r.members[0]
				if code, h := m.probe("/livez"); code != test.live || h.OK != (code == 200) {
					t.Errorf("live: %d %+v", code, h)
				}
				for _, path := range []string{"/readyz", "/healthz"} {
					code, h := m.probe(path)
					if code != test.ready || h.OK != (code == 200) || !strings.Contains(h.Why, test.reason) || (h.Why == "") != h.OK {
						t.Errorf("%s: %d %+v, want %d and %q", path, code, h, test.ready, test.reason)
					}
				}
				time.Sleep(time.Minute)
				r.close()
			})
		})
	}
}

// Rule: the status says what the replica says, and what the process knows.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		c := r.client()
		if _, err := c.Put(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		leaders := map[string]int{}
		roles := map[string]int{}
		for _, m := range r.members {
			s := m.status()
			leaders[s.Leader]++
			roles[s.Role]++
			if s.ID != m.id || len(s.Members) != 3 || s.Protocol != "paxos" || s.Version != "v1.2.3" || s.State != admin.StateRunning ||
				s.Uptime < 10 || s.Addresses["admin"] == "" || s.Executed == 0 || s.Committed == 0 || s.Ballot == "" || s.Learner || s.Faults == nil {
				t.Errorf("%+v", s)
			}
		}
		if len(leaders) != 1 || leaders[""] != 0 || roles["leader"] != 1 || roles["follower"] != 2 {
			t.Errorf("leaders %v, roles %v", leaders, roles)
		}
		c.Close()
		r.close()
	})
}

// Rule: a node that lost its disk is live, is not ready, says so, and is both when
// it was admitted.
func TestLearner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 3, nil)
		m := r.members[2]
		c := r.client()
		if _, err := c.Put(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
		before := m.status().Incarnation
		m.loseDisk(time.Second)
		time.Sleep(10 * time.Second)
		if code, h := m.probe("/livez"); code != 200 {
			t.Errorf("live: %d %+v", code, h)
		}
		if code, h := m.probe("/readyz"); code != 503 || h.Role != "learner" || !strings.Contains(h.Why, "quorate admit") {
			t.Errorf("ready: %d %+v", code, h)
		}
		s := m.status()
		if !s.Learner || s.Role != "learner" || s.Incarnation == before || len(s.Incarnation) != 16 || metric(m.metrics(), "quorate_learner") != "1" {
			t.Errorf("%+v", s)
		}
		if after := must[admin.Status](m, "POST /admit?t=5s"); after.Learner || after.Incarnation != s.Incarnation {
			t.Errorf("admitted: %+v", after)
		}
		if code, h := m.probe("/readyz"); code != 200 || metric(m.metrics(), "quorate_learner") != "0" {
			t.Errorf("ready: %d %+v", code, h)
		}
		c.Close()
		r.close()
	})
}
