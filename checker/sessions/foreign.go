package sessions

import (
	"context"
	"fmt"
	"slices"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// access is what an operation did to a register.
type access struct {
	call          int // its place among the calls
	process       int32
	reads, writes int32 // values; negative for none
	open          bool
	node, from    int32 // of what it wrote, and of what it read; negative for none, or if that is not clear
	seen          int32 // the access that shows that it took effect, if it is open
}

// register is one register of a foreign history.
type register struct {
	name     string
	accesses []access // in order of their calls, so in order of each process
}

// at says of which register something is said, if there are several.
func (x *register) at() string { return at(x.name) }

// values gives each value a number: equal values are equal however they are written.
type values struct {
	number map[string]int32
	text   []string
}

func (v *values) id(x any) int32 {
	text := string(history.AppendEDN(nil, x))
	n, ok := v.number[text]
	if !ok {
		n = int32(len(v.text))
		v.number[text] = n
		v.text = append(v.text, text)
	}
	return n
}

// foreign is a history of registers in Jepsen's form.
type foreign struct {
	h         *history.History
	v         values
	registers []*register
	processes map[int]int32
	initial   int32 // what registers hold at first
	judged    int
}

// CheckHistory judges guarantees of a foreign history of registers, whose functions are
// read, write, cas and delete or their usual other names, in the order in which they are
// named. If the value of every invocation is a pair, its first is the register's key. A
// history that registers cannot have is an error that wraps history.ErrMalformed.
func CheckHistory(ctx context.Context, h *history.History, want []Guarantee, cfg Config) ([]Result, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, cfg.TimeLimit)
	defer cancel()
	f := &foreign{h: h, v: values{number: map[string]int32{}}, processes: map[int]int32{}}
	if err := f.parse(!cfg.Whole && f.keyed()); err != nil {
		return nil, err
	}
	f.initial = f.v.id(cfg.Initial)
	results := make([]Result, len(want))
	for i, g := range want {
		if g < ReadYourWrites || g > Sequential {
			return nil, fmt.Errorf("sessions: there is no %v", g)
		}
		r := Result{Guarantee: g, Keys: len(f.registers), Judged: f.judged}
		for _, x := range f.registers {
			if ctx.Err() != nil {
				r.unknown(why(ctx))
				break
			}
			f.judge(ctx, &r, x, cfg)
		}
		r.conclude()
		results[i] = r
	}
	return results, nil
}

// parse sorts the operations by registers.
func (f *foreign) parse(keyed bool) error {
	byKey := map[string]*register{}
	for n, c := range f.h.Calls {
		op := &f.h.Ops[c.Invoke]
		in, out, name := op.Value, any(nil), ""
		done := c.Complete >= 0 && f.h.Ops[c.Complete].Type == history.OK
		if done {
			out = f.h.Ops[c.Complete].Value
		}
		if keyed {
			key, value, _ := pair(in)
			name, in = string(history.AppendEDN(nil, key)), value
			if k, value, ok := pair(out); done && (!ok || string(history.AppendEDN(nil, k)) != name) {
				return f.malformed(c.Complete, "completes with the value %.60s, but was invoked on the key %s", history.AppendEDN(nil, out), name)
			} else if done {
				out = value
			}
		}
		if c.Complete >= 0 && f.h.Ops[c.Complete].Type == history.Fail {
			continue
		}
		a := access{call: n, reads: -1, writes: -1, open: !done}
		if err := f.access(&a, c.Invoke, op.F, in, out); err != nil {
			return err
		}
		if a.open && a.writes < 0 {
			continue // a read without an answer
		}
		p, ok := f.processes[op.Process]
		if !ok {
			p = int32(len(f.processes))
			f.processes[op.Process] = p
		}
		a.process = p
		x := byKey[name]
		if x == nil {
			x = &register{name: name}
			byKey[name] = x
			f.registers = append(f.registers, x)
		}
		if x.accesses = append(x.accesses, a); done {
			f.judged++
		}
	}
	return nil
}

// access fills in what an operation did.
func (f *foreign) access(a *access, at int, function string, in, out any) error {
	switch function {
	case "read", "r", "get":
		if !a.open {
			a.reads = f.v.id(out)
		}
	case "write", "w", "put", "set":
		a.writes = f.v.id(in)
	case "delete", "del", "remove":
		a.writes = f.v.id(nil)
	case "cas", "compare-and-set", "compare-and-swap":
		from, to, ok := pair(in)
		if !ok {
			return f.malformed(at, "has a %s of %.60s: want [old new]", function, history.AppendEDN(nil, in))
		}
		a.reads, a.writes = f.v.id(from), f.v.id(to)
	default:
		return f.malformed(at, "invokes :%s; the guarantees of sessions are those of registers, which know read, write, cas and delete", function)
	}
	return nil
}

// keyed reports whether the values are pairs of a key and a value.
func (f *foreign) keyed() bool {
	return len(f.h.Calls) > 0 && !slices.ContainsFunc(f.h.Calls, func(c history.Call) bool {
		op := &f.h.Ops[c.Invoke]
		_, value, ok := pair(op.Value)
		_, _, two := pair(value)
		return !ok || !two && (op.F == "cas" || op.F == "compare-and-set" || op.F == "compare-and-swap")
	})
}

func pair(x any) (a, b any, ok bool) {
	list, _ := x.([]any)
	if len(list) != 2 {
		return nil, nil, false
	}
	return list[0], list[1], true
}

func (f *foreign) malformed(i int, format string, args ...any) error {
	where := fmt.Sprintf("event %d", i)
	if i < len(f.h.Lines) {
		where = fmt.Sprintf("line %d", f.h.Lines[i])
	}
	return fmt.Errorf("%w: %s: process %d %s", history.ErrMalformed, where, f.h.Ops[i].Process, fmt.Sprintf(format, args...))
}

// step is an operation for people.
func (f *foreign) step(a *access) Step {
	c := f.h.Calls[a.call]
	op := &f.h.Ops[c.Invoke]
	s := Step{At: a.call, Process: op.Process, Call: op.Time, Return: checker.Never}
	if c.Complete >= 0 {
		s.Return = f.h.Ops[c.Complete].Time
	}
	switch {
	case a.writes < 0:
		s.Text = fmt.Sprintf("%s -> %s", op.F, f.v.text[a.reads])
	case a.reads >= 0:
		s.Text = fmt.Sprintf("%s [%s %s]", op.F, f.v.text[a.reads], f.v.text[a.writes])
	default:
		s.Text = fmt.Sprintf("%s %s", op.F, f.v.text[a.writes])
	}
	if a.open {
		s.Text += " -> ?"
	}
	return s
}
