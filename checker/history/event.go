package history

import (
	"errors"
	"fmt"
	"time"
)

// Bits of the entries that an event has.
const (
	hasIndex = 1 << iota
	hasTime
	hasProcess
	hasType
	hasF
	hasValue
	hasError
)

// bit returns that of an entry that has a field in [Op]; 0 if it has none.
func bit(name Keyword) int {
	switch name {
	case "index":
		return hasIndex
	case "time":
		return hasTime
	case "process":
		return hasProcess
	case "type":
		return hasType
	case "f":
		return hasF
	case "value":
		return hasValue
	case "error":
		return hasError
	}
	return 0
}

// set sets an entry of the event.
func (d *Reader) set(op *Op, at place, key, v any) error {
	name := key.(Keyword)
	b := bit(name)
	twice := d.has&b != 0
	for i := range op.Extra {
		twice = twice || op.Extra[i].Key == key
	}
	if twice {
		return at.broken(":%s is there twice", name)
	}
	ok := true
	switch b {
	case hasIndex:
		op.Index, ok = natural(v)
	case hasTime:
		if v == nil {
			return nil
		}
		var n int64
		n, ok = v.(int64)
		ok = ok && n >= 0
		op.Time = time.Duration(n)
	case hasProcess:
		if op.Process, ok = natural(v); !ok {
			word, _ := word(v)
			op.Process, ok = Nemesis, word == "nemesis"
		}
	case hasType:
		op.Type, ok = parseType(v)
	case hasF:
		if v == nil {
			return nil
		}
		op.F, ok = word(v)
		ok = ok && op.F != ""
	case hasValue:
		op.Value = v
	case hasError:
		op.Error = v
	default:
		op.Extra = append(op.Extra, Entry{key, v})
	}
	if !ok {
		return at.broken(":%s is %.60s; %s", name, AppendEDN(nil, v), wanted(b))
	}
	d.has |= b
	return nil
}

// wanted says what an entry should be.
func wanted(b int) string {
	switch b {
	case hasTime:
		return "want a whole number of nanoseconds, from 0"
	case hasProcess:
		return "want a number from 0, or :nemesis"
	case hasType:
		return "want :invoke, :ok, :fail or :info"
	case hasF:
		return "want the name of a function, such as :read"
	}
	return "want a number from 0"
}

func natural(v any) (int, bool) {
	n, ok := v.(int64)
	return int(n), ok && n >= 0
}

// word returns what a keyword, a symbol or a string says.
func word(v any) (string, bool) {
	switch v := v.(type) {
	case Keyword:
		return string(v), true
	case Symbol:
		return string(v), true
	case string:
		return v, true
	}
	return "", false
}

func parseType(v any) (Type, bool) {
	w, _ := word(v)
	for t := Invoke; t <= Info; t++ {
		if w == t.String() {
			return t, true
		}
	}
	return 0, false
}

// complete reports what the event lacks.
func (d *Reader) complete(op *Op) error {
	switch {
	case d.has&hasProcess == 0:
		return errors.New("an event without a :process; whose it is must be known")
	case d.has&hasType == 0:
		return errors.New("an event without a :type; want :invoke, :ok, :fail or :info")
	case d.has&hasF == 0 && op.Process != Nemesis:
		return errors.New("an event without an :f; what was asked for must be known")
	}
	return nil
}

// Call is an operation: the places of its invocation and of its completion among the
// events of a history.
type Call struct {
	Invoke   int
	Complete int // negative if it never completed
}

// Calls returns the operations of a history in the order of their invocations, without
// the nemesis'. The order of the events counts. It returns an error that wraps
// ErrMalformed, and names the event, if no sequential processes can have made them: if
// one completes what it did not invoke, invokes while it has an operation under way, or
// after an Info; if a completion is of another function than the invocation; or if time
// runs backwards.
func Calls(ops []Op) ([]Call, error) {
	return calls(ops, func(i int) string { return fmt.Sprintf("event %d", i) })
}

// process is what is known of a process.
type process struct {
	call int  // of the last
	busy bool // it has not completed
	gone bool // it was Info
}

func calls(ops []Op, where func(int) string) ([]Call, error) {
	list := make([]Call, 0, len(ops)/2)
	all := map[int]process{}
	for i := range ops {
		op := &ops[i]
		if i > 0 && op.Time < ops[i-1].Time {
			return nil, malformed("%s: time runs backwards, from %d to %d ns, though the order of the events is what counts; if their clocks are not to be believed, ignore the times",
				where(i), int64(ops[i-1].Time), int64(op.Time))
		}
		if op.Process == Nemesis {
			continue
		}
		p := all[op.Process]
		bad := ""
		switch {
		case op.Type < Invoke || op.Type > Info:
			bad = "has an event of no type"
		case op.Type == Invoke && p.busy:
			bad = fmt.Sprintf("invokes :%s while its :%s of %s has not completed; a process has one operation under way at most, so two clients may have shared its number",
				op.F, ops[list[p.call].Invoke].F, where(list[p.call].Invoke))
		case op.Type == Invoke && p.gone:
			bad = fmt.Sprintf("invokes :%s after its :%s of %s became :info; that may still take effect, so its client must go on under another number",
				op.F, ops[list[p.call].Invoke].F, where(list[p.call].Complete))
		case op.Type != Invoke && !p.busy:
			bad = fmt.Sprintf("completes a :%s that it did not invoke; an event is missing, or there are two", op.F)
		case op.Type != Invoke && ops[list[p.call].Invoke].F != op.F:
			bad = fmt.Sprintf("completes a :%s, but invoked a :%s on %s", op.F, ops[list[p.call].Invoke].F, where(list[p.call].Invoke))
		}
		if bad != "" {
			return nil, malformed("%s: process %d %s", where(i), op.Process, bad)
		}
		if op.Type == Invoke {
			list = append(list, Call{i, -1})
			all[op.Process] = process{call: len(list) - 1, busy: true}
			continue
		}
		list[p.call].Complete = i
		p.busy, p.gone = false, op.Type == Info
		all[op.Process] = p
	}
	return list, nil
}
