package admin_test

import (
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

// zoned starts a cluster of WPaxos with three zones of one member.
func zoned(t *testing.T) *rig {
	t.Helper()
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, hub: transport.NewHub(transport.HubConfig{}), cluster: c}
	r.protocol = func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return wpaxos.New(n, app, wpaxos.Config{Policy: steal.Policy{Kind: steal.Immediate}, Residence: 1})
	}
	t.Cleanup(r.close)
	for _, id := range c.IDs() {
		r.add(id, nil)
	}
	return r
}

// An object that moves shows at who takes it, at who loses it, and at who looks on.
func TestObjectsThatMove(t *testing.T) {
	r := zoned(t)
	put := func(m int, key string) {
		t.Helper()
		if _, err := r.members[m].Node().Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: key, Value: []byte("v")}); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("ä", 40)
	put(0, "still")
	for range 3 {
		put(0, "k")
	}
	put(1, "k")
	put(1, "k")
	put(0, long)
	put(1, long)
	put(2, "k")
	owned := 0
	for i, want := range []map[string]uint64{{"new": 3}, {"asked": 2}, {"asked": 1}} {
		m := r.members[i]
		o := m.status().Objects
		if o == nil {
			t.Fatalf("%v says nothing of objects", m.id)
		}
		owned += o.Owned
		for _, cause := range []string{"new", "asked", "hinted", "silent", "own"} {
			if o.Changes[cause] != want[cause] || m.amount(`ownership_changes_total{cause="`+cause+`"}`) != float64(want[cause]) {
				t.Errorf("%v: %s: %d", m.id, cause, o.Changes[cause])
			}
		}
		if got := m.amount("objects_owned"); got != float64(o.Owned) || m.amount("objects") != float64(o.Known) {
			t.Errorf("%v: the metrics say %v owned, the status %+v", m.id, got, o)
		}
		for _, s := range o.Stolen {
			if s.Key == "still" {
				t.Errorf("%v: %+v was never stolen", m.id, s)
			}
		}
	}
	if owned != 3 {
		t.Errorf("3 objects have %d owners", owned)
	}
	o := r.members[2].status().Objects
	if len(o.Stolen) == 0 || o.Stolen[0].Key != "k" || o.Stolen[0].Owner != r.members[2].id || o.Stolen[0].Steals != 2 || o.Stolen[0].Excess != 0 {
		t.Errorf("%+v", o.Stolen)
	}
	put(2, "k")
	put(2, "k")
	if o := r.members[2].status().Objects; o.Stolen[0].Requests[3] != 2 || len(o.Stolen[0].Requests) != 1 {
		t.Errorf("%+v", o.Stolen[0])
	}
	for _, s := range r.members[1].status().Objects.Stolen {
		if s.Key != "k" && s.Key != strings.Repeat("ä", 32)+"…" || s.Key == "k" && len(s.Requests) > 0 {
			t.Errorf("%+v", s)
		}
	}
}

// Causes, hints and what is given up are counted, and no more than that: a log
// without a name is no object.
func TestObjectsAreCounted(t *testing.T) {
	r := zoned(t)
	m := r.members[0]
	if _, err := m.Node().Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	observe := m.handler.Instrument(server.NodeConfig{}).Observer
	for _, e := range []quorate.Event{
		quorate.Elected{}, quorate.Elected{Log: "k", Cause: quorate.CauseHinted}, quorate.Elected{Log: "l", Cause: quorate.CauseSilent},
		quorate.Elected{Log: "m", Cause: quorate.CauseOwn}, quorate.Elected{Log: "n", Cause: quorate.CauseAsked},
		quorate.SteppedDown{Log: "l", Owned: true}, quorate.SteppedDown{Log: "m"}, quorate.Hinted{}, quorate.Hinted{}, quorate.GaveUp{Log: "k"},
	} {
		observe(e)
	}
	o := m.status().Objects
	if o.Owned != 3 || o.Hinted != 2 || o.GivenUp != 1 {
		t.Errorf("%+v", o)
	}
	for _, cause := range []string{"hinted", "silent", "own", "asked"} {
		if o.Changes[cause] != 1 || m.amount(`ownership_changes_total{cause="`+cause+`"}`) != 1 {
			t.Errorf("%s: %+v", cause, o)
		}
	}
	if m.amount("handovers_hinted_total") != 2 || m.amount("ballots_given_up_total") != 1 {
		t.Error(m.metrics())
	}
}

// A status tells of 16 objects, and a protocol without any of none.
func TestStatusIsBounded(t *testing.T) {
	if o := newRig(t, 1, nil).members[0].status().Objects; o != nil {
		t.Errorf("paxos has objects: %+v", o)
	}
	r := zoned(t)
	m := r.members[0]
	if _, err := m.Node().Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	observe := m.handler.Instrument(server.NodeConfig{}).Observer
	for i := range 1000 {
		observe(quorate.Stood{Log: strings.Repeat("\xff", i), Ballot: quorate.Ballot(0).Next(m.id), Cause: quorate.CauseSilent})
	}
	var s admin.Status = m.status()
	if len(s.Objects.Stolen) != 16 {
		t.Errorf("%d objects", len(s.Objects.Stolen))
	}
}
