package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
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
	if len(s.recent) >= 4*recentEvents {
		s.recent = slices.Delete(s.recent, 0, 2*recentEvents)
	}
	if s.scene.Trace != nil {
		s.scene.Trace(e)
	}
}

// routine reports whether an event is not worth telling: heartbeats and timers,
// which would hide the rest.
func routine(e *TraceEvent) bool {
	return e.Kind == TraceTimer || strings.HasPrefix(e.Name, "Heartbeat")
}

// history tells what happened last.
func (s *Scenario) history() string {
	var b strings.Builder
	for i, e := range s.recent {
		if line := s.line(&e); i >= len(s.recent)-recentEvents && line != "" {
			fmt.Fprintf(&b, "%9s  %s\n", e.At.Round(time.Microsecond), line)
		}
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

func (s *Scenario) line(e *TraceEvent) string {
	who, peer := e.Node, e.Peer
	if e.Client {
		who = -(who + 1)
	}
	switch e.Kind {
	case TraceSend:
		return fmt.Sprintf("%s>%s %s", s.name(who), s.name(peer), e.Text)
	case TraceDeliver:
		return fmt.Sprintf("    %s gets %s from %s", s.name(who), e.Text, s.name(peer))
	case TraceDrop:
		return s.lost(e)
	case TraceTimer:
		return fmt.Sprintf("%s timer %s", s.name(who), e.Name)
	case TraceSync:
		return fmt.Sprintf("%s writes %s", s.name(who), e.Text)
	case TraceSynced:
		return fmt.Sprintf("%s has on disk %s", s.name(who), e.Text)
	case TraceCrash:
		return strings.TrimSpace(fmt.Sprintf("%s crashes %s", s.name(who), e.Text))
	case TraceStart:
		return fmt.Sprintf("%s starts", s.name(who))
	case TraceCall:
		return fmt.Sprintf("%s calls %s", s.name(who), e.Text)
	case TraceReturn:
		return fmt.Sprintf("%s is told: %s: %s", s.name(who), e.Name, e.Text)
	case TraceBroken:
		return fmt.Sprintf("broken: %s", e.Name)
	}
	return fmt.Sprintf("%s %s", s.name(who), e.Text)
}

// lost tells of a lost message, unless its sending was not worth telling.
func (s *Scenario) lost(e *TraceEvent) string {
	for _, sent := range slices.Backward(s.recent) {
		if sent.Kind == TraceSend && sent.ID == e.ID {
			return fmt.Sprintf("    lost, %s: %s", e.Text, s.line(&sent))
		}
	}
	return ""
}
