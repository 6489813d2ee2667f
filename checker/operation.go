package checker

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

// Never is the Return of an operation that never came back.
const Never time.Duration = math.MaxInt64

// Operation is one call of a client: what it asked for, when, and what it got.
// Both instants are of one monotonic clock that all clients of the history
// share, Call taken before the request left and Return after the reply came.
// The interval is closed: two operations that touch at one instant overlap.
type Operation struct {
	Process   int            // the sequential client that made the call; one call at a time
	Client    quorate.Client // its session, for people only
	Op        quorate.Op     // OpGet, OpPut, OpDelete, OpPutIf or OpDeleteIf
	Key       string
	Value     []byte           // what a put writes
	Condition uint64           // the version that a conditional write wants
	Read      quorate.ReadMode // what a get was promised
	Call      time.Duration
	Return    time.Duration // of an Unknown outcome: when the client gave up; zero or Never if it did not

	Status  quorate.Status // Done, NotExecuted (no attempt took or will take effect) or Unknown
	OK      bool           // as in quorate.Result
	Version uint64         // as in quorate.Result
	Result  []byte         // what a get read
}

// ErrMalformed is wrapped by the error for a history that no clients could
// have recorded. Such a history has no verdict.
var ErrMalformed = history.ErrMalformed

// String renders the operation for people, for example
// "process 3 put k=v -> version 7 [1.2ms, 1.5ms]".
func (o *Operation) String() string {
	until := "never"
	if !o.open() || o.Return > 0 && o.Return < Never {
		until = o.Return.String()
	}
	return fmt.Sprintf("process %d %s -> %s [%v, %s]", o.Process, o.Request(), o.Outcome(), o.Call, until)
}

// Request renders what was asked, for example "put k=v".
func (o *Operation) Request() string {
	switch o.Op {
	case quorate.OpPut:
		return fmt.Sprintf("put %s=%s", o.Key, show(o.Value))
	case quorate.OpPutIf:
		return fmt.Sprintf("put %s=%s if %d", o.Key, show(o.Value), o.Condition)
	case quorate.OpDeleteIf:
		return fmt.Sprintf("delete %s if %d", o.Key, o.Condition)
	}
	return fmt.Sprintf("%v %s", o.Op, o.Key)
}

// Outcome renders what became of it, for example "version 7".
func (o *Operation) Outcome() string {
	switch {
	case o.Status != quorate.Done:
		return o.Status.String()
	case o.Op == quorate.OpGet && o.OK:
		return fmt.Sprintf("%s version %d%s", show(o.Result), o.Version, o.staleness())
	case o.Op == quorate.OpGet:
		return fmt.Sprintf("absent version %d%s", o.Version, o.staleness())
	case !o.OK:
		return fmt.Sprintf("refused at version %d", o.Version)
	}
	return fmt.Sprintf("version %d", o.Version)
}

func (o *Operation) staleness() string {
	if o.stale() {
		return fmt.Sprintf(" (%v read)", o.Read)
	}
	return ""
}

// stale reports whether the operation is a read that may return an old value.
func (o *Operation) stale() bool { return o.Op == quorate.OpGet && !o.Read.Linearizable() }

// show renders a value: short, printable, never ambiguous.
func show(value []byte) string {
	const limit = 32
	for _, b := range value[:min(len(value), limit)] {
		if b <= ' ' || b > '~' {
			return short(strconv.QuoteToASCII(string(value)), 2*limit)
		}
	}
	if len(value) == 0 {
		return `""`
	}
	return short(string(value), limit)
}

func short(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}

// open reports whether the operation may take effect at any time after its call.
func (o *Operation) open() bool { return o.Status == quorate.Unknown }

// end returns the last instant at which the operation may have taken effect.
func (o *Operation) end() time.Duration {
	if o.open() {
		return Never
	}
	return o.Return
}

// since returns from when on the operation may have taken effect: a stale read at any time
// before it returned, even before it was called.
func (o *Operation) since() time.Duration {
	if o.stale() {
		return math.MinInt64
	}
	return o.Call
}

// idle returns when the process was free for its next call.
func (o *Operation) idle() time.Duration {
	if o.open() && o.Return == 0 {
		return Never
	}
	return o.Return
}

// closed returns when the operation returned, 0 if it did not.
func (o *Operation) closed() time.Duration {
	if o.open() {
		return 0
	}
	return o.Return
}

// pending returns the operation as it was known before it returned.
func pending(o Operation) Operation {
	o.Status, o.Return = quorate.Unknown, 0
	o.OK, o.Version = false, 0
	if o.Op == quorate.OpGet {
		o.Result = nil
	}
	return o
}

// writes reports whether the operation changed its key, as far as known.
func (o *Operation) writes() bool {
	return o.Op.IsWrite() && (o.open() || o.Status == quorate.Done && o.OK)
}

// puts reports whether the key is present after the operation wrote.
func (o *Operation) puts() bool { return o.Op == quorate.OpPut || o.Op == quorate.OpPutIf }

func (o *Operation) conditional() bool {
	return o.Op == quorate.OpPutIf || o.Op == quorate.OpDeleteIf
}

// Validate returns an error that wraps [ErrMalformed] and names the operation if no
// clients can have recorded the history: it checks each operation by itself, and that no
// process had two calls at a time. Porcupine would call such histories illegal without a
// word.
func Validate(history []Operation, m Model) error {
	last := map[int]int{} // the last operation of each process
	inOrder := true       // of the calls, as histories are that were read
	for i := range history {
		if err := history[i].validate(m); err != nil {
			return fmt.Errorf("%w: operation %d: %v: %v", ErrMalformed, i, &history[i], err)
		}
		if before, ok := last[history[i].Process]; ok && history[before].idle() > history[i].Call {
			inOrder = false
		}
		last[history[i].Process] = i
	}
	if inOrder {
		return nil
	}
	order := make([]int, len(history))
	for i := range history {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &history[i], &history[j]
		if a.Process != b.Process {
			return a.Process - b.Process
		}
		if a.Call != b.Call {
			return int(min(max(a.Call-b.Call, -1), 1))
		}
		return int(min(max(a.idle()-b.idle(), -1), 1))
	})
	for k := 1; k < len(order); k++ {
		a, b := &history[order[k-1]], &history[order[k]]
		if a.Process == b.Process && a.idle() > b.Call {
			return fmt.Errorf("%w: operation %d: %v: its process is still busy with operation %d: %v",
				ErrMalformed, order[k], b, order[k-1], a)
		}
	}
	return nil
}

func (o *Operation) validate(m Model) error {
	switch {
	case o.Status < quorate.Done || o.Status > quorate.Unknown:
		return fmt.Errorf("status %d: want done, not executed or unknown", uint8(o.Status))
	case !m.accepts(o.Op):
		return fmt.Errorf("operation %v: the %v model has none such", o.Op, m)
	case !o.Read.Valid() || o.Read != quorate.ReadLog && o.Op != quorate.OpGet:
		return fmt.Errorf("read mode %v: want one of %v, and of a get", o.Read, quorate.ReadModes())
	case o.Return < o.Call && !(o.open() && o.Return == 0):
		return errors.New("it returns before its call")
	}
	return nil
}
