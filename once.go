package quorate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/internal/names"
)

// DefaultHorizon is the horizon of a zero [OnceConfig].
const DefaultHorizon = 10 * time.Second

// OnceConfig configures a [Once].
type OnceConfig struct {
	// Horizon is how long the outcome of a write is remembered, measured in
	// Command.Issued on the write's own key; 0 stands for [DefaultHorizon]. It
	// must exceed the time over which clients retry plus the difference of their
	// clocks, or a retry is refused as expired. It costs memory: write rate ×
	// horizon × 44 to 90 bytes, and what the writes returned, on each replica. All
	// replicas must agree on it, because it decides which commands execute.
	Horizon time.Duration
}

// Validate reports a negative horizon.
func (c OnceConfig) Validate() error {
	if c.Horizon < 0 {
		return fmt.Errorf("exactly-once horizon %v: want more than 0, or 0 for %v", c.Horizon, DefaultHorizon)
	}
	return nil
}

// Once makes a [StateMachine] execute every write at most once. It remembers
// the outcomes of executed writes, a failed conditional write's too, and gives
// a write that comes again, with the same Client and Seq, its first outcome.
//
// Outcomes are kept per key and not per client. Protocols such as EPaxos and
// WPaxos execute commands on different keys in different orders on different
// replicas; of one key all replicas see one order. So whatever decides here must
// be a function of the order on the key alone. A client's "highest number seen"
// is not, nor does it survive two requests of one client that a leader change
// reorders: any number of writes per client is remembered.
//
// The table of a key is trimmed by Command.Issued: a write that was issued more
// than the horizon before the newest write executed on its key is forgotten,
// and is refused as expired if it comes again. An idle key is trimmed by an
// ordered command, [OpTrim], whose Issued is the proposer's clock; [Once.Idle]
// says which keys are worth one.
//
// Reads are not in the table and never expire: they run anew each time.
//
// A Once is not safe for concurrent use.
type Once struct {
	sm       StateMachine
	horizon  time.Duration
	keys     *names.Table[entry] // every key ever written, never trimmed; those of a KV are its own
	recent   recency             // the keys with outcomes, the longest unwritten first
	returned returned            // what the writes among the outcomes returned
	retained int
	changed  changes

	foresight foresight
}

// NewOnce returns sm with empty outcome tables around it. It panics if cfg is
// not valid.
func NewOnce(sm StateMachine, cfg OnceConfig) *Once {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	if cfg.Horizon == 0 {
		cfg.Horizon = DefaultHorizon
	}
	o := &Once{sm: sm, horizon: cfg.Horizon}
	if kv, ok := sm.(*KV); ok && !kv.once {
		kv.once, o.keys = true, kv.keys
	} else {
		o.keys = names.New[entry]()
	}
	return o
}

// Horizon returns how long outcomes are remembered, see [OnceConfig].
func (o *Once) Horizon() time.Duration { return o.horizon }

// Outcomes returns the number of outcomes held in memory, for metrics.
func (o *Once) Outcomes() int { return o.retained }

// Apply executes c, or returns the first outcome of a write that was executed
// before. The outcome of a write is a version, a flag and, for a state machine
// that returns a Value for a write, that value: what a pop took off a stack is
// gone, and its retry must get it too. A value of more than [MaxReturned] bytes is
// dropped, for everybody. Nop, Trim and unknown operations do not reach the state
// machine.
func (o *Once) Apply(c Command) Result {
	switch {
	case c.Op == OpGet:
		return o.sm.Apply(c)
	case c.Op.IsWrite():
		return o.write(c)
	case c.Op == OpTrim:
		o.trim(c)
	}
	return Result{OK: c.Op.Valid()}
}

func (o *Once) write(c Command) Result {
	k := o.at(c)
	if c.Issued < o.since(k.newest) {
		return Result{Expired: true}
	}
	if k.window != nil && c.Issued <= k.newest { // what is newer than all of them is none of them
		if first, at := k.window.find(c.ID(), c.Issued); first != nil {
			return Result{OK: first.ok, Version: first.version, Value: o.returned.of(k.window, at)}
		}
	}
	r := o.sm.Apply(c)
	r = Result{OK: r.OK, Version: r.Version, Value: kept(r.Value)}
	o.remember(c.Key, k, outcome{client: c.Client, seq: c.Seq, issued: c.Issued, version: r.Version, ok: r.OK}, r.Value)
	return r
}

// find returns what is known of a key, nil if that is nothing.
func (o *Once) find(key string) *outcomes {
	if number := o.keys.Find(key); number >= 0 {
		if k := &o.keys.At(number).outcomes; k.known {
			return k
		}
	}
	return nil
}

// at returns what is known of c's key, which counts as trimmed at c.Issued if
// that is nothing.
func (o *Once) at(c Command) *outcomes {
	k := &o.keys.At(o.keys.Put(c.Key)).outcomes
	if !k.known {
		k.known, k.newest = true, c.Issued
	}
	return k
}

// remember enters e with what it returned, drops what it pushes past the
// horizon, and notes that the key is in use.
func (o *Once) remember(key string, k *outcomes, e outcome, value []byte) {
	if k.window == nil {
		k.window = &window{key: key, owner: k}
	}
	k.newest = max(k.newest, e.issued)
	o.evict(k)
	k.window.add(e)
	o.returned.add(k.window, value)
	o.retained++
	o.recent.touch(k.window)
}

// trim moves the newest Issued of a key, as a write does. It makes no exception
// for a key never written, so that a trim that comes twice changes nothing.
func (o *Once) trim(c Command) {
	k := o.at(c)
	k.newest = max(k.newest, c.Issued)
	if k.window == nil {
		return
	}
	o.evict(k)
	if k.window.n == 0 {
		o.discard(k)
	}
}

// evict drops what lies past the horizon.
func (o *Once) evict(k *outcomes) {
	gone := k.window.evict(o.since(k.newest))
	o.returned.evict(k.window, gone)
	o.retained -= gone
}

// discard drops the table of k, whatever it holds.
func (o *Once) discard(k *outcomes) {
	if k.window != nil {
		o.retained -= int(k.window.n)
		o.recent.remove(k.window)
		delete(o.returned, k.window)
		k.window = nil
	}
}

// since returns the horizon as seen from the newest Issued: what is older is
// forgotten.
func (o *Once) since(newest time.Duration) time.Duration {
	if newest < math.MinInt64+o.horizon {
		return math.MinInt64
	}
	return newest - o.horizon
}

// Conflicts reports whether the order of a and b can be seen. Two writes of one
// key always conflict, even if the state machine lets them commute: their order
// decides what the outcome table forgets.
func (o *Once) Conflicts(a, b Command) bool {
	if !a.Op.names() || !b.Op.names() {
		return false
	}
	if a.Key == b.Key && a.Op != OpGet && b.Op != OpGet {
		return true
	}
	if a.Op == OpTrim || b.Op == OpTrim {
		return false
	}
	return o.sm.Conflicts(a, b)
}

// Keys returns the keys that have state or outcomes, in ascending order.
func (o *Once) Keys() []string {
	keys := append(slices.Clone(o.sm.Keys()), sorted(o.keys, func(e *entry) bool { return e.known })...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Reset forgets everything, the state machine's state too.
func (o *Once) Reset() {
	for _, key := range o.sm.Keys() {
		// Empty data cannot be malformed: it removes the key.
		_ = o.sm.Restore(key, nil)
	}
	*o.keys = *names.New[entry]() // a KV has the same
	*o = Once{sm: o.sm, horizon: o.horizon, keys: o.keys}
}
