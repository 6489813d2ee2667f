package sim

import (
	"slices"
	"strings"
)

// recentEvents is how much of the trace a scenario shows when it fails.
const recentEvents = 60

// watch takes the trace of the world.
func (s *Scenario) watch(e TraceEvent) {
	if e.Kind == TraceEventOf && e.Name == "Elected" {
		s.elected[e.Node]++
	}
	if !routine(&e) {
		s.recent = append(s.recent, e)
	}
	if len(s.recent) >= 2*recentEvents {
		s.recent = slices.Delete(s.recent, 0, recentEvents)
	}
	if s.scene.Trace != nil {
		s.scene.Trace(e)
	}
}

// routine reports whether an event is not worth telling: heartbeats and timers
// would hide the rest.
func routine(e *TraceEvent) bool {
	return e.Kind == TraceTimer || strings.HasPrefix(e.Name, "Heartbeat")
}

// history tells what happened last.
func (s *Scenario) history() string {
	meta := s.w.spec.TraceMeta(nil)
	var b strings.Builder
	for _, e := range s.recent[max(0, len(s.recent)-recentEvents):] {
		b.WriteString(meta.Line(&e) + "\n")
	}
	return b.String()
}

// describe tells how the members are.
func (s *Scenario) describe() string {
	var texts []string
	for _, h := range s.w.hosts {
		texts = append(texts, h.describe())
	}
	return strings.Join(texts, "; ")
}
