package checker

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

// ReadEDN reads a history that [WriteEDN] wrote, in the order of the calls. Its order
// of the events of a process counts, not their :index. It returns an error that wraps
// ErrMalformed and names the line if it is no such history.
func ReadEDN(r io.Reader) ([]Operation, error) {
	in, err := history.NewReader(r, history.Config{})
	if err != nil {
		return nil, err
	}
	j := joining{open: map[int]int{}}
	for {
		event, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return j.list, nil
		case err != nil:
			return nil, err
		}
		if err := j.add(&event); err != nil {
			return nil, fmt.Errorf("read a history: %w: line %d: %w", ErrMalformed, in.Line(), err)
		}
	}
}

// Versioned reports whether a history has the functions of [WriteEDN], and says of all
// that succeeded what version it was and whether it was done.
func Versioned(events []history.Op) bool {
	versions := false
	for i := range events {
		event := &events[i]
		switch {
		case event.Process == history.Nemesis:
			continue
		case operation(event.F) == 0:
			return false
		case event.Type != history.OK:
			continue
		}
		for _, name := range []history.Keyword{"version", "done"} {
			if !slices.ContainsFunc(event.Extra, func(e history.Entry) bool { return e.Key == name }) {
				return false
			}
		}
		versions = true
	}
	return versions
}

// FromHistory returns the operations of a history in the form of [WriteEDN], in the order
// of the calls. The nemesis is left out, and so are entries of events that say nothing of
// the store. Keys and values that are no strings are represented by their EDN.
func FromHistory(events []history.Op) ([]Operation, error) {
	j := joining{open: map[int]int{}, lenient: true, uncertain: map[int]bool{}}
	for i := range events {
		if err := j.add(&events[i]); err != nil {
			return nil, fmt.Errorf("%w: event %d: %w", ErrMalformed, i, err)
		}
	}
	for i := range j.uncertain {
		switch o := &j.list[i]; {
		case o.Status == quorate.Done:
			return nil, fmt.Errorf("%w: %v: it does not say on which version", ErrMalformed, o)
		case o.Op == quorate.OpPutIf: // it may have been any
			o.Op = quorate.OpPut
		default:
			o.Op = quorate.OpDelete
		}
	}
	return j.list, nil
}

// joining puts operations together.
type joining struct {
	list    []Operation
	open    map[int]int // the operation under way of each process
	lenient bool        // with what WriteEDN would not write
	// uncertain are the conditional writes that did not say on which version.
	uncertain map[int]bool
}

// add adds an event.
func (j *joining) add(event *history.Op) error {
	if event.Process == history.Nemesis {
		return nil
	}
	e, err := j.fromEvent(event)
	if err != nil {
		return err
	}
	i, busy := j.open[e.Process]
	told := slices.ContainsFunc(event.Extra, func(e history.Entry) bool { return e.Key == history.Keyword("condition") })
	if event.Type == history.Invoke {
		if busy {
			return fmt.Errorf("process %d calls while its last call has not returned", e.Process)
		}
		e.Call, e.Return, e.Status = event.Time, Never, quorate.Unknown
		if j.lenient && e.conditional() && !told {
			j.uncertain[len(j.list)] = true
		}
		j.open[e.Process] = len(j.list)
		j.list = append(j.list, e)
		return nil
	}
	if !busy {
		return fmt.Errorf("process %d returns without a call", e.Process)
	}
	o := &j.list[i]
	if o.Op != e.Op || o.Key != e.Key {
		return fmt.Errorf("process %d called for %v of %q, and returns from %v of %q", o.Process, o.Op, o.Key, e.Op, e.Key)
	}
	if told {
		o.Condition = e.Condition
		delete(j.uncertain, i)
	}
	o.Return = event.Time
	switch event.Type {
	case history.OK:
		o.Status, o.Version, o.OK = quorate.Done, e.Version, e.OK
		if o.Op == quorate.OpGet && o.OK {
			o.Result = e.Value
		}
	case history.Fail:
		o.Status = quorate.NotExecuted
	default:
		o.Status = quorate.Unknown
	}
	delete(j.open, e.Process)
	return nil
}

// fromEvent returns what an event says of its operation.
func (j *joining) fromEvent(event *history.Op) (o Operation, err error) {
	o.Process = event.Process
	if o.Op = operation(event.F); o.Op == 0 {
		return o, fmt.Errorf(":f :%s", event.F)
	}
	pair, _ := event.Value.([]any)
	if len(pair) != 2 {
		return o, fmt.Errorf(":value %.60s: want a vector of a key and a value, and no more", history.AppendEDN(nil, event.Value))
	}
	key, ok := pair[0].(string)
	if !ok && j.lenient && pair[0] != nil {
		key, ok = notText+string(history.AppendEDN(nil, pair[0])), true
	}
	if !ok {
		return o, fmt.Errorf(":value: %.60s is no key; want a string", history.AppendEDN(nil, pair[0]))
	}
	o.Key = key
	switch v := pair[1].(type) {
	case nil:
	case string:
		o.Value = []byte(v)
	default:
		if j.lenient {
			o.Value = history.AppendEDN([]byte(notText), v)
			break
		}
		return o, fmt.Errorf(":value: %.60s is no value; want a string or nil", history.AppendEDN(nil, v))
	}
	for _, e := range event.Extra {
		if err := o.set(e); err != nil && !(j.lenient && errors.Is(err, errForeign)) {
			return o, err
		}
	}
	return o, nil
}

// notText begins what stands for a value that is no string.
const notText = "\x00edn "

var errForeign = errors.New("is no key of an event")

// operation returns that which a function asks for; 0 for none.
func operation(f string) quorate.Op {
	switch f {
	case "read":
		return quorate.OpGet
	case "write":
		return quorate.OpPut
	case "delete":
		return quorate.OpDelete
	case "write-if":
		return quorate.OpPutIf
	case "delete-if":
		return quorate.OpDeleteIf
	}
	return 0
}

// set sets what a further entry says.
func (o *Operation) set(e history.Entry) (err error) {
	name, _ := e.Key.(history.Keyword)
	n, number := e.Value.(int64)
	number = number && n >= 0
	switch name {
	case "version":
		o.Version = uint64(n)
	case "condition":
		o.Condition = uint64(n)
	case "done":
		o.OK, number = e.Value.(bool)
	case "mode":
		mode, _ := e.Value.(history.Keyword)
		o.Read, err = quorate.ParseReadMode(string(mode))
		return err
	case "session":
		text, _ := e.Value.(string)
		session, err := strconv.ParseUint(text, 16, 64)
		o.Client, number = quorate.Client(session), err == nil
	default:
		return fmt.Errorf(":%s %w", name, errForeign)
	}
	if !number {
		return fmt.Errorf(":%s %.60s: it cannot have that value", name, history.AppendEDN(nil, e.Value))
	}
	return nil
}
