package plot

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench"
)

// report is of two protocols in three regions, one of which nobody used.
func report() *bench.Report {
	r := bench.NewReport()
	policies := []string{"", "null", "majority:5"}
	for i, protocol := range []string{"paxos", "wpaxos", "wpaxos"} {
		run := bench.Result{Protocol: protocol, Policy: policies[i], Series: []bench.Sample{{Seconds: 1}, {Seconds: 2}}}
		for j, name := range []string{"VA", "CA", "IR"} {
			g := bench.Region{Name: name, Leader: i == 0 && j == 0}
			if j < 2 {
				g.Operations, g.Latency = 10, bench.Latency{Mean: 100 / float64(1+i), P99: 200}
				g.Series = []bench.RegionSample{{Seconds: 1, Throughput: 5, Mean: 30}, {Seconds: 2, Throughput: float64(5 * (1 + j)), Mean: float64(60 * (1 + j))}}
			}
			run.Regions = append(run.Regions, g)
		}
		r.Runs = append(r.Runs, run)
	}
	return r
}

func TestFigures(t *testing.T) {
	figures := Figures(report())
	if len(figures) != 2 {
		t.Fatalf("%d figures, want regions and latency over time", len(figures))
	}
	for _, f := range figures {
		var raster, vector bytes.Buffer
		if err := f.Write(&raster, "png"); err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(&raster); err != nil || img.Bounds().Dx() < 300 {
			t.Errorf("%s: %v", f.Name, err)
		}
		if err := f.Write(&vector, "svg"); err != nil {
			t.Fatal(err)
		}
		want := []string{">paxos", ">wpaxos null<", ">wpaxos majority:5<"}
		if f.Name == "regions" {
			want = append(want, ">paxos, led from VA<", ">VA<", ">CA<", ">IR<", ">33<") // the mean of the last
		}
		for _, text := range want {
			if !strings.Contains(vector.String(), text) {
				t.Errorf("%s does not say %s", f.Name, text)
			}
		}
		if err := f.Write(&vector, "jpg of sorts"); err == nil {
			t.Error("an unknown format is no error")
		}
	}
}

// Of an interval every operation counts alike, whatever region it was in.
func TestMeans(t *testing.T) {
	points := means(&report().Runs[0])
	if len(points) != 2 || points[0].Y != 30 || points[1].X != 2 || points[1].Y != 100 {
		t.Errorf("%v, want 30 and then 100 ms", points)
	}
}

// Where there are no regions, or nothing was done, there is nothing to draw.
func TestNothingToDraw(t *testing.T) {
	r := bench.NewReport()
	r.Runs = []bench.Result{{Protocol: "paxos"}, {Protocol: "trex", Regions: []bench.Region{{Name: "VA"}}}}
	if figures := Figures(r); len(figures) > 0 {
		t.Errorf("%d figures of nothing", len(figures))
	}
}

func TestDecades(t *testing.T) {
	var labels []string
	for _, tick := range (decades{}).Ticks(0.9, 60) {
		if tick.Label != "" {
			labels = append(labels, tick.Label)
		}
	}
	if got := strings.Join(labels, " "); got != "1 2 5 10 20 50" {
		t.Errorf("labels %s", got)
	}
	if n := number(math.Pi); n != "3.1" || number(123.4) != "123" {
		t.Errorf("numbers %s, %s", n, number(123.4))
	}
}
