package quorate

import (
	"encoding/binary"
	"fmt"
)

// A key's snapshot is a format byte, the current version, the number of
// earlier values, and the values, oldest first. A value is its length plus one
// and its bytes, or 0 for a tombstone. Numbers are uvarints. Equal states have
// equal snapshots.
const kvFormat = 1

// Snapshot appends the state of one key, its history included, to dst. A key
// never written appends nothing.
func (kv *KV) Snapshot(dst []byte, key string) []byte {
	it := kv.find(key)
	if it == nil {
		return dst
	}
	dst = append(dst, kvFormat)
	dst = binary.AppendUvarint(dst, it.version)
	dst = binary.AppendUvarint(dst, uint64(it.past.len()))
	for i := range it.past.len() {
		dst = appendValue(dst, it.past.at(i))
	}
	return appendValue(dst, it.value)
}

func appendValue(dst, value []byte) []byte {
	if value == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(value))+1)
	return append(dst, value...)
}

// Restore replaces the state of one key by what Snapshot wrote; empty data
// removes the key. It copies what it keeps, and no more history than this store
// is configured for. Malformed data is an [ErrSnapshot] and changes nothing.
func (kv *KV) Restore(key string, data []byte) error {
	if len(data) == 0 {
		if it := kv.find(key); it != nil {
			*it = item{}
		}
		return nil
	}
	it, err := readItem(data, kv.cfg.History)
	if err != nil {
		return fmt.Errorf("restore key %.100q: %w", key, err)
	}
	kv.keys.At(kv.keys.Put(key)).item = *it
	return nil
}

func readItem(data []byte, history int) (*item, error) {
	r := snapshotReader{rest: data}
	if f := r.byte("the format"); f != kvFormat {
		r.fail("format %d, want %d", f, kvFormat)
	}
	it := &item{version: r.uvarint("the version")}
	n := r.count(1, "the number of earlier values")
	if it.version > 1<<63 || uint64(n) >= it.version {
		r.fail("version %d after %d earlier values", it.version, n)
	}
	for i := range n {
		value := r.value(i >= n-history)
		if i >= n-history && r.err == nil {
			it.value = value
			it.remember(history)
		}
	}
	it.value = r.value(true)
	return it, r.finish()
}

// value reads what appendValue wrote, and copies it if it is kept.
func (r *snapshotReader) value(keep bool) []byte {
	n := r.uvarint("a value's length")
	if n == 0 {
		return nil
	}
	b := r.take(n-1, "a value")
	if !keep {
		return nil
	}
	return append([]byte{}, b...)
}
