package model

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Trips are round trips to other members, normally distributed, in milliseconds.
type Trips struct{ Mean, Deviation float64 }

// DataCentre returns the round trips within a region that the paper measured
// (section 3; 0.427 ms in the mean, with a deviation of 0.0476 ms).
func DataCentre() Trips { return Trips{0.427, 0.0476} }

// Nth returns how long it takes in the mean until k of n members have answered: the
// k-th order statistic of n normal variables, as Blom approximates it ("Statistical
// Estimates and Transformed Beta-Variables", 1958). 0 for none.
func (t Trips) Nth(k, n int) float64 {
	if k <= 0 || n <= 0 {
		return 0
	}
	k = min(k, n)
	p := (float64(k) - 0.375) / (float64(n) + 0.25)
	return t.Mean + t.Deviation*distuv.UnitNormal.Quantile(p)
}

// Sample returns the same from draws, as the paper's program does it with 200.
func (t Trips) Sample(k, n, draws int, rng *rand.Rand) float64 {
	if k <= 0 || n <= 0 || draws <= 0 {
		return 0
	}
	k = min(k, n)
	sum, all := 0.0, make([]float64, n)
	for range draws {
		for i := range all {
			all[i] = t.Mean + t.Deviation*rng.NormFloat64()
		}
		slices.Sort(all)
		sum += all[k-1]
	}
	return sum / float64(draws)
}
