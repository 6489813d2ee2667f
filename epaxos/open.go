package epaxos

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/open"
)

// maxAsked bounds the instances that one Ask names, and those of a row that one
// Progress makes this replica look for.
const maxAsked = 256

func (r *Replica) initOpening() {
	reply := func() time.Duration { return r.pace.Longest(r.cfg.Retransmit/2, r.cfg.Retransmit) }
	r.watch = r.env.NewTimer("open", r.scan)
	r.open = open.New(open.Config{Rows: r.quorums.Size, Patience: r.cfg.Patience, Reply: reply, Asked: maxAsked, Jitter: r.jitter, Draw: r.env.Rand().IntN, Wake: r.watch.Reset})
}

// notice takes up an instance that was not heard of before.
func (r *Replica) notice(i *core.Instance) { r.open.Add(i, r.env.Now()) }

// scan sees to what is not committed, and tells how far this replica has come.
func (r *Replica) scan() {
	room := -1
	if r.env.Voter() {
		room = r.recoveries.Room()
	}
	ask, due := r.open.Due(r.env.Now(), room, r.busy)
	if len(ask) > 0 {
		r.env.SendNow(quorate.Others, Ask{ask})
	}
	for _, o := range due {
		r.startRecovery(o)
	}
	news := r.keep.Tick()
	if r.mayBegin() {
		if commands := r.keep.Idle(); len(commands) > 0 {
			r.begin(commands, nil)
		}
	}
	r.open.Rest(!news)
}

// busy reports whether this replica is deciding the instance: as its owner, or in the
// owner's place.
func (r *Replica) busy(id core.ID) bool {
	p, i := r.own(id)
	return p != nil && i.Promised == 0 || r.recoveries.Get(id) != nil
}

func (r *Replica) onResend() {
	r.resendProposals()
	r.resendRecoveries()
	r.resend.Reset(r.cfg.Retransmit / 2)
}
