package study

import (
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence is that of all intervals.
const Confidence = 0.95

// Estimate is the median of what several runs measured, with an interval that
// covers the true median with the Confidence, whatever the distribution: its ends
// are two of the measurements (David and Nagaraja, Order Statistics, 7.1).
type Estimate struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	N      int     `json:"n"` // measurements
	// Exact is false where there are too few for such an interval: then Low and High
	// are the least and the greatest.
	Exact bool `json:"exact"`
}

// EstimateOf returns the estimate from measurements; zero if there are none.
func EstimateOf(xs []float64) Estimate {
	n := len(xs)
	if n == 0 {
		return Estimate{}
	}
	xs = slices.Sorted(slices.Values(xs))
	e := Estimate{Median: (xs[(n-1)/2] + xs[n/2]) / 2, Low: xs[0], High: xs[n-1], N: n}
	// The k-th least and the k-th greatest miss the median if fewer than k of all
	// are on one side of it.
	below := distuv.Binomial{N: float64(n), P: 0.5}
	for k := 1; 2*k <= n && 2*below.CDF(float64(k-1)) <= 1-Confidence; k++ {
		e.Low, e.High, e.Exact = xs[k-1], xs[n-k], true
	}
	return e
}
