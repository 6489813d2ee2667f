package quorate

import "time"

// StateRequest asks for chunk Index of a snapshot; Serial names the transfer, a
// new number starts a new one.
type StateRequest struct {
	Serial uint64
	Index  uint64
}

// StateChunk is a part of the state of a replica. With all chunks in place, the
// receiver's state includes at least the slots below Upto. Keys of this chunk may
// include more, but none from Until on.
type StateChunk struct {
	Serial uint64
	Index  uint64
	Upto   Slot
	Until  Slot
	Parts  []StatePart
	Last   bool
}

// StatePart is a piece of one key's state. Keys follow each other in ascending
// order.
type StatePart struct {
	Key  string
	Data []byte
	More bool // the key's state goes on in the next part
}

// transfer is a snapshot being sent. The receiver asks for each chunk, so a
// lost message costs a repeated question and nothing else.
type transfer struct {
	serial uint64
	index  uint64 // of the next chunk
	sent   StateChunk
	upto   Slot
	keys   []string // still to be sent
	state  []byte   // rest of the first key's state
	used   time.Duration
}

// reception is a snapshot being received.
type reception struct {
	from   ID
	serial uint64
	index  uint64 // of the chunk wanted
	part   []byte // of a key whose state comes in several parts
	seen   map[string]struct{}
}

// Fetch begins to receive a snapshot from another replica, unless one is being
// received.
func (s *States) Fetch(from ID) {
	if s.receiving == nil {
		s.receiving = &reception{from: from, serial: s.env.Rand().Uint64(), seen: map[string]struct{}{}}
		s.Resume()
	}
}

// Resume asks for the chunk that is due; false if nothing is being received.
// The replica calls it when it has heard nothing for a while.
func (s *States) Resume() bool {
	in := s.receiving
	if in == nil {
		return false
	}
	s.env.SendNow(in.from, StateRequest{Serial: in.serial, Index: in.index})
	return true
}

// Progress reports whether a chunk was put in place since the last call.
func (s *States) Progress() bool {
	moved := s.progress
	s.progress = false
	return moved
}

// Drop gives up receiving. What has been put in place may stay.
func (s *States) Drop() { s.receiving = nil }

// Sending returns the first slot that the receivers of snapshots will ask for
// when they have them; false if nothing is being sent.
func (s *States) Sending() (Slot, bool) {
	var first Slot
	for _, t := range s.sending { // unordered: a minimum
		if first == 0 || t.upto < first {
			first = t.upto
		}
	}
	return first, len(s.sending) > 0
}

// Expire drops the transfers whose receivers have gone quiet.
func (s *States) Expire() {
	for id, t := range s.sending { // unordered: each is judged by itself
		if s.env.Now()-t.used > s.cfg.Idle {
			delete(s.sending, id)
		}
	}
}

// onRequest sends the next chunk, or the last one again.
func (s *States) onRequest(from ID, m StateRequest) {
	if s.cfg.May != nil && !s.cfg.May(from) {
		delete(s.sending, from)
		return
	}
	t := s.sending[from]
	if t == nil || t.serial != m.Serial {
		if m.Index != 0 {
			return // dropped here meanwhile; the receiver will start anew
		}
		t = &transfer{serial: m.Serial, upto: s.upto(), keys: s.app.Keys()}
		s.sending[from] = t
	}
	t.used = s.env.Now()
	switch m.Index {
	case t.index:
		t.sent = s.chunk(t)
		t.index++
	case t.index - 1:
	default:
		return
	}
	s.env.SendNow(from, t.sent)
}

// chunk takes the next parts of the transfer.
func (s *States) chunk(t *transfer) StateChunk {
	m := StateChunk{Serial: t.serial, Index: t.index, Upto: t.upto, Until: s.Frontier()}
	for room := s.cfg.ChunkBytes; room > 0 && len(t.keys) > 0; {
		key := t.keys[0]
		if t.state == nil {
			t.state = s.app.Snapshot([]byte{}, key)
		}
		n := min(len(t.state), room)
		m.Parts = append(m.Parts, StatePart{Key: key, Data: t.state[:n:n], More: n < len(t.state)})
		room -= n + len(key) + 32
		if t.state = t.state[n:]; len(t.state) == 0 {
			t.state, t.keys = nil, t.keys[1:]
		}
	}
	m.Last = len(t.keys) == 0
	return m
}

func (s *States) onChunk(from ID, m StateChunk) {
	in := s.receiving
	if in == nil || in.from != from || in.serial != m.Serial || in.index != m.Index {
		return
	}
	if m.Upto <= s.upto() {
		s.Drop() // this replica got there by itself; older states must not come back
		return
	}
	s.seen = max(s.seen, m.Until)
	for _, p := range m.Parts {
		in.part = append(in.part, p.Data...)
		if !p.More {
			in.seen[p.Key] = struct{}{}
			if !s.install(p.Key, in.part, m.Until) {
				s.Drop() // malformed: what came before it stands, the rest may come from another
				return
			}
			in.part = nil
		}
	}
	in.index++
	s.progress = true
	if !m.Last {
		s.Resume()
		return
	}
	for _, key := range s.app.Keys() {
		if _, ok := in.seen[key]; !ok {
			s.install(key, nil, m.Until) // the sender has no such key any more
		}
	}
	s.receiving = nil
	s.installed(m.Upto)
}

// install puts one key's state in place; false if it is malformed.
func (s *States) install(key string, data []byte, upto Slot) bool {
	if s.app.Restore(key, data) != nil {
		return false
	}
	s.keep(key, data, upto)
	return true
}
