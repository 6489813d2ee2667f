package timeline

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/quorate/quorate/bench/sheet"
	"github.com/quorate/quorate/checker/history"
)

// Options are what a page tells beside the history.
type Options struct {
	// Title is the page's.
	Title string
	// Limit is how many operations are shown, from the first. Zero is 10,000.
	Limit int
}

const defaultLimit = 10_000

//go:embed timeline.html
var source string

// Write writes the page: a column for each client, time downwards, an event a row. It
// needs nothing else.
func Write(w io.Writer, ops []history.Op, o Options) error {
	return sheet.Write(w, source, newView(ops, o))
}

// Sizes of the drawing, in pixels.
const (
	rowHeight   = 14
	columnWidth = 116
	gutter      = 64  // of the times
	room        = 240 // for what the last column says when one points at it
)

// view is what the template shows.
type view struct {
	Title         string
	Shown, All    int
	Cut           string // what is not shown
	Counts        []count
	Width, Height int
	Columns       []column
	Bars          []bar
	Faults        []fault
	FaultLane     int // width of the faults' column
	Ticks         []tick
}

type count struct {
	Type, Sign string
	N          int
}

type column struct {
	Left      int
	Processes string
}

type bar struct {
	Class, Sign     string
	Left, Top, Tall int
	Text, Title     string
}

type fault struct {
	Name, Title     string
	Left, Top, Tall int
}

type tick struct {
	Top   int
	Label string
}

// rows gives every event that is shown its row.
type rows struct {
	of    map[*history.Op]int
	times []time.Duration
}

func newView(ops []history.Op, o Options) *view {
	limit := o.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	spans := Spans(ops)
	v := &view{Title: cmp.Or(o.Title, "Timeline"), All: len(spans)}
	cut := len(ops)
	if len(spans) > limit {
		next := spans[limit].Begin
		spans = spans[:limit]
		for cut = 0; &ops[cut] != next; cut++ {
		}
		v.Cut = fmt.Sprintf("Shown are the first %d of %d operations, until %s; the others are in the history.", limit, v.All, seconds(next.Time))
	}
	v.Shown = len(spans)
	r := &rows{of: map[*history.Op]int{}}
	for i := range ops[:cut] {
		r.of[&ops[i]] = len(r.times)
		r.times = append(r.times, ops[i].Time)
	}
	v.Height = (len(r.times) + 1) * rowHeight
	v.faults(Faults(ops), r)
	v.bars(spans, r)
	v.ticks(r)
	return v
}

// faults puts each nemesis into a lane of its own.
func (v *view) faults(all []Fault, r *rows) {
	const lane = 26
	lanes := map[string]int{}
	for _, f := range all {
		top, ok := r.of[f.Begin[0]]
		if !ok {
			continue
		}
		if _, known := lanes[f.Name]; !known {
			lanes[f.Name] = len(lanes)
		}
		bottom := len(r.times)
		if len(f.Heal) > 0 {
			if at, ok := r.of[f.Heal[len(f.Heal)-1]]; ok {
				bottom = at + 1
			}
		} else if f.From == f.To {
			bottom = top + 1
		}
		title := fmt.Sprintf("%s, from %s to %s", f.Name, seconds(f.From), seconds(f.To))
		for _, op := range slices.Concat(f.Begin, f.Heal) {
			if op.Value != nil || op.Error != nil {
				title += "\n" + op.F + " " + Text(op.Value)
			}
			if op.Error != nil {
				title += "; error: " + Text(op.Error)
			}
		}
		v.Faults = append(v.Faults, fault{Name: short(f.Name), Title: title, Left: gutter + lanes[f.Name]*lane, Top: top * rowHeight, Tall: (bottom - top) * rowHeight})
	}
	v.FaultLane = len(lanes) * lane
}

// bars puts each operation into the column of its process.
func (v *view) bars(spans []Span, r *rows) {
	columns := columnsOf(spans)
	left := gutter + v.FaultLane + 6
	for i, processes := range columns.names() {
		v.Columns = append(v.Columns, column{left + i*columnWidth, processes})
	}
	v.Width = left + max(1, len(columns.processes))*columnWidth + room
	counts := map[history.Type]int{}
	for i := range spans {
		s := &spans[i]
		counts[s.Type()]++
		top := r.of[s.Begin]
		bottom, closed := len(r.times), false
		if s.End != nil {
			if at, ok := r.of[s.End]; ok {
				bottom, closed = at, true
			}
		}
		b := bar{
			Class: s.Type().String(), Sign: sign(s.Type()), Left: left + columns.of[s.Begin.Process]*columnWidth, Top: top * rowHeight,
			Tall: max(rowHeight, (bottom-top)*rowHeight) - 1, Text: s.said(), Title: s.told(),
		}
		if !closed {
			b.Class += " open"
		}
		v.Bars = append(v.Bars, b)
	}
	for _, t := range []history.Type{history.OK, history.Info, history.Fail} {
		v.Counts = append(v.Counts, count{t.String(), sign(t), counts[t]})
	}
}

// sign tells ends apart without colours.
func sign(t history.Type) string {
	return map[history.Type]string{history.OK: "✓", history.Info: "?", history.Fail: "✗"}[t]
}

// said is an operation in a few words: what it returned, or else what it asked for.
func (s *Span) said() string {
	value := s.Begin.Value
	if s.End != nil && s.End.Type == history.OK && s.End.Value != nil {
		value = s.End.Value
	}
	if value == nil {
		return short(s.Begin.F)
	}
	if pair, ok := value.([]any); ok && len(pair) == 2 {
		if key, ok := pair[0].(string); ok { // names are long, and many alike
			return short(s.Begin.F) + " " + Text(pair[1]) + " " + short(key)
		}
	}
	return short(s.Begin.F) + " " + Text(value)
}

// told is all about an operation.
func (s *Span) told() string {
	text := fmt.Sprintf("process %d, %s %s\n%s", s.Begin.Process, short(s.Begin.F), Text(s.Begin.Value), s.Type())
	if s.End == nil {
		text += ": it never completed"
	} else {
		text += " " + Text(s.End.Value)
		if s.End.Error != nil {
			text += ", error " + Text(s.End.Error)
		}
	}
	text += fmt.Sprintf("\nfrom %s, for %s\nindex %d", seconds(s.Begin.Time), millisText(s.Latency()), s.Begin.Index)
	if s.End != nil {
		text += fmt.Sprintf(" to %d", s.End.Index)
	}
	return text
}

// ticks writes times beside rows, as often as there is room for.
func (v *view) ticks(r *rows) {
	step := time.Duration(0)
	if n := len(r.times); n > 0 {
		step = roundUp((r.times[n-1]-r.times[0])/time.Duration(max(1, n/8)), time.Millisecond)
	}
	next, free := time.Duration(0), 0
	for row, at := range r.times {
		if at < next || row < free {
			continue
		}
		v.Ticks = append(v.Ticks, tick{row * rowHeight, seconds(at)})
		next, free = at-at%step+step, row+2
	}
}

// seconds is a time for people.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

func millisText(d time.Duration) string {
	if d >= time.Second {
		return seconds(d)
	}
	return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
}

// short is a name that fits.
func short(name string) string {
	if runes := []rune(name); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return name
}
