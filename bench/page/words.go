package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

// verdict is what was found of all histories.
type verdict struct {
	Class string // "good", "bad" or "open"
	Text  string
}

func verdictOf(r *bench.Report) verdict {
	count := map[string]int{}
	var broken []string
	for i := range r.Runs {
		count[r.Runs[i].Linearizable]++
		if r.Runs[i].Linearizable == "violation" {
			broken = append(broken, name(r, i))
		}
	}
	n := len(r.Runs)
	switch {
	case len(broken) > 0:
		return verdict{"bad", fmt.Sprintf("Not linearizable: %d of %d histories, of %s.", len(broken), n, list(first(broken, 5)))}
	case n == 1 && count["ok"] == n:
		return verdict{"good", "The history is linearizable."}
	case n == 2 && count["ok"] == n:
		return verdict{"good", "Both histories are linearizable."}
	case n > 0 && count["ok"] == n:
		return verdict{"good", fmt.Sprintf("All %d histories are linearizable.", n)}
	}
	return verdict{"open", fmt.Sprintf("%d of %d histories are known to be linearizable; of the others nothing is known.", count["ok"], n)}
}

// first cuts a list of names.
func first(names []string, n int) []string {
	if len(names) <= n {
		return names
	}
	return append(names[:n:n], fmt.Sprintf("%d others", len(names)-n))
}

// name is a run's in a sentence.
func name(r *bench.Report, i int) string {
	run := &r.Runs[i]
	cell := run.Cell
	if cell == "" {
		cell = r.Label(i)
	}
	if run.Round > 0 {
		return at(cell, run.Points) + fmt.Sprintf(", round %d", run.Round)
	}
	return at(cell, run.Points)
}

func at(cell string, points []bench.Point) string {
	if len(points) == 0 {
		return cell
	}
	return cell + " at " + where(points)
}

func where(points []bench.Point) string {
	var words []string
	for _, p := range points {
		words = append(words, p.Name+" "+p.Value)
	}
	return strings.Join(words, ", ")
}

// pair is two cells at one point.
type pair struct {
	a, b  *study.Summary
	ratio float64 // of b's throughput to a's
	sure  bool    // that it is no noise
	few   bool    // runs, so that nobody can tell
}

// inWords says who is faster by how much, and whether that may be noise. Every cell
// is compared with the first.
func inWords(all []study.Summary) []string {
	var cells []string
	groups := map[string][]*study.Summary{}
	for i := range all {
		if s := &all[i]; len(groups[s.Cell]) == 0 {
			cells = append(cells, s.Cell)
		}
		groups[all[i].Cell] = append(groups[all[i].Cell], &all[i])
	}
	var sentences []string
	for i, cell := range cells {
		if i == 0 || i > 8 {
			continue
		}
		sentences = append(sentences, compare(groups[cells[0]], groups[cell])...)
	}
	if len(cells) == 1 {
		sentences = alone(groups[cells[0]])
	}
	return sentences
}

// compare compares two cells at the points that both have.
func compare(as, bs []*study.Summary) []string {
	var pairs []pair
	for _, a := range as {
		for _, b := range bs {
			if where(a.Points) == where(b.Points) && a.Throughput.Median > 0 && b.Throughput.Median > 0 {
				pairs = append(pairs, pairOf(a, b))
			}
		}
	}
	switch {
	case len(pairs) == 0:
		return nil
	case len(pairs) == 1:
		return []string{pairs[0].sentence()}
	}
	more, less, same := 0, 0, 0
	best, worst := 0, 0
	for i, p := range pairs {
		switch {
		case !p.sure && !p.few:
			same++
		case p.ratio > 1:
			more++
		default:
			less++
		}
		if p.ratio > pairs[best].ratio {
			best = i
		}
		if p.ratio < pairs[worst].ratio {
			worst = i
		}
	}
	out := fmt.Sprintf("%s against %s, at %d points: more throughput at %s, less at %s", pairs[0].b.Cell, pairs[0].a.Cell, len(pairs), ofThem(more), ofThem(less))
	if same > 0 {
		out += fmt.Sprintf(", a difference within the noise at %s", ofThem(same))
	}
	if best == worst {
		return []string{out + ". " + pairs[best].sentence()}
	}
	return []string{out + ".", "At its best, " + pairs[best].sentence(), "At its worst, " + pairs[worst].sentence()}
}

func pairOf(a, b *study.Summary) pair {
	d := study.Compare(a, b, study.Figures()[0])
	return pair{a: a, b: b, ratio: b.Throughput.Median / a.Throughput.Median, sure: d.Significant(), few: !d.Enough}
}

// sentence is one that a person would say.
func (p *pair) sentence() string {
	at := ""
	if len(p.a.Points) > 0 {
		at = " at " + where(p.a.Points)
	}
	var how string
	switch percent := 100 * (p.ratio - 1); {
	case p.ratio >= 2:
		how = fmt.Sprintf("has %s times the throughput of %s", figureOf(p.ratio), p.a.Cell)
	case math.Abs(percent) < 0.5:
		how = fmt.Sprintf("has the throughput of %s, within half a percent", p.a.Cell)
	case percent > 0:
		how = fmt.Sprintf("has %.0f %% more throughput than %s", percent, p.a.Cell)
	default:
		how = fmt.Sprintf("has %.0f %% less throughput than %s", -percent, p.a.Cell)
	}
	out := fmt.Sprintf("%s %s%s: %s against %s op/s, with a median latency of %s against %s ms.", p.b.Cell, how, at,
		figureOf(p.b.Throughput.Median), figureOf(p.a.Throughput.Median), figureOf(p.b.P50.Median), figureOf(p.a.P50.Median))
	switch {
	case p.few:
		return out + fmt.Sprintf(" So few rounds (%d) cannot tell that from chance.", min(p.a.Throughput.N, p.b.Throughput.N))
	case p.sure:
		return out + " That is more than the noise between rounds."
	}
	return out + " That is within the noise between rounds."
}

// alone tells of a report of one cell.
func alone(all []*study.Summary) []string {
	best := all[0]
	for _, s := range all {
		if s.Throughput.Median > best.Throughput.Median {
			best = s
		}
	}
	lead := at(best.Cell, best.Points) + ": "
	if len(all) > 1 {
		lead = "The most throughput, of " + fmt.Sprint(len(all)) + " points, is that of " + lead
	}
	return []string{lead + fmt.Sprintf("%s op/s, with a median latency of %s ms and a 99th percentile of %s ms.", figureOf(best.Throughput.Median), figureOf(best.P50.Median), figureOf(best.P99.Median))}
}

// figureOf writes a number with the digits that matter.
func figureOf(x float64) string {
	switch {
	case math.Abs(x) >= 1e15 || x != x:
		return fmt.Sprintf("%.3g", x)
	case math.Abs(x) >= 100:
		return thousands(x)
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	case math.Abs(x) >= 0.1 || x == 0:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// thousands groups the digits of a whole number.
func thousands(x float64) string {
	s := fmt.Sprintf("%.0f", math.Abs(x))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if x < 0 {
		return "-" + s
	}
	return s
}

// ofThem says how many of some points, so that nobody takes the number for the place of one.
func ofThem(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of them", n)
}
