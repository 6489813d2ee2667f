package sim

import (
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// Election is one: from the moment in which a leader is taken away, or given up,
// until a member has committed something under a ballot that it won.
type Election struct {
	Ballots int           // tried by all members together
	Winner  int           // of these, by the one that won
	Stood   int           // members that tried one
	Probes  int           // that ended
	Took    time.Duration // until the winner had committed
	Forced  bool          // the leader was taken away; else it lost the lead without a fault
}

// electionWatch takes leaders away, and counts what happens until there is
// another one. It is part of a world, and like it has one generator.
type electionWatch struct {
	rng  *rand.Rand
	all  []Election
	late int // elections that had not ended when the faults did, though there was time

	open   bool          // nobody leads
	begun  time.Duration // since when
	forced bool
	tried  []int            // ballots by member, since the last election
	last   []quorate.Ballot // by member: what it tried last
	probes int              // since then
	leads  []quorate.Ballot // by member: what it won last
	leader int              // -1 for none
	ballot quorate.Ballot   // of the last election's winner
	victim int              // who is away, -1 for none
	fault  int              // that keeps it away
}

const (
	shortReign = 150 * time.Millisecond // a leader stays for this time, and up to four times as long
	timeEnough = 5 * time.Second        // for an election, in any case
)

func newElectionWatch(s *Spec) *electionWatch {
	n := s.Zones * s.Nodes
	return &electionWatch{rng: stream(s.Seed, "elections", 1), open: true, tried: make([]int, n), last: make([]quorate.Ballot, n), leads: make([]quorate.Ballot, n), leader: -1, victim: -1}
}

func (l *electionWatch) observe(w *world, member int, e quorate.Event) {
	if w.ended || member == l.victim {
		return // what it wins there, nobody follows
	}
	switch e := e.(type) {
	case quorate.Probed:
		l.probes++
	case quorate.Stood:
		l.tried[member]++
		l.last[member] = e.Ballot
	case quorate.Elected:
		l.leads[member] = e.Ballot
		if !l.open && member != l.leader {
			l.begin(w, false)
		}
	case quorate.SteppedDown:
		if !l.open && member == l.leader {
			l.begin(w, false)
		}
	case quorate.Chosen:
		if l.open && e.Ballot == l.leads[member] && e.Ballot > l.ballot { // not what an earlier leader learns late
			l.end(w, member)
		}
	}
}

// begin begins an election.
func (l *electionWatch) begin(w *world, forced bool) {
	l.open, l.begun, l.forced, l.leader = true, w.now, forced, -1
}

// end takes down an election that is over. A first one, before which nobody led,
// is no election of a new leader. The one who was away comes back soon, and a
// while later the winner is taken away.
func (l *electionWatch) end(w *world, winner int) {
	e := Election{Winner: l.tried[winner], Probes: l.probes, Took: w.now - l.begun, Forced: l.forced}
	for _, n := range l.tried {
		e.Ballots += n
		e.Stood += min(n, 1)
	}
	if l.begun > 0 {
		l.all = append(l.all, e)
	}
	l.ballot = l.leads[winner]
	for i, b := range l.last {
		l.tried[i] = 0
		if b > l.ballot { // it may still win, and then belongs to the next election, too
			l.tried[i] = 1
		}
	}
	l.open, l.leader, l.probes = false, winner, 0
	reign := shortReign + upTo(l.rng, 3*shortReign)
	if l.victim >= 0 {
		w.queue.push(event{at: w.now + upTo(l.rng, reign/2), act: actHeal, ref: int32(l.fault)})
		l.victim = -1
	}
	w.queue.push(event{at: w.now + reign, act: actTake, node: int16(winner), ref: int32(len(l.all))})
}

// take takes the leader away, unless somebody else leads by now.
func (l *electionWatch) take(w *world, member, number int) {
	if w.ended || l.open || l.leader != member || number != len(l.all) {
		return
	}
	f := nemesis.Fault{Kind: pick(l.rng, nemesis.Crash, nemesis.Pause, nemesis.Partition), At: w.now, Nodes: []int{member}}
	if f.Kind == nemesis.Partition {
		f.Shape = nemesis.ShapeIsolate
	}
	w.faults = append(w.faults, activeFault{Fault: &f, nodes: f.Nodes})
	l.fault, l.victim = len(w.faults)-1, member
	l.begin(w, true)
	w.begin(l.fault, member)
}

// over looks for an election that takes too long, when the faults end.
func (l *electionWatch) over(w *world) {
	if l.open && w.now-l.begun > timeEnough {
		l.late++
	}
}
