package quorate

// StateMachine is what a protocol replicates: the built-in [KV], or an
// application's own object. Its state is partitioned by [Command.Key]; a
// command reads and writes the state of its own key only. It must be
// deterministic: no clock, no randomness, no map order.
type StateMachine interface {
	// Apply executes c, whose key fits no other command running at the time,
	// and returns its outcome. It must not keep c.Value unless it never changes it.
	Apply(c Command) Result
	// Conflicts reports whether the order of a and b can be seen in a state or
	// a result. It is symmetric.
	Conflicts(a, b Command) bool
	// Keys returns the keys that have state, in ascending order.
	Keys() []string
	// Snapshot appends the state of one key to dst.
	Snapshot(dst []byte, key string) []byte
	// Restore replaces the state of one key by what Snapshot wrote. Empty data
	// removes the key. Malformed data is an error and changes nothing.
	Restore(key string, data []byte) error
}

// Keeper is implemented by a [StateMachine] that keeps its state durable by
// itself, so that the node need not write it down a second time.
type Keeper interface {
	StateMachine
	// Save appends to dst what [StateMachine.Restore] needs after a restart of
	// this very member to be where it is now; what Snapshot appends is for any
	// member.
	Save(dst []byte, key string) []byte
}
