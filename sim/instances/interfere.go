package instances

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// access is a key that an instance touches.
type access struct {
	key   string
	write bool
}

// footprint lists the keys that commands touch. Everything but a read writes.
func footprint(commands []quorate.Command) []access {
	var found []access
	for i := range commands {
		c := &commands[i]
		at := slices.IndexFunc(found, func(a access) bool { return a.key == c.Key })
		if at < 0 {
			at = len(found)
			found = append(found, access{key: c.Key})
		}
		found[at].write = found[at].write || c.Op != quorate.OpGet
	}
	return found
}

// enter puts an instance whose commands are known where those are found that
// interfere.
func (s *State) enter(i *instance) {
	i.touches = footprint(i.commands)
	for _, a := range i.touches {
		rows := s.keys[a.key]
		if rows == nil {
			rows = make([][]*instance, len(s.rows))
			s.keys[a.key] = rows
		}
		at, _ := entry(rows[i.row], i.number)
		rows[i.row] = slices.Insert(rows[i.row], at, i)
	}
}

// beyond calls f for the instances that interfere with i and are not among deps,
// until it returns false.
func (s *State) beyond(i *instance, deps []uint64, f func(*instance) bool) {
	for _, a := range i.touches {
		for row, list := range s.keys[a.key] {
			from, _ := entry(list, at(deps, row))
			for _, j := range list[from:] {
				if j != i && (a.write || j.writes(a.key)) && !f(j) {
					return
				}
			}
		}
	}
}

func (i *instance) writes(key string) bool {
	return slices.ContainsFunc(i.touches, func(a access) bool { return a.write && a.key == key })
}

// missed returns an instance that interferes with i, is not among deps, and was on
// the member's disk when i came there, or is there now if i is not; nil if there is
// none.
func (s *State) missed(node int, i *instance, deps []uint64) *instance {
	var found *instance
	since := i.parts[node].known
	s.beyond(i, deps, func(j *instance) bool {
		known := j.parts[node].known
		if known != 0 && (since == 0 || known < since) && j.number >= s.members[node].base[j.row] {
			found = j
		}
		return found == nil
	})
	return found
}

// visible checks that of i and each final instance that interferes with it one
// depends on the other.
func (s *State) visible(node int, i *instance) error {
	var err error
	s.beyond(i, i.chosen.deps, func(j *instance) bool {
		if j.isChosen && !j.chosen.nop && at(j.chosen.deps, i.row) <= i.number {
			err = i.broken(ghost.RuleVisibility, node, "makes %s final, and neither depends it on %v/%d: %s, nor that on it",
				i.text(i.chosen), s.ids[j.row], j.number, j.text(j.chosen))
		}
		return err == nil
	})
	return err
}
