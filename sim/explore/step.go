package explore

import "fmt"

// choice is one way to go on from a state.
type choice struct {
	kind   choiceKind
	member uint8
	arg    uint32 // the message's number, or the timer's
}

type choiceKind uint8

const (
	arrive choiceKind = iota // a message arrives
	repeat                   // a message arrives, and a copy stays in flight
	expire                   // a timer fires
	finish                   // a disk finishes its batch
	reboot                   // a member crashes and restarts
)

// expand visits all worlds that are one step from a state.
func (x *explorer) expand(from state, at int32) error {
	x.choices = x.options(x.choices[:0], from)
	for _, c := range x.choices {
		x.result.Steps++
		if err := x.apply(from, c); err != nil {
			return err
		}
		if x.result.Violation != nil {
			return x.testify(append(x.path(at), c))
		}
		if x.changed {
			x.visit(at, c)
		}
	}
	return nil
}

// options appends the ways to go on from a state.
func (x *explorer) options(dst []choice, from state) []choice {
	flight := from[x.atFlight():]
	for i, n := range flight {
		if i > 0 && flight[i-1] == n {
			continue // another copy
		}
		member := uint8(x.messages[n].member)
		dst = append(dst, choice{arrive, member, n})
		if from[x.atDuplicates()] > 0 {
			dst = append(dst, choice{repeat, member, n})
		}
	}
	for member := range x.members {
		l := x.locals[member][from[member]]
		for _, i := range l.timers {
			if from[x.atTimer(i)] > 0 {
				dst = append(dst, choice{expire, uint8(member), uint32(i)})
			}
		}
		if l.syncing {
			dst = append(dst, choice{kind: finish, member: uint8(member)})
		}
		if from[x.atCrashes()] > 0 && x.cfg.mayCrash(x.cluster.ID(member)) {
			dst = append(dst, choice{kind: reboot, member: uint8(member)})
		}
	}
	return dst
}

// apply builds the world that a choice leads to, and says in x.changed whether
// more happened than that a message arrived or a budget shrank. If not, the world
// can do nothing that the one before could not, and need not be visited: this
// spares the many in which a message that comes too late is in flight or not.
func (x *explorer) apply(from state, c choice) error {
	x.world, x.changed = append(x.world[:0], from...), false
	switch c.kind {
	case arrive:
		if x.cfg.Duplicates != Any {
			x.world = x.world.remove(x.atFlight(), c.arg)
		}
	case repeat:
		x.world[x.atDuplicates()]--
	case expire:
		x.world[x.atTimer(int(c.arg))]--
	case reboot:
		x.world[x.atCrashes()]--
	}
	if err := x.move(c); err != nil {
		return err
	}
	return x.deliverPrompt()
}

// move lets the member that a choice is about take its input.
func (x *explorer) move(c choice) error {
	member := int(c.member)
	out, err := x.outcome(member, x.world[member], x.input(c, int(x.world[x.atCrashes()])))
	if err != nil {
		return err
	}
	x.put(member, out)
	return nil
}

// input returns what a choice means for its member, with so many crashes left
// after it.
func (x *explorer) input(c choice, crashes int) input {
	kinds := [...]inputKind{arrive: deliver, repeat: deliver, expire: fire, finish: synced, reboot: crash}
	hold := x.cfg.SlowDisks || crashes > 0 && x.cfg.mayCrash(x.cluster.ID(int(c.member)))
	return input{kinds[c.kind], c.arg, hold}
}

// put makes an outcome part of the world.
func (x *explorer) put(member int, out *outcome) {
	v := x.judge(x.world[x.atPast()], deed{member, out.did})
	x.result.Violation = v.broken
	if out.broken != nil && v.broken == nil {
		x.result.Violation = violation(member, out.broken)
	}
	if x.result.Violation != nil {
		return
	}
	x.changed = x.changed || x.world[member] != out.local || x.world[x.atPast()] != v.past
	x.world[member], x.world[x.atPast()] = out.local, v.past
	for _, n := range out.sent {
		switch {
		case x.messages[n].prompt:
			x.queue = append(x.queue, n)
		case x.cfg.Duplicates != Any || !x.world.has(x.atFlight(), n):
			x.world, x.changed = x.world.add(x.atFlight(), n), true
		}
	}
}

// deliverPrompt delivers the messages that do not stay in flight.
func (x *explorer) deliverPrompt() error {
	defer func() { x.queue = x.queue[:0] }()
	for i := 0; i < len(x.queue); i++ {
		if i == restless {
			return fmt.Errorf("prompt messages do not come to rest: %d in one step, the last %s", i, x.messages[x.queue[i]].name)
		}
		n := x.queue[i]
		if err := x.move(choice{arrive, uint8(x.messages[n].member), n}); err != nil || x.result.Violation != nil {
			return err
		}
	}
	return nil
}
