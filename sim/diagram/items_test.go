package diagram_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

// draw returns a line for each item of a trace of two members and two clients.
// The events happen a millisecond apart, except those with a time of their own.
func draw(t *testing.T, events ...sim.TraceEvent) string {
	t.Helper()
	for i := range events {
		if events[i].At == 0 {
			events[i].At = time.Duration(i) * time.Millisecond
		}
		events[i].Slot = -1
	}
	p := read(t, write(t, sim.TraceMeta{Members: []string{"a", "b"}, Clients: 2}, events))
	copies := map[int]bool{}
	for _, i := range p.Items.Copy {
		copies[i] = true
	}
	var lines []string
	for i, shape := range p.Items.Shape {
		line := fmt.Sprintf("%s %d-%d", shape, p.Items.From[i], p.Items.To[i])
		if p.Items.Level[i] > 0 {
			line += fmt.Sprintf(" level %d", p.Items.Level[i])
		}
		if copies[i] {
			line += " copy"
		}
		if on := p.Items.Lanes[i]; on != nil {
			line += fmt.Sprint(" on ", on)
		}
		lines = append(lines, line)
	}
	for i, item := range p.Events.Item {
		if item >= 0 && p.Items.From[item] != i && p.Items.To[item] != i && p.Items.Shape[item] != "fault" {
			t.Errorf("event %d belongs to item %d, which is from %d to %d", i, item, p.Items.From[item], p.Items.To[item])
		}
	}
	return strings.Join(lines, ", ")
}

func TestItems(t *testing.T) {
	type e = sim.TraceEvent
	send, deliver, drop := e{Kind: sim.TraceSend, Node: 0, Peer: 1, ID: 5}, e{Kind: sim.TraceDeliver, Node: 1, Peer: 0, ID: 5}, e{Kind: sim.TraceDrop, Node: 1, Peer: 0, ID: 5}
	other := e{Kind: sim.TraceSend, Node: 0, Peer: 1, ID: 6, At: 1}
	call := func(id uint64) e { return e{Kind: sim.TraceCall, Client: true, ID: id} }
	back := func(id uint64) e { return e{Kind: sim.TraceReturn, Client: true, ID: id} }
	fault := func(id uint64, node int) e { return e{Kind: sim.TraceFault, ID: id, Node: node} }
	for _, test := range []struct {
		name   string
		events []e
		want   string
	}{
		{"a message arrives", []e{send, deliver}, "arrow 0-1"},
		{"a message is lost", []e{send, drop}, "arrow 0-1"},
		{"a message is under way", []e{send}, "arrow 0--1"},
		{"a message arrives twice", []e{send, deliver, deliver}, "arrow 0-1, arrow 0-2 copy"},
		{"a copy has a number of its own", []e{{Kind: sim.TraceSend, Peer: 1, ID: 5, At: 1}, other, deliver}, "arrow 0-2, arrow 1--1 copy"},
		{"another message later is no copy", []e{send, {Kind: sim.TraceSend, Peer: 1, ID: 6}}, "arrow 0--1, arrow 1--1"},
		{"an end without a beginning", []e{deliver, {Kind: sim.TraceSynced}, back(1), {Kind: sim.TraceHealed}}, "arrow 0-0"},
		{"a sync", []e{{Kind: sim.TraceSync}, {Kind: sim.TraceSync, Node: 1}, {Kind: sim.TraceSynced}}, "sync 0-2, sync 1--1"},
		{"a crash cuts a sync", []e{{Kind: sim.TraceSync}, {Kind: sim.TraceCrash}, {Kind: sim.TraceStart}, {Kind: sim.TraceSynced}}, "sync 0-1, down 1-2, mark 1--1, mark 2--1"},
		{"calls one after the other", []e{call(1), back(1), call(2), back(2)}, "call 0-1, call 2-3"},
		{"calls at once", []e{call(1), call(2), back(1), call(3)}, "call 0-2, call 1--1 level 1, call 3--1"},
		{"calls of two clients", []e{call(1), {Kind: sim.TraceCall, Client: true, Node: 1, ID: 2}}, "call 0--1, call 1--1"},
		{"a call in the instant of a return", []e{{Kind: sim.TraceCall, Client: true, ID: 1, At: 1}, {Kind: sim.TraceReturn, Client: true, ID: 1, At: 2}, {Kind: sim.TraceCall, Client: true, ID: 2, At: 2}}, "call 0-1, call 2--1"},
		{"a fault that strikes two", []e{fault(1, 0), fault(1, 1), {Kind: sim.TraceHealed, ID: 1}}, "fault 0-2 on [0 1]"},
		{"faults at once, and again", []e{fault(1, -1), fault(2, 0), {Kind: sim.TraceHealed, ID: 1}, fault(1, 1)}, "fault 0-2 on [-1], fault 1--1 level 1 on [0], fault 3--1 on [1]"},
		{"marks", []e{{Kind: sim.TraceTimer}, {Kind: sim.TraceEventOf}, {Kind: sim.TraceBroken, Node: -1}}, "mark 0--1, mark 1--1, broken 2--1"},
	} {
		if got := draw(t, test.events...); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestCategories(t *testing.T) {
	var events []sim.TraceEvent
	for i, name := range []string{"P2b", "P1a", "Request", "P2a", "Reply", "Heartbeat", "HeartbeatReply", "P2a", "CatchupRequest", "CatchupReply"} {
		events = append(events, sim.TraceEvent{Kind: sim.TraceSend, Peer: 1, ID: uint64(i), Name: name})
	}
	events = append(events, sim.TraceEvent{Kind: sim.TraceEventOf, Name: "SteppedDown"}, sim.TraceEvent{Kind: sim.TraceEventOf, Name: "Chosen"},
		sim.TraceEvent{Kind: sim.TraceTimer, Name: "election"}, sim.TraceEvent{Kind: sim.TraceCrash}, sim.TraceEvent{Kind: sim.TraceSync},
		sim.TraceEvent{Kind: sim.TraceFault, ID: 1, Name: "pause"}, sim.TraceEvent{Kind: sim.TraceFault, ID: 2, Name: "crash"}, sim.TraceEvent{Kind: sim.TraceBroken})
	var got []string
	for _, c := range read(t, write(t, sim.TraceMeta{Members: []string{"a", "b"}}, events)).Cats {
		line := fmt.Sprintf("%s/%s %s %d", c.Group, c.Name, c.Paint, c.Count)
		if c.Dashed {
			line += " dashed"
		}
		got = append(got, line)
	}
	want := []string{
		"messages/CatchupReply c0 1 dashed", "messages/CatchupRequest c0 1", "messages/Heartbeat c1 1", "messages/HeartbeatReply c1 1 dashed",
		"messages/P1a c2 1", "messages/P2a c3 2", "messages/P2b c3 1 dashed", "messages/Reply client 1 dashed", "messages/Request client 1",
		"events/chosen chosen 1", "events/stepped-down soft 1", "events/violation bad 1", "members/crash, restart ink 2", "members/sync sync 1",
		"timers/election soft 1", "faults/crash f0 1", "faults/pause f1 1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("categories\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Causes lead from a violation back to the call that it began with.
func TestCauses(t *testing.T) {
	events := []sim.TraceEvent{
		{Kind: sim.TraceCall, Client: true},                 // 0
		{Kind: sim.TraceSend, Client: true, Peer: 0, ID: 1}, // 1
		{Kind: sim.TraceTimer, Node: 1},                     // 2: elsewhere
		{Kind: sim.TraceDeliver, Node: 0, Peer: -1, ID: 1},  // 3
		{Kind: sim.TraceSync, Node: 0},                      // 4
		{Kind: sim.TraceEventOf, Node: 1},                   // 5: of the timer
		{Kind: sim.TraceSynced, Node: 0},                    // 6
		{Kind: sim.TraceSend, Node: 0, Peer: 1, ID: 2},      // 7
		{Kind: sim.TraceDrop, Node: 1, Peer: 0, ID: 2},      // 8
		{Kind: sim.TraceEventOf, Node: 0},                   // 9
		{Kind: sim.TraceBroken, Node: 0},                    // 10
		{Kind: sim.TraceBroken, Node: -1},                   // 11
		{Kind: sim.TraceDeliver, Node: 0, Peer: 1, ID: 99},  // 12: nobody sent it
		{Kind: sim.TraceReturn, Client: true},               // 13
		{Kind: sim.TraceCrash, Node: 1},                     // 14
		{Kind: sim.TraceFault, Node: 1},                     // 15
		{Kind: sim.TraceTimer, Node: 1},                     // 16: not of the timer before
	}
	want := []int{-1, 0, -1, 1, 3, 2, 4, 6, 7, 6, 9, 10, -1, 0, -1, -1, -1}
	p := read(t, write(t, sim.TraceMeta{Members: []string{"a", "b"}, Clients: 1}, events))
	for i, back := range p.Events.Cause {
		cause := i - back
		if back == 0 {
			cause = -1
		}
		if cause != want[i] {
			t.Errorf("event %d was caused by %d, want %d", i, cause, want[i])
		}
	}
}
