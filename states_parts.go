package quorate

import "fmt"

// A state that is too long for one record is written in parts, each of which goes
// to disk before the next: what others wait for, such as votes, must not wait for
// all of it. Parts have numbers that were not in use, so the earlier state stays
// what it is until part 0 is replaced, which names the new parts; with that the
// old ones go. A crash before leaves parts that nobody names; they go with the
// next state.

// parts is a state in parts [first, next): what is written, or recovered, of it.
type parts struct {
	key         string
	data        []byte // to be written, or recovered so far
	first, next uint64
	end         uint64 // of one that is recovered: its next in the end
	upto        Slot   // it includes no slot from here on
}

// span is the numbers of a key's parts that may be on disk: [first, next).
type span struct{ first, next uint64 }

// head is the data of a part 0 that names the parts [first, next).
type head struct{ First, Next uint64 }

func (h head) data() []byte { return fmt.Appendf(nil, "%d %d", h.First, h.Next) }

func readHead(data []byte) (h head, err error) {
	if _, err = fmt.Sscanf(string(data), "%d %d", &h.First, &h.Next); err == nil && (h.First == 0 || h.First >= h.Next) {
		err = fmt.Errorf("%w: parts %d to %d", ErrSnapshot, h.First, h.Next)
	}
	return h, err
}

// keep persists the state of a key, which includes no slot from upto on, in place
// of its earlier one, in one step.
func (s *States) keep(key string, data []byte, upto Slot) {
	if s.large != nil && s.large.key == key {
		s.large = nil // it is older
	}
	if len(data) > maxPart {
		for p := s.begin(key, data, upto); s.put(p); {
		}
		return
	}
	s.env.Persist(KeyState{Key: key, Data: data, Upto: upto})
	if old, ok := s.onDisk[key]; ok {
		s.env.Forget(KeyState{Key: key}, old.first, old.next)
		delete(s.onDisk, key)
	}
}

// begin returns a state that put is to persist.
func (s *States) begin(key string, data []byte, upto Slot) *parts {
	first := max(s.onDisk[key].next, 1)
	return &parts{key: key, data: data, first: first, next: first, upto: upto}
}

// put persists the next part, and with the last one part 0. It reports whether
// there are more.
func (s *States) put(p *parts) bool {
	n := min(len(p.data), maxPart)
	s.env.Persist(KeyState{Key: p.key, Part: p.next, Data: p.data[:n], Upto: p.upto})
	s.note(p.key, p.next)
	p.data, p.next = p.data[n:], p.next+1
	if len(p.data) > 0 {
		return true
	}
	s.env.Persist(KeyState{Key: p.key, Data: head{p.first, p.next}.data(), More: true, Upto: p.upto})
	if old := s.onDisk[p.key]; old.first < p.first {
		s.env.Forget(KeyState{Key: p.key}, old.first, p.first)
	}
	s.onDisk[p.key] = span{p.first, p.next}
	return false
}

// note remembers that a part may be on disk. They come in ascending order.
func (s *States) note(key string, part uint64) {
	old, ok := s.onDisk[key]
	if !ok {
		old.first = part
	}
	s.onDisk[key] = span{old.first, part + 1}
}

// restore takes a state that is recovered, part by part: part 0 comes first.
func (s *States) restore(state KeyState) {
	s.seen = max(s.seen, state.Upto)
	switch {
	case state.Part > 0:
		s.note(state.Key, state.Part)
		s.restorePart(state)
	case state.More:
		s.recovered()
		h, err := readHead(state.Data)
		if err != nil {
			panic(fmt.Sprintf("node %v: the state of key %q: %v", s.env.ID(), state.Key, err))
		}
		s.begun = &parts{key: state.Key, first: h.First, next: h.First, end: h.Next}
	default:
		s.recovered()
		s.replace(state.Key, state.Data)
	}
}

func (s *States) restorePart(state KeyState) {
	p := s.begun
	if p == nil || p.key != state.Key {
		return // nobody names it: a crash came before its state was complete
	}
	if state.Part != p.next {
		s.recovered()
	}
	p.data, p.next = append(p.data, state.Data...), p.next+1
	if p.next == p.end {
		s.begun = nil
		s.replace(p.key, p.data)
	}
}

// recovered checks that no part is missing.
func (s *States) recovered() {
	if p := s.begun; p != nil {
		panic(fmt.Sprintf("node %v: the state of key %q has no part %d", s.env.ID(), p.key, p.next))
	}
}

func (s *States) replace(key string, data []byte) {
	if err := s.app.Restore(key, data); err != nil {
		panic(fmt.Sprintf("node %v: restore the state of key %q: %v", s.env.ID(), key, err))
	}
}
