package checker

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/quorate/quorate"
)

// Limits of a history that is read.
const (
	maxEDNLine       = 8 << 20
	maxEDNOperations = 1 << 24
)

// ReadEDN reads a history that [WriteEDN] wrote, in the order of the calls. Its order
// of the events of a process counts, not their :index. It returns an error that wraps
// ErrMalformed and names the line if it is no such history.
func ReadEDN(r io.Reader) ([]Operation, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxEDNLine)
	var history []Operation
	open := map[int]int{} // the operation under way of each process
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, ";") {
			continue
		}
		e, err := parseEvent(line)
		if err == nil {
			history, err = e.join(history, open)
		}
		if err != nil {
			return nil, fmt.Errorf("read a history: line %d: %w: %w", n, ErrMalformed, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read a history: %w", err)
	}
	return history, nil
}

// ednEvent is a line.
type ednEvent struct {
	kind string // invoke, ok, fail or info
	op   Operation
	at   time.Duration
}

// join adds an event to the history.
func (e *ednEvent) join(history []Operation, open map[int]int) ([]Operation, error) {
	i, busy := open[e.op.Process]
	if e.kind == "invoke" {
		switch {
		case busy:
			return nil, fmt.Errorf("process %d calls while its last call has not returned", e.op.Process)
		case len(history) == maxEDNOperations:
			return nil, fmt.Errorf("more than %d operations", maxEDNOperations)
		}
		e.op.Call, e.op.Return, e.op.Status = e.at, Never, quorate.Unknown
		open[e.op.Process] = len(history)
		return append(history, e.op), nil
	}
	if !busy {
		return nil, fmt.Errorf("process %d returns without a call", e.op.Process)
	}
	o := &history[i]
	if o.Op != e.op.Op || o.Key != e.op.Key {
		return nil, fmt.Errorf("process %d called for %v of %q, and returns from %v of %q", o.Process, o.Op, o.Key, e.op.Op, e.op.Key)
	}
	o.Return = e.at
	switch e.kind {
	case "ok":
		o.Status, o.Version, o.OK = quorate.Done, e.op.Version, e.op.OK
		if o.Op == quorate.OpGet && o.OK {
			o.Result = e.op.Value
		}
	case "fail":
		o.Status = quorate.NotExecuted
	case "info":
		o.Status = quorate.Unknown
	}
	delete(open, e.op.Process)
	return history, nil
}

// parseEvent reads a line.
func parseEvent(line string) (*ednEvent, error) {
	p := ednParser{rest: line}
	e := &ednEvent{}
	seen := map[string]bool{}
	if !p.take("{") {
		return nil, errors.New("want a map for each event")
	}
	for !p.take("}") {
		name, err := p.keyword()
		if err == nil && seen[name] {
			err = fmt.Errorf(":%s is there twice", name)
		}
		if err == nil {
			seen[name] = true
			err = e.set(name, &p)
		}
		if err != nil {
			return nil, err
		}
		p.take(",")
	}
	if p.space(); p.rest != "" {
		return nil, fmt.Errorf("%.20q follows the event", p.rest)
	}
	for _, name := range []string{"time", "process", "type", "f", "value"} {
		if !seen[name] {
			return nil, fmt.Errorf("an event without :%s", name)
		}
	}
	return e, nil
}

// set reads the value of a key.
func (e *ednEvent) set(name string, p *ednParser) (err error) {
	switch name {
	case "type":
		if e.kind, err = p.keyword(); err == nil && !strings.Contains(" invoke ok fail info ", " "+e.kind+" ") {
			err = fmt.Errorf(":type :%s", e.kind)
		}
		return err
	case "f":
		f, err := p.keyword()
		for op, known := range functions() {
			if f == known {
				e.op.Op = op
			}
		}
		if err == nil && e.op.Op == 0 {
			err = fmt.Errorf(":f :%s", f)
		}
		return err
	case "value":
		return e.value(p)
	case "mode":
		mode, err := p.keyword()
		if err == nil {
			e.op.Read, err = quorate.ParseReadMode(mode)
		}
		return err
	case "done":
		word := p.word()
		if e.op.OK = word == "true"; word != "true" && word != "false" {
			return fmt.Errorf(":done %s", word)
		}
		return nil
	case "session":
		text, _, err := p.text()
		if err != nil {
			return err
		}
		session, err := strconv.ParseUint(string(text), 16, 64)
		e.op.Client = quorate.Client(session)
		return err
	}
	word := p.word()
	n, err := strconv.ParseUint(word, 10, 63)
	if err != nil {
		return fmt.Errorf(":%s %s: want a number", name, word)
	}
	switch name {
	case "index":
	case "time":
		e.at = time.Duration(n)
	case "process":
		e.op.Process = int(n)
	case "version":
		e.op.Version = n
	case "condition":
		e.op.Condition = n
	default:
		return fmt.Errorf(":%s is no key of an event", name)
	}
	return nil
}

// value reads the key and the value.
func (e *ednEvent) value(p *ednParser) error {
	if !p.take("[") {
		return errors.New(":value: want a vector of a key and a value")
	}
	key, ok, err := p.text()
	if err != nil {
		return err
	} else if !ok {
		return errors.New(":value: nil is no key")
	}
	value, _, err := p.text()
	if err != nil {
		return err
	}
	e.op.Key, e.op.Value = string(key), value
	if !p.take("]") {
		return errors.New(":value: want a key and a value, and no more")
	}
	return nil
}

// ednParser reads the little of EDN that histories are written in.
type ednParser struct{ rest string }

func (p *ednParser) space() { p.rest = strings.TrimLeft(p.rest, " \t") }

// take consumes a token if it is next.
func (p *ednParser) take(token string) bool {
	p.space()
	rest, found := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return found
}

// word consumes what reaches up to the next delimiter.
func (p *ednParser) word() string {
	p.space()
	end := strings.IndexAny(p.rest, " \t,{}[]\"")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *ednParser) keyword() (string, error) {
	if word := p.word(); len(word) > 1 && word[0] == ':' {
		return word[1:], nil
	}
	return "", fmt.Errorf("want a keyword before %.20q", p.rest)
}

// text reads a string, plain or in hexadecimal; false for nil.
func (p *ednParser) text() (s []byte, ok bool, err error) {
	if p.take("nil") {
		return nil, false, nil
	}
	tagged := p.take("#hex")
	if !p.take(`"`) {
		return nil, false, fmt.Errorf("want a string before %.20q", p.rest)
	}
	s = []byte{}
	for {
		stop := strings.IndexAny(p.rest, `"\`)
		if stop < 0 {
			return nil, false, errors.New("a string does not end")
		}
		s = append(s, p.rest[:stop]...)
		quoted := p.rest[stop] == '"'
		p.rest = p.rest[stop+1:]
		if quoted {
			break
		}
		if s, err = p.escape(s); err != nil {
			return nil, false, err
		}
	}
	if tagged {
		raw, err := hex.DecodeString(string(s))
		return raw, true, err
	}
	return s, true, nil
}

// escape reads what follows a backslash.
func (p *ednParser) escape(s []byte) ([]byte, error) {
	if p.rest == "" {
		return nil, errors.New("a string ends in a backslash")
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	switch c {
	case '"', '\\':
		return append(s, c), nil
	case 'n':
		return append(s, '\n'), nil
	case 't':
		return append(s, '\t'), nil
	case 'r':
		return append(s, '\r'), nil
	case 'u':
		if len(p.rest) >= 4 {
			if n, err := strconv.ParseUint(p.rest[:4], 16, 16); err == nil {
				p.rest = p.rest[4:]
				return utf8.AppendRune(s, rune(n)), nil
			}
		}
	}
	return nil, fmt.Errorf("a string has \\%c", c)
}
