package explore

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// message is a message between two members, or from a client, as it may be in
// flight. Those with one canonical form are one message.
type message struct {
	from, to quorate.ID
	member   int // the receiver's index
	name     string
	prompt   bool
	kind     *wire.Type
	data     []byte
}

// value decodes the message anew: no two replicas ever share memory.
func (m *message) value() any {
	v, err := m.kind.Decode(m.data)
	if err != nil {
		panic(fmt.Sprintf("explore: decode %s, just encoded: %v", m.name, err))
	}
	return v
}

// tables number all that the worlds of one exploration consist of.
type tables struct {
	*setup
	cfg      Config
	messages []message
	locals   [][]*local // by member
	deeds    [][]effect // lists of effects; the first is empty
	pasts    []*past

	messageOf  map[digest]uint32
	localOf    []map[digest]uint32 // by member
	deedOf     map[digest]uint32
	pastOf     map[digest]uint32
	newWitness func() witness
	inputs     int // that hosts took, replays included
}

// intern numbers the messages to each receiver of an envelope.
func (t *tables) intern(dst []uint32, from, to quorate.ID, m any) ([]uint32, error) {
	if slices.Contains(t.cfg.Drop, name(m)) {
		return dst, nil
	}
	for i, id := range t.cluster.IDs() {
		if to != id && (to != quorate.Others || from == id) {
			continue
		}
		n, err := t.message(from, i, m)
		if err != nil {
			return dst, err
		}
		dst = append(dst, n)
	}
	return dst, nil
}

func (t *tables) message(from quorate.ID, member int, m any) (uint32, error) {
	c := newCanon()
	c.uint(uint64(from))
	c.uint(uint64(member))
	c.any(m)
	key, err := c.sum()
	if err != nil {
		return 0, fmt.Errorf("canonical form of %s: %w", name(m), err)
	}
	if n, ok := t.messageOf[key]; ok {
		return n, nil
	}
	kind, err := t.types.Compile(reflect.TypeOf(m))
	if err != nil {
		return 0, fmt.Errorf("message %s: %w", name(m), err)
	}
	data, err := kind.Append(nil, m)
	if err != nil {
		return 0, err
	}
	n := uint32(len(t.messages))
	t.messages = append(t.messages, message{from: from, to: t.cluster.ID(member), member: member, name: name(m),
		prompt: slices.Contains(t.cfg.Prompt, name(m)), kind: kind, data: data})
	t.messageOf[key] = n
	return n, nil
}

// effects numbers a list of effects of a member.
func (t *tables) effects(member int, did []effect) (uint32, error) {
	if len(did) == 0 {
		return 0, nil
	}
	c := newCanon()
	c.uint(uint64(member))
	for _, e := range did {
		c.uint(uint64(e.kind))
		c.any(e.value)
	}
	key, err := c.sum()
	if err != nil {
		return 0, fmt.Errorf("canonical form of what %v did: %w", t.cluster.ID(member), err)
	}
	if n, ok := t.deedOf[key]; ok {
		return n, nil
	}
	n := uint32(len(t.deeds))
	t.deeds = append(t.deeds, did)
	t.deedOf[key] = n
	return n, nil
}
