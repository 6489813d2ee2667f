package study

import (
	"fmt"
	"slices"

	"golang.org/x/perf/benchmath"
	"gonum.org/v1/gonum/stat/combin"
)

// Alpha is how often a difference is taken for one where there is none.
const Alpha = 0.05

// Difference is how one summary's figure differs from another's.
type Difference struct {
	// Ratio is the second to the first: the median of the ratios within each round,
	// where the same happened to both, or that of the medians if the runs were not
	// made round by round. N is 0 if there is none.
	Ratio Estimate
	// P is how likely so great a difference of ranks is where there is none, by the
	// test of Mann and Whitney, which assumes nothing of how measurements are distributed.
	P float64
	// Enough is false if there are so few runs that P can never get below Alpha.
	Enough bool
}

// Compare compares b with a. Rounds are paired only if both are of one study.
func Compare(a, b *Summary, f Figure) Difference {
	xs, ys := a.values(f), b.values(f)
	var d Difference
	d.P, d.Enough = Test(xs, ys)
	if a.report == b.report {
		d.Ratio = EstimateOf(ratios(a.rounds(f), b.rounds(f)))
	}
	if x, y := EstimateOf(xs), EstimateOf(ys); d.Ratio.N == 0 && x.N > 0 && y.N > 0 && x.Median > 0 {
		q := y.Median / x.Median
		d.Ratio = Estimate{Median: q, Low: q, High: q, N: min(x.N, y.N)}
	}
	return d
}

func ratios(a, b map[int]float64) []float64 {
	var qs []float64
	for round, x := range a {
		if y, both := b[round]; both && round > 0 && x > 0 {
			qs = append(qs, y/x)
		}
	}
	slices.Sort(qs)
	return qs
}

// Test returns the p value of the Mann-Whitney U test, exact for up to 50 measurements
// each, and whether there are enough of them for it ever to be below Alpha.
func Test(xs, ys []float64) (p float64, enough bool) {
	n, m := len(xs), len(ys)
	if n == 0 || m == 0 {
		return 1, false
	}
	sample := func(xs []float64) *benchmath.Sample {
		return benchmath.NewSample(slices.Clone(xs), &benchmath.Thresholds{CompareAlpha: Alpha})
	}
	p = benchmath.AssumeNothing.Compare(sample(xs), sample(ys)).P
	// The most extreme order, one all above the other, has one chance in all orders
	// on each side.
	least := 2 / combin.GeneralizedBinomial(float64(n+m), float64(n))
	return p, least < Alpha
}

// Significant reports whether the difference is more than noise.
func (d Difference) Significant() bool { return d.Enough && d.P < Alpha }

// String is "0.012" or "noise", and "few" if there are too few runs to tell.
func (d Difference) String() string {
	switch {
	case !d.Enough:
		return "few"
	case !d.Significant():
		return "noise"
	case d.P < 0.001:
		return "<.001"
	}
	return fmt.Sprintf("%.3f", d.P)
}
