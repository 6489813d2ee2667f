package quorate

import (
	"encoding/binary"
	"fmt"
	"time"
)

// A key's snapshot is a format byte; for a key that was written through Once
// the newest Issued, the number of outcomes and the outcomes in the order of
// execution, each followed by what the write returned if any of them returned
// something; and the state machine's own snapshot of the key. Replicas that
// executed the same commands on the key have equal snapshots.
const (
	onceStateOnly = 1
	onceOutcomes  = 2
	onceReturned  = 3 // outcomes, with what the writes returned

	outcomeMinSize = 1 + 8 + 1 + 1 + 1 // flag, client, seq, age, version
)

// Snapshot appends the state and the outcome table of one key to dst. A key
// that has neither appends nothing.
func (o *Once) Snapshot(dst []byte, key string) []byte {
	return o.snapshot(dst, key, o.sm.Snapshot)
}

// Save is Snapshot for this member alone, see [Keeper].
func (o *Once) Save(dst []byte, key string) []byte {
	if k, ok := o.sm.(Keeper); ok {
		return o.snapshot(dst, key, k.Save)
	}
	return o.Snapshot(dst, key)
}

func (o *Once) snapshot(dst []byte, key string, state func(dst []byte, key string) []byte) []byte {
	start := len(dst)
	k := o.find(key)
	if k == nil {
		dst = append(dst, onceStateOnly)
		if dst = state(dst, key); len(dst) == start+1 {
			return dst[:start]
		}
		return dst
	}
	format := byte(onceOutcomes)
	if o.returned.any(k.window, o.since(k.newest)) {
		format = onceReturned
	}
	dst = append(dst, format)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(k.newest))
	dst = o.appendOutcomes(dst, k, format == onceReturned)
	return state(dst, key)
}

func (o *Once) appendOutcomes(dst []byte, k *outcomes, returned bool) []byte {
	if k.window == nil {
		return binary.AppendUvarint(dst, 0)
	}
	since, n := o.since(k.newest), 0
	k.window.each(since, func(*outcome, uint32) { n++ })
	dst = binary.AppendUvarint(dst, uint64(n))
	k.window.each(since, func(e *outcome, at uint32) {
		var flag byte
		if e.ok {
			flag = 1
		}
		dst = append(dst, flag)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(e.client))
		dst = binary.AppendUvarint(dst, e.seq)
		dst = binary.AppendUvarint(dst, uint64(k.newest-e.issued))
		dst = binary.AppendUvarint(dst, e.version)
		if returned {
			value := o.returned.of(k.window, at)
			dst = binary.AppendUvarint(dst, uint64(len(value)))
			dst = append(dst, value...)
		}
	})
	return dst
}

// Restore replaces the state and the outcome table of one key by what Snapshot
// wrote; empty data removes both. Outcomes past this Once's horizon are left
// out. Malformed data is an error, [ErrSnapshot] if the table is at fault and
// the state machine's own otherwise, and changes nothing.
func (o *Once) Restore(key string, data []byte) error {
	r := snapshotReader{rest: data}
	k, values, err := o.readOutcomes(&r, key)
	if err != nil {
		return fmt.Errorf("restore outcomes of key %.100q: %w", key, err)
	}
	if err := o.sm.Restore(key, r.rest); err != nil {
		return err
	}
	if old := o.find(key); old != nil {
		o.discard(old)
		*old = outcomes{}
	}
	if k == nil {
		return nil
	}
	at := &o.keys.At(o.keys.Put(key)).outcomes
	if *at, k = *k, at; k.window != nil {
		k.window.owner = k
		o.retained += int(k.window.n)
		o.recent.touch(k.window)
		o.returned.put(k.window, values)
	}
	return nil
}

// readOutcomes reads the table, nil if there is none, with what the writes in it
// returned, nil if that is nothing, and leaves the state machine's part in r.
func (o *Once) readOutcomes(r *snapshotReader, key string) (k *outcomes, values [][]byte, err error) {
	if len(r.rest) == 0 {
		return nil, nil, nil
	}
	format := r.byte("the format")
	switch format {
	case onceStateOnly:
		if len(r.rest) == 0 {
			r.fail("neither outcomes nor state")
		}
		return nil, nil, r.err
	case onceOutcomes, onceReturned:
	default:
		r.fail("format %d, want %d, %d or %d", format, onceStateOnly, onceOutcomes, onceReturned)
	}
	k = &outcomes{known: true, newest: time.Duration(r.uint64("the newest time of issue"))}
	n := r.count(outcomeMinSize, "the number of outcomes")
	for range n {
		e, kept := o.readOutcome(r, k.newest)
		var value []byte
		if format == onceReturned {
			value = r.returned()
		}
		if r.err != nil {
			return nil, nil, r.err
		}
		if !kept {
			continue
		}
		if k.window == nil {
			k.window = &window{key: key, owner: k}
		}
		k.window.add(e)
		if format == onceReturned {
			values = append(values, value)
		}
	}
	return k, values, r.err
}

// readOutcome reads one outcome; false if it lies past the horizon.
func (o *Once) readOutcome(r *snapshotReader, newest time.Duration) (outcome, bool) {
	flag := r.byte("an outcome's flag")
	if flag > 1 {
		r.fail("outcome with flag %d", flag)
	}
	e := outcome{ok: flag == 1, client: Client(r.uint64("an outcome's client")), seq: r.uvarint("an outcome's number")}
	age := r.uvarint("an outcome's age")
	e.version = r.uvarint("an outcome's version")
	e.issued = newest - time.Duration(age)
	if e.issued > newest {
		r.fail("outcome of age %d at %d", age, newest)
	}
	return e, age <= uint64(o.horizon)
}
