package decide_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// The vocabulary of the tests: commands by key, ballots by counter.

func put(key string, seq uint64) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: seq, Op: quorate.OpPut, Key: key}}
}

func ballot(counter uint32) quorate.Ballot {
	if counter == 0 {
		return 0
	}
	return quorate.NewBallot(counter, 1)
}

func at(row uint8, number uint64) core.ID { return core.ID{Row: row, Number: number} }

// table is what the member that recovers knows, with a test around it.
type table struct {
	*core.Table
	t *testing.T
}

func (x *table) commit(id core.ID, c []quorate.Command, deps core.Deps) {
	x.t.Helper()
	i := x.Open(id)
	if !x.Commit(i, core.Value{Commands: c, Deps: deps}) {
		x.t.Fatalf("commit %v again", id)
	}
	x.Order(i)
}
