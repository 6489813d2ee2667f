package decide

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/epaxos/core"
)

// Recoveries are those that a member has under way. The zero value is empty.
//
// Where much is to be recovered at once, and by all members, as after a power failure,
// their questions could keep all of them so busy that every answer comes too late. So
// there are the more of them the more are decided, and half as many when an answer
// stays away, as TCP does with segments.
type Recoveries struct {
	of    map[core.ID]*Recovery
	list  []*Recovery   // in the order of their beginning; End takes them out
	limit int           // of those that wait for answers; 0 in the beginning
	late  time.Duration // when it was lowered last
}

// The bounds of the number of recoveries: in the beginning, of those that wait for
// answers, and of all.
const (
	fewRecoveries = 4
	maxRecoveries = 64
)

// Room returns how many recoveries may begin. Those that wait for other instances do
// not count, or others could not begin that they wait for.
func (s *Recoveries) Room() int {
	room := cmp.Or(s.limit, fewRecoveries)
	for _, r := range s.list {
		if !r.Waits() {
			room--
		}
	}
	return max(0, min(room, maxRecoveries-len(s.list)))
}

// Decided ends the recovery of an instance that is decided, if there is one.
func (s *Recoveries) Decided(id core.ID) {
	if s.of[id] != nil {
		s.limit = min(cmp.Or(s.limit, fewRecoveries)+1, maxRecoveries)
		s.End(id)
	}
}

// Repeat reports whether a recovery's question is to be asked again: ever more seldom.
// If it does not wait for other instances an answer is late.
func (s *Recoveries) Repeat(r *Recovery, now time.Duration) bool {
	if now-r.Sent < r.Wait<<min(r.Resent, 3) {
		return false
	}
	r.Sent, r.Resent = now, r.Resent+1
	if !r.Waits() && (s.late == 0 || now-s.late >= r.Wait) {
		s.limit, s.late = max(cmp.Or(s.limit, fewRecoveries)/2, 1), now
	}
	return true
}

// Get returns that of an instance, nil if there is none.
func (s *Recoveries) Get(id core.ID) *Recovery { return s.of[id] }

// Begin adds one, in place of an earlier one of the same instance.
func (s *Recoveries) Begin(r *Recovery) {
	s.End(r.ID)
	if s.of == nil {
		s.of = map[core.ID]*Recovery{}
	}
	s.of[r.ID] = r
	s.list = append(s.list, r)
}

// End takes one out.
func (s *Recoveries) End(id core.ID) {
	if r := s.of[id]; r != nil {
		delete(s.of, id)
		s.list = slices.DeleteFunc(s.list, func(other *Recovery) bool { return other == r })
	}
}

// Each calls f for all that are under way, but those that f ends or begins.
func (s *Recoveries) Each(f func(*Recovery)) {
	for _, r := range slices.Clone(s.list) {
		if s.of[r.ID] == r {
			f(r)
		}
	}
}
