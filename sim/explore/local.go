package explore

import (
	"fmt"
	"slices"
)

// local is a state that one member can be in: what it holds in memory and on
// disk. Many worlds share it.
type local struct {
	parent *local // the state before, nil before the start
	via    input  // what led from there to here
	twin   *local // another state that led here, nil if none is known,
	over   input  // by this input
	live   *host  // a host in this state, if a step left one

	timers  []int // armed, of those in the configuration
	syncing bool
	next    map[input]*outcome
}

// outcome is what becomes of a local state by an input.
type outcome struct {
	local  uint32   // the state afterwards
	sent   []uint32 // messages, each as often as there are receivers
	did    uint32   // the number of the list of effects
	broken error    // the replica panicked, or refused what it got
}

// way returns the inputs that led to l.
func (l *local) way() []input {
	if l == nil {
		return nil
	}
	return append(l.parent.way(), l.via)
}

// outcome returns what becomes of a member in a state by an input. Each pair
// runs once, on a real node; the many worlds that differ elsewhere look it up.
func (t *tables) outcome(member int, state uint32, in input) (*outcome, error) {
	l := t.locals[member][state]
	if out, ok := l.next[in]; ok {
		return out, nil
	}
	h := l.live
	if l.live = nil; h == nil {
		h = t.rebuild(member, l.way())
	}
	out, err := t.advance(h, l, in)
	if err != nil {
		return nil, err
	}
	l.next[in] = out
	return out, t.compare(member, l, in, out)
}

// rebuild returns a fresh host that has taken the inputs.
func (t *tables) rebuild(member int, way []input) *host {
	h := newHost(t.setup, member)
	for _, in := range way {
		t.feed(h, in) // what it does is known
	}
	return h
}

// feed lets a host take an input.
func (t *tables) feed(h *host, in input) ([]effect, error) {
	t.inputs++
	switch in.kind {
	case deliver:
		m := &t.messages[in.arg]
		return h.step(in, m.from, m.value())
	case fire:
		return h.step(in, 0, t.cfg.Timers[in.arg].Name)
	}
	return h.step(in, 0, nil)
}

// advance takes a host from state l to the next and numbers what it finds there.
// The host belongs to that state afterwards.
func (t *tables) advance(h *host, l *local, in input) (*outcome, error) {
	did, broken := t.feed(h, in)
	if h.old() {
		return nil, fmt.Errorf("%v has taken %d steps, and after that requests expire: want a smaller world", h.id(), most)
	}
	out := &outcome{broken: broken}
	var err error
	if out.did, err = t.effects(h.member, did); err != nil || broken != nil {
		return out, err
	}
	for _, e := range did {
		if e.kind == sent {
			if out.sent, err = t.intern(out.sent, h.id(), e.to, e.value); err != nil {
				return nil, err
			}
		}
	}
	out.local, err = t.local(h, l, in)
	return out, err
}

// local numbers the state that h is in.
func (t *tables) local(h *host, parent *local, via input) (uint32, error) {
	key, err := h.form()
	if err != nil {
		return 0, err
	}
	n, known := t.localOf[h.member][key]
	if known {
		l := t.locals[h.member][n]
		if l.twin == nil && (l.parent != parent || l.via != via) {
			l.twin, l.over = parent, via
		}
		return n, nil
	}
	n = uint32(len(t.locals[h.member]))
	l := &local{parent: parent, via: via, live: h, syncing: h.flying != nil, next: map[input]*outcome{}}
	for name := range h.node.Timers() {
		for i, timer := range t.cfg.Timers {
			if timer.Node == h.id() && timer.Name == name && !slices.Contains(l.timers, i) {
				l.timers = append(l.timers, i)
			}
		}
	}
	slices.Sort(l.timers)
	t.locals[h.member] = append(t.locals[h.member], l)
	t.localOf[h.member][key] = n
	return n, nil
}

// compare proves the canonical form: a node that came to state l by another
// way must do the same from there. If it does not, the form leaves out what
// matters, or the replica is not deterministic.
func (t *tables) compare(member int, l *local, in input, want *outcome) error {
	if l.twin == nil {
		return nil
	}
	way := append(l.twin.way(), l.over)
	got, err := t.advance(t.rebuild(member, way), l, in)
	if err != nil {
		return err
	}
	if got.local == want.local && got.did == want.did && slices.Equal(got.sent, want.sent) && (got.broken == nil) == (want.broken == nil) {
		return nil
	}
	return fmt.Errorf("%w: %v behaves differently at %q after %q and after %q", ErrForm,
		t.cluster.ID(member), t.describe(member, in), t.describeAll(member, l.way()), t.describeAll(member, way))
}
