package maelstrom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// service is a store that nodes may use: they ask it as clients ask them. It is always
// there, and no partition cuts it off. It returns the body of an answer. Calls do not
// overlap.
type service func(from, kind string, key string, r *request) map[string]any

// The names of services.
const (
	linStore = linKV
	seqStore = "seq-kv"
	lwwStore = "lww-kv"
	linClock = "lin-tso"
)

// Services returns the names of the services that nodes may use.
func Services() []string { return []string{linStore, seqStore, lwwStore, linClock} }

func newServices(rng *rand.Rand) map[string]service {
	return map[string]service{
		linStore: (&linear{values: map[string]json.RawMessage{}}).serve,
		seqStore: (&sequential{linear: linear{values: map[string]json.RawMessage{}}, rng: rng, seen: map[string]int{}}).serve,
		lwwStore: newEventual(rng).serve,
		linClock: (&oracle{}).serve,
	}
}

// ask lets a service answer a message.
func (s service) ask(m message, h head) map[string]any {
	var r request
	if err := json.Unmarshal(m.Body, &r); err != nil {
		return refusal(codeMalformed, err.Error())
	}
	key := ""
	if h.Type == "read" || h.Type == "write" || h.Type == "cas" {
		var err error
		if key, err = canonical(r.Key); err != nil {
			return refusal(codeMalformed, fmt.Sprintf("key: %v", err))
		}
	}
	return s(m.Src, h.Type, key, &r)
}

// execute executes a request on the value of a key, nil if there is none. It returns the
// answer and what is to be written, nil if nothing is.
func execute(kind string, r *request, old json.RawMessage) (answer map[string]any, change json.RawMessage) {
	switch kind {
	case "read":
		if old == nil {
			return refusal(codeNoKey, "there is no such key"), nil
		}
		return map[string]any{"type": "read_ok", "value": old}, nil
	case "write":
		if len(r.Value) == 0 {
			return refusal(codeMalformed, "value: it is missing"), nil
		}
		return map[string]any{"type": "write_ok"}, r.Value
	case "cas":
		switch {
		case len(r.From) == 0 || len(r.To) == 0:
			return refusal(codeMalformed, "from or to: it is missing"), nil
		case old == nil && !r.Create:
			return refusal(codeNoKey, "there is no such key"), nil
		case old != nil && !same(old, r.From):
			return refusal(codePrecondition, fmt.Sprintf("the value is %s", old)), nil
		}
		return map[string]any{"type": "cas_ok"}, r.To
	}
	return refusal(codeNotSupported, fmt.Sprintf("this service does not know type %q", kind)), nil
}

// same reports whether two texts are one value.
func same(a, b json.RawMessage) bool {
	x, err := canonical(a)
	if err != nil {
		return false
	}
	y, err := canonical(b)
	return err == nil && x == y
}

// linear is a linearizable store: there is one state, and it is the newest.
type linear struct {
	values map[string]json.RawMessage
}

func (s *linear) serve(_, kind, key string, r *request) map[string]any {
	answer, change := execute(kind, r, s.values[key])
	if change != nil {
		s.values[key] = bytes.Clone(change)
	}
	return answer
}

// sequential is a sequentially consistent store: all that is asked has one order, in which
// what a node asks keeps its own. But a node that changes nothing may meet any of the last
// states that is not older than the one it met before.
type sequential struct {
	linear
	rng     *rand.Rand
	changes []overwritten  // the last ones, the oldest first
	last    int            // how many there were
	seen    map[string]int // by node: how many changes it has seen
}

// overwritten is what a change has put an end to.
type overwritten struct {
	key string
	old json.RawMessage
}

// remembered is how many states there are to meet.
const remembered = 32

func (s *sequential) serve(from, kind, key string, r *request) map[string]any {
	forgotten := s.last - len(s.changes)
	least := max(s.seen[from], forgotten)
	at := least + s.rng.IntN(s.last-least+1)
	old := s.values[key]
	for _, c := range s.changes[at-forgotten:] {
		if c.key == key {
			old = c.old
			break
		}
	}
	answer, change := execute(kind, r, old)
	if change == nil || old != nil && same(old, change) {
		s.seen[from] = at
		return answer
	}
	before := s.values[key]
	answer, change = execute(kind, r, before)
	if change != nil {
		s.values[key] = bytes.Clone(change)
		s.changes = append(s.changes, overwritten{key, before})
		s.changes = slices.Delete(s.changes, 0, max(0, len(s.changes)-remembered+1))
		s.last++
	}
	s.seen[from] = s.last
	return answer
}

// eventual is a store of several replicas, each of which answers by itself. Now and then
// one tells another one what it has, and the later write wins.
type eventual struct {
	rng      *rand.Rand
	replicas []replica
}

// replica is one of them, with its logical clock.
type replica struct {
	clock  int
	values map[string]stamped
}

type stamped struct {
	clock, by int
	value     json.RawMessage
}

// replicas is how many.
const replicas = 5

func newEventual(rng *rand.Rand) *eventual {
	e := &eventual{rng: rng}
	for range replicas {
		e.replicas = append(e.replicas, replica{values: map[string]stamped{}})
	}
	return e
}

func (e *eventual) serve(_, kind, key string, r *request) map[string]any {
	e.merge(&e.replicas[e.rng.IntN(replicas)], &e.replicas[e.rng.IntN(replicas)])
	i := e.rng.IntN(replicas)
	at := &e.replicas[i]
	answer, change := execute(kind, r, at.values[key].value)
	if change != nil {
		at.clock++
		at.values[key] = stamped{at.clock, i, bytes.Clone(change)}
	}
	return answer
}

func (*eventual) merge(from, to *replica) {
	to.clock = max(to.clock, from.clock)
	for key, v := range from.values { // unordered: each key by itself
		if old := to.values[key]; v.clock > old.clock || v.clock == old.clock && v.by > old.by {
			to.values[key] = v
		}
	}
}

// oracle gives numbers, each greater than the one before.
type oracle struct{ last int64 }

func (o *oracle) serve(_, kind, _ string, _ *request) map[string]any {
	if kind != "ts" {
		return refusal(codeNotSupported, fmt.Sprintf("this service does not know type %q", kind))
	}
	o.last++
	return map[string]any{"type": "ts_ok", "ts": o.last - 1}
}
