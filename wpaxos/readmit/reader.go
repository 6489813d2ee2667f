package readmit

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

// Config is what a replica lends to its [Reader].
type Config struct {
	Quorums    quorate.QuorumSystem
	Objects    *objects.Objects
	ChunkBytes int           // in a message, about
	Pause      time.Duration // until it is looked again whether what is fetched has come

	// Seek makes the replica learn the slots of k below goal, which a member knows.
	Seek func(k *objects.Key, from quorate.ID, goal quorate.Slot)
	// Raise makes b the promise for k, on disk too, if it is higher than that.
	Raise func(k *objects.Key, b quorate.Ballot)
	// Hold takes an entry that a member accepted or knows to be chosen, and persists
	// it. It reports false if others must come first.
	Hold func(k *objects.Key, e core.Entry) bool
	// Save persists the states of all keys with what is executed now, and calls then
	// in a later step, when no record of an entry stands before that any more. It
	// returns false if it cannot begin now.
	Save func(then func()) bool
	// Disown is that of quorate.Admitter.
	Disown func(member quorate.ID)
}

// Reader implements [quorate.Admitter] for a replica with a log for each key.
type Reader struct {
	node *quorate.Node
	cfg  Config
	life uint64 // of this replica's numbers of keys; 0 until somebody asks

	round   quorate.Round
	reading []reading   // by member; nil if no admission was begun
	known   quorate.Set // members all of whose keys were taken over, and are not yet saved
	saving  bool
	look    *quorate.Timer
}

// reading is how far one member was read in the round.
type reading struct {
	life  uint64
	at    uint64       // the part at hand begins at this key,
	from  quorate.Slot // and this slot of it
	part  *Recalled    // without its keys; nil until it comes
	waits []Key        // of the part: those not taken over yet
	left  int          // how many these were when the node asked last
	ended bool         // all keys were taken over
}

// maxSought bounds the keys that are fetched at once, for one member that is read.
const maxSought = 256

// New makes a Reader and registers its messages and itself on n.
func New(n *quorate.Node, cfg Config) *Reader {
	r := &Reader{node: n, cfg: cfg}
	r.look = n.NewTimer("recall", r.onLook)
	quorate.RegisterOpen(n, r.onRecall)
	quorate.RegisterOpen(n, r.onRecalled)
	n.Readmit(r)
	return r
}

// Disown implements [quorate.Admitter].
func (r *Reader) Disown(member quorate.ID) { r.cfg.Disown(member) }

// Enough implements [quorate.Admitter].
func (r *Reader) Enough(members quorate.Set) error { return r.cfg.Quorums.Meets(members) }

// Adopt implements [quorate.Admitter]. All is on disk.
func (r *Reader) Adopt() {
	r.reading, r.known = nil, 0
	r.look.Stop()
}

// Recall implements [quorate.Admitter]. It asks again if nothing has come since it did
// last, also for a part that is at hand: its sender may have restarted.
func (r *Reader) Recall(round quorate.Round, member quorate.ID) {
	if r.reading == nil || round != r.round {
		r.round, r.known = round, 0
		r.reading = make([]reading, r.node.Cluster().Size())
	}
	rd := &r.reading[r.node.Cluster().Index(member)]
	stuck := len(rd.waits) == rd.left
	rd.left = len(rd.waits)
	if stuck && !rd.ended {
		r.ask(member, rd)
	}
}

func (r *Reader) ask(member quorate.ID, rd *reading) {
	r.node.SendNow(member, Recall{Round: r.round, Life: rd.life, At: rd.at, From: rd.from})
}

func (r *Reader) onRecalled(from quorate.ID, m Recalled) {
	if r.reading == nil || m.Round != r.round {
		return
	}
	i := r.node.Cluster().Index(from)
	rd := &r.reading[i]
	switch {
	case m.Lost:
		r.node.Recalled(m.Round, from, true)
		return
	case rd.ended:
		return
	case m.Life != rd.life && m.At == 0 && m.From == 0: // the first part, after a restart the first again
		*rd = reading{life: m.Life}
	case m.Life != rd.life || m.At != rd.at || m.From != rd.from, !m.goesOn():
		return // late
	}
	rd.part, rd.waits = &m, m.Keys
	r.takeOver(i)
}

// goesOn reports whether the next part begins behind this one.
func (m *Recalled) goesOn() bool {
	return !m.More || m.Next > m.At || m.Next == m.At && m.NextFrom > m.From
}

// takeOver does what is possible of the keys of the part at hand, and asks for the next
// part when nothing of it is left.
func (r *Reader) takeOver(i int) {
	rd, from := &r.reading[i], r.node.Cluster().ID(i)
	var waits []Key
	for n, told := range rd.waits {
		if len(waits) == maxSought {
			waits = append(waits, rd.waits[n:]...)
			break
		}
		k := r.cfg.Objects.Put(told.Key)
		r.cfg.Raise(k, told.Promised)
		switch {
		case r.hold(k, told.Commit, told.Entries):
			continue
		case k.Open == nil || k.Open.Fetch.Goal < told.Commit: // it is not being fetched
			r.cfg.Seek(k, from, told.Commit)
		}
		waits = append(waits, told)
	}
	rd.waits = waits
	switch {
	case len(waits) > 0:
		r.lookSoon()
	case rd.part.More:
		rd.at, rd.from, rd.part, rd.left = rd.part.Next, rd.part.NextFrom, nil, 0
		r.ask(from, rd)
	default:
		rd.ended = true
		r.known = r.known.Add(i)
		r.save()
	}
}

// hold takes over what a member accepted of a key, once all is known here that is
// chosen as far as that member knows.
func (r *Reader) hold(k *objects.Key, commit quorate.Slot, entries []core.Entry) bool {
	if k.Committed() < commit {
		return false
	}
	for _, e := range entries {
		if !r.cfg.Hold(k, e) {
			return false
		}
	}
	return true
}

func (r *Reader) lookSoon() {
	if !r.look.Armed() {
		r.look.Reset(r.cfg.Pause)
	}
}

// onLook goes on with what has waited.
func (r *Reader) onLook() {
	for i := range r.reading {
		if len(r.reading[i].waits) > 0 {
			r.takeOver(i)
		}
	}
	r.save()
}

// save has what was taken over of some members written, and counts them as read then.
func (r *Reader) save() {
	if r.saving || r.known == 0 {
		return
	}
	round, known := r.round, r.known
	r.saving = r.cfg.Save(func() {
		r.saving = false
		if round == r.round {
			r.known &^= known
		}
		for ; known != 0; known = known.Remove(known.Lowest()) {
			r.node.Recalled(round, r.node.Cluster().ID(known.Lowest()), false)
		}
		r.save()
	})
	if !r.saving {
		r.lookSoon() // others are being written
	}
}
