package checker

import (
	"fmt"
	"hash/maphash"

	"github.com/anishathalye/porcupine"

	"github.com/quorate/quorate"
)

// Model is what the operations of one key are checked against.
type Model uint8

// The models.
const (
	// KV is the versioned store of package quorate: every write, a delete too,
	// gives the key its next version; conditional writes compare versions.
	KV Model = iota
	// Register is a value that is written, deleted and read. It looks at no
	// version, so it fits stores that have none; it takes no conditional write.
	Register
)

// String returns the model's name.
func (m Model) String() string {
	switch m {
	case KV:
		return "kv"
	case Register:
		return "register"
	}
	return fmt.Sprintf("model(%d)", uint8(m))
}

func (m Model) accepts(op quorate.Op) bool {
	switch op {
	case quorate.OpGet, quorate.OpPut, quorate.OpDelete:
		return true
	case quorate.OpPutIf, quorate.OpDeleteIf:
		return m == KV
	}
	return false
}

// state is that of one key. In a register the version stays 0.
type state struct {
	version uint64
	present bool
	value   string
}

func (s state) String() string {
	if !s.present {
		return fmt.Sprintf("absent, version %d", s.version)
	}
	return fmt.Sprintf("%s, version %d", show([]byte(s.value)), s.version)
}

// step applies o to s. It reports false if o cannot have seen what it saw. An
// open operation has seen nothing.
func (m Model) step(s state, o *Operation) (state, bool) {
	if m == Register {
		return s.stepRegister(o)
	}
	current := uint64(0) // what a condition compares with
	if s.present {
		current = s.version
	}
	next := state{version: s.version + 1}
	if o.puts() {
		next.present, next.value = true, string(o.Value)
	}
	switch {
	case o.Op == quorate.OpGet:
		return s, o.open() || o.OK == s.present && o.Version == s.version && string(o.Result) == s.value
	case o.conditional() && o.Condition != current:
		return s, o.open() || !o.OK && o.Version == current
	}
	return next, o.open() || o.OK && o.Version == next.version
}

func (s state) stepRegister(o *Operation) (state, bool) {
	switch o.Op {
	case quorate.OpPut:
		return state{present: true, value: string(o.Value)}, true
	case quorate.OpDelete:
		return state{}, true
	}
	return s, o.open() || o.OK == s.present && string(o.Result) == s.value
}

// porcupine returns the model as Porcupine wants it: inputs and outputs are
// both the *Operation, so that nothing is boxed.
func (m Model) porcupine(initial state) porcupine.Model {
	seed := maphash.MakeSeed()
	return porcupine.Model{
		Init: func() any { return initial },
		Step: func(s, _, out any) (bool, any) {
			next, ok := m.step(s.(state), out.(*Operation))
			return ok, next
		},
		Hash: func(s any) uint64 {
			at := s.(state)
			return maphash.String(seed, at.value) + at.version*0x9e3779b97f4a7c15
		},
		DescribeOperation: func(_, out any) string {
			o := out.(*Operation)
			return o.Request() + " -> " + o.Outcome()
		},
		DescribeState: func(s any) string { return s.(state).String() },
	}
}

// intervals returns the operations as Porcupine wants them, without those that
// say nothing: failed ones and reads without an outcome.
func intervals(ops []Operation) []porcupine.Operation {
	list := make([]porcupine.Operation, 0, len(ops))
	for i := range ops {
		if o := &ops[i]; o.counts() {
			list = append(list, porcupine.Operation{
				ClientId: o.Process, Input: o, Output: o, Call: int64(o.Call), Return: int64(o.end()),
			})
		}
	}
	return list
}

// counts reports whether the operation constrains linearizability: not if it
// certainly failed, not a read without an answer, not a stale read.
func (o *Operation) counts() bool {
	return o.Status == quorate.Done && !o.stale() || o.open() && o.Op.IsWrite()
}

// dates reports whether the operation is a stale read, which shows by its version what had
// happened when it returned.
func (o *Operation) dates() bool { return o.Status == quorate.Done && o.stale() }
