package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
	"github.com/quorate/quorate/epaxos/trim"
)

func (m *model) newTrimmer(self int) *trim.Trimmer {
	return trim.New(trim.Config{Size: m.quorums.Size, Self: self, Least: m.quorums.Slow(), Step: 2, Retain: 3})
}

// keep drops at one member what may be dropped, raises its floor, and reports.
func (m *model) keep(p *member) {
	if p.away {
		return
	}
	if below, due := p.trimmer.Due(p.table); due {
		m.note("%d drops what is below %v", p.index, below)
		p.table.Trim(below)
		m.checkDropped(p, below)
	}
	if p.trimmer.Advance(p.table) {
		m.note("%d raises its floor to %v", p.index, p.table.Floor())
	}
	for to := range m.members {
		if to != p.index {
			m.send(p.index, to, core.ID{}, p.trimmer.Report(p.table))
		}
	}
}

func (m *model) checkDropped(p *member, below core.Deps) {
	everywhere := true
	for _, id := range m.ids {
		if gone := p.table.Base().Covers(id); gone && (p.table.Open(id) != nil || p.table.Get(id) != nil) || below.Covers(id) && !gone {
			m.fail("%d dropped %v: %v", p.index, id, gone)
		}
		if below.Covers(id) {
			m.dropped++
		}
	}
	for _, other := range m.members {
		everywhere = everywhere && !other.table.Lacks(below)
	}
	if !everywhere {
		m.without++
	}
}

// catchUp lets members that lack what others have dropped take over their states, of
// whoever has executed all that is dropped here.
func (m *model) catchUp() {
	for _, p := range m.members {
		for _, from := range m.rng.Perm(len(m.members)) {
			s := m.members[from]
			if executed := s.table.Executed(); p.away || s.away || !p.table.Lacks(s.table.Base()) || !executed.Union(p.table.Base()).Equal(executed) {
				continue
			}
			base := s.table.Base()
			m.note("%d takes the states of %d, with all below %v", p.index, from, base)
			m.installs++
			p.order = slices.Clone(s.order)
			p.table.Install(base)
			p.trimmer.Raise(p.table, base)
			for id := range p.recoveries { // unordered: each by itself
				if base.Covers(id) {
					delete(p.recoveries, id)
				}
			}
			for id := range p.proposals { // unordered: each by itself
				if base.Covers(id) {
					delete(p.proposals, id)
				}
			}
		}
	}
}

// leave makes as many members as may fail be away, whoever they are.
func (m *model) leave() {
	for at, i := range m.rng.Perm(len(m.members)) {
		m.members[i].away = at < m.quorums.F
	}
}

// puts queues n commands, most of them writes.
func (m *model) puts(n int) {
	for range n {
		op := quorate.OpPut
		if m.rng.IntN(6) == 0 {
			op = quorate.OpGet
		}
		m.seq++
		m.commands = append(m.commands, quorate.Command{Client: 1, Seq: m.seq, Op: op, Key: [...]string{"k", "k", "k", "m"}[m.rng.IntN(4)]})
	}
}

// TestAway: some proposals reach a few members, or are decided and nobody hears of
// it. Some members go away, and the others go on and drop what they have executed.
// Then others are away, and those that are left decide what became of the first
// proposals.
func TestAway(t *testing.T) {
	for _, q := range []decide.Quorums{{Size: 3, F: 1, E: 1}, {Size: 4, F: 1, E: 1}, {Size: 5, F: 2, E: 2}, {Size: 5, F: 2, E: 1}} {
		t.Run(fmt.Sprintf("n=%d,f=%d,e=%d", q.Size, q.F, q.E), func(t *testing.T) {
			dropped, without, installs := 0, 0, 0
			for seed := range tries() {
				m := newModel(t, seed, q.Size, q.F, q.E)
				m.steady = true
				m.puts(1 + m.rng.IntN(3))
				for _, c := range m.commands {
					m.propose(m.members[m.rng.IntN(q.Size)], c)
				}
				m.commands = nil
				for range m.rng.IntN(40) {
					m.step()
				}
				m.flying = nil
				m.leave()
				m.puts(6 + m.rng.IntN(10))
				for range 150 * q.Size {
					m.step()
				}
				m.leave()
				m.commands = nil
				for range 4 {
					m.catchUp()
					m.recoveries += 2 * q.Size
					for range 30 * q.Size {
						m.step()
					}
				}
				m.finish()
				m.checkOrder()
				dropped, without, installs = dropped+m.dropped, without+m.without, installs+m.installs
			}
			if without == 0 || installs == 0 {
				t.Errorf("%d instances dropped, %d times while somebody lacked some, and %d times states were taken over", dropped, without, installs)
			}
			t.Logf("%d dropped, %d times while somebody lacked some, %d states taken over", dropped, without, installs)
		})
	}
}
