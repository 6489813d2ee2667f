package checker

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/quorate/quorate"
)

// WriteEDN writes what was recorded as [WriteEDN] does. Call it when no process is
// recording.
func (r *Recorder) WriteEDN(w io.Writer, limit int) (left int, err error) {
	s, err := r.source()
	if err != nil {
		return 0, err
	}
	var lanes []lane
	for _, p := range r.processes {
		i := 0
		lanes = append(lanes, lane{next: func() (Operation, bool) {
			for i < p.len() {
				op, ok := p.operation(i, s.cut)
				if i++; ok {
					return op, true
				}
			}
			return Operation{}, false
		}})
	}
	return writeLanes(w, lanes, limit)
}

// WriteEDN writes a history in the form of Jepsen's: a map for each event, a line
// each, in the order of time. Invocations have :type :invoke, and what became of
// them is :ok, :fail (it certainly took no effect) or :info (nobody knows); :f is :read, :write, :delete, :write-if or
// :delete-if, and :value a vector of the key and the value, as of Jepsen's independent keys. Versions, the
// conditions of conditional writes and the modes of reads have keys of their own.
// Values that are no text are tagged #hex.
//
// With a limit, the history ends after so many events: what was under way then is
// open, and what came later is left out. left is how many operations that is.
func WriteEDN(w io.Writer, history []Operation, limit int) (left int, err error) {
	byProcess := map[int][]*Operation{}
	var order []int
	for i := range history {
		p := history[i].Process
		if byProcess[p] == nil {
			order = append(order, p)
		}
		byProcess[p] = append(byProcess[p], &history[i])
	}
	slices.Sort(order)
	var lanes []lane
	for _, p := range order {
		ops := byProcess[p]
		slices.SortStableFunc(ops, func(a, b *Operation) int { return cmp.Compare(a.Call, b.Call) })
		lanes = append(lanes, lane{next: func() (Operation, bool) {
			if len(ops) == 0 {
				return Operation{}, false
			}
			op := *ops[0]
			ops = ops[1:]
			return op, true
		}})
	}
	return writeLanes(w, lanes, limit)
}

// lane is the events of one process, one after the other.
type lane struct {
	next     func() (Operation, bool)
	op       Operation
	at       time.Duration
	rank     int // among events at one instant
	returned bool
}

// advance goes to the next event; false if there is none.
func (l *lane) advance(begin bool) bool {
	before := l.at
	if !begin && !l.returned && (!l.op.open() || l.op.Return > 0 && l.op.Return < Never) {
		l.at, l.returned = l.op.Return, true
	} else {
		op, ok := l.next()
		if !ok {
			return false
		}
		l.op, l.at, l.returned = op, op.Call, false
	}
	// Operations that touch at one instant overlap, so calls come before returns;
	// but not before what the same process did at that instant.
	switch {
	case !begin && l.at == before:
		l.rank++
	case l.returned:
		l.rank = 1
	default:
		l.rank = 0
	}
	return true
}

// lanes is a heap of the lanes by their next event.
type lanes []*lane

func (h lanes) Len() int { return len(h) }
func (h lanes) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].at, h[j].at), cmp.Compare(h[i].rank, h[j].rank), cmp.Compare(h[i].op.Process, h[j].op.Process)) < 0
}
func (h lanes) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *lanes) Push(x any)   { *h = append(*h, x.(*lane)) }
func (h *lanes) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// writeLanes merges the lanes by time.
func writeLanes(w io.Writer, all []lane, limit int) (left int, err error) {
	var h lanes
	for i := range all {
		if all[i].advance(true) {
			h = append(h, &all[i])
		}
	}
	heap.Init(&h)
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	for index := 0; len(h) > 0; index++ {
		l := h[0]
		full := limit > 0 && index >= limit
		if full && !l.returned {
			left++
		}
		if !full {
			line = appendEvent(line[:0], &l.op, l.returned, index)
			if _, err := out.Write(line); err != nil {
				return left, fmt.Errorf("write the history: %w", err)
			}
		}
		if l.advance(false) {
			heap.Fix(&h, 0)
		} else {
			heap.Pop(&h)
		}
	}
	if left > 0 {
		fmt.Fprintf(out, "; the history went on: %d operations are left out\n", left)
	}
	if err := out.Flush(); err != nil {
		return left, fmt.Errorf("write the history: %w", err)
	}
	return left, nil
}

// functions are the names of operations in a history.
func functions() map[quorate.Op]string {
	return map[quorate.Op]string{quorate.OpGet: "read", quorate.OpPut: "write", quorate.OpDelete: "delete", quorate.OpPutIf: "write-if", quorate.OpDeleteIf: "delete-if"}
}

// appendEvent appends a line.
func appendEvent(b []byte, o *Operation, returned bool, index int) []byte {
	kind, at := "invoke", o.Call
	if returned {
		at = o.Return
		switch o.Status {
		case quorate.Done:
			kind = "ok"
		case quorate.NotExecuted:
			kind = "fail"
		default:
			kind = "info"
		}
	}
	b = fmt.Appendf(b, "{:index %d, :time %d, :process %d, :type :%s, :f :%s, :value [", index, int64(at), o.Process, kind, functions()[o.Op])
	b = append(appendText(b, []byte(o.Key)), ' ')
	switch read := o.Op == quorate.OpGet; {
	case read && kind == "ok" && o.OK:
		b = appendText(b, o.Result)
	case read || o.Op == quorate.OpDelete || o.Op == quorate.OpDeleteIf:
		b = append(b, "nil"...)
	default:
		b = appendText(b, o.Value)
	}
	b = append(b, ']')
	if kind == "ok" {
		b = fmt.Appendf(b, ", :version %d, :done %t", o.Version, o.OK)
	}
	if !returned && (o.Op == quorate.OpPutIf || o.Op == quorate.OpDeleteIf) {
		b = fmt.Appendf(b, ", :condition %d", o.Condition)
	}
	if !returned && o.Op == quorate.OpGet {
		b = fmt.Appendf(b, ", :mode :%v", o.Read)
	}
	if !returned && o.Client != 0 {
		b = fmt.Appendf(b, ", :session \"%016x\"", uint64(o.Client))
	}
	return append(b, "}\n"...)
}

// appendText appends a string of EDN, or what is no text in tagged hexadecimal.
func appendText(b, s []byte) []byte {
	if !utf8.Valid(s) {
		b = append(b, `#hex "`...)
		return append(hex.AppendEncode(b, s), '"')
	}
	b = append(b, '"')
	for _, r := range string(s) {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r < 0x20 || r == 0x7f:
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[r>>4], "0123456789abcdef"[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
