package paxos

import (
	"time"

	"github.com/quorate/quorate"
)

// A snapshot is transferred while both sides go on working. Each key's state is
// read when its turn comes and includes all slots executed until then. The
// receiver goes on with the log from the slot where the transfer began, so it
// executes some commands on states that include them already. That is harmless:
// the outcomes are part of a key's state, and an executed command that comes
// again changes nothing. No state is frozen and no copy of all of it is made.
// The states a replica writes before it trims its log work the same way.

// snapshots is both sides of such transfers.
type snapshots struct {
	sending map[quorate.ID]*transfer // at most one for each member; dropped when done or idle
	install *install                 // what is being received, nil if nothing
}

// transfer is a snapshot being sent.
type transfer struct {
	serial uint64
	index  uint64 // of the next chunk
	sent   SnapshotChunk
	upto   quorate.Slot
	keys   []string // still to be sent
	state  []byte   // rest of the first key's state
	used   time.Duration
}

// install is a snapshot being received.
type install struct {
	from   quorate.ID
	serial uint64
	index  uint64 // of the chunk wanted
	part   []byte // of a key whose state comes in several parts
	seen   map[string]struct{}
}

func (r *Replica) initSnapshots() {
	r.snapshot.sending = map[quorate.ID]*transfer{}
}

func (r *Replica) startInstall(from quorate.ID) {
	if r.snapshot.install != nil {
		return
	}
	r.snapshot.install = &install{from: from, serial: r.env.Rand().Uint64(), seen: map[string]struct{}{}}
	r.resumeInstall()
}

func (r *Replica) dropInstall() { r.snapshot.install = nil }

// resumeInstall asks for the chunk that is due; false if nothing is installed.
func (r *Replica) resumeInstall() bool {
	in := r.snapshot.install
	if in == nil {
		return false
	}
	r.env.SendNow(in.from, SnapshotRequest{Serial: in.serial, Index: in.index})
	return true
}

// onSnapshotRequest sends the next chunk, or the last one again.
func (r *Replica) onSnapshotRequest(from quorate.ID, m SnapshotRequest) {
	if _, ok := r.index(from); !ok {
		return
	}
	t := r.snapshot.sending[from]
	if t == nil || t.serial != m.Serial {
		if m.Index != 0 {
			return // a transfer this replica knows nothing of any more; the receiver will start anew
		}
		t = &transfer{serial: m.Serial, upto: r.executed, keys: r.app.Keys()}
		r.snapshot.sending[from] = t
	}
	t.used = r.env.Now()
	switch {
	case m.Index == t.index && r.log.Base() <= t.upto:
		t.sent = r.chunk(t)
		t.index++
	case m.Index+1 != t.index:
		return
	}
	r.env.SendNow(from, t.sent)
}

// chunk takes the next parts of the transfer.
func (r *Replica) chunk(t *transfer) SnapshotChunk {
	m := SnapshotChunk{Serial: t.serial, Index: t.index, Upto: t.upto}
	for room := r.cfg.ChunkBytes; room > 0 && len(t.keys) > 0; {
		key := t.keys[0]
		if t.state == nil {
			t.state = r.app.Snapshot([]byte{}, key)
		}
		n := min(len(t.state), room)
		part := StatePart{Key: key, Data: t.state[:n:n], More: n < len(t.state)}
		m.Parts = append(m.Parts, part)
		room -= n + len(key) + 32
		if t.state = t.state[n:]; len(t.state) == 0 {
			t.state, t.keys = nil, t.keys[1:]
		}
	}
	m.Last = len(t.keys) == 0
	return m
}

// expireTransfers drops transfers whose receiver has gone quiet.
func (r *Replica) expireTransfers() {
	for id, t := range r.snapshot.sending { // unordered: each is judged by itself
		if r.env.Now()-t.used > 10*r.cfg.ElectionTimeout {
			delete(r.snapshot.sending, id)
		}
	}
}

func (r *Replica) onSnapshotChunk(from quorate.ID, m SnapshotChunk) {
	in := r.snapshot.install
	if in == nil || in.from != from || in.serial != m.Serial || in.index != m.Index {
		return
	}
	if m.Upto <= r.executed {
		r.dropInstall() // this replica got there by itself; older states must not come back
		return
	}
	for _, p := range m.Parts {
		in.part = append(in.part, p.Data...)
		if p.More {
			continue
		}
		in.seen[p.Key] = struct{}{}
		r.installState(State{Key: p.Key, Data: in.part})
		in.part = nil
	}
	in.index++
	r.catchup.tries = 0
	if !m.Last {
		r.resumeInstall()
		return
	}
	r.finishInstall(m.Upto)
}

// installState puts one key's state in place.
func (r *Replica) installState(s State) {
	r.restoreState(s)
	r.env.Persist(s)
}

// restoreState takes a state that was received or recovered.
func (r *Replica) restoreState(s State) {
	if err := r.app.Restore(s.Key, s.Data); err != nil {
		panic("paxos: restore state of key " + s.Key + ": " + err.Error())
	}
}

// finishInstall moves the log's base to upto: all below is in the states now.
func (r *Replica) finishInstall(upto quorate.Slot) {
	seen := r.snapshot.install.seen
	r.snapshot.install = nil
	for _, key := range r.app.Keys() {
		if _, ok := seen[key]; !ok {
			r.installState(State{Key: key})
		}
	}
	r.executed = upto
	r.cut(upto)
	r.env.Observe(quorate.Installed{Upto: upto})
	r.advanced(r.log.Committed())
	r.askCatchup()
}
