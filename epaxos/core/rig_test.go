package core_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// The vocabulary of the tests: commands by key, ballots by counter.

func put(key string, seq uint64) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: seq, Op: quorate.OpPut, Key: key}}
}

func get(key string, seq uint64) []quorate.Command {
	return []quorate.Command{{Client: 1, Seq: seq, Op: quorate.OpGet, Key: key}}
}

func ballot(counter uint32) quorate.Ballot {
	if counter == 0 {
		return 0
	}
	return quorate.NewBallot(counter, 1)
}

func at(row uint8, number uint64) core.ID { return core.ID{Row: row, Number: number} }

// table is a table of three with a test around it.
type table struct {
	*core.Table
	t *testing.T
}

func newTable(t *testing.T) *table { return &table{core.NewTable(3), t} }

func (x *table) preAccept(id core.ID, c []quorate.Command, deps core.Deps) *core.Instance {
	x.t.Helper()
	i := x.Open(id)
	if v := x.PreAccept(i, c, deps); v != core.Stored {
		x.t.Fatalf("pre-accept %v: %v", id, v)
	}
	return i
}

func (x *table) promise(i *core.Instance, b quorate.Ballot) {
	x.t.Helper()
	if v := x.Promise(i, b); v != core.Stored {
		x.t.Fatalf("promise %v of %v: %v", b, i.ID, v)
	}
}

func (x *table) accept(i *core.Instance, b quorate.Ballot, v core.Value) {
	x.t.Helper()
	if v := x.Accept(i, b, v); v != core.Stored {
		x.t.Fatalf("accept %v of %v: %v", b, i.ID, v)
	}
}

// commit commits and orders.
func (x *table) commit(id core.ID, c []quorate.Command, deps core.Deps) {
	x.t.Helper()
	i := x.Open(id)
	if !x.Commit(i, core.Value{Commands: c, Deps: deps}) {
		x.t.Fatalf("commit %v again", id)
	}
	x.Order(i)
}

// executed runs everything that can be executed, a few steps at a time.
func (x *table) executed() (ids []core.ID) {
	for x.Execute(1, func(component []*core.Instance) {
		for _, i := range component {
			ids = append(ids, i.ID)
		}
	}) {
	}
	return ids
}
