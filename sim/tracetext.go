package sim

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// TraceMeta describes a world, for the head of its trace. It lacks the Command.
func (s *Spec) TraceMeta(out *Outcome) TraceMeta {
	m := TraceMeta{Title: s.String(), Seed: s.Seed, Clients: s.Clients.Count}
	if cluster, err := quorate.Grid(s.Zones, s.Nodes); err == nil {
		for _, id := range cluster.IDs() {
			m.Members = append(m.Members, id.String())
		}
	}
	if out != nil {
		m.Hash = out.Hash
		if out.Violation != nil {
			m.Broken = out.Violation.Error()
		}
	}
	return m
}

// Line renders an event of the trace as one line for people: when, in which
// event of the world, who, and what. Messages have numbers, so that one finds
// out what became of each.
func (m *TraceMeta) Line(e *TraceEvent) string {
	line := fmt.Sprintf("%.6fs #%-6d %-5s %s", e.At.Seconds(), e.Event, m.who(e.Node, e.Client), m.what(e))
	return strings.ReplaceAll(line, "\n", " | ")
}

func (m *TraceMeta) who(node int, client bool) string {
	switch {
	case client:
		return fmt.Sprintf("c%d", node)
	case node < 0 || node >= len(m.Members):
		return "-"
	}
	return m.Members[node]
}

// peer names the other end of a message's way.
func (m *TraceMeta) peer(e *TraceEvent) string {
	if e.Peer < 0 {
		return m.who(-e.Peer-1, true)
	}
	return m.who(e.Peer, false)
}

func (m *TraceMeta) what(e *TraceEvent) string {
	switch e.Kind {
	case TraceSend:
		return fmt.Sprintf("-> %-5s m%d %s", m.peer(e), e.ID, e.Text)
	case TraceDeliver:
		return fmt.Sprintf("<- %-5s m%d %s", m.peer(e), e.ID, e.Text)
	case TraceDrop:
		return fmt.Sprintf("x  %-5s m%d lost: %s", m.peer(e), e.ID, e.Text)
	case TraceTimer:
		return "timer " + e.Name
	case TraceSync:
		return "syncs " + e.Text
	case TraceSynced:
		return "has synced " + e.Text
	case TraceEventOf:
		return e.Text
	case TraceCrash:
		return "crashes" + strings.TrimSuffix(", leaving "+cmp.Or(e.Text, "-"), ", leaving -")
	case TraceStart:
		return "starts"
	case TraceFault:
		return fmt.Sprintf("fault %d: %s", e.ID, e.Text)
	case TraceHealed:
		return fmt.Sprintf("fault %d, %s, ends", e.ID, e.Name)
	case TraceCall:
		return fmt.Sprintf("calls %s (operation %d)", e.Text, e.ID)
	case TraceReturn:
		return fmt.Sprintf("operation %d: %s", e.ID, e.Text)
	case TraceBroken:
		return fmt.Sprintf("VIOLATION of %s: %s", e.Name, e.Text)
	}
	return fmt.Sprintf("kind %d: %s", e.Kind, e.Text)
}
