package decide

import (
	"slices"

	"github.com/quorate/quorate/epaxos/core"
)

// Recoveries are those that a member has under way. The zero value is empty.
type Recoveries struct {
	of   map[core.ID]*Recovery
	list []*Recovery // in the order of their beginning; End takes them out
}

// Len returns how many there are.
func (s *Recoveries) Len() int { return len(s.list) }

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
