package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/text"

	"github.com/quorate/quorate/bench"
)

func labels(a axis) string {
	var all []string
	for _, t := range a.marks() {
		all = append(all, t.label)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		values []float64
		log    bool
		want   string
	}{
		{[]float64{0, 466}, false, "0 100 200 300 400 500"},
		{[]float64{12_000, 41_000}, false, "0 10k 20k 30k 40k 50k"},
		{[]float64{0.9, 60}, true, "0.5 1 2 5 10 20 50 100"},
		{[]float64{1, 60_000}, true, "1 10 100 1000 10k 100k"},
		{[]float64{4, 7}, true, "0 2 4 6 8"}, // no order of magnitude
		{[]float64{0, 0}, true, "0 0.2 0.4 0.6 0.8 1"},
		{nil, false, "0 0.2 0.4 0.6 0.8 1"},
		{[]float64{0, 3, 30}, true, "2 5 10 20 50"},
	} {
		if got := labels(cover("", c.values, c.log)); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.05: "0.05", 9999: "9999", 12345: "12.3k", 2e6: "2M", 1e-9: "0.000000001"} {
		if got := short(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}

// Entries of a legend, labels of ticks and of marks never cover each other, and
// nothing sticks out of the figure.
func TestNothingOverlaps(t *testing.T) {
	d := drawing{x: axis{low: 0, high: 1}, panels: []panel{{y: axis{low: 0, high: 1}}}}
	for i := range 9 {
		d.legend = append(d.legend, entry{strings.Repeat("protocol ", i) + "x", (&line{}).sample})
		d.marks = append(d.marks, mark{float64(i) / 8, fmt.Sprintf("%d.1 is taken from the others", i)})
	}
	l := newLayout(&d, strings.Repeat("a title that is long ", 6))
	type box struct{ from, to, y float64 }
	var boxes []box
	for y, row := range l.legendRows {
		x := margin
		for _, e := range row {
			boxes = append(boxes, box{float64(x), float64(x + l.entryWidth(e)), float64(-y - 1)})
			x += l.entryWidth(e) + entryGap
		}
	}
	for i, m := range d.marks {
		from, to := l.span(m)
		boxes = append(boxes, box{float64(from), float64(to), float64(l.lanes[i])})
	}
	for i, a := range boxes {
		if a.from < 0 || a.to > float64(width) {
			t.Errorf("%+v sticks out", a)
		}
		for _, b := range boxes[:i] {
			if a.y == b.y && a.from < b.to && b.from < a.to {
				t.Errorf("%+v covers %+v", a, b)
			}
		}
	}
	for _, line := range l.title {
		if size := l.types.bold(titleSize).Width(line); size > width-2*margin {
			t.Errorf("title %q is %v wide", line, size)
		}
	}
	if s := l.types.style(textSize, ink(), text.XLeft); fit(s, "far too long", 20) == "far too long" || fit(s, "ok", 20) != "ok" {
		t.Error("what does not fit is cut, and nothing else")
	}
}

// Where values are too close for their labels, some go without one.
func TestCloseTicks(t *testing.T) {
	f := named(t, report("conflicts", 0, 0.01, 1), "sweep-conflicts")
	if all := texts(t, f); slices.Contains(all, "0.01") {
		t.Errorf("0.01 covers 0: %q", all)
	}
}

// All lines are told apart by more than their colour.
func TestStyles(t *testing.T) {
	seen := map[string]int{}
	for i := range maxLines {
		key := fmt.Sprint(colour(i), dashes(i), i%8)
		if j, twice := seen[key]; twice {
			t.Errorf("lines %d and %d look alike", i, j)
		}
		seen[key] = i
	}
}

// Whatever a file says, drawing it ends, and without a panic.
func TestHostileNumbers(t *testing.T) {
	extremes := []float64{-1e308, -1, 0, 5e-324, 1e-9, 1, 1e15, 1e308, math.MaxFloat64}
	for i, x := range extremes {
		r := report("a/../</svg><script>", 1, 2, x)
		for j := range r.Runs {
			run := &r.Runs[j]
			run.Cell = strings.Repeat("<b>\x00&\"", 50) + run.Cell
			run.Throughput, run.Latency.P50, run.Latency.P99, run.Latency.Mean = x, extremes[(i+j)%len(extremes)], x, -x
			for k := range 4 {
				y := extremes[(i+j+k)%len(extremes)]
				run.Series = append(run.Series, bench.Sample{Seconds: y, Throughput: -y})
				run.Distribution = append(run.Distribution, bench.Share{Millis: y, Share: x})
				run.Regions = append(run.Regions, bench.Region{Name: "\xff<", Operations: 1, Latency: bench.Latency{Mean: y, P99: x}, Series: []bench.RegionSample{{Throughput: x, Mean: y}}})
				run.Marks = append(run.Marks, bench.Mark{Seconds: y, Label: strings.Repeat("\n<i>", k)})
			}
		}
		for _, f := range Figures(r) {
			if strings.ContainsAny(f.Name, "/.<") {
				t.Errorf("name %q", f.Name)
			}
			body, err := f.Inline()
			if err != nil || strings.Contains(body, "<script") || strings.Contains(body, "<b>") {
				t.Fatalf("%s: %v", f.Name, err)
			}
			for _, bad := range []string{"NaN", "Inf"} {
				if strings.Contains(body, bad) {
					t.Errorf("%v: %s contains %s", x, f.Name, bad)
				}
			}
		}
	}
}
