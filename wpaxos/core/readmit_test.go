package core

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// What is held of another's log, and what of it goes to disk.
func TestHold(t *testing.T) {
	entry := func(s quorate.Slot, b quorate.Ballot, key string, chosen bool) core.Entry {
		return core.Entry{Slot: s, Ballot: b, Chosen: chosen, Commands: value(key)}
	}
	for _, tc := range []struct {
		name      string
		own, e    core.Entry
		store, ok bool
		want      string // the key of the value
		chosen    bool
	}{
		{"nothing there", core.Entry{}, entry(4, low, "a", false), true, true, "a", false},
		{"a higher ballot", entry(4, low, "a", false), entry(4, middle, "b", false), true, true, "b", false},
		{"a lower ballot", entry(4, middle, "a", false), entry(4, low, "b", false), false, true, "a", false},
		{"the same", entry(4, low, "a", false), entry(4, low, "a", false), false, true, "a", false},
		{"chosen under a lower ballot", entry(4, middle, "a", false), entry(4, low, "b", true), true, true, "b", true},
		{"known here to be chosen", entry(4, low, "a", true), entry(4, middle, "a", false), true, true, "a", true},
		{"executed", core.Entry{}, entry(2, low, "a", false), false, true, "", false},
		{"far ahead", core.Entry{}, entry(3+MaxHole+9, low, "a", false), true, true, "a", false},
		{"too far ahead", core.Entry{}, entry(3+core.Span, low, "a", false), false, false, "", false},
	} {
		o := Idle{Base: 3}.Wake()
		if tc.own.Commands != nil {
			o.Restore(tc.own)
		}
		held, store, ok := o.Hold(tc.e)
		if store != tc.store || ok != tc.ok || store && (held.Commands[0].Key != tc.want || held.Chosen != tc.chosen) {
			t.Errorf("%s: stores %v %+v, ok %v", tc.name, store, held, ok)
		}
		own, known := o.log.Entry(tc.e.Slot)
		if known != (tc.want != "") || known && (own.Commands[0].Key != tc.want || own.Chosen != tc.chosen) {
			t.Errorf("%s: holds %+v", tc.name, own)
		}
	}
}

// A member's earlier votes do not count any more, nor does a phase 1 that it is part
// of; what was counted stays.
func TestDisown(t *testing.T) {
	c, q := cluster(t)
	o := Idle{Promised: middle, Owns: true}.Wake()
	o.Propose(c, q.Phase2, value("a"), 0, c.All())
	o.Propose(c, q.Phase2, value("b"), 0, c.All())
	o.Count(1, middle, 0)
	o.Count(1, middle, 1)
	o.Count(0, middle, 0)
	if o.Disown(1) || !o.Owns() || o.Committed() != 1 {
		t.Error("an owner is none any more")
	}
	if o.Count(0, middle, 1) || !o.Count(2, middle, 1) {
		t.Error("the lost vote counts")
	}
	o = Idle{Promised: low}.Wake()
	o.Steal(c, q.Phase1, middle)
	o.Add(1, core.Promise{})
	if !o.Disown(1) || o.Stands() || o.Promised() != middle {
		t.Error("a thief goes on with the lost promise")
	}
}
