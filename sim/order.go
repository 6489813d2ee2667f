package sim

import (
	"fmt"

	"github.com/quorate/quorate"
)

// orders is the order in which the members execute, key by key: the same writes,
// those without effect too, in one order, and each read at one place among them.
// Commands on different keys may go in different orders, in protocols without a
// leader.
type orders struct {
	keys     map[string]*keyOrder
	executed map[quorate.CommandID]struct{} // reads
}

// keyOrder is the order of one key, by whoever came first.
type keyOrder struct {
	writes []quorate.CommandID
	at     map[step]int // of a write its position, of a read the writes before it
}

// step is a command's place: one of those of a slot.
type step struct {
	place
	number int
}

// progress is how far a member has come with a key.
type progress struct {
	next  int // the position of the next write
	skips int // what is below is in the state that it began with, or was given
	saved int // what is below is in the state on its disk
}

func newOrders() orders {
	return orders{keys: map[string]*keyOrder{}, executed: map[quorate.CommandID]struct{}{}}
}

func (o *orders) key(name string) *keyOrder {
	k := o.keys[name]
	if k == nil {
		k = &keyOrder{at: map[step]int{}}
		o.keys[name] = k
	}
	return k
}

// restarted: a member begins with the state on its disk. What that includes and is
// not dropped is executed once more, without an effect: so no order is asked of it,
// and there may be none, where some of a circle of dependencies are dropped.
func (h *host) restarted() {
	h.fetches = false
	for _, p := range h.progress { // unordered: each by itself
		p.next, p.skips = 0, p.saved
	}
}

// saved: the state of a key is on the member's disk. It may be that of another, who
// may have executed all that anybody has, and come there before it is in memory.
func (h *host) saved(s quorate.KeyState) {
	p := h.progressOf(s.Key)
	p.saved = max(p.saved, p.skips, p.next)
	if h.fetches {
		p.saved = max(p.saved, len(h.w.orders.key(s.Key).writes))
	}
}

// installed: the state came from another member, which may have executed all that
// anybody has: of the key that a log is named after, or of all.
func (h *host) installed(log string) {
	if h.w.subject.Objects != nil {
		p := h.progressOf(log)
		p.skips = max(p.skips, len(h.w.orders.key(log).writes))
		return
	}
	for name, k := range h.w.orders.keys { // unordered: each by itself
		p := h.progressOf(name)
		p.skips = max(p.skips, len(k.writes))
	}
}

func (h *host) progressOf(key string) *progress {
	p := h.progress[key]
	if p == nil {
		if h.progress == nil {
			h.progress = map[string]*progress{}
		}
		p = &progress{}
		h.progress[key] = p
	}
	return p
}

// ordered compares the place of a command in a member's order with the others'.
func (h *host) ordered(at step, c *quorate.Command) {
	k, p := h.w.orders.key(c.Key), h.progressOf(c.Key)
	if c.Op == quorate.OpGet {
		h.w.orders.executed[c.ID()] = struct{}{}
		h.readAt(at, c, k, p)
		return
	}
	position, known := k.at[at]
	if !known {
		position = len(k.writes)
		k.at[at] = position
		k.writes = append(k.writes, c.ID())
	}
	switch {
	case k.writes[position] != c.ID():
		h.w.fail("order", h.index, "%v executes %v of %v at %v, where another executed %v", h.id, c.Op, c.ID(), at, k.writes[position])
	case position >= p.skips && position != max(p.next, p.skips):
		h.w.fail("order", h.index, "%v executes %v of %v on key %s after %s, but others after %s",
			h.id, c.Op, c.ID(), c.Key, k.last(max(p.next, p.skips)), k.last(position))
	}
	p.next = max(p.next, position+1)
}

// readAt compares only places that are certain.
func (h *host) readAt(at step, c *quorate.Command, k *keyOrder, p *progress) {
	before, known := k.at[at]
	switch {
	case p.next < p.skips || known && before < p.skips:
	case !known:
		k.at[at] = p.next
	case before != p.next:
		h.w.fail("order", h.index, "%v executes %v of %v on key %s after %s, but others after %s", h.id, c.Op, c.ID(), c.Key, k.last(p.next), k.last(before))
	}
}

// last names the write before a position.
func (k *keyOrder) last(position int) string {
	if position == 0 {
		return "no write"
	}
	return fmt.Sprintf("write %d, %v", position, k.writes[position-1])
}

// String returns the form log/slot.
func (s step) String() string {
	if s.log == "" {
		return fmt.Sprintf("slot %v", s.slot)
	}
	return fmt.Sprintf("slot %v of log %s", s.slot, s.log)
}
