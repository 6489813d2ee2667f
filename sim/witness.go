package sim

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/quorate/quorate"
)

// witness is the state machine of a member: a KV whose every effect is compared
// with what the other members saw. It needs no help from the protocol, and holds
// for logs and for graphs: on one key all replicas execute in one order.
type witness struct {
	*quorate.KV
	h *host
}

func newWitness(h *host) *witness {
	return &witness{KV: quorate.NewKV(quorate.KVConfig{}), h: h}
}

// Apply implements [quorate.StateMachine].
func (m *witness) Apply(c quorate.Command) quorate.Result {
	r := m.KV.Apply(c)
	if c.Op.IsWrite() && c.Client != 0 {
		m.h.w.effects.saw(m.h, &c, r)
	}
	return r
}

// effects is what writes did, by the first replica that executed them.
type effects struct {
	outcomes map[quorate.CommandID]quorate.Result
	writers  map[version]quorate.CommandID
}

type version struct {
	key    string
	number uint64
}

func newEffects() effects {
	return effects{outcomes: map[quorate.CommandID]quorate.Result{}, writers: map[version]quorate.CommandID{}}
}

// saw compares an effect with the others: a write has one outcome, wherever and
// however often it is executed, and a version has one writer.
func (f *effects) saw(h *host, c *quorate.Command, r quorate.Result) {
	id := c.ID()
	first, again := f.outcomes[id]
	switch {
	case !again:
		f.outcomes[id] = r
	case first.OK != r.OK || first.Version != r.Version:
		h.w.fail("once", h.index, "%v of %v had the outcome %v, version %d, and then, executed by %v, %v, version %d",
			c.Op, id, first.OK, first.Version, h.id, r.OK, r.Version)
		return
	}
	if !r.OK {
		return
	}
	at := version{c.Key, r.Version}
	if writer, taken := f.writers[at]; taken && writer != id {
		h.w.fail("state", h.index, "version %d of key %s was written by %v, and at %v by %v", at.number, at.key, writer, h.id, id)
		return
	}
	f.writers[at] = id
}

// knows reports whether a reply tells what some replica really did.
func (f *effects) knows(r *quorate.Reply) error {
	id := quorate.CommandID{Client: r.Client, Seq: r.Seq}
	first, ok := f.outcomes[id]
	if !ok {
		return fmt.Errorf("a client is told that %v is done, which no replica has executed", id)
	}
	if first.OK != r.OK || first.Version != r.Version {
		return fmt.Errorf("a client is told %v, version %d, of %v, whose outcome was %v, version %d", r.OK, r.Version, id, first.OK, first.Version)
	}
	return nil
}

// sameState compares two members' states of all keys, with what they remember
// of the outcomes of writes.
func sameState(a, b *host) bool {
	keys := a.app.Keys()
	if !slices.Equal(keys, b.app.Keys()) {
		return false
	}
	for _, key := range keys {
		if !bytes.Equal(a.app.Snapshot(nil, key), b.app.Snapshot(nil, key)) {
			return false
		}
	}
	return true
}
