package sim

import (
	"time"

	"github.com/quorate/quorate/nemesis"
)

// electionTimer is what protocols call the timer that makes a member stand for
// election. A scenario holds it back, and says who stands.
const electionTimer = "election"

// Run lets d pass.
func (s *Scenario) Run(d time.Duration) {
	s.t.Helper()
	s.until(d, func() bool { return false })
}

// Settle lets pass what it takes to deliver what is on its way, to answer it,
// and to hear of commits from the next heartbeat.
func (s *Scenario) Settle() {
	s.t.Helper()
	s.Run(s.scene.Knobs.Heartbeat + 20*sceneLatency)
}

// Until lets things happen until cond holds. If it does not within a few
// seconds, the test fails and says what was wanted in vain.
func (s *Scenario) Until(wanted string, cond func() bool) {
	s.t.Helper()
	if !s.until(scenePatience, cond) {
		s.fatal("not within %v: %s", scenePatience, wanted)
	}
}

// until lets things happen for at most d, and reports whether cond came to hold.
func (s *Scenario) until(d time.Duration, cond func() bool) bool {
	s.t.Helper()
	for end := s.w.now + d; !cond(); {
		if !s.next(end) {
			return cond()
		}
	}
	return true
}

// next lets the next event happen, unless that is later than end.
func (s *Scenario) next(end time.Duration) bool {
	s.t.Helper()
	w := s.w
	if len(w.queue.events) == 0 || w.queue.events[0].at > end {
		w.now = end
		return false
	}
	e, _ := w.queue.pop()
	w.now = e.at
	w.stats.Events++
	if !s.rule(&e) {
		s.do(func() { w.dispatch(&e) })
	}
	return true
}

// calm holds back the election timers.
func (s *Scenario) calm() {
	if s.free {
		return
	}
	for i, h := range s.w.hosts {
		if h.node != nil && i != s.standby {
			h.node.Retime(electionTimer, never)
		}
	}
}

// crashRule waits for a record.
type crashRule struct {
	node    int
	record  string
	remains nemesis.Remains
}

// strike crashes the members whose record is being written.
func (s *Scenario) strike() {
	for i, c := range s.crashes {
		if h := s.w.hosts[c.node]; h.writes(c.record) {
			s.crashes = append(s.crashes[:i:i], s.crashes[i+1:]...)
			s.w.guard(func() { h.crash(c.remains) })
			return
		}
	}
}

// writes reports whether the disk is writing a record of the type with the given
// name.
func (h *host) writes(record string) bool {
	if h.node == nil || !h.syncing || h.synced {
		return false
	}
	for _, op := range h.batch.Records {
		if baseName(op.Type) == record {
			return true
		}
	}
	return false
}
