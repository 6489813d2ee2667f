package disk

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

func recordRange() *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: []byte{prefixRecord}, UpperBound: []byte{prefixRecord + 1}}
}

// Records implements [quorate.Journal]: the records as they are when the
// iteration begins. It holds a few of them in memory at a time.
func (j *Journal) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		it, err := j.iterate()
		if err == nil {
			more := false
			defer j.doneReading()
			more, err = each(it, yield)
			if closed := it.Close(); err == nil { // else it says the same once more
				err = damaged(closed)
			}
			if !more {
				return
			}
		}
		if err != nil {
			yield(quorate.RecordOp{}, fmt.Errorf("read the records in %s: %w", j.dir, err))
		}
	}
}

// each yields the records until there is no more, or no more are wanted.
func each(it *pebble.Iterator, yield func(quorate.RecordOp, error) bool) (more bool, err error) {
	var keys keyReader
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return true, damaged(err)
		}
		op := quorate.RecordOp{Data: bytes.Clone(value)}
		if op.Type, op.Key, err = keys.read(it.Key()); err != nil {
			return true, damaged(err)
		}
		if !yield(op, nil) {
			return false, nil
		}
	}
	return true, damaged(it.Error())
}

// iterate begins an iteration, between two batches.
func (j *Journal) iterate() (*pebble.Iterator, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return nil, j.err
	}
	it, err := j.db.NewIter(recordRange())
	if err == nil {
		j.readers++
	}
	return it, err
}

func (j *Journal) doneReading() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.readers--; j.readers == 0 && errors.Is(j.err, journal.ErrClosed) {
		_ = j.release()
	}
}
