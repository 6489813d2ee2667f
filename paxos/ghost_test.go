package paxos_test

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/wire"
	"reflect"
)

// ghost looks at the sender's disk: no promise, vote or proposal may leave
// before the state it relies on would survive a crash.
func (w *world) ghost(e quorate.Envelope) {
	h := w.hosts[w.cluster.Index(e.From)]
	durable := h.durablePromise()
	switch m := e.Msg.(type) {
	case paxos.P1b:
		if m.OK && durable < m.Ballot {
			w.t.Fatalf("%v sent the promise of %v with %v on disk", e.From, m.Ballot, durable)
		}
	case paxos.P1a:
		if durable < m.Ballot {
			w.t.Fatalf("%v used ballot %v with %v on disk: after a crash it might use it again", e.From, m.Ballot, durable)
		}
	case paxos.P2a:
		if durable < m.Ballot {
			w.t.Fatalf("%v proposed under %v with %v on disk", e.From, m.Ballot, durable)
		}
	case paxos.P2b:
		if m.OK && (durable < m.Ballot || !h.durableVote(m.Slot)) {
			w.t.Fatalf("%v voted for slot %v under %v with the promise %v on disk", e.From, m.Slot, m.Ballot, durable)
		}
	}
}

// records of one type on disk, decoded.
func decoded[R quorate.Record](h *host) map[quorate.RecordKey]R {
	kind, err := wire.Compile(reflect.TypeFor[R]())
	if err != nil {
		panic(err)
	}
	out := map[quorate.RecordKey]R{}
	for k, data := range h.disk[kind.Name()] {
		rec, err := kind.Decode(data)
		if err != nil {
			panic(err)
		}
		out[k] = rec.(R)
	}
	return out
}

func (h *host) durablePromise() quorate.Ballot {
	var b quorate.Ballot
	for _, rec := range decoded[paxos.Promise](h) {
		b = max(b, rec.Ballot)
	}
	for _, rec := range decoded[paxos.Accepted](h) {
		b = max(b, rec.Entry.Ballot)
	}
	return b
}

func (h *host) durableVote(s quorate.Slot) bool {
	for _, rec := range decoded[paxos.Trimmed](h) {
		if s < rec.Base {
			return true
		}
	}
	_, ok := decoded[paxos.Accepted](h)[quorate.RecordKey{Number: uint64(s)}]
	return ok
}
