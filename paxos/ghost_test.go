package paxos_test

import (
	"reflect"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/claims"
	"github.com/quorate/quorate/sim/ghost"
	"github.com/quorate/quorate/wire"
)

// watch sets a ghost upon the world: it holds every record and message against
// the rules of Paxos.
func (w *world) watch() {
	quorums := w.cfg.Quorums
	if quorums.IsZero() {
		quorums = quorate.MajorityQuorums(w.cluster)
	}
	w.kinds = map[string]*wire.Type{}
	for _, typ := range []reflect.Type{reflect.TypeFor[paxos.Promise](), reflect.TypeFor[paxos.Accepted](), reflect.TypeFor[paxos.Trimmed]()} {
		kind, err := wire.Compile(typ)
		w.check(err)
		w.kinds[kind.Name()] = kind
	}
	w.ghost = ghost.New(ghost.Config{Cluster: w.cluster, Phase1: quorums.Phase1, Phase2: quorums.Phase2, Claims: claims.Of})
}

func (w *world) check(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) checkSent(e quorate.Envelope) {
	if w.ghost != nil {
		w.check(w.ghost.Sent(w.cluster.Index(e.From), e.Msg))
	}
}

func (w *world) checkDurable(h *host, op quorate.RecordOp) {
	if w.ghost == nil || op.Forget {
		return
	}
	kind := w.kinds[op.Type]
	if kind == nil {
		return // a state; it claims nothing
	}
	rec, err := kind.Decode(op.Data)
	w.check(err)
	w.check(w.ghost.Durable(w.cluster.Index(h.id), rec))
}

func (w *world) checkEvent(h *host, e quorate.Event) {
	if w.ghost == nil {
		return
	}
	i := w.cluster.Index(h.id)
	switch e := e.(type) {
	case quorate.Elected:
		w.check(w.ghost.Elected(i, e))
	case quorate.Chosen:
		w.check(w.ghost.Chosen(i, e))
	case quorate.Executed:
		w.check(w.ghost.Executed(i, e))
	}
}

// checkDone is told of writes that a client was told are done.
func (w *world) checkDone(r quorate.Reply) {
	w.check(w.ghost.Done(quorate.CommandID{Client: r.Client, Seq: r.Seq}))
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
	_, ok := decoded[paxos.Accepted](h)[quorate.RecordKey{Number: uint64(s)}]
	return ok
}
