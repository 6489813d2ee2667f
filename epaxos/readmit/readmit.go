package readmit

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Recall asks how far the rows go.
type Recall struct{ Round quorate.Round }

// Recalled answers a Recall. Lost says that the sender has nothing to tell, since
// it lost its disk, too.
type Recalled struct {
	Round quorate.Round
	Lost  bool
	Ends  core.Deps
}

// Config is what a replica lends to its [Reader].
type Config struct {
	Quorums quorate.QuorumSystem
	Table   *core.Table
	// Disown is that of quorate.Admitter.
	Disown func(member quorate.ID)
	// Adopt makes the replica begin above ends, with those as its floor, and
	// persists it.
	Adopt func(ends core.Deps)
}

// Reader implements [quorate.Admitter] for a replica with rows of instances.
type Reader struct {
	node  *quorate.Node
	cfg   Config
	round quorate.Round
	ends  map[quorate.ID]core.Deps // that were told in the round
}

// New makes a Reader and registers its messages and itself on n.
func New(n *quorate.Node, cfg Config) *Reader {
	r := &Reader{node: n, cfg: cfg}
	quorate.RegisterOpen(n, r.onRecall)
	quorate.RegisterOpen(n, r.onRecalled)
	n.Readmit(r)
	return r
}

// Disown implements [quorate.Admitter].
func (r *Reader) Disown(member quorate.ID) { r.cfg.Disown(member) }

// Enough implements [quorate.Admitter].
func (r *Reader) Enough(members quorate.Set) error { return r.cfg.Quorums.Meets(members) }

// Recall implements [quorate.Admitter]. A member is asked once: what it hears of
// later is for the votes of those that are admitted.
func (r *Reader) Recall(round quorate.Round, member quorate.ID) {
	if r.ends == nil || round != r.round {
		r.round, r.ends = round, map[quorate.ID]core.Deps{}
	}
	if _, told := r.ends[member]; told {
		r.consider(member)
		return
	}
	r.node.SendNow(member, Recall{round})
}

// onRecall tells what is on this disk: the answer waits for it.
func (r *Reader) onRecall(from quorate.ID, m Recall) {
	if !r.node.Fences(m.Round, from) {
		return
	}
	if !r.node.Voter() {
		r.node.Send(from, Recalled{Round: m.Round, Lost: true})
		return
	}
	r.node.Send(from, Recalled{Round: m.Round, Ends: r.cfg.Table.Ends().Union(r.cfg.Table.Floor())})
}

func (r *Reader) onRecalled(from quorate.ID, m Recalled) {
	if r.ends == nil || m.Round != r.round || !r.cfg.Table.Fits(m.Ends) {
		return
	}
	if m.Lost {
		r.node.Recalled(m.Round, from, true)
		return
	}
	if _, told := r.ends[from]; !told {
		r.ends[from] = m.Ends
	}
	r.consider(from)
}

// consider counts a member's answer once all that it told of is executed here.
func (r *Reader) consider(member quorate.ID) {
	if executed := r.cfg.Table.Executed(); executed.Union(r.ends[member]).Equal(executed) {
		r.node.Recalled(r.round, member, false)
	}
}

// Adopt implements [quorate.Admitter].
func (r *Reader) Adopt() {
	all := core.Deps{}
	for _, ends := range r.ends { // unordered: a union
		all = all.Union(ends)
	}
	r.ends = nil
	r.cfg.Adopt(all)
}
