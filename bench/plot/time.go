package plot

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate/bench"
)

// overTime draws how throughput and latency went on, with the faults that came
// between.
func overTime(r *runs) *Figure {
	f := &Figure{Name: "over-time", Title: "Throughput and latency over time"}
	groups, where := r.last()
	shown, told := latenciesOf(r, groups)
	f.Table.Header = append([]string{"", "s", "op/s"}, told...)
	var rates []*line
	took := make([][]*line, len(shown))
	for _, g := range groups {
		run := r.typical(g.members[0])
		if len(run.Series) < 3 {
			continue
		}
		rate := &line{style: r.style(g.name), unmarked: len(run.Series) > 25}
		slow := make([]*line, len(shown))
		for k := range slow {
			slow[k] = &line{style: rate.style, unmarked: rate.unmarked}
			took[k] = append(took[k], slow[k])
		}
		begin := 0.0
		for i, s := range run.Series {
			x := exactly((begin + s.Seconds) / 2)
			begin = s.Seconds
			rate.dots = append(rate.dots, dot{x, exactly(s.Throughput)})
			row := []string{g.name, digits(sane(s.Seconds), 4), digits(sane(s.Throughput), 4)}
			for k := range shown {
				ms := shown[k].at(run, i)
				if ms > 0 { // else nothing was executed
					slow[k].dots = append(slow[k].dots, dot{x, exactly(ms)})
				}
				row = append(row, digits(sane(ms), 4))
			}
			f.Table.add(row...)
		}
		rates = append(rates, rate)
		f.drawing.legend = append(f.drawing.legend, entry{g.name, rate.sample})
		f.mark(run)
	}
	if len(rates) == 0 {
		return nil
	}
	f.drawing.x = cover("seconds since measuring began", values(rates, xs), false)
	f.drawing.panels = panels([]measure{throughput()}, [][]*line{rates})
	for k := range shown {
		f.drawing.panels = append(f.drawing.panels, panels([]measure{{label: shown[k].label, log: true}}, took[k:k+1])...)
	}
	f.Caption = "Each point is of an interval, at its middle." + where + roundOf(r)
	if len(f.drawing.marks) > 0 {
		f.Caption += " Dashed: faults."
	}
	return f
}

// maxMarks bounds the faults that a figure shows.
const maxMarks = 12

// mark adds the faults of a run; what befell all alike is there once.
func (f *Figure) mark(run *bench.Result) {
	for _, m := range run.Marks {
		one := mark{m.Seconds, m.Label}
		if !slices.Contains(f.drawing.marks, one) && len(f.drawing.marks) < maxMarks {
			f.drawing.marks = append(f.drawing.marks, one)
		}
	}
}

// overTimeLatency is a latency of each interval.
type overTimeLatency struct {
	label string
	at    func(run *bench.Result, i int) float64 // in ms, 0 if nothing is known
}

// latenciesOf returns what runs tell of the latency in each interval, and their headings in a
// table: percentiles, or, where some know no more, means.
func latenciesOf(r *runs, groups []group) (shown []overTimeLatency, headings []string) {
	percentiles, means := true, false
	for _, g := range groups {
		run := r.typical(g.members[0])
		if len(run.Series) < 3 {
			continue
		}
		percentiles = percentiles && slices.ContainsFunc(run.Series, func(s bench.Sample) bool { return s.P99 > 0 })
		means = means || len(run.Regions) > 0
	}
	switch {
	case percentiles:
		return []overTimeLatency{
			{median().label, func(run *bench.Result, i int) float64 { return run.Series[i].P50 }},
			{percentile99().label, func(run *bench.Result, i int) float64 { return run.Series[i].P99 }},
		}, []string{"p50 ms", "p99 ms"}
	case means:
		return []overTimeLatency{{"mean latency (ms)", meanAt}}, []string{"mean ms"}
	}
	return nil, nil
}

// meanAt is the mean latency in an interval, as the regions tell.
func meanAt(run *bench.Result, i int) float64 {
	count, sum := 0.0, 0.0
	for _, g := range run.Regions {
		if i < len(g.Series) {
			count += g.Series[i].Throughput
			sum += g.Series[i].Throughput * g.Series[i].Mean
		}
	}
	if sum <= 0 {
		return 0
	}
	return sum / count
}

// distribution draws which share of the operations took how long at most: all of
// it above, and below, from above, the slowest.
func distribution(r *runs) *Figure {
	f := &Figure{Name: "latency-distribution", Title: "Distribution of latencies"}
	groups, where := r.last()
	f.Table.Header = []string{"", "share of operations", "took at most ms"}
	var whole, tail []*line
	for _, g := range groups {
		run := r.typical(g.members[0])
		if len(run.Distribution) < 2 {
			continue
		}
		w, t := &line{style: r.style(g.name), unmarked: true}, &line{style: r.style(g.name), unmarked: true}
		for _, s := range run.Distribution {
			w.dots = append(w.dots, dot{exactly(s.Millis), exactly(100 * s.Share)})
			if s.Share < 1 {
				t.dots = append(t.dots, dot{exactly(s.Millis), exactly(100 * (1 - s.Share))})
			}
			f.Table.add(g.name, fmt.Sprintf("%s %%", digits(sane(100*s.Share), 6)), digits(sane(s.Millis), 4))
		}
		whole, tail = append(whole, w), append(tail, t)
		f.drawing.legend = append(f.drawing.legend, entry{g.name, w.sample})
	}
	if len(whole) == 0 {
		return nil
	}
	f.drawing.x = cover("latency (ms)", values(whole, xs), true)
	f.drawing.panels = panels([]measure{{label: "% of the operations that took at most so long"}, {label: "% that took longer", log: true}}, [][]*line{whole, tail})
	f.drawing.panels[0].y.low, f.drawing.panels[0].y.high = 0, 100
	f.Caption = "The same numbers twice: the lower panel shows the slowest, one in a hundred at 1 and one in a thousand at 0.1." + where + roundOf(r)
	return f
}
