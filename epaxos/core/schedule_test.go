package core_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

var schedules = flag.Int("schedules", 600, "how many random schedules of the model to try for each cluster")

// step does one random thing.
func (m *model) step() {
	p := m.members[m.rng.IntN(len(m.members))]
	switch k := m.rng.IntN(100); {
	case k < 4 && len(m.commands) > 0:
		c := m.commands[0]
		m.commands = m.commands[1:]
		m.note("%d proposes %v", p.index, c)
		m.propose(p, c)
	case k < 8 && len(m.ids) > 0 && m.recoveries > 0:
		m.recoveries--
		id := m.ids[m.rng.IntN(len(m.ids))]
		m.note("%d recovers %v", p.index, id)
		m.recover(p, id)
	case k < 10 && len(m.ids) > 0:
		m.repeat(p, m.ids[m.rng.IntN(len(m.ids))])
	case k < 11 && !m.steady:
		m.note("%d restarts", p.index)
		m.restart(p)
	case k < 14:
		m.execute(p)
	case k < 17:
		m.keep(p)
	case k < 18 && m.rng.IntN(5) == 0:
		m.catchUp()
	case k < 19 && m.rng.IntN(5) == 0 && !m.steady:
		p.away = !p.away && m.away() < m.quorums.F
		m.note("%d is away: %v", p.index, p.away)
	case len(m.flying) > 0:
		i := m.rng.IntN(len(m.flying))
		e := m.flying[i]
		m.flying = slices.Delete(m.flying, i, i+1)
		m.note("%d>%d %v %T%+v", e.from, e.to, e.id, e.msg, e.msg)
		m.deliver(e)
	}
}

// execute executes some of what can be. What a state that came includes is so
// executed twice, which changes nothing.
func (m *model) execute(p *member) {
	p.table.Execute(1+m.rng.IntN(20), func(component []*core.Instance) {
		for _, i := range component {
			if name := fmt.Sprint(i.ID); !i.Nop && !slices.Contains(p.order, name) {
				p.order = append(p.order, name)
			}
		}
	})
}

// away returns how many members are.
func (m *model) away() int {
	n := 0
	for _, p := range m.members {
		if p.away {
			n++
		}
	}
	return n
}

// decided reports whether a member knows what became of an instance.
func decided(p *member, id core.ID) bool {
	i := p.table.Open(id)
	return i == nil || i.Phase == core.Committed
}

// finish lets everything arrive until all is committed everywhere. Of each
// instance one member at a time is the recoverer, for a few rounds.
func (m *model) finish() {
	m.loss, m.dup = 0, 0
	for _, p := range m.members {
		p.away = false
	}
	chosen := map[core.ID]*member{}
	for round := range 60 {
		for len(m.flying) > 0 {
			e := m.flying[0]
			m.flying = m.flying[1:]
			m.note("%d>%d %v %T%+v", e.from, e.to, e.id, e.msg, e.msg)
			m.deliver(e)
		}
		open := false
		m.catchUp()
		for _, id := range m.ids {
			ignorant := slices.DeleteFunc(slices.Clone(m.members), func(p *member) bool { return decided(p, id) })
			if len(ignorant) == 0 {
				continue
			}
			open = true
			p := chosen[id]
			if round%6 == 0 || !slices.Contains(ignorant, p) {
				chosen[id] = ignorant[m.rng.IntN(len(ignorant))]
				m.recover(chosen[id], id)
				continue
			}
			m.repeat(p, id)
		}
		if !open {
			return
		}
	}
	m.fail("not everything is decided")
}

// checkOrder executes everything, and compares the orders of commands that
// interfere.
func (m *model) checkOrder() {
	for _, p := range m.members {
		for range 100 {
			m.execute(p)
		}
		for _, id := range m.ids {
			if i := p.table.Get(id); i != nil && !i.Node().Executed() {
				m.fail("%d has not executed %v", p.index, id)
			}
			if v := m.values[id]; !v.Nop() && !slices.Contains(p.order, fmt.Sprint(id)) {
				m.fail("%d has lost %v", p.index, id)
			}
		}
	}
	place := func(p *member, id core.ID) int { return slices.Index(p.order, fmt.Sprint(id)) }
	for _, a := range m.ids {
		for _, b := range m.ids {
			v, w := m.values[a], m.values[b]
			if v.Nop() || w.Nop() || !interfere(v.Commands[0], w.Commands[0]) {
				continue
			}
			for _, p := range m.members {
				if first := m.members[0]; place(p, a) < place(p, b) != (place(first, a) < place(first, b)) {
					m.fail("%d executes %v and %v in another order than 0: %v and %v, of %v", p.index, a, b, p.order, first.order, m.values)
				}
			}
		}
	}
}

// tries returns the seeds of a test, few where each takes long.
func tries() uint64 {
	if testing.Short() {
		return uint64(*schedules / 4)
	}
	return uint64(*schedules)
}

func TestModel(t *testing.T) {
	for _, q := range []decide.Quorums{{Size: 3, F: 1, E: 1}, {Size: 5, F: 2, E: 2}, {Size: 5, F: 2, E: 1}, {Size: 7, F: 3, E: 2}, {Size: 4, F: 1, E: 1}, {Size: 6, F: 2, E: 2}} {
		t.Run(fmt.Sprintf("n=%d,f=%d,e=%d", q.Size, q.F, q.E), func(t *testing.T) {
			nops, waits, dropped, without, installs := 0, 0, 0, 0, 0
			for seed := range tries() {
				m := newModel(t, seed, q.Size, q.F, q.E)
				m.loss, m.dup = m.rng.Float64()*0.4, m.rng.Float64()*0.2
				m.recoveries = m.rng.IntN(6)
				n, steps := 2+m.rng.IntN(3), 50+m.rng.IntN(300)
				if seed%4 == 0 { // much is executed, and dropped
					m.loss, n, steps = 0.01, 4+m.rng.IntN(12), 500*q.Size
				}
				m.puts(n)
				for range steps {
					m.step()
					for _, p := range m.members {
						for _, r := range p.recoveries {
							if r.Waits() {
								waits++
							}
						}
					}
				}
				m.finish()
				m.checkOrder()
				dropped, without, installs = dropped+m.dropped, without+m.without, installs+m.installs
				for _, v := range m.values {
					if v.Nop() {
						nops++
					}
				}
			}
			if nops == 0 || dropped == 0 || without == 0 || installs == 0 {
				t.Errorf("%d instances were given up, %d dropped, %d times while somebody lacked some, and %d times states were taken over", nops, dropped, without, installs)
			}
			t.Logf("%d nops, %d steps with somebody waiting, %d dropped, %d times while somebody lacked some, %d states taken over", nops, waits, dropped, without, installs)
		})
	}
}
