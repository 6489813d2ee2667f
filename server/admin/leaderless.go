package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/lag"
)

// leaderless makes the metrics of protocols in which any member decides, and in
// which commands wait for others.
func (m *metrics) leaderless() {
	m.decided = m.counters("slots_decided_total", "Slots that the replica decided itself, by how: fast is one round trip, recovered is in the place of another member.",
		"path", quorate.PathFast.String(), quorate.PathSlow.String(), quorate.PathRecovered.String())
	m.recovering = m.counters("recoveries_total", "Slots of other members that the replica began to decide, by what it needed for that in turn.",
		"needs", quorate.StagePromises.String(), quorate.StageValidation.String(), quorate.StageOthers.String(), quorate.StageVotes.String())
	m.displaced = m.counter("commands_displaced_total", "Commands that the replica proposed anew, since something else was chosen where they were proposed.")
	m.components = m.histogram("component_slots", "Slots that were executed together because they depend on each other.", prometheus.ExponentialBuckets(2, 2, 10))
	m.waits = m.histogram("commit_to_execute_seconds", "Time from when a slot was known to be chosen until it was executed, where there is more than one log.",
		prometheus.ExponentialBuckets(1e-5, 2, 22)) // 10 µs to 21 s
}

// slots counts how slots are decided and executed, for one start of a node.
type slots struct {
	m     *metrics
	meter lag.Meter
	began time.Time
}

// observe counts an event, on the node's loop.
func (s *slots) observe(e quorate.Event) {
	switch e := e.(type) {
	case quorate.Chosen:
		if e.Path != quorate.PathNone {
			s.m.decided.WithLabelValues(e.Path.String()).Inc()
		}
		if e.Log != "" {
			s.meter.Observe(time.Since(s.began), e)
		}
	case quorate.Executed:
		if e.Log != "" {
			if waited, ok := s.meter.Observe(time.Since(s.began), e); ok {
				s.m.waits.Observe(waited.Seconds())
			}
		}
	case quorate.Recovering:
		s.m.recovering.WithLabelValues(e.Stage.String()).Inc()
	case quorate.Displaced:
		s.m.displaced.Add(float64(e.Commands))
	case quorate.Component:
		s.m.components.Observe(float64(e.Size))
	}
}
