package ghost

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/quorate/quorate/wire"
)

// AppendKey appends all that future verdicts depend on, in a form that does not
// show in which order it came: ghosts with equal keys judge every future alike.
// Model checkers tell states apart by it. What is derived from the rest, such
// as what is chosen for whom, is left out.
func (s *State) AppendKey(dst []byte) []byte {
	dst = appendNumbers(dst, s.lost)
	for _, name := range s.names() {
		dst = wire.AppendString(dst, name)
		dst = s.logs[name].appendKey(dst)
	}
	return dst
}

func (l *log) appendKey(dst []byte) []byte {
	for _, m := range l.members {
		dst = appendNumbers(dst, m.promised, m.written, m.learnt, m.acked)
		dst = appendNumbers(dst, m.base, m.told, m.known)
		dst = appendNumbers(wire.AppendBool(dst, m.lost), m.before, m.owed)
		dst = binary.AppendUvarint(dst, uint64(len(m.debts)))
		for _, d := range m.debts {
			dst = appendNumbers(appendNumbers(dst, d.slot), d.ballot)
		}
		dst = binary.AppendUvarint(dst, uint64(m.holding))
	}
	dst = binary.AppendUvarint(dst, uint64(len(l.attempts)))
	for _, b := range slices.Sorted(maps.Keys(l.attempts)) {
		dst = l.attempts[b].appendKey(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(l.slots)))
	for i := range l.slots {
		dst = l.appendSlot(dst, &l.slots[i])
	}
	return dst
}

// appendKey leaves out what ready says: promises that made a quorum once still do.
func (a *attempt) appendKey(dst []byte) []byte {
	dst = appendNumbers(dst, a.ballot)
	dst = appendNumbers(dst, a.from)
	dst = wire.AppendBool(wire.AppendBool(dst, a.apart), a.elected)
	for _, c := range a.covers {
		dst = binary.AppendUvarint(dst, uint64(len(c)))
		for _, s := range c {
			dst = appendNumbers(dst, s.from, s.to)
		}
	}
	return dst
}

func (l *log) appendSlot(dst []byte, s *slot) []byte {
	rounds := make([]round, 0, s.len())
	for i := range s.len() {
		rounds = append(rounds, *s.at(i))
	}
	slices.SortFunc(rounds, func(a, b round) int { return cmp.Compare(a.ballot, b.ballot) })
	dst = binary.AppendUvarint(dst, uint64(len(rounds)))
	for _, r := range rounds {
		dst = appendNumbers(dst, r.ballot)
		dst = appendNumbers(dst, r.voters, r.known, r.held)
		dst = l.appendValue(dst, r.value)
	}
	dst = appendNumbers(dst, s.learnt)
	dst = wire.AppendBool(dst, s.told)
	return l.appendValue(dst, s.chosen)
}

// appendValue tells no value from an empty one.
func (l *log) appendValue(dst []byte, value uint32) []byte {
	if value == 0 {
		return append(dst, 0)
	}
	commands := l.values[value]
	dst = binary.AppendUvarint(dst, uint64(len(commands))+1)
	for i := range commands {
		dst, _ = commands[i].AppendBinary(dst) // never an error
	}
	return dst
}

func appendNumbers[T ~uint64](dst []byte, numbers ...T) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}
