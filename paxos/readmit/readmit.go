package readmit

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// Recall asks for the receiver's promise, and for what it accepted or knows to be
// chosen from slot From on.
type Recall struct {
	Round quorate.Round
	From  quorate.Slot
}

// Recalled answers a Recall with a part of it. Lost says that the sender has
// nothing to tell, since it lost its disk, too.
type Recalled struct {
	Round    quorate.Round
	Lost     bool
	Promised quorate.Ballot
	Promise  core.Promise
}

// Known is the record that the slots below Upto are chosen, with the values that
// are on disk. Without it their entries would stand for votes under the ballots
// under which this member happened to accept them while it was a learner, which
// may be lower than those under which they were chosen: it might have been part
// of that.
type Known struct{ Upto quorate.Slot }

// RecordKey implements [quorate.Record]: there is one.
func (Known) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// Config is what a replica lends to its [Reader].
type Config struct {
	Quorums    quorate.QuorumSystem
	ChunkBytes int // in a message, about
	Log        *core.Log
	// Fetch makes the replica learn the slots below upto.
	Fetch func(from quorate.ID, upto quorate.Slot)
	// Learn takes an entry that is known to be chosen.
	Learn func(core.Entry)
	// Store persists an entry of the log.
	Store func(core.Entry)
	// Promised persists the log's promise.
	Promised func()
	// Disown is that of quorate.Admitter.
	Disown func(member quorate.ID)
}

// Reader implements [quorate.Admitter] for a replica with one log.
type Reader struct {
	node     *quorate.Node
	cfg      Config
	round    quorate.Round
	recovery *core.Recovery // what was read in the round
	promised quorate.Ballot // the highest
}

// New makes a Reader and registers its messages and itself on n.
func New(n *quorate.Node, cfg Config) *Reader {
	r := &Reader{node: n, cfg: cfg}
	quorate.Recover(n, func(rec Known) { cfg.Log.Know(rec.Upto) })
	quorate.RegisterOpen(n, r.onRecall)
	quorate.RegisterOpen(n, r.onRecalled)
	n.Readmit(r)
	return r
}

// Disown implements [quorate.Admitter].
func (r *Reader) Disown(member quorate.ID) { r.cfg.Disown(member) }

// Enough implements [quorate.Admitter].
func (r *Reader) Enough(members quorate.Set) error { return r.cfg.Quorums.Meets(members) }

// Recall implements [quorate.Admitter].
func (r *Reader) Recall(round quorate.Round, member quorate.ID) {
	if r.recovery == nil || round != r.round {
		// It is over when everybody was read, which the node decides.
		r.round, r.promised = round, 0
		r.recovery = core.NewRecovery(r.node.Cluster(), quorate.AllQuorums(r.node.Cluster()).Phase1, 0, r.cfg.Log.Committed())
	}
	r.recovery.Advance(r.cfg.Log.Committed())
	r.ask(member)
}

func (r *Reader) ask(member quorate.ID) {
	r.node.SendNow(member, Recall{r.round, r.recovery.Wanted(r.node.Cluster().Index(member))})
}

// onRecall tells what is on this disk: the answer waits for it.
func (r *Reader) onRecall(from quorate.ID, m Recall) {
	if !r.node.Fences(m.Round, from) {
		return
	}
	reply := Recalled{Round: m.Round, Lost: !r.node.Voter()}
	if !reply.Lost {
		reply.Promised, reply.Promise = r.cfg.Log.Promised(), r.cfg.Log.PromisePart(m.From, r.cfg.ChunkBytes)
	}
	r.node.Send(from, reply)
}

func (r *Reader) onRecalled(from quorate.ID, m Recalled) {
	if r.recovery == nil || m.Round != r.round {
		return
	}
	i := r.node.Cluster().Index(from)
	r.promised = max(r.promised, m.Promised)
	switch {
	case m.Lost:
		r.node.Recalled(m.Round, from, true)
	case m.Promise.Base > r.recovery.From():
		r.cfg.Fetch(from, m.Promise.Base) // the node asks again after a while
	case r.recovery.Add(i, m.Promise):
		r.node.Recalled(m.Round, from, false)
	case !r.recovery.Promised(i) && r.recovery.Wanted(i) == m.Promise.Next:
		r.ask(from)
	}
}

// Adopt implements [quorate.Admitter].
func (r *Reader) Adopt() {
	log := r.cfg.Log
	for _, e := range r.recovery.Values() {
		own, _ := log.Entry(e.Slot)
		switch {
		case own.Chosen || e.Slot < log.Committed():
		case e.Chosen:
			r.cfg.Learn(e)
		case e.Ballot > own.Ballot:
			log.Restore(e)
			r.cfg.Store(e)
		}
	}
	// What is chosen beyond a hole is so on disk, too; the rest is Known.
	for s := log.Committed(); s < log.End(); s++ {
		if e, _ := log.Entry(s); e.Chosen {
			r.cfg.Store(e)
		}
	}
	r.node.Persist(Known{log.Committed()})
	log.Promise(max(r.promised, log.Promised()))
	r.cfg.Promised()
	r.recovery = nil
}
