package journaltest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/quorate/quorate"
)

// model is the contract in its plainest form: a map.
type model map[recordName]string

type recordName struct {
	typ string
	key quorate.RecordKey
}

func (m model) apply(op quorate.RecordOp) {
	if !op.Forget {
		m[recordName{op.Type, op.Key}] = string(op.Data)
		return
	}
	for name := range m { // unordered: each is looked at by itself
		if name.typ == op.Type && name.key.Scope == op.Key.Scope && name.key.Number >= op.Key.Number && name.key.Number < op.To {
			delete(m, name)
		}
	}
}

func (m model) records() []quorate.RecordOp {
	var ops []quorate.RecordOp
	for name, data := range m { // unordered: sorted below
		ops = append(ops, put(name.typ, name.key.Scope, name.key.Number, data))
	}
	slices.SortFunc(ops, func(a, b quorate.RecordOp) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Key.Scope, b.Key.Scope), cmp.Compare(a.Key.Number, b.Key.Number))
	})
	return ops
}

// testModel compares the journal with the model over random batches: advancing
// logs, replaced records, ranges of all kinds, reopening, crashes.
func testModel(b *bench) {
	const seed = 1
	rng := rand.New(rand.NewPCG(seed, 0))
	m, next := model{}, uint64(0)
	for step := range 400 {
		var ops []quorate.RecordOp
		for range rng.IntN(6) {
			op := randomOp(rng, next)
			next++
			ops = append(ops, op)
			m.apply(op)
		}
		b.commit(ops...)
		if step%20 == 0 {
			b.compare(fmt.Sprintf("seed %d, step %d: ", seed, step), m.records())
		}
		switch {
		case step%100 == 99:
			b.reopen()
		case step%37 == 36:
			b.crash()
			b.compare(fmt.Sprintf("seed %d, crash after step %d: ", seed, step), m.records())
		}
	}
	b.want(m.records()...)
}

func randomOp(rng *rand.Rand, next uint64) quorate.RecordOp {
	typ := string(rune('a' + rng.IntN(2)))
	scope := []string{"", "x", "x\x00"}[rng.IntN(3)]
	near := next - min(next, rng.Uint64N(40))
	switch rng.IntN(8) {
	case 0:
		return forget(typ, scope, 0, near) // the front of a log
	case 1:
		return forget(typ, scope, near, near+rng.Uint64N(10))
	case 2:
		return forget(typ, scope, near, 1<<63) // the end of a log
	case 3, 4:
		return put(typ, scope, near, fmt.Sprint("again ", next))
	default:
		return put(typ, scope, next, fmt.Sprint("first ", next))
	}
}
