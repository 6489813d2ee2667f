package explore

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/ghost"
)

// witness remembers what happened on one path and judges it. Its verdict on
// the future depends on the past, which the nodes' states do not show: a vote
// that was once on disk counts even after it was replaced. So what it
// remembers is part of a world's state: worlds whose nodes, disks and messages
// are the same and whose pasts differ are explored apart, and no violation
// hides behind a state that was visited with a more innocent past.
type witness interface {
	// see takes one effect after the other; an error is a violation.
	see(member int, e effect) error
	// key stands for what the witness remembers: equal keys, equal verdicts.
	key() []byte
}

// past is what a witness remembers. Many worlds share it.
type past struct {
	parent *past // before the last deed, nil for the beginning
	deed   deed
	live   witness // one that remembers just this, if a step left it
	next   map[deed]verdict
}

// deed is a list of effects of one member.
type deed struct {
	member int
	did    uint32
}

// verdict is what a deed makes of a past.
type verdict struct {
	past   uint32
	broken *sim.Violation
}

// judge returns the past after a deed.
func (t *tables) judge(before uint32, d deed) verdict {
	if d.did == 0 {
		return verdict{past: before}
	}
	p := t.pasts[before]
	if v, ok := p.next[d]; ok {
		return v
	}
	w := p.live
	if p.live = nil; w == nil {
		w = t.recall(p)
	}
	v := verdict{broken: t.tell(w, d)}
	if v.broken == nil {
		v.past = t.past(w, p, d)
	}
	p.next[d] = v
	return v
}

// recall returns a witness that remembers p.
func (t *tables) recall(p *past) witness {
	if p.parent == nil {
		return t.newWitness()
	}
	w := t.recall(p.parent)
	t.tell(w, p.deed) // it had nothing to say
	return w
}

// tell shows a deed to a witness.
func (t *tables) tell(w witness, d deed) *sim.Violation {
	for _, e := range t.deeds[d.did] {
		if err := w.see(d.member, e); err != nil {
			return violation(d.member, err)
		}
	}
	return nil
}

func violation(member int, err error) *sim.Violation {
	if broken, ok := errors.AsType[*ghost.Broken](err); ok {
		return &sim.Violation{Oracle: broken.Rule, Node: broken.Node, Text: broken.Text}
	}
	return &sim.Violation{Oracle: "replica", Node: member, Text: err.Error()}
}

// past numbers what w remembers.
func (t *tables) past(w witness, parent *past, d deed) uint32 {
	key := sum(w.key())
	if n, ok := t.pastOf[key]; ok {
		t.pasts[n].live = w
		return n
	}
	n := uint32(len(t.pasts))
	t.pasts = append(t.pasts, &past{parent: parent, deed: d, live: w, next: map[deed]verdict{}})
	t.pastOf[key] = n
	return n
}

// ErrRows is wrapped by what [Run] returns for a protocol whose members propose in
// rows of their own, or in a log for each key: the ghost here knows the votes of one
// log.
var ErrRows = errors.New("these worlds are made for protocols with one log")

// ghosts makes ghosts of worlds that have not begun.
func ghosts(c *Config) (func() witness, error) {
	if c.Subject.Objects != nil {
		return nil, fmt.Errorf("%w: %s has one for each key", ErrRows, c.Subject.Name)
	}
	q, err := c.Subject.Quorums(c.Cluster, c.Knobs)
	if err != nil {
		return nil, fmt.Errorf("quorums: %w", err)
	}
	if q.Fast != nil {
		return nil, fmt.Errorf("%w: the quorums %s have a fast path", ErrRows, q.Name)
	}
	cfg := ghost.Config{Cluster: c.Cluster, Phase1: q.Phase1, Phase2: q.Phase2, Claims: c.Subject.Claims}
	unlogged := map[quorate.CommandID]bool{}
	for _, r := range c.Requests {
		if r.Read != quorate.ReadLog {
			unlogged[r.Command.ID()] = true
		}
	}
	return func() witness { return watcher{ghost.New(cfg), unlogged} }, nil
}

// watcher shows what happens to the ghost.
type watcher struct {
	*ghost.State
	unlogged map[quorate.CommandID]bool // reads that take no slot
}

func (w watcher) see(member int, e effect) error {
	switch e.kind {
	case durable:
		return w.Durable(member, e.value)
	case sent:
		if r, ok := e.value.(quorate.Reply); ok && r.Status == quorate.Done {
			if id := (quorate.CommandID{Client: r.Client, Seq: r.Seq}); !w.unlogged[id] {
				return w.Done(id)
			}
		}
		return w.Sent(member, e.value)
	case observed:
		switch event := e.value.(type) {
		case quorate.Elected:
			return w.Elected(member, event)
		case quorate.Chosen:
			return w.Chosen(member, event)
		case quorate.Executed:
			return w.Executed(member, event)
		}
	}
	return nil
}

func (w watcher) key() []byte { return w.AppendKey(nil) }
