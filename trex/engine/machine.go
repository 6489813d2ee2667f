package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/quorate/quorate"
)

// How a command ended that was executed, in Result.Version. Those that are not
// a success have no OK, too.
const (
	returned  uint64 = iota + 1 // the result is in Result.Value
	oversized                   // it was too large
	lost                        // the application's store has forgotten it
)

// machine makes a quorate.StateMachine of an App. What is asked of other keys, or
// with other operations than Put and Get, comes from clients that are not an
// Engine of this application; it changes nothing.
type machine struct {
	app     App
	key     string       // that commands and queries name
	durable Durable      // nil if app is none
	max     int          // bytes of a result
	initial []byte       // the App's state before the first command
	begin   func() error // puts the App into its initial state; nil if it is
	node    *quorate.Node
	started bool

	number uint64 // of the last command executed
	size   int    // of the last snapshot
	failed bool
}

func newMachine(app App, key string, max int, initial []byte) *machine {
	m := &machine{app: app, key: key, max: max, initial: initial}
	m.durable, _ = app.(Durable)
	return m
}

// on attaches the machine to the node that it stands on.
func (m *machine) on(n *quorate.Node) {
	m.node = n
	n.OnStart(func() { m.started = true })
	if m.begin == nil {
		return
	}
	if err := m.begin(); err != nil {
		m.fail("return to the initial state: %w", err)
	}
}

// fail stops the member: what its App cannot do, it must not pretend.
func (m *machine) fail(format string, args ...any) {
	m.failed = true
	m.node.Fail(fmt.Errorf("application: "+format, args...))
}

// Apply implements [quorate.StateMachine].
func (m *machine) Apply(c quorate.Command) quorate.Result {
	if m.failed || c.Key != m.key {
		return quorate.Result{}
	}
	switch c.Op {
	case quorate.OpGet:
		return m.result(m.app.Query(c.Value), quorate.MaxReturned)
	case quorate.OpPut:
		m.number++
		return m.execute(c.Value)
	}
	return quorate.Result{}
}

func (m *machine) execute(command []byte) quorate.Result {
	if m.durable == nil {
		return m.result(m.app.Apply(command), m.max)
	}
	have, ok := m.applied()
	if !ok {
		return quorate.Result{}
	}
	if m.number <= have {
		result, ok := m.durable.Recall(m.number)
		if !ok {
			return quorate.Result{Version: lost}
		}
		return m.result(result, m.max)
	}
	result, err := m.durable.ApplyAt(m.number, command)
	if err != nil {
		m.fail("execute command %d: %w", m.number, err)
		return quorate.Result{}
	}
	return m.result(result, m.max)
}

// applied asks the application's store how far it is.
func (m *machine) applied() (uint64, bool) {
	have, err := m.durable.Applied()
	if err != nil {
		m.fail("ask the store for the number of its last command: %w", err)
	}
	return have, err == nil
}

// result copies what an App returned: it is kept.
func (m *machine) result(value []byte, max int) quorate.Result {
	if len(value) > max {
		return quorate.Result{Version: oversized}
	}
	return quorate.Result{OK: true, Version: returned, Value: bytes.Clone(value)}
}

// Conflicts implements [quorate.StateMachine].
func (m *machine) Conflicts(a, b quorate.Command) bool { return quorate.KeyConflicts(a, b) }

// Keys implements [quorate.StateMachine].
func (m *machine) Keys() []string {
	if m.number == 0 {
		return nil
	}
	return []string{m.key}
}

// A state is a format, the number of the last command in it, and for a whole one
// what the App wrote.
const (
	whole  = 1
	stored = 2 // it is in the App's own store
)

// Snapshot implements [quorate.StateMachine].
func (m *machine) Snapshot(dst []byte, key string) []byte {
	if key != m.key || m.number == 0 || m.failed {
		return dst
	}
	w := writer(slices.Grow(dst, m.size+m.size/16)) // the next one is about as long
	w = binary.AppendUvarint(append(w, whole), m.number)
	if err := m.app.Snapshot(&w); err != nil {
		m.fail("take a snapshot after command %d: %w", m.number, err)
		return dst
	}
	m.size = len(w) - len(dst)
	return w
}

// Save implements [quorate.Keeper].
func (m *machine) Save(dst []byte, key string) []byte {
	if m.durable == nil || key != m.key || m.number == 0 {
		return m.Snapshot(dst, key)
	}
	return binary.AppendUvarint(append(dst, stored), m.number)
}

// writer appends what is written.
type writer []byte

// Write implements [io.Writer].
func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

// Restore implements [quorate.StateMachine]. A state that comes from this
// member's own journal and cannot be restored stops the member.
func (m *machine) Restore(key string, data []byte) error {
	err := m.restore(key, data)
	if err != nil && !m.started {
		m.fail("%w", err)
		return nil
	}
	return err
}

func (m *machine) restore(key string, data []byte) error {
	switch {
	case key != m.key && len(data) == 0:
		return nil
	case key != m.key:
		return fmt.Errorf("%w: key %.100q", quorate.ErrSnapshot, key)
	case len(data) == 0:
		return m.reset()
	}
	number, n := binary.Uvarint(data[1:])
	if n <= 0 || number == 0 || data[0] != whole && (data[0] != stored || m.durable == nil) {
		return fmt.Errorf("%w: no state of an application: %.20x", quorate.ErrSnapshot, data)
	}
	if err := m.put(number, data[0], data[1+n:]); err != nil {
		return fmt.Errorf("restore the state after command %d: %w", number, err)
	}
	m.number = number
	return nil
}

// put has the App take a state.
func (m *machine) put(number uint64, format byte, state []byte) error {
	if m.durable == nil {
		return m.app.Restore(bytes.NewReader(state))
	}
	have, err := m.durable.Applied()
	switch {
	case err != nil:
		return err
	case have >= number: // the commands up to there will come again, and be skipped
		return nil
	case format == stored:
		return fmt.Errorf("the application's store is at command %d: it has lost what was in it", have)
	}
	return m.durable.RestoreAt(number, bytes.NewReader(state))
}

func (m *machine) reset() error {
	m.number = 0
	if m.durable != nil {
		return nil // its store knows what it has
	}
	return m.app.Restore(bytes.NewReader(m.initial))
}
