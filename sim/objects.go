package sim

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Objects says what there is to know of a protocol in which each key is an object:
// a log of its own, named after the key, with an owner that may change.
type Objects struct {
	// Rest is how long after the last request, and the last time that somebody took an
	// object, none is awake any more, at the latest: by then each replica has reported
	// at least once that none is.
	Rest func(k Knobs) time.Duration
	// Residence is how long an owner that is well keeps an object, at least.
	Residence func(k Knobs) time.Duration
	// Rounds is how many ballots may be tried for an object, one after the other,
	// until somebody is elected, when there are no faults.
	Rounds int
}

// object is what the world knows of one.
type object struct {
	owner  int           // who was elected last, -1 before anybody was
	since  time.Duration // when
	hinted int           // whom that one told to take it, -1 for nobody
	stands quorate.Set   // who has tried since
	rounds int           // ballots tried since, or since the faults are over
	moves  int           // between zones, since the faults are over
}

func (w *world) object(name string) *object {
	o := w.objects[name]
	if o == nil {
		o = &object{owner: -1, hinted: -1}
		w.objects[name] = o
	}
	return o
}

func (w *world) zone(member int) int { return member / w.spec.Nodes }

// stood: a member tries to take an object.
func (w *world) stood(h *host, name string) {
	if w.subject.Objects == nil {
		return
	}
	o := w.object(name)
	for other, rival := range w.hosts {
		if o.stands.Has(other) && rival.node != nil && w.zone(other) != w.zone(h.index) {
			w.probe(ProbeDuel)
			break
		}
	}
	o.stands = o.stands.Add(h.index)
	if o.rounds++; w.ended && o.rounds > w.subject.Objects.Rounds {
		w.fail("duel", h.index, "%d ballots were tried for %s one after the other, and nobody is elected, though the faults are over", o.rounds, name)
	}
}

// owns: a member has taken an object.
func (w *world) owns(h *host, name string) {
	if w.subject.Objects == nil {
		return
	}
	o := w.object(name)
	if moved := o.owner >= 0 && w.zone(o.owner) != w.zone(h.index); moved {
		w.probe(ProbeStolen)
		if w.hosts[o.owner].node == nil {
			w.probe(ProbeStolenFromDead)
		}
		if w.ended {
			w.moved(h, name, o)
		}
	}
	if o.hinted == h.index {
		w.probe(ProbeHandedOver)
	}
	if w.restBy > 0 { // what earlier owners have left is cleared away slot by slot
		w.restBy = w.now + w.subject.Objects.Rest(w.spec.Knobs)
	}
	*o = object{owner: h.index, since: w.now, hinted: -1, moves: o.moves}
}

// moved: without faults an object moves once in a residence, but for the first
// times: what the owners know of each other may be old then.
func (w *world) moved(h *host, name string, o *object) {
	o.moves++
	calm, residence := w.now-w.spec.Safety, w.subject.Objects.Residence(w.spec.Knobs)
	if most := len(w.hosts) + int(calm/residence); o.moves > most {
		w.fail("residence", h.index, "%s has moved from zone to zone %d times within %v, though an owner keeps it for %v", name, o.moves, calm, residence)
	}
}

// hinted: the owner of an object tells another member that it should take it.
func (w *world) hinted(e quorate.Hinted) {
	if w.subject.Objects != nil {
		w.object(e.Log).hinted = w.cluster.Index(e.To)
	}
}

// settles forgets what was tried as long as there were faults.
func (w *world) settles() {
	for _, o := range w.objects { // unordered: each by itself
		o.rounds, o.moves = 0, 0
	}
}

// rested reports whether all members have reported, since nothing was asked of them
// any more, that no object is awake and no request pending. They have some time for it.
func (w *world) rested() bool {
	if w.subject.Objects == nil || w.spec.Blind {
		return true
	}
	rest := w.subject.Objects.Rest(w.spec.Knobs)
	if w.restBy == 0 {
		w.restBy = w.now + rest
	}
	w.limit = max(w.limit, w.restBy+2*watchPause)
	for i, h := range w.hosts {
		if !h.serves() || w.resting.Has(i) {
			continue
		}
		if r := h.replica.Report(); r.Awake+r.Pending > 0 {
			if w.now >= w.restBy {
				w.fail("rest", i, "%v has %d objects awake and %d requests pending still, though nothing has been asked of it for %v", h.id, r.Awake, r.Pending, rest)
			}
			return false
		}
		w.resting = w.resting.Add(i)
	}
	return true
}

// zoneLost counts that the last member of a zone has gone down.
func (w *world) zoneLost(h *host) {
	if w.spec.Zones < 2 {
		return
	}
	for _, other := range w.hosts {
		if w.zone(other.index) == w.zone(h.index) && other.node != nil {
			return
		}
	}
	w.probe(ProbeZoneLost)
}

// countDead counts the zones that stay down.
func (w *world) countDead() {
	for zone := range w.spec.Zones {
		if up := slices.ContainsFunc(w.hosts, func(h *host) bool { return w.zone(h.index) == zone && !h.dead }); !up {
			w.probe(ProbeZoneDead)
		}
	}
}
