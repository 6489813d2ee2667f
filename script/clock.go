package script

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// Now returns the time of the world, which only moves for all nodes together.
func (w *World) Now() time.Duration { return w.now }

// Advance moves the clocks of the given nodes, of all if none is given, and
// fires their timers at their times. No message is delivered. A node moved
// alone stays ahead of the others.
func (w *World) Advance(d time.Duration, ids ...quorate.ID) error {
	moved, err := w.pick(ids)
	if err != nil {
		return err
	}
	for d > 0 {
		step := min(d, nextDue(moved, d))
		w.move(step, moved, len(ids) == 0)
		d -= step
	}
	return nil
}

// Run moves all clocks by d over a network without latency: after every timer
// it delivers what can be delivered.
func (w *World) Run(d time.Duration) {
	w.Settle()
	for d > 0 {
		step := min(d, nextDue(w.members, d))
		w.move(step, w.members, true)
		w.Settle()
		d -= step
	}
}

// Fire moves the clock of one node alone to where the named timer fires; so do
// those due before it.
func (w *World) Fire(id quorate.ID, timer string) error {
	m, err := w.up(id)
	if err != nil {
		return err
	}
	var armed []string
	for name, due := range m.node.Timers() {
		if name == timer {
			return w.Advance(due-m.now(), id)
		}
		armed = append(armed, name)
	}
	return fmt.Errorf("timer %q of %v is not armed; armed are: %s", timer, id, strings.Join(armed, ", "))
}

func (w *World) pick(ids []quorate.ID) ([]*member, error) {
	if len(ids) == 0 {
		return w.members, nil
	}
	var picked []*member
	for _, id := range ids {
		m, err := w.member(id)
		if err != nil {
			return nil, err
		}
		picked = append(picked, m)
	}
	return slices.Compact(picked), nil
}

// nextDue returns the time to the first deadline, d if there is none before.
func nextDue(members []*member, d time.Duration) time.Duration {
	for _, m := range members {
		if m.down {
			continue
		}
		if due, ok := m.node.Deadline(); ok {
			d = min(d, due-m.now())
		}
	}
	return max(d, 0)
}

func (w *World) move(step time.Duration, moved []*member, all bool) {
	if all {
		w.now += step
	}
	for _, m := range moved {
		if !all {
			m.skew += step
		}
	}
	for _, m := range moved {
		if !m.down && m.due() {
			m.step(func() {})
		}
	}
}
