package history

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"
)

// Config says how to read a history. The zero value reads what Jepsen writes.
type Config struct {
	// Sparse accepts gaps in the indices, such as a history has that was filtered.
	Sparse bool
	// IgnoreTime drops all :time, where clocks disagree with the order of the events.
	IgnoreTime bool

	MaxEvents     int   // zero is 1 << 25
	MaxEventBytes int   // of the text of one event; zero is 16 MiB
	MaxBytes      int64 // of the text, unpacked; zero is 16 GiB
	MaxDepth      int   // of values in values; zero is 128
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	if c.MaxEvents < 0 || c.MaxEventBytes < 0 || c.MaxBytes < 0 || c.MaxDepth < 0 {
		return errors.New("history: a limit is negative")
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.MaxEvents = cmp.Or(c.MaxEvents, 1<<25)
	c.MaxEventBytes = cmp.Or(c.MaxEventBytes, 16<<20)
	c.MaxBytes = cmp.Or(c.MaxBytes, 16<<30)
	c.MaxDepth = cmp.Or(c.MaxDepth, 128)
	return c
}

// Read reads a history of any of the forms that [NewReader] knows, and checks that
// sequential processes can have made it, as [Calls] does. An error that wraps
// ErrMalformed names the line.
func Read(r io.Reader) ([]Op, error) {
	h, err := Config{}.Read(r)
	if err != nil {
		return nil, err
	}
	return h.Ops, nil
}

// History is a history that was read.
type History struct {
	Ops    []Op
	Calls  []Call
	Lines  []int  // on which each event begins
	Format string // EDN or JSON
}

// Read is [Read] with this configuration.
func (c Config) Read(r io.Reader) (*History, error) {
	in, err := NewReader(r, c)
	if err != nil {
		return nil, err
	}
	h := &History{Format: in.Format()}
	var numbered int
	for {
		op, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if in.has&hasIndex != 0 {
			numbered++
		}
		if numbered > 0 && numbered != len(h.Ops)+1 {
			return nil, malformed("line %d: some events have an :index and some have none; give it to all or to none", in.Line())
		}
		h.Ops, h.Lines = append(h.Ops, op), append(h.Lines, in.Line())
	}
	if err := h.order(numbered > 0, in.cfg.Sparse); err != nil {
		return nil, err
	}
	h.Calls, err = calls(h.Ops, func(i int) string { return fmt.Sprintf("line %d", h.Lines[i]) })
	return h, err
}

// order sorts the events by their indices, or gives them some.
func (h *History) order(numbered, sparse bool) error {
	if !numbered {
		for i := range h.Ops {
			h.Ops[i].Index = i
		}
		return nil
	}
	if !slices.IsSortedFunc(h.Ops, func(a, b Op) int { return cmp.Compare(a.Index, b.Index) }) {
		at := make([]int, len(h.Ops))
		for i := range at {
			at[i] = i
		}
		slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(h.Ops[a].Index, h.Ops[b].Index) })
		ops, lines := make([]Op, len(at)), make([]int, len(at))
		for i, from := range at {
			ops[i], lines[i] = h.Ops[from], h.Lines[from]
		}
		h.Ops, h.Lines = ops, lines
	}
	for i := range h.Ops {
		index := h.Ops[i].Index
		switch {
		case i > 0 && index == h.Ops[i-1].Index:
			return malformed("line %d: :index %d is that of line %d too; number the events from 0, or leave :index out", h.Lines[i], index, h.Lines[i-1])
		case !sparse && index != i:
			return malformed("line %d: :index %d where %d should be; events are missing, and without them no verdict holds (if they are those of other keys, read the history as sparse)", h.Lines[i], index, i)
		}
	}
	return nil
}

// ParseEDN reads one value.
func ParseEDN(text string) (any, error) {
	cfg := Config{}.withDefaults()
	p := parser{source: newSource(strings.NewReader(text), cfg), depth: cfg.MaxDepth, names: map[string]any{}, seed: maphash.MakeSeed()}
	v, err := p.edn(0)
	if err != nil {
		return nil, err
	}
	if c, ok, err := p.skip(0); ok || err != nil {
		return nil, cmp.Or(err, p.broken("%q follows the value", c))
	}
	return v, nil
}

// Reader reads events one by one. It does not look at how they go together.
type Reader struct {
	p      parser
	cfg    Config
	close  byte // of the vector that holds the events; 0 if each stands alone
	done   bool
	n      int
	line   int
	last   time.Duration
	has    int // fields of the last event
	packed bool
	broken error
}

// NewReader returns a reader of a history: in EDN, a map for each event, tagged or not
// (#jepsen.history.Op{…}), or a vector of such maps; in JSON, an object for each event,
// or a list of such objects; each of them packed by gzip or not. What it is shows in the
// text.
func NewReader(r io.Reader, cfg Config) (*Reader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	in := bufio.NewReader(r)
	r = in
	packed := false
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, malformed("unpack it: %v", err)
		}
		r, packed = unpacked, true
	}
	d := &Reader{cfg: cfg, packed: packed, p: parser{source: newSource(r, cfg), depth: cfg.MaxDepth, names: map[string]any{}, seed: maphash.MakeSeed()}}
	if what := foreign(d.p.ahead(6)); what != "" {
		return nil, d.wrap(d.p.broken("%s", what))
	}
	if c, ok := d.p.at(2); ok && c == 0xbf && string(d.p.buf[d.p.pos:d.p.pos+2]) == "\xef\xbb" {
		d.p.pos += 3 // a byte order mark
	}
	return d, d.detect()
}

// foreign tells what a file is that is no text, by its first bytes; "" if it may be one.
func foreign(first string) string {
	switch {
	case strings.HasPrefix(first, "JEPSEN"):
		return "this is Jepsen's binary store; give the history.edn beside it"
	case strings.HasPrefix(first, "\xff\xfe"), strings.HasPrefix(first, "\xfe\xff"):
		return "this is UTF-16; want UTF-8"
	case strings.HasPrefix(first, "\x28\xb5\x2f\xfd"):
		return "this is packed by zstd; unpack it first, or pack it by gzip"
	case strings.HasPrefix(first, "PK\x03\x04"):
		return "this is a zip archive; unpack it first, or pack the history by gzip"
	}
	return ""
}

// detect finds out what kind of text it is.
func (d *Reader) detect() error {
	c, ok, err := d.p.skip(0)
	if err != nil || !ok {
		d.done = true
		return d.wrap(err)
	}
	if c == '[' || c == '(' {
		d.close = ']'
		if c == '(' {
			d.close = ')'
		}
		d.p.pos++
		if c, ok, err = d.p.skip(0); err != nil || !ok {
			return d.wrap(cmp.Or(err, d.p.broken("the text ends before %q", d.close)))
		}
	}
	if c != '{' {
		return nil
	}
	for i := 1; ; i++ { // a field's name in quotes is JSON's
		c, ok := d.p.at(i)
		if i < 4096 && ok && (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
			continue
		}
		d.p.json = ok && c == '"'
		return nil
	}
}

func (d *Reader) wrap(err error) error {
	if err == nil {
		return nil
	}
	if d.packed && !errors.Is(err, ErrMalformed) {
		err = malformed("line %d: unpack it: %v; the file may be cut short", d.p.line, err)
	}
	return fmt.Errorf("read a history: %w", err)
}

// Format says what kind of text it is: EDN or JSON.
func (d *Reader) Format() string {
	if d.p.json {
		return "JSON"
	}
	return "EDN"
}

// Line returns the line on which the last event begins.
func (d *Reader) Line() int { return d.line }

// Next returns the next event, or io.EOF. An event without an :index has that of its
// place, and one without a :time that of the event before it.
func (d *Reader) Next() (Op, error) {
	if d.broken != nil {
		return Op{}, d.broken
	}
	op, err := d.next()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = d.wrap(err)
		}
		d.broken = err
	}
	return op, err
}

func (d *Reader) next() (Op, error) {
	more, err := d.more()
	if err != nil {
		return Op{}, err
	}
	if !more {
		return Op{}, io.EOF
	}
	d.line, d.p.begin = d.p.line, d.p.offset()
	if d.n == d.cfg.MaxEvents {
		return Op{}, d.p.broken("more than %d events; see MaxEvents", d.cfg.MaxEvents)
	}
	op := Op{Index: d.n, Time: d.last}
	d.has = 0
	if d.p.json {
		err = d.jsonEvent(&op)
	} else {
		err = d.ednEvent(&op)
	}
	if err != nil {
		return Op{}, err
	}
	if err := d.complete(&op); err != nil {
		return Op{}, malformed("line %d: %v", d.line, err)
	}
	if d.cfg.IgnoreTime {
		op.Time = 0
	}
	d.n++
	d.last = op.Time
	return op, nil
}

// more goes to the next event; false if there is none.
func (d *Reader) more() (bool, error) {
	if d.done {
		return false, nil
	}
	d.p.begin = d.p.offset()
	c, ok, err := d.p.skip(0)
	if err != nil {
		return false, err
	}
	switch {
	case !ok && d.close != 0:
		return false, d.p.broken("the text ends before %q", d.close)
	case !ok:
		d.done = true
		return false, nil
	case c == d.close:
		d.p.pos++
		if c, ok, err := d.p.skip(0); err != nil || ok {
			return false, cmp.Or(err, d.p.broken("%q follows the history", c))
		}
		d.done = true
		return false, nil
	}
	return true, nil
}

// ednEvent reads a map, behind any tags.
func (d *Reader) ednEvent(op *Op) error {
	for depth := 0; ; depth++ {
		c, ok, err := d.p.skip(0)
		switch {
		case err != nil:
			return err
		case ok && c == '#' && depth < 4:
			d.p.pos++
			if tag := d.p.token(); len(tag) > 0 {
				continue
			}
			return d.p.broken("want a map for each event, not a set")
		case !ok || c != '{':
			return d.p.broken("want a map for each event, as {:process 0, :type :invoke, :f :read, :value nil}, not %q", c)
		}
		d.p.pos++
		break
	}
	for {
		c, ok, err := d.p.skip(1)
		switch {
		case err != nil:
			return err
		case !ok:
			return d.p.broken("the text ends in the middle of an event")
		case c == '}':
			d.p.pos++
			return nil
		case c != ':':
			return d.p.broken("want a keyword for the name of an event's entry, not %q", c)
		}
		at := d.p.here()
		d.p.pos++
		name, err := d.p.keyword()
		if err != nil {
			return err
		}
		v, err := d.p.edn(2)
		if err == nil {
			err = d.p.within()
		}
		if err == nil {
			err = d.set(op, at, name, v)
		}
		if err != nil {
			return err
		}
	}
}

func (d *Reader) jsonEvent(op *Op) error {
	if c, ok := d.p.blank(); !ok || c != '{' {
		return d.p.broken(`want an object for each event, as {"process": 0, "type": "invoke", "f": "read", "value": null}, not %q`, c)
	}
	d.p.pos++
	for {
		at := d.p.here()
		name, more, err := d.p.field()
		if err != nil || !more {
			return err
		}
		if !named(name) {
			return d.p.broken("%.40q is no name for a field of an event", name)
		}
		v, err := d.p.jsonValue(2)
		if err == nil {
			err = d.set(op, at, d.p.name([]byte(name)), v)
		}
		if err != nil {
			return err
		}
	}
}
