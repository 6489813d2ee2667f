package explore

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/text"
	"github.com/quorate/quorate/sim"
)

// testify turns the choices that led to a violation into steps for people, by
// taking them once more with members that live from the first step to the last.
// If these do not show the violation, the exploration went wrong somewhere.
func (x *explorer) testify(way []choice) error {
	r := &replay{explorer: x, witness: x.newWitness(), left: x.cfg.Crashes}
	err := r.begin()
	for i := 0; i < len(way) && err == nil; i++ {
		err = r.take(way[i])
	}
	x.result.Path = r.lines
	if err == nil && (r.broken == nil || *r.broken != *x.result.Violation) {
		err = fmt.Errorf("%w: %v, but when the path is taken again: %v", ErrForm, x.result.Violation, r.broken)
	}
	return err
}

// replay takes a path for real.
type replay struct {
	*explorer
	witness witness
	hosts   []*host
	left    int      // crashes
	queue   []uint32 // prompt messages
	lines   []string
	broken  *sim.Violation
}

func (r *replay) begin() error {
	for member := range r.members {
		r.hosts = append(r.hosts, newHost(r.setup, member))
		if err := r.happen(member, input{kind: born}); err != nil {
			return err
		}
	}
	if r.cfg.Early {
		r.queue = append(r.queue, r.requests...)
	}
	return r.deliverPrompt()
}

// take makes one step.
func (r *replay) take(c choice) error {
	if c.kind == reboot {
		r.left--
	}
	in := r.input(c, r.left)
	r.lines = append(r.lines, r.describe(int(c.member), in))
	if c.kind == repeat {
		r.note("a copy stays in flight")
	}
	if h := r.hosts[c.member]; h.flying != nil && (c.kind == finish || c.kind == reboot) {
		r.note("under way to the disk: %s", records(h.node, h.flying.Records))
	}
	if err := r.happen(int(c.member), in); err != nil {
		return err
	}
	return r.deliverPrompt()
}

func (r *replay) deliverPrompt() error {
	for ; len(r.queue) > 0; r.queue = r.queue[1:] {
		member := r.messages[r.queue[0]].member
		in := r.input(choice{arrive, uint8(member), r.queue[0]}, r.left)
		r.note("%s", r.describe(member, in))
		if err := r.happen(member, in); err != nil {
			return err
		}
	}
	return nil
}

// happen lets a member take an input, and looks at what it does.
func (r *replay) happen(member int, in input) error {
	did, broken := r.feed(r.hosts[member], in)
	for _, e := range did {
		if err := r.see(member, e); err != nil {
			return err
		}
	}
	if broken != nil {
		r.violate(member, broken)
	}
	return nil
}

func (r *replay) see(member int, e effect) error {
	switch e.kind {
	case observed:
		r.note("%v reports %s", r.cluster.ID(member), text.Of(e.value))
	case sent:
		numbers, err := r.intern(nil, r.cluster.ID(member), e.to, e.value)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			if r.messages[n].prompt {
				r.queue = append(r.queue, n)
			}
		}
	}
	if err := r.witness.see(member, e); err != nil {
		r.violate(member, err)
	}
	return nil
}

func (r *replay) violate(member int, err error) {
	if r.broken == nil {
		r.broken = violation(member, err)
		r.note("VIOLATION: %v", r.broken)
	}
}

// note adds a line to the present step.
func (r *replay) note(format string, args ...any) {
	if len(r.lines) > 0 {
		r.lines[len(r.lines)-1] += "\n" + fmt.Sprintf(format, args...)
	}
}

// describe says in words what happens to a member.
func (t *tables) describe(member int, in input) string {
	id := t.cluster.ID(member)
	switch in.kind {
	case deliver:
		m := &t.messages[in.arg]
		if m.from.IsRoute() {
			return fmt.Sprintf("deliver a client's request %v to %v", m.value().(quorate.Request).Command, id)
		}
		return fmt.Sprintf("deliver %s from %v to %v", text.Of(m.value()), m.from, id)
	case fire:
		return fmt.Sprintf("timer %s fires at %v", t.cfg.Timers[in.arg].Name, id)
	case synced:
		return fmt.Sprintf("the disk of %v finishes its batch", id)
	case crash:
		return fmt.Sprintf("%v crashes and restarts", id)
	}
	return fmt.Sprintf("%v starts", id)
}

func (t *tables) describeAll(member int, way []input) string {
	var steps []string
	for _, in := range way {
		steps = append(steps, t.describe(member, in))
	}
	return strings.Join(steps, "; ")
}

// records renders a batch.
func records(n *quorate.Node, ops []quorate.RecordOp) string {
	var words []string
	for _, op := range ops {
		rec, err := n.DecodeRecord(op)
		if err != nil || op.Forget {
			words = append(words, fmt.Sprintf("forget %s %d to %d", op.Type, op.Key.Number, op.To))
			continue
		}
		words = append(words, text.Of(rec))
	}
	return strings.Join(words, ", ")
}
