package core_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// stay makes all others be away. What is under way is lost.
func (m *model) stay(members ...int) {
	m.flying = nil
	for i, p := range m.members {
		p.away = !slices.Contains(members, i)
	}
}

// settle delivers everything to those that are not away.
func (m *model) settle() {
	for len(m.flying) > 0 {
		e := m.flying[0]
		m.flying = m.flying[1:]
		m.note("%d>%d %v %T%+v", e.from, e.to, e.id, e.msg, e.msg)
		m.deliver(e)
	}
}

// work lets members that are not away write a key many times, execute, and drop.
func (m *model) work(key string) {
	for range 8 {
		for _, p := range m.members {
			if !p.away {
				m.seq++
				m.propose(p, quorate.Command{Client: 1, Seq: m.seq, Op: quorate.OpPut, Key: key})
				m.settle()
			}
		}
		for _, p := range m.members {
			for range 10 {
				m.execute(p)
			}
			m.keep(p)
			m.settle()
		}
	}
}

// first lets member 0 propose 0/0, of which only the given others hear, and answer if
// they do.
func (m *model) first(heard ...int) core.ID {
	m.stay(append(heard, 0)...)
	m.propose(m.members[0], put("k", 1000)[0])
	if len(heard) < 2 { // too few to be asked for an answer
		m.flying = slices.DeleteFunc(m.flying, func(e envelope) bool { return e.to == 0 })
	}
	for n := len(m.flying); n > 0; n-- {
		m.deliver(m.flying[0])
		m.flying = m.flying[1:]
	}
	for n := len(m.flying); n > 0; n-- {
		m.deliver(m.flying[0]) // the answers; what the owner then says is lost
		m.flying = m.flying[1:]
	}
	m.flying = nil
	return at(0, 0)
}

func newCalm(t *testing.T) *model {
	m := newModel(t, 1, 5, 2, 2)
	m.loss, m.dup = 0, 0
	return m
}

// An owner decides on the fast path with 1 and 4, and nobody hears of it. What the
// others do meanwhile they may execute, but not drop: 4 had pre-accepted the proposal
// before it raised its floor. Else a recovery would give up what is decided: Agreement.
func TestDropWaitsForWhatWasKnown(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		m := newCalm(t)
		id := m.first(1, 4)
		if m.values[id].Nop() {
			t.Fatalf("%v is not decided: %v", id, m.values)
		}
		m.stay(2, 3, 4)
		m.work("m")
		if restarts {
			m.restart(m.members[4])
			m.work("m")
		}
		if floor := m.members[2].table.Floor(); m.dropped > 0 || floor.At(2) == 0 {
			t.Errorf("dropped %d with a floor of %v", m.dropped, floor)
		}
		m.recover(m.members[3], id)
		m.settle()
		m.work("k")
		if m.dropped == 0 {
			t.Error("nothing is dropped when all of it is decided")
		}
		m.finish()
		m.checkOrder()
	}
}

// A proposal reaches 1 only. Neither 1 nor its owner hears of what the others do,
// execute and drop, on the same key. Whoever then recovers the proposal with them must
// give it up, or neither would depend on the other: Visibility.
func TestDroppedSpeaksAgainst(t *testing.T) {
	m := newCalm(t)
	id := m.first(1)
	m.stay(2, 3, 4)
	m.work("k")
	m.work("m") // so that nothing that touches the first key is left
	if m.without == 0 {
		t.Fatal("nothing is dropped while two are away")
	}
	m.stay(1, 2, 3)
	m.recover(m.members[1], id)
	m.settle()
	if v, decided := m.values[id]; !decided || !v.Nop() {
		t.Errorf("%v is decided: %v, as %v", id, decided, v)
	}
	m.finish()
	m.checkOrder()
	if m.installs == 0 {
		t.Error("nobody took states over")
	}
}

// What is pre-accepted by one that has dropped comes after what is dropped, whatever
// its owner knows.
func TestFloorIsAdded(t *testing.T) {
	m := newCalm(t)
	m.stay(2, 3, 4)
	m.work("k")
	m.work("m")
	m.stay(0, 1, 2)
	m.seq++
	m.propose(m.members[0], quorate.Command{Client: 1, Seq: m.seq, Op: quorate.OpPut, Key: "k"})
	m.settle()
	base := m.members[2].table.Base()
	if v, decided := m.values[at(0, 0)]; !decided || !v.Deps.Union(base).Equal(v.Deps) || base == nil {
		t.Errorf("decided %v as %v, dropped is %v", decided, v, base)
	}
	m.finish()
	m.checkOrder()
}

// States of another replace those here: what was executed here, and is not dropped,
// is executed again, whatever the other had executed.
func TestInstall(t *testing.T) {
	x := newTable(t)
	x.commit(at(0, 0), put("k", 1), nil)
	x.commit(at(1, 0), put("m", 2), nil)
	x.commit(at(1, 1), put("m", 3), core.Deps{0, 1})
	x.preAccept(at(2, 0), put("k", 4), core.Deps{1})
	x.executed()
	x.commit(at(2, 2), put("k", 5), core.Deps{1, 0, 2})
	if x.Lacks(core.Deps{1, 2}) || !x.Lacks(core.Deps{0, 0, 1}) || !x.Lacks(core.Deps{0, 0, 2}) {
		t.Error("what it lacks")
	}
	held := x.Get(at(2, 0))
	x.Install(core.Deps{0, 1, 2})
	if got := x.executed(); !slices.Equal(got, []core.ID{at(0, 0), at(1, 1), at(2, 2)}) {
		t.Errorf("executed %v", got)
	}
	if !held.Node().Executed() || x.Get(at(2, 0)) != nil || !x.Executed().Equal(core.Deps{1, 2, 3}) {
		t.Errorf("executed %v below %v", held.Node().Executed(), x.Executed())
	}
	if d := x.Deps(put("z", 6)); !d.Equal(core.Deps{0, 1, 2}) {
		t.Errorf("dependencies %v", d)
	}
	x.Install(core.Deps{7, 7, 7}) // of rows of which nothing was known
	if x.Len() != 0 || !x.Executed().Equal(core.Deps{7, 7, 7}) || !x.Base().Equal(core.Deps{7, 7, 7}) || x.Open(at(0, 6)) != nil {
		t.Errorf("%d instances, executed %v, base %v", x.Len(), x.Executed(), x.Base())
	}
	x.commit(at(0, 7), put("k", 9), core.Deps{7, 7, 7})
	if got := x.executed(); len(got) != 1 {
		t.Errorf("executed %v", got)
	}
}
