package quorate

import (
	"encoding/binary"
	"fmt"
	"time"
)

// A key's snapshot is a format byte; for a key that was written through Once
// the newest Issued, the number of outcomes and the outcomes in the order of
// execution; and the state machine's own snapshot of the key. Replicas that
// executed the same commands on the key have equal snapshots.
const (
	onceStateOnly = 1
	onceOutcomes  = 2

	outcomeMinSize = 1 + 8 + 1 + 1 + 1 // flag, client, seq, age, version
)

// Snapshot appends the state and the outcome table of one key to dst. A key
// that has neither appends nothing.
func (o *Once) Snapshot(dst []byte, key string) []byte {
	start := len(dst)
	k := o.keys[key]
	if k == nil {
		dst = append(dst, onceStateOnly)
		if dst = o.sm.Snapshot(dst, key); len(dst) == start+1 {
			return dst[:start]
		}
		return dst
	}
	dst = append(dst, onceOutcomes)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(k.newest))
	dst = o.appendOutcomes(dst, k)
	return o.sm.Snapshot(dst, key)
}

func (o *Once) appendOutcomes(dst []byte, k *outcomes) []byte {
	if k.window == nil {
		return binary.AppendUvarint(dst, 0)
	}
	since, n := o.since(k.newest), 0
	k.window.each(since, func(*outcome) { n++ })
	dst = binary.AppendUvarint(dst, uint64(n))
	k.window.each(since, func(e *outcome) {
		var flag byte
		if e.ok {
			flag = 1
		}
		dst = append(dst, flag)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(e.client))
		dst = binary.AppendUvarint(dst, e.seq)
		dst = binary.AppendUvarint(dst, uint64(k.newest-e.issued))
		dst = binary.AppendUvarint(dst, e.version)
	})
	return dst
}

// Restore replaces the state and the outcome table of one key by what Snapshot
// wrote; empty data removes both. Outcomes past this Once's horizon are left
// out. Malformed data is an error, [ErrSnapshot] if the table is at fault and
// the state machine's own otherwise, and changes nothing.
func (o *Once) Restore(key string, data []byte) error {
	r := snapshotReader{rest: data}
	k, err := o.readOutcomes(&r, key)
	if err != nil {
		return fmt.Errorf("restore outcomes of key %.100q: %w", key, err)
	}
	if err := o.sm.Restore(key, r.rest); err != nil {
		return err
	}
	if old := o.keys[key]; old != nil {
		o.discard(old)
		delete(o.keys, key)
	}
	if k == nil {
		return nil
	}
	o.keys[key] = k
	if k.window != nil {
		o.retained += int(k.window.n)
		o.recent.touch(k.window)
	}
	return nil
}

// readOutcomes reads the table, nil if there is none, and leaves the state
// machine's part in r.
func (o *Once) readOutcomes(r *snapshotReader, key string) (*outcomes, error) {
	if len(r.rest) == 0 {
		return nil, nil
	}
	switch f := r.byte("the format"); f {
	case onceStateOnly:
		if len(r.rest) == 0 {
			r.fail("neither outcomes nor state")
		}
		return nil, r.err
	case onceOutcomes:
	default:
		r.fail("format %d, want %d or %d", f, onceStateOnly, onceOutcomes)
	}
	k := &outcomes{newest: time.Duration(r.uint64("the newest time of issue"))}
	n := r.count(outcomeMinSize, "the number of outcomes")
	for range n {
		e, kept := o.readOutcome(r, k.newest)
		if r.err != nil {
			return nil, r.err
		}
		if !kept {
			continue
		}
		if k.window == nil {
			k.window = &window{key: key, owner: k}
		}
		k.window.add(e)
	}
	return k, r.err
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
