// Package journaltest has the contract of [quorate.Journal] as tests that every
// implementation passes.
package journaltest

import (
	"errors"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// Run tests the journals that open returns. newMedium makes an empty medium; its
// open function opens a journal on it, again and again: what one committed, the
// next has. Opening without closing the journal before stands for a crash: the
// implementation's open function drops what was not durable, and the journal
// from before must have no effect any more. If a journal has a method
// FailNext(error), the contract after a failure is tested too.
func Run(t *testing.T, newMedium func(t *testing.T) (open func() quorate.Journal)) {
	for _, test := range []struct {
		name string
		f    func(*bench)
	}{
		{"empty", testEmpty},
		{"replaced", testReplaced},
		{"order", testOrder},
		{"forget", testForget},
		{"forget leaves others alone", testForgetScope},
		{"order within a batch", testWithinBatch},
		{"huge ranges", testHugeRanges},
		{"data is copied", testCopies},
		{"large and empty data", testSizes},
		{"reopen", testReopen},
		{"crash", testCrash},
		{"crashes between batches", testCrashes},
		{"failure", testFailure},
		{"closed", testClosed},
		{"iteration stops", testStop},
		{"iteration beside others", testTwoAtOnce},
		{"closed while iterating", testClosedWithin},
		{"iteration beside commits", testIterate},
		{"model", testModel},
	} {
		t.Run(strings.ReplaceAll(test.name, " ", "-"), func(t *testing.T) {
			open := newMedium(t)
			test.f(&bench{T: t, open: open, j: open()})
		})
	}
}

// bench is a journal on the bench.
type bench struct {
	*testing.T
	open func() quorate.Journal
	j    quorate.Journal
}

func put(typ, scope string, number uint64, data string) quorate.RecordOp {
	return quorate.RecordOp{Type: typ, Key: quorate.RecordKey{Scope: scope, Number: number}, Data: []byte(data)}
}

func forget(typ, scope string, from, to uint64) quorate.RecordOp {
	return quorate.RecordOp{Type: typ, Key: quorate.RecordKey{Scope: scope, Number: from}, Forget: true, To: to}
}

func (b *bench) commit(ops ...quorate.RecordOp) {
	b.Helper()
	if err := b.j.Commit(ops); err != nil {
		b.Fatalf("commit: %v", err)
	}
}

func (b *bench) reopen() {
	b.Helper()
	if err := b.j.Close(); err != nil {
		b.Fatalf("close: %v", err)
	}
	b.j = b.open()
}

// crash opens the journal anew without closing it.
func (b *bench) crash() {
	b.Helper()
	dead := b.j
	b.j = b.open()
	_ = dead.Close() // must not harm
}

// want compares all records, in order, now and after reopening.
func (b *bench) want(ops ...quorate.RecordOp) {
	b.Helper()
	b.compare("", ops)
	b.reopen()
	b.compare("after reopening, ", ops)
}

func (b *bench) compare(when string, want []quorate.RecordOp) {
	b.Helper()
	i := 0
	for op, err := range b.j.Records() {
		if err != nil {
			b.Fatalf("%srecord %d: %v", when, i, err)
		}
		if i >= len(want) {
			b.Fatalf("%srecord %d is %s: want no more", when, i, show(op))
		}
		if w := want[i]; op.Type != w.Type || op.Key != w.Key || string(op.Data) != string(w.Data) || op.Forget {
			b.Fatalf("%srecord %d is %s, want %s", when, i, show(op), show(w))
		}
		i++
	}
	if i < len(want) {
		b.Fatalf("%s%d records, next want %s", when, i, show(want[i]))
	}
}

var errDisk = errors.New("the disk is on fire")
