package quorate

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate/internal/names"
)

// KVConfig configures a [KV]. The zero value keeps no history.
type KVConfig struct {
	// History is the number of earlier versions kept beside the current one of
	// each key, see [KV.History]. All replicas must agree on it: the history is
	// part of the snapshots.
	History int
}

// MaxHistory bounds KVConfig.History.
const MaxHistory = 1 << 20

// Validate reports a history that is negative or beyond [MaxHistory].
func (c KVConfig) Validate() error {
	if c.History < 0 || c.History > MaxHistory {
		return fmt.Errorf("kv history of %d versions: want 0 to %d", c.History, MaxHistory)
	}
	return nil
}

// KV is the built-in state machine: a store of versioned values. Every write,
// a delete too, gives its key the next version, starting from 1. A deleted key
// leaves a tombstone with its version behind, for ever: versions never restart.
//
// Values are kept and handed out without copying, so neither the writer nor the
// reader of one may change it.
type KV struct {
	cfg  KVConfig
	keys *names.Table[entry] // every key ever written, never trimmed: a deleted one keeps its version
	once bool                // a Once has its tables beside the items
}

// entry is what is known of one key: one lookup finds its item and its outcomes.
type entry struct {
	item
	outcomes
}

// item is one key's state. Its size matters: there may be a million.
type item struct {
	value   []byte // nil for a tombstone; an empty value is not nil
	version uint64 // 0: the key was never written
	past    *past  // earlier versions, nil if none
}

// NewKV returns an empty store. It panics if cfg is not valid.
func NewKV(cfg KVConfig) *KV {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &KV{cfg: cfg, keys: names.New[entry]()}
}

// Apply executes c. The result's version and value are those of [Result]; a
// Get of a deleted key returns the tombstone's version. An operation that is
// none of the defined ones changes nothing and is not OK.
func (kv *KV) Apply(c Command) Result {
	it := kv.find(c.Key)
	switch c.Op {
	case OpNop, OpTrim:
		return Result{OK: true}
	case OpGet:
		if it == nil {
			return Result{}
		}
		return Result{OK: it.value != nil, Version: it.version, Value: it.value}
	case OpPutIf, OpDeleteIf:
		if at := it.condition(); at != c.Version {
			return Result{Version: at}
		}
	case OpPut, OpDelete:
	default:
		return Result{}
	}
	return kv.write(it, c)
}

// find returns the item of a key, nil if it was never written.
func (kv *KV) find(key string) *item {
	if number := kv.keys.Find(key); number >= 0 {
		if it := &kv.keys.At(number).item; it.version > 0 {
			return it
		}
	}
	return nil
}

func (kv *KV) write(it *item, c Command) Result {
	if it == nil {
		it = &kv.keys.At(kv.keys.Put(c.Key)).item
	} else if kv.cfg.History > 0 {
		it.remember(kv.cfg.History)
	}
	it.version++
	it.value = nil
	if c.Op == OpPut || c.Op == OpPutIf {
		it.value = present(c.Value)
	}
	return Result{OK: true, Version: it.version}
}

// present returns v, never nil: an empty value is a value.
func present(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}

// condition returns the version that a conditional write must name: 0 if the
// key is absent.
func (it *item) condition() uint64 {
	if it == nil || it.value == nil {
		return 0
	}
	return it.version
}

// Conflicts reports whether the order of a and b can be seen, by [KeyConflicts].
func (kv *KV) Conflicts(a, b Command) bool { return KeyConflicts(a, b) }

// Keys returns every key that was ever written and is known here, deleted ones
// too, in ascending order.
func (kv *KV) Keys() []string {
	return sorted(kv.keys, func(e *entry) bool { return e.version > 0 })
}

// sorted returns the names of the entries that are wanted, in ascending order.
func sorted(keys *names.Table[entry], want func(*entry) bool) (all []string) {
	for number := range keys.Len() {
		if want(keys.At(number)) {
			all = append(all, keys.Name(number))
		}
	}
	slices.Sort(all)
	return all
}

// KeyConflicts is the rule of conflict for a state machine of independent keys:
// commands on different keys commute, so do reads of one key, and a Nop commutes
// with everything. A write conflicts with whatever else names its key. A Trim
// conflicts with writes and other trims, which share its outcome table, and not
// with reads, which do not. The rule is symmetric.
func KeyConflicts(a, b Command) bool {
	if a.Key != b.Key || !a.Op.names() || !b.Op.names() {
		return false
	}
	if a.Op == OpGet || b.Op == OpGet {
		return a.Op.IsWrite() || b.Op.IsWrite()
	}
	return true
}

// names reports whether o does something with its command's key.
func (o Op) names() bool { return o != OpNop && o.Valid() }
