package quorate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Admitter is a protocol's part in the re-admission of a member that lost its
// disk. A protocol offers it with [Node.Readmit]; the node does the rest.
//
// # Why it is safe
//
// A quorum counts when somebody counted it: a candidate its promises, a leader
// the votes for a value. Let L be the member, and a fence the step in which
// another member journals the new incarnation of L.
//
//  1. The learner has every other member fence its earlier incarnations, and
//     waits for all of them. After its fence a member takes no message of theirs
//     any more, and what it had taken and not yet counted to a quorum it gives
//     up: Disown. It stays so after a crash, which loses what is in memory
//     anyhow. A member that lost its own disk lost that memory with it, and it
//     fences as well. So when the last one has answered, every quorum that L's
//     earlier incarnations were part of, and that will ever count, has been
//     counted already; or, if one of them lives on somewhere and counts itself,
//     has cast all its votes, since nobody takes a question of its any more.
//  2. Only then the learner reads. Whoever voted in such a quorum had its vote
//     on disk before it was counted, hence before it is read. The members that
//     still have their disks meet every quorum of every phase: Enough. So of
//     every quorum that L was part of, somebody is read. A voter that is read
//     still counts on the incarnation that reads: Fences. Else two processes of L
//     that are admitted at once, each reaching some of the others, would vote.
//  3. What was read is on this disk, by Adopt, before or together with the
//     record that makes this node a voter; it votes when that record is durable.
//     What it may have promised is covered by the highest promise read, what it
//     may have accepted by the entry of the highest ballot read.
//
// To ask only a set that meets every quorum is not enough: a candidate outside
// it may have the earlier incarnation's promise in memory, or receive it late,
// and complete its quorum with a member that promised after it was read. Nor is
// it enough to fence and read in one step, although all are asked: a leader that
// is asked last may have counted the lost vote with one of a member that had been
// asked first, and then lose its own disk.
//
// Members that were re-admitted themselves count as members with their disks: by
// induction in the order of admission, each holds what its earlier incarnations
// owed. So a member that is a learner when it fences, and a voter when it is read,
// is read like any other. One that loses its disk between the two has nothing to
// tell, and was part of no quorum since it fenced that this one was part of, too; but
// it may have told others what only it knew, after they were read: all begin anew.
// A disk that was replaced and is put back answers as well. It is found out: an
// answer with state must come from the incarnation that fenced, and on that one
// the others must count.
type Admitter interface {
	// Disown gives up all that the replica holds in memory of a member's earlier
	// incarnation and has not counted to a quorum yet.
	Disown(member ID)
	// Enough returns nil if no quorum of any phase lies outside members, and an
	// error that names one otherwise.
	Enough(members Set) error
	// Recall asks a member for what is missing of its promises and votes. It is
	// called again and again until the protocol calls [Node.Recalled]. A new
	// round begins with nothing read. Whoever is asked looks at [Node.Fences]
	// before it answers.
	Recall(round Round, member ID)
	// Adopt persists what was read in the round: afterwards the replica is bound
	// by all that those members promised and voted for.
	Adopt()
}

// Round names an attempt at an admission: what was said in another one does not
// count. A learner that restarts is another incarnation.
type Round struct {
	Incarnation uint64 // of the learner
	Number      uint64
}

// Fence asks a member to count on the incarnation from which it comes in place
// of Replaces. A late copy changes nothing: Replaces has passed.
type Fence struct {
	Round    Round
	Replaces uint64 // 0 for none
}

// FenceReply answers a Fence. If it is not OK, Known counts instead.
type FenceReply struct {
	Round   Round
	OK      bool
	Known   uint64
	Learner bool  // the sender lost its disk, too
	Met     []Met // on whom else the sender counts
}

// The errors of an admission.
var (
	// ErrNotAdmitted is wrapped when a learner cannot become a voter again.
	ErrNotAdmitted = errors.New("not admitted")
	// ErrNoAdmission is wrapped when a protocol does not know how to.
	ErrNoAdmission = errors.New("the protocol cannot take back a member that lost its disk")
)

// admitRetry is how long an unanswered question waits until it is asked again.
const admitRetry = 200 * time.Millisecond

type stage uint8

const (
	fencing stage = iota
	reading
	writing
)

// admission is under way at a learner from [Node.Admit] on.
type admission struct {
	round    Round
	stage    stage
	replaces []uint64     // by member: whom it has to fence out
	fenced   []FenceReply // by member: its answer,
	answers  []uint64     // and the incarnation that gave it; 0 for none
	state    Set          // members whose state was read
	lost     Set          // members that have none
	timer    *Timer
	done     []func(error)
}

func (n *Node) initAdmission() {
	n.identity.admission = &admission{timer: n.NewTimer("admit", n.askAdmission)}
}

// Readmit offers a protocol's part of re-admission.
func (n *Node) Readmit(a Admitter) {
	if n.identity != nil {
		n.identity.admitter = a
	}
}

// Admit makes a learner a voter again; done is called, on the node's loop, when
// it is one or cannot become one. A voter is one already. It takes as long as
// some other member is down: all of them must agree.
func (n *Node) Admit(done func(error)) {
	switch {
	case n.Voter():
		done(nil)
	case n.identity.admitter == nil:
		done(fmt.Errorf("admit node %v: %w", n.cfg.ID, ErrNoAdmission))
	case len(n.identity.admission.done) > 0:
		n.identity.admission.done = append(n.identity.admission.done, done)
	default:
		n.identity.admission.done = []func(error){done}
		n.beginAdmission()
	}
}

// Admitting says what an admission waits for; empty if none is under way.
func (n *Node) Admitting() string {
	if n.identity == nil || len(n.identity.admission.done) == 0 {
		return ""
	}
	a, missing := n.identity.admission, n.unanswered()
	switch a.stage {
	case fencing:
		return "waits until " + n.cfg.Cluster.Names(missing) + " count on this incarnation"
	case reading:
		return "reads the state of " + n.cfg.Cluster.Names(missing)
	}
	return "writes what it read"
}

func (n *Node) beginAdmission() {
	a, size := n.identity.admission, n.cfg.Cluster.Size()
	a.round = Round{n.identity.self.Incarnation, a.round.Number + 1}
	a.stage, a.state, a.lost = fencing, 0, 0
	a.fenced, a.answers = make([]FenceReply, size), make([]uint64, size)
	if a.replaces == nil {
		a.replaces = make([]uint64, size)
	}
	n.askAdmission()
	n.considerAdmission() // of a cluster of one nobody is asked
}

// restartAdmission begins anew because somebody is not who it was.
func (n *Node) restartAdmission() {
	if a := n.identity.admission; len(a.done) > 0 && a.stage != writing {
		n.beginAdmission()
	}
}

func (n *Node) others() Set { return n.cfg.Cluster.All().Remove(n.cfg.Cluster.Index(n.cfg.ID)) }

// unanswered returns the members whose answer of this stage is missing.
func (n *Node) unanswered() Set {
	a, missing := n.identity.admission, n.others()
	if a.stage != fencing {
		return missing &^ (a.state | a.lost)
	}
	for i, incarnation := range a.answers {
		if incarnation != 0 {
			missing = missing.Remove(i)
		}
	}
	return missing
}

// askAdmission asks whoever has not answered yet.
func (n *Node) askAdmission() {
	a := n.identity.admission
	if len(a.done) == 0 || a.stage == writing {
		return
	}
	for missing := n.unanswered(); missing != 0; missing = missing.Remove(missing.Lowest()) {
		n.askMember(missing.Lowest())
	}
	a.timer.Reset(admitRetry)
}

func (n *Node) askMember(i int) {
	a, to := n.identity.admission, n.cfg.Cluster.ID(i)
	if a.stage == fencing {
		n.Send(to, Fence{a.round, a.replaces[i]})
		return
	}
	n.identity.admitter.Recall(a.round, to)
}

// onFence counts on a learner's new incarnation from now on, and on no earlier
// one. The answer leaves when that is on disk.
func (n *Node) onFence(from ID, m Fence) {
	i, id := n.cfg.Cluster.Index(from), n.identity
	incarnation := m.Round.Incarnation
	if h := id.talks[i]; !h.Learner || h.Incarnation != incarnation {
		return // late: somebody else speaks now
	}
	reply := FenceReply{Round: m.Round, Learner: !n.Voter()}
	switch id.met[i] {
	case incarnation:
	case m.Replaces:
		n.meet(i, incarnation)
		if id.admitter != nil {
			id.admitter.Disown(from)
		}
		n.restartAdmission() // of this node, which may have counted on the earlier one
	default:
		reply.Known = id.met[i]
		n.Send(from, reply)
		return
	}
	reply.OK = true
	for j, incarnation := range id.met {
		if j != i && incarnation != 0 {
			reply.Met = append(reply.Met, Met{n.cfg.Cluster.ID(j), incarnation})
		}
	}
	n.Send(from, reply)
}

func (n *Node) onFenceReply(from ID, m FenceReply) {
	i, a := n.cfg.Cluster.Index(from), n.identity.admission
	h := n.identity.talks[i]
	if m.Round != a.round || len(a.done) == 0 || a.stage == writing || h.Incarnation == 0 {
		return // late
	}
	switch {
	case !m.OK && a.stage == reading: // another process of this member has fenced this one
		a.replaces[i] = m.Known
		n.restartAdmission()
		return
	case !m.OK:
		a.replaces[i] = m.Known
		n.askMember(i)
		return
	case a.stage == reading:
		return
	}
	a.fenced[i], a.answers[i] = m, h.Incarnation
	n.considerAdmission()
}

// Fences reports whether a protocol may tell its state to a member that reads it
// in a round: not if this node is a voter and counts on another incarnation of
// that member, which it then hears.
func (n *Node) Fences(round Round, member ID) bool {
	i := n.cfg.Cluster.Index(member)
	if !n.Voter() || n.identity == nil || i < 0 || n.identity.met[i] == round.Incarnation {
		return true
	}
	n.Send(member, FenceReply{Round: round, Known: n.identity.met[i]})
	return false
}

// Recalled reports that a member's state was read in the given round, or that
// the member said it has none.
func (n *Node) Recalled(round Round, member ID, lost bool) {
	if n.identity == nil {
		return
	}
	i, a := n.cfg.Cluster.Index(member), n.identity.admission
	switch {
	case i < 0 || round != a.round || len(a.done) == 0 || a.stage != reading || (a.state | a.lost).Has(i):
		return
	case lost && !a.fenced[i].Learner, !lost && n.identity.talks[i].Incarnation != a.answers[i]:
		n.restartAdmission() // it lost its disk since it fenced, or was re-admitted, or an old disk was put back
		return
	case lost:
		a.lost = a.lost.Add(i)
	default:
		a.state = a.state.Add(i)
	}
	n.considerAdmission()
}

// considerAdmission goes on when everybody has answered.
func (n *Node) considerAdmission() {
	a := n.identity.admission
	if len(a.done) == 0 || n.unanswered() != 0 {
		return
	}
	switch a.stage {
	case fencing:
		if err := n.contradictions(); err != nil {
			n.endAdmission(err)
			return
		}
		a.stage = reading
		n.askAdmission()
		n.considerAdmission()
	case reading:
		if err := n.identity.admitter.Enough(a.state); err != nil {
			n.endAdmission(fmt.Errorf("%w: %s have their disks and %s lost them, too: %w", ErrNotAdmitted,
				n.cfg.Cluster.Names(a.state), n.cfg.Cluster.Names(a.lost), err))
			return
		}
		n.becomeVoter()
	}
}

// contradictions finds a member with its disk on whose incarnation others do not
// count: its disk was replaced once, and has been put back.
func (n *Node) contradictions() error {
	a, c := n.identity.admission, n.cfg.Cluster
	views := slices.Clone(a.fenced)
	views = append(views, FenceReply{})
	for i, incarnation := range n.identity.met {
		if incarnation != 0 {
			views[c.Size()].Met = append(views[c.Size()].Met, Met{c.ID(i), incarnation})
		}
	}
	var found []string
	for who, view := range views {
		for _, m := range view.Met {
			i := c.Index(m.Member)
			if i < 0 || who < c.Size() && a.fenced[who].Learner || a.fenced[i].Learner || a.answers[i] == 0 || a.answers[i] == m.Incarnation {
				continue
			}
			by := n.cfg.ID
			if who < c.Size() {
				by = c.ID(who)
			}
			found = append(found, fmt.Sprintf("%v answers as incarnation %016x, and %v counts on %016x of it", m.Member, a.answers[i], by, m.Incarnation))
		}
	}
	if found == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: stop whichever has an old disk", ErrNotAdmitted, strings.Join(found, "; "))
}

// becomeVoter writes what was read, and last that this node is a voter.
func (n *Node) becomeVoter() {
	id := n.identity
	a := id.admission
	a.stage = writing
	a.timer.Stop()
	id.admitter.Adopt()
	for i, incarnation := range a.answers {
		if incarnation != 0 && id.met[i] != incarnation {
			n.meet(i, incarnation)
		}
	}
	n.Persist(Identity{Incarnation: id.self.Incarnation})
	n.whenDurable(func() {
		id.self.Learner = false
		n.showIdentity()
		n.endAdmission(nil)
	})
}

func (n *Node) endAdmission(err error) {
	a := n.identity.admission
	a.timer.Stop()
	if err != nil {
		err = fmt.Errorf("admit node %v: %w", n.cfg.ID, err)
	}
	done := a.done
	a.done = nil
	for _, f := range done {
		f(err)
	}
}
