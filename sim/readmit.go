package sim

import (
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
)

// membership is what a world with identities knows of one member: of all its
// lives, and from outside.
type membership struct {
	names   *rand.Rand      // draws incarnations, and when an operator admits
	founded bool            // it has had a disk with an identity: an empty one is a lost one
	learner bool            // it lost its disk and is no voter again yet
	now     uint64          // its incarnation
	fenced  quorate.Set     // who counts on that one, on disk
	heard   []quorate.Hello // by member: as whom it spoke last
}

// identify names a life that begins.
func (h *host) identify(cfg *quorate.NodeConfig) {
	if !h.w.identities {
		return
	}
	h.heard = make([]quorate.Hello, len(h.w.hosts))
	cfg.Incarnation, cfg.Init = h.names.Uint64()|1, !h.founded
}

// hear tells the node who sent a message, if that was somebody else before.
func (h *host) hear(now time.Duration, a *arrival) {
	i := h.w.cluster.Index(a.from)
	if !h.w.identities || i < 0 || h.heard[i] == a.hello {
		return
	}
	h.heard[i] = a.hello
	if err := h.node.Receive(now, a.from, a.hello); err != nil {
		h.w.fail("message", h.index, "%v", err)
	}
}

// loseDisk empties the disk. Without identities the member stays out for good,
// unless its operator takes it for new.
func (h *host) loseDisk() {
	h.disk.format()
	if !h.w.identities {
		h.lost = !h.w.subject.Amnesia
		return
	}
	h.founded, h.learner = true, true
	if h.w.ghost != nil {
		h.w.ghost.Lost(h.index)
	}
}

// awaken begins the life of a learner: after a while its operator admits it.
func (h *host) awaken() {
	if !h.w.identities || h.node.Voter() {
		return
	}
	h.w.probe(ProbeLearner)
	h.awaitOperator()
}

func (h *host) awaitOperator() {
	if h.w.directed {
		return // whoever directs it is the operator
	}
	pause := upTo(h.names, 2*h.w.spec.Knobs.ElectionTimeout+10*time.Millisecond)
	h.w.queue.push(event{at: h.w.now + pause, act: actAdmit, node: int16(h.index), life: h.life})
}

// admit is what the operator does.
func (h *host) admit() {
	if h.node == nil || h.node.Err() != nil {
		return
	}
	if h.paused > 0 {
		h.awaitOperator()
		return
	}
	life := h.life
	h.node.Tick(h.clock.read(h.w.now))
	h.node.Admit(func(err error) {
		switch {
		case h.life != life:
		case err != nil:
			h.w.probe(ProbeNotAdmitted)
			h.awaitOperator()
		default:
			h.w.probe(ProbeAdmitted)
		}
	})
	h.flush()
	h.rearm()
}

// named follows the records of incarnations as they become durable.
func (h *host) named(rec any) {
	switch rec := rec.(type) {
	case quorate.Identity:
		h.founded = true
		if rec.Incarnation != h.now {
			h.now, h.fenced = rec.Incarnation, 0
		}
		if h.learner && !rec.Learner {
			h.learner = false
			h.fencedBy()
			if h.w.ghost != nil {
				h.w.broken(h.index, h.w.ghost.Admitted(h.index))
			}
		}
	case quorate.Met:
		m := h.w.hosts[h.w.cluster.Index(rec.Member)]
		if !m.learner || m.now != rec.Incarnation || m.fenced.Has(h.index) {
			return
		}
		m.fenced = m.fenced.Add(h.index)
		if m.fenced.Len() == len(h.w.hosts)-1 && h.w.ghost != nil {
			h.w.ghost.Fenced(m.index)
		}
	}
}

// fencedBy checks that a member that votes again was fenced by all others, on
// their disks: whoever did not may still count what it said before.
func (h *host) fencedBy() {
	if others := h.w.cluster.All().Remove(h.index); h.fenced != others {
		h.w.fail("admitted", h.index, "%v votes again, and %s still count on an earlier incarnation of it, after a crash at least",
			h.id, h.w.cluster.Names(others&^h.fenced))
	}
}

// readmitted reports whether all members vote that can. If some stay dead, the
// others must do without those that were not admitted before.
func (w *world) readmitted() bool {
	for _, h := range w.hosts {
		if len(w.spec.Dead) == 0 && h.serves() && !h.node.Voter() {
			return false
		}
	}
	return true
}
