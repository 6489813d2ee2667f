package timeline

import (
	"bytes"
	"flag"
	"fmt"
	"image/png"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/checker/history"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// at makes an event of a process at a time in ms.
func at(ms, process int, t history.Type, f string, value any) history.Op {
	return history.Op{Time: time.Duration(ms) * time.Millisecond, Process: process, Type: t, F: f, Value: value}
}

// numbered gives events their index.
func numbered(ops ...history.Op) []history.Op {
	for i := range ops {
		ops[i].Index = i
	}
	return ops
}

// small is a history with everything in it: all ends, a process that goes on under
// another number, an operation that never ends, and two faults.
func small() []history.Op {
	ops := numbered(
		at(0, 0, history.Invoke, "write", []any{"x", int64(1)}),
		at(2, 1, history.Invoke, "read", []any{"x", nil}),
		at(3, 0, history.OK, "write", []any{"x", int64(1)}),
		at(4, 1, history.OK, "read", []any{"x", int64(1)}),
		at(5, history.Nemesis, history.Info, "start-partition", nil),
		at(6, history.Nemesis, history.Info, "start-partition", history.Map{{Key: history.Keyword("cut"), Value: []any{"1.1"}}}),
		at(7, 0, history.Invoke, "cas", []any{"x", []any{int64(1), int64(2)}}),
		at(8, 1, history.Invoke, "write", []any{"x", int64(3)}),
		at(1008, 1, history.Info, "write", []any{"x", int64(3)}),
		at(1009, 0, history.Fail, "cas", []any{"x", []any{int64(1), int64(2)}}),
		at(1010, 3, history.Invoke, "read", []any{"x", nil}),
		at(1011, history.Nemesis, history.Info, "stop-partition", nil),
		at(1012, history.Nemesis, history.Info, "stop-partition", nil),
		at(1013, 3, history.OK, "read", []any{"x", int64(3)}),
		at(1014, history.Nemesis, history.Info, "start-kill", []any{"1.2"}),
		at(1020, 0, history.Invoke, "read", []any{"x", nil}),
	)
	ops[8].Error = history.Keyword("timeout")
	return ops
}

func written(t *testing.T, ops []history.Op, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, ops, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	got := written(t, small(), Options{Title: "a small test"})
	const name = "testdata/small.html"
	if *rewrite {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || got != string(want) {
		t.Errorf("the page differs from %s (%v): look at it, and run the test with -rewrite", name, err)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	spans := Spans(small())
	var got []string
	for i := range spans {
		got = append(got, fmt.Sprintf("%d %s %v %v", spans[i].Begin.Process, spans[i].Begin.F, spans[i].Type(), spans[i].Latency()))
	}
	want := []string{"0 write ok 3ms", "1 read ok 2ms", "0 cas fail 1.002s", "1 write info 1s", "3 read ok 3ms", "0 read info 0s"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("spans %q, want %q", got, want)
	}
	lost := Spans(numbered(at(1, 0, history.OK, "read", nil), at(2, 0, history.Invoke, "read", nil), at(3, 0, history.Invoke, "read", nil), at(9, 0, history.OK, "read", nil)))
	if len(lost) != 2 || lost[0].End != nil || lost[0].Until != 9*time.Millisecond || lost[1].End == nil {
		t.Errorf("of a history that is not well formed: %+v", lost)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	events := func(words ...string) []history.Op {
		var ops []history.Op
		for i, f := range words {
			ops = append(ops, at(i, history.Nemesis, history.Info, f, nil))
		}
		return numbered(ops...)
	}
	for _, c := range []struct {
		name string
		ops  []history.Op
		want []string
	}{
		{"asked for and done", events("start-kill", "start-kill", "stop-kill", "stop-kill"), []string{"kill 0 3"}},
		{"twice", events("start-kill", "start-kill", "stop-kill", "stop-kill", "start-kill", "start-kill", "stop-kill", "stop-kill"), []string{"kill 0 3", "kill 4 7"}},
		{"two kinds overlap", events("start-kill", "start-pause", "stop-kill", "stop-pause"), []string{"kill 0 2", "pause 1 3"}},
		{"never healed", events("start-kill", "x"), []string{"kill 0 1", "x 1 1"}},
		{"healed without a start", events("stop-kill"), []string{"kill 0 0"}},
		{"without names", events("start", "stop"), []string{"nemesis 0 1"}},
		{"none", small()[:4], nil},
	} {
		var got []string
		for _, f := range Faults(c.ops) {
			got = append(got, fmt.Sprintf("%s %d %d", f.Name, f.From/time.Millisecond, f.To/time.Millisecond))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The client of a process that crashed goes on in its column.
func TestColumns(t *testing.T) {
	t.Parallel()
	c := columnsOf(Spans(small()))
	if got, want := c.names(), []string{"0", "1, 3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("columns %q, want %q", got, want)
	}
	ops := numbered(at(0, 7, history.Invoke, "read", nil), at(0, 2, history.Invoke, "read", nil))
	if c := columnsOf(Spans(ops)); c.of[2] != 0 || c.of[7] != 1 || c.names()[0] != "2" {
		t.Errorf("columns out of order: %q, %v", c.names(), c.of)
	}
	ops = nil
	for p := range 5 {
		ops = append(ops, at(10*p, p, history.Invoke, "write", nil), at(10*p+5, p, history.Info, "write", nil))
	}
	if got, want := columnsOf(Spans(numbered(ops...))).names(), []string{"0, 1, 2, …"}; !reflect.DeepEqual(got, want) {
		t.Errorf("columns %q, want %q", got, want)
	}
}

// A page of a long history ends early, and says so.
func TestCut(t *testing.T) {
	t.Parallel()
	got := written(t, small(), Options{Limit: 3})
	if n := strings.Count(got, `<div class="o `); n != 3 {
		t.Errorf("%d operations are shown", n)
	}
	if !strings.Contains(got, "the first 3 of 6 operations, until 0.008 s") {
		t.Error("the page does not say what it leaves out")
	}
	if whole := written(t, small(), Options{Limit: 6}); strings.Contains(whole, "Shown are") || strings.Count(whole, `<div class="o `) != 6 {
		t.Error("a history that fits is cut")
	}
}

// Whatever a history says, it is text.
func TestHostile(t *testing.T) {
	t.Parallel()
	const evil = "</div><script>alert(1)</script><img src=x onerror=alert(2)>\"'\u202e"
	ops := numbered(
		at(0, 0, history.Invoke, evil, evil),
		at(1, 0, history.Info, evil, history.Map{{Key: evil, Value: history.Keyword(evil)}}),
		at(2, history.Nemesis, history.Info, "start-"+evil, evil),
		at(3, history.Nemesis, history.Info, "stop-"+evil, evil),
	)
	ops[1].Error = evil
	got := written(t, ops, Options{Title: evil})
	for _, bad := range []string{"<script", "<img", "\u202e", "</div></div><"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	for _, f := range Plots(ops) {
		drawing, err := f.Inline()
		if err != nil || strings.Contains(drawing, "<script") || strings.Contains(drawing, "<img") {
			t.Errorf("%s: %v, or it has tags of the history", f.Name, err)
		}
	}
}

// Every history can be drawn.
func TestPlots(t *testing.T) {
	t.Parallel()
	many := func() []history.Op {
		var ops []history.Op
		for i := range 40 {
			f := fmt.Sprint("function ", i)
			ops = append(ops, at(i*10, i, history.Invoke, f, nil), at(i*10+1+i%7, i, []history.Type{history.OK, history.Fail, history.Info}[i%3], f, nil),
				at(i*10+2, history.Nemesis, history.Info, "start-"+f, nil))
		}
		return numbered(ops...)
	}
	strange := numbered(at(0, 0, history.Invoke, "", nil), at(0, 0, history.OK, "", nil), at(-5, 1, history.Invoke, "x", nil), at(-7, 1, history.OK, "x", nil))
	strange[0].Time, strange[1].Time = math.MaxInt64-1, math.MaxInt64
	for _, c := range []struct {
		name string
		ops  []history.Op
	}{
		{"nothing", nil},
		{"one event", small()[:1]},
		{"one operation", numbered(at(0, 0, history.Invoke, "read", nil), at(1, 0, history.OK, "read", nil))},
		{"one that takes no time", numbered(at(0, 0, history.Invoke, "read", nil), at(0, 0, history.OK, "read", nil))},
		{"faults only", small()[4:6]},
		{"a small history", small()},
		{"many functions and faults", many()},
		{"impossible times", strange},
	} {
		var names []string
		for _, f := range Plots(c.ops) {
			names = append(names, f.Name)
			if drawing, err := f.Inline(); err != nil || strings.Contains(drawing, "NaN") {
				t.Errorf("%s: %s: %v, or it has what is no number", c.name, f.Name, err)
			}
			if len(c.ops) != 2 && len(c.ops) != 0 { // pictures of points take their time
				continue
			}
			var b bytes.Buffer
			if err := f.WriteScreen(&b); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if _, err := png.Decode(&b); err != nil {
				t.Errorf("%s: %s is no picture: %v", c.name, f.Name, err)
			}
		}
		if want := []string{"latency-raw", "latency-quantiles", "rate"}; !reflect.DeepEqual(names, want) {
			t.Errorf("%s: %q, want %q", c.name, names, want)
		}
		written(t, c.ops, Options{})
	}
}

// What is drawn is what was measured: the legend names every end and fault, and a
// rate is that of an interval.
func TestPlotsTell(t *testing.T) {
	t.Parallel()
	for _, f := range Plots(small())[:1] {
		drawing, err := f.Inline()
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{">ok<", ">fail<", ">info<", ">partition<", ">kill<", ">write: latency (ms)<"} {
			if !strings.Contains(drawing, word) {
				t.Errorf("%s does not name %s", f.Name, word)
			}
		}
	}
	if drawing, err := Plots(small()[:1])[0].Inline(); err != nil || strings.Contains(drawing, ">info<") {
		t.Errorf("an operation that never ended has a latency (%v)", err)
	}
	p := newPlots(small())
	c := p.counted([]float64{2, 0, 1}, p.percentiles("x", nil).Curves[0])
	if p.width != 100*time.Millisecond || c.Y[0] != 20 || c.Y[1] != 0 || c.Y[2] != 10 || c.X[2] != 0.25 {
		t.Errorf("of 2, 0 and 1 operations in intervals of %v: %v at %v", p.width, c.Y, c.X)
	}
	q := p.percentiles("x", map[int][]time.Duration{0: {4e6, 1e6, 3e6, 2e6}})
	if q.Curves[0].Y[0] != 4 || q.Curves[3].Y[0] != 2 {
		t.Errorf("of 1 to 4 ms the slowest is %v and the median %v", q.Curves[0].Y, q.Curves[3].Y)
	}
}
