package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/model"
)

// report is of two cells in three rounds at every value of a setting.
func report(setting string, values ...float64) *bench.Report {
	r := bench.NewReport()
	for round := 1; round <= 3; round++ {
		for _, v := range values {
			for i, cell := range []string{"paxos", "wpaxos null"} {
				x := float64(round) / 100
				run := bench.Result{Protocol: "paxos", Operations: 1, Throughput: 1000 * v * (1 + x), Latency: bench.Latency{Mean: 2, P50: 1 + x, P99: 10 * (1 + float64(i) + x)}}
				run.Cell, run.Round = cell, round
				run.Points = []bench.Point{{Name: setting, Value: fmt.Sprint(v), Number: &v}}
				r.Runs = append(r.Runs, run)
			}
		}
	}
	return r
}

func named(t *testing.T, r *bench.Report, name string) *Figure {
	t.Helper()
	var names []string
	for _, f := range Figures(r) {
		if names = append(names, f.Name); f.Name == name {
			return f
		}
	}
	t.Fatalf("no figure %s among %v", name, names)
	return nil
}

// texts returns what a figure says, in the order in which it says it.
func texts(t *testing.T, f *Figure) []string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	var all []string
	for d, inside := xml.NewDecoder(&b), false; ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("%s is no XML: %v", f.Name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local == "text"
		case xml.CharData:
			if inside {
				all = append(all, string(token))
			}
			inside = false
		}
	}
}

func says(t *testing.T, f *Figure, want ...string) {
	t.Helper()
	all := texts(t, f)
	for _, w := range want {
		if !slices.Contains(all, w) {
			t.Errorf("%s does not say %q but %q", f.Name, w, all)
		}
	}
}

func TestLoad(t *testing.T) {
	f := named(t, report("clients", 1, 2, 8), "latency-throughput")
	says(t, f, "Latency against throughput", "paxos", "wpaxos null", "median latency (ms)", "99th percentile latency (ms)", "throughput (op/s)")
	p := f.drawing.panels[1].parts[1].(*line)
	if len(p.dots) != 3 || p.dots[1].x.Median != 2040 || math.Abs(p.dots[1].y.Median-20.2) > 1e-9 || math.Abs(p.dots[1].y.Low-20.1) > 1e-9 || math.Abs(p.dots[1].y.High-20.3) > 1e-9 {
		t.Errorf("p99 of wpaxos: %+v", p.dots)
	}
	if n := f.drawing.panels[0].parts; n[0].(*line).style == n[1].(*line).style {
		t.Error("two lines look alike")
	}
	if want := "clients 1, 2, 8"; !strings.Contains(f.Caption, want) || !strings.Contains(f.Caption, "3 rounds") {
		t.Errorf("caption %q", f.Caption)
	}
	if row := f.Table.Rows[4]; len(f.Table.Rows) != 6 || row[0] != "wpaxos null" || row[1] != "2" || row[2] != "2040 (2020 to 2060)" {
		t.Errorf("table %q", f.Table.Rows)
	}
}

// Beside a load, a setting is drawn by the best throughput of all loads and by the
// latency of the lightest.
func TestSweepBesideLoad(t *testing.T) {
	r := bench.NewReport()
	for _, clients := range []float64{1, 4, 2} {
		for _, n := range []float64{5, 3, 9} {
			run := bench.Result{Protocol: "paxos", Operations: 1, Throughput: 100*clients - n, Latency: bench.Latency{P50: clients, P99: 2 * clients}}
			run.Points = []bench.Point{{Name: "clients", Value: fmt.Sprint(clients), Number: &clients}, {Name: "n", Value: fmt.Sprint(n), Number: &n}}
			run.Cell = "paxos"
			r.Runs = append(r.Runs, run)
		}
	}
	f := named(t, r, "sweep-n")
	says(t, f, "Greatest throughput, and least latency, against replicas", "greatest throughput (op/s)", "3", "5", "9")
	for i, want := range []float64{395, 1, 2} {
		if got := f.drawing.panels[i].parts[0].(*line).dots; len(got) != 3 || got[0].x.Median != 3 || got[1].x.Median != 5 || got[1].y.Median != want {
			t.Errorf("panel %d: %+v", i, got)
		}
	}
	// Other settings than the load tell lines apart.
	if f := named(t, r, "latency-throughput"); len(f.drawing.legend) != 3 || f.drawing.legend[1].name != "paxos, n 3" {
		t.Errorf("legend %+v", f.drawing.legend)
	}
}

// Where nothing succeeded there is no latency, and not one of 0.
func TestNoOperationsNoLatency(t *testing.T) {
	r := report("clients", 1, 2)
	for i := range r.Runs {
		if *r.Runs[i].Points[0].Number == 2 {
			r.Runs[i].Operations = 0
		}
	}
	f := named(t, r, "latency-throughput")
	if d := f.drawing.panels[0].parts[0].(*line).dots; len(d) != 1 || f.Table.Rows[1][3] != "–" {
		t.Errorf("%+v, %q", d, f.Table.Rows)
	}
}

func TestSweepOfWords(t *testing.T) {
	r := report("workload", 1, 2)
	for i := range r.Runs {
		r.Runs[i].Points[0].Number, r.Runs[i].Points[0].Value = nil, string(rune('a'+i/2%2))
	}
	f := named(t, r, "sweep-workload")
	says(t, f, "a", "b")
	if n := f.drawing.panels[0].parts[0].(*line); !n.scatter || n.dots[1].x.Median != 1 {
		t.Errorf("%+v: words have no order, so no line joins them", n)
	}
}

func TestOverTime(t *testing.T) {
	r := bench.NewReport()
	for i := range 2 {
		run := bench.Result{Protocol: []string{"paxos", "trex"}[i], Marks: []bench.Mark{{Seconds: 2, Label: "1.1 dies"}}}
		for s := 1.0; s < 5; s++ {
			run.Series = append(run.Series, bench.Sample{Seconds: s, Throughput: 100 * s})
		}
		run.Regions = []bench.Region{
			{Name: "VA", Leader: i == 0, Operations: 10, Latency: bench.Latency{Mean: 30, P99: 40}, Series: []bench.RegionSample{{Throughput: 5, Mean: 30}, {Throughput: 5, Mean: 60}}},
			{Name: "CA", Operations: 10, Latency: bench.Latency{Mean: 60, P99: 400}, Series: []bench.RegionSample{{Throughput: 5, Mean: 30}, {Throughput: 10, Mean: 120}}},
			{Name: "IR"},
		}
		r.Runs = append(r.Runs, run)
	}
	f := named(t, r, "over-time")
	says(t, f, "1.1 dies", "mean latency (ms)", "trex")
	if len(f.drawing.marks) != 1 {
		t.Errorf("marks %+v: what befell both is drawn once", f.drawing.marks)
	}
	if d := f.drawing.panels[0].parts[0].(*line).dots; d[1].x.Median != 1.5 || d[1].y.Median != 200 {
		t.Errorf("%+v: want the middle of the second interval", d[1])
	}
	// Of an interval every operation counts alike, whatever region it was in.
	if d := f.drawing.panels[1].parts[0].(*line).dots; len(d) != 2 || d[1].y.Median != 100 {
		t.Errorf("%+v: want 30 and 100 ms", d)
	}
	f = named(t, r, "regions")
	says(t, f, "paxos, led from VA", "trex", "VA", "CA", "IR", "30")
	if len(f.Table.Rows) != 4 {
		t.Errorf("%q: nobody was in IR", f.Table.Rows)
	}
}

func TestDistribution(t *testing.T) {
	r := bench.NewReport()
	r.Runs = []bench.Result{{Protocol: "paxos", Distribution: []bench.Share{{Millis: 1, Share: 0.5}, {Millis: 2, Share: 0.99}, {Millis: 50, Share: 1}}}}
	f := named(t, r, "latency-distribution")
	says(t, f, "% that took longer", "latency (ms)", "100", "10")
	if d := f.drawing.panels[1].parts[0].(*line).dots; len(d) != 2 || math.Abs(d[1].y.Median-1) > 1e-9 {
		t.Errorf("%+v: want half and one in a hundred; nothing took longer than the slowest", d)
	}
}

func TestCompared(t *testing.T) {
	r := report("clients", 1)
	f := named(t, r, "comparison")
	says(t, f, "paxos", "wpaxos null", "1020")
	if len(Figures(report("clients", 1, 2))) != 1 {
		t.Error("a sweep has a curve, and no bars beside it")
	}
}

// A bar that is too short for its value has it above.
func TestComparedWithFarLess(t *testing.T) {
	r := report("clients", 1)
	for i := range r.Runs {
		r.Runs[i].Throughput = 123456
		if r.Runs[i].Cell == "paxos" {
			r.Runs[i].Throughput = 789
		}
	}
	f := named(t, r, "comparison")
	says(t, f, brief(123456), brief(789))
}

func TestOverlay(t *testing.T) {
	c := model.Curve{
		Cell:   "paxos",
		Points: []model.CurvePoint{{Rate: 1000, Latency: 1}, {Rate: 9000, Latency: 5}, {Rate: 9500, Latency: 500}, {Rate: 90_000, Latency: 5}},
		Matches: []model.Match{
			{Measured: model.CurvePoint{Rate: 1000, Latency: 2}, Predicted: model.CurvePoint{Latency: 1.754}, LatencyError: -0.123},
			{Measured: model.CurvePoint{Rate: 8000, Latency: 4}, Predicted: model.CurvePoint{Latency: 6}, LatencyError: 0.5},
			{Measured: model.CurvePoint{Rate: 7000, Latency: 4}, Predicted: model.CurvePoint{Latency: 4.04}, LatencyError: 0.01},
			{Measured: model.CurvePoint{Rate: 7500, Latency: 4}}, {Measured: model.CurvePoint{Rate: 7600, Latency: 4}}, // nothing predicted: no error
		},
	}
	other := model.Curve{Cell: "wpaxos null", Matches: []model.Match{{Predicted: model.CurvePoint{Rate: 9, Latency: 2}}, {Predicted: model.CurvePoint{Rate: 8, Latency: 1}}}}
	f := Overlay(report("clients", 1, 8), []model.Curve{c, other, {Cell: "trex", Why: "unknown"}}, "Fitted.")
	says(t, f, "paxos", "wpaxos null", "mean latency (ms)")
	if !strings.Contains(f.Caption, "paxos 12 %.") || len(f.drawing.panels[0].parts) != 4 {
		t.Errorf("caption %q, parts %+v", f.Caption, f.drawing.panels[0].parts)
	}
	if d := f.drawing.panels[0].parts[0].(*line).dots; len(d) != 2 {
		t.Errorf("%+v: want nothing far beyond what was measured", d)
	}
	if d := f.drawing.panels[0].parts[2].(*line).dots; len(d) != 2 || d[0].x.Median != 8 {
		t.Errorf("%+v: want what was predicted of each run, in order", d)
	}
	if Overlay(report("clients", 1), nil, "") != nil {
		t.Error("a figure of nothing")
	}
}

// Where nothing was done, there is nothing to draw.
func TestNothingToDraw(t *testing.T) {
	r := bench.NewReport()
	if r.Runs = []bench.Result{{Protocol: "trex", Regions: []bench.Region{{Name: "VA"}}}}; len(Figures(r)) > 0 {
		t.Errorf("%d figures of nothing", len(Figures(r)))
	}
}

func TestFormats(t *testing.T) {
	f := named(t, report("clients", 1, 2), "latency-throughput")
	var raster bytes.Buffer
	if err := f.Write(&raster, "png"); err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(&raster); err != nil || img.Bounds().Dx() != 1240 {
		t.Errorf("PNG: %v", err)
	}
	if err := f.Write(&raster, "gif"); err == nil {
		t.Error("an unknown format is no error")
	}
	inline, err := f.Inline()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Themes() {
		if strings.Contains(inline, s.Light()) {
			t.Errorf("%s is in the figure of a page, which no style sheet can change", s.Light())
		}
	}
	if !strings.Contains(inline, "var(--fig-a)") || !strings.HasPrefix(inline, "<svg viewBox") || strings.Contains(inline, "http") {
		t.Errorf("inline: %.300s", inline)
	}
}
