package paxos

import "github.com/quorate/quorate"

// catchup is how a replica gets what it missed: by asking for it. Nobody keeps
// track of what others lack.
type catchup struct {
	timer *quorate.Timer
	from  quorate.ID   // whom to ask
	goal  quorate.Slot // all slots below are known to be chosen somewhere
	tries int          // without progress
	turns int          // how often another one was asked, without progress
}

// fetch makes the replica learn the slots below goal, from whoever told of
// them. It waits a moment first: the missing messages may only be late.
func (r *Replica) fetch(from quorate.ID, goal quorate.Slot) {
	r.catchup.goal = max(r.catchup.goal, goal)
	if r.catchup.timer.Armed() || r.log.Committed() >= r.catchup.goal {
		return
	}
	r.catchup.from, r.catchup.tries, r.catchup.turns = from, 0, 0
	r.catchup.timer.Reset(r.cfg.CommitDelay)
}

// askCatchup asks for the next part, and after a while asks somebody else. Once
// all were asked it waits longer: an answer may take longer than it had time for,
// and whoever gives up too early every time never learns.
func (r *Replica) askCatchup() {
	c := &r.catchup
	if r.log.Committed() >= c.goal {
		return
	}
	if r.states.Progress() { // a long transfer is given time as long as it goes on
		c.tries = 0
	}
	if c.tries++; c.tries > 3 {
		c.from, c.tries, c.turns = r.another(c.from), 0, c.turns+1
		r.states.Drop()
	}
	c.timer.Reset(r.cfg.Retransmit << min(c.turns/r.env.Cluster().Size(), 6))
	if r.states.Resume() {
		return
	}
	r.env.SendNow(c.from, CatchupRequest{From: r.log.Committed()})
}

// another returns the member after id, other than this one.
func (r *Replica) another(id quorate.ID) quorate.ID {
	n := r.env.Cluster().Size()
	i := r.index(id)
	if i = (i + 1) % n; i == r.self {
		i = (i + 1) % n
	}
	return r.env.Cluster().ID(i)
}

func (r *Replica) onCatchupRequest(from quorate.ID, m CatchupRequest) {
	reply := CatchupReply{Commit: r.log.Committed(), Base: r.log.Base()}
	if m.From >= r.log.Base() {
		reply.Entries, _ = r.log.Entries(m.From, r.log.Committed(), r.cfg.ChunkBytes)
		if n := len(reply.Entries); n > 0 {
			r.env.Observe(quorate.Retransmitted{Slots: n})
		}
	}
	r.env.SendNow(from, reply)
}

func (r *Replica) onCatchupReply(from quorate.ID, m CatchupReply) {
	before := r.log.Committed()
	for _, e := range m.Entries {
		r.learn(e)
	}
	r.catchup.goal = max(r.catchup.goal, m.Commit)
	switch {
	case r.log.Committed() >= r.catchup.goal:
		r.catchup.timer.Stop()
	case m.Base > r.log.Committed():
		r.catchup.from = from // perhaps an answer to a question of before a restart
		r.states.Fetch(from)
		r.catchup.timer.Reset(r.cfg.Retransmit << min(r.catchup.turns/r.env.Cluster().Size(), 6))
	case r.log.Committed() > before:
		r.catchup.from, r.catchup.tries, r.catchup.turns = from, 0, 0
		r.askCatchup()
	default:
		r.fetch(from, m.Commit)
	}
}

// installed goes on from a snapshot: the log starts at upto now.
func (r *Replica) installed(upto quorate.Slot) {
	r.executed = upto
	r.cut(upto)
	r.env.Observe(quorate.Installed{Upto: upto})
	r.advanced(r.log.Committed())
	r.askCatchup()
}
