package plot

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// axis is one of a panel, or the one that panels above each other share.
type axis struct {
	label string
	low   float64
	high  float64
	log   bool
	ticks []tick // nil for round numbers
}

// tick is a number, or a word, at a place of an axis.
type tick struct {
	at    float64
	label string
}

// Numbers beyond these are drawn at the edge: no measurement is there, and the
// arithmetic of scales must not overflow.
const (
	least = 1e-6
	most  = 1e15
)

// sane brings any number into what can be drawn.
func sane(x float64) float64 {
	if math.IsNaN(x) || math.Abs(x) < least/1e3 {
		return 0
	}
	return max(-most, min(x, most))
}

// place is where a value lies, from 0 to 1.
func (a *axis) place(x float64) float64 {
	low, high, x := a.low, a.high, sane(x)
	if a.log {
		low, high, x = math.Log10(low), math.Log10(high), math.Log10(max(x, least))
	}
	return max(0, min(1, (x-low)/(high-low)))
}

// cover returns an axis over all values: a logarithmic one where it is wanted and
// they are positive and spread over more than one order of magnitude.
func cover(label string, values []float64, log bool) axis {
	a := axis{label: label, low: math.Inf(1), high: math.Inf(-1)}
	positive := math.Inf(1)
	for _, v := range values {
		v = sane(v)
		a.low, a.high = min(a.low, v), max(a.high, v)
		if v > 0 {
			positive = min(positive, v)
		}
	}
	if len(values) == 0 {
		a.low, a.high = 0, 1
	}
	if log && a.low >= 0 && a.high > 0 && a.high/max(positive, least) >= 8 {
		a.log, a.low, a.high = true, outwards(max(positive, least), -1), outwards(max(a.high, least), 1)
		return a
	}
	a.low = min(0, a.low)
	if a.high <= a.low {
		a.high = a.low + 1
	}
	step := nice((a.high - a.low) / 5)
	a.low, a.high = step*math.Floor(a.low/step), step*math.Ceil(a.high/step-1e-9)
	return a
}

// outwards returns the next number of 1, 2, 5, 10, 20, … below or above.
func outwards(x float64, sign int) float64 {
	decade := math.Pow10(int(math.Floor(math.Log10(x))))
	all := []float64{1, 2, 5, 10}
	if sign > 0 {
		for _, m := range all {
			if m*decade >= x*0.9999 {
				return m * decade
			}
		}
		return 10 * decade
	}
	for _, m := range slices.Backward(all) {
		if m*decade <= x*1.0001 {
			return m * decade
		}
	}
	return decade
}

// nice returns the round number nearest above a step.
func nice(step float64) float64 {
	if step <= 0 || math.IsInf(step, 0) {
		return 1
	}
	return outwards(step, 1)
}

// marks returns the ticks: the axis' own, or round numbers.
func (a *axis) marks() []tick {
	if a.ticks != nil {
		return a.ticks
	}
	var ticks []tick
	if !a.log {
		step := nice((a.high - a.low) / 5)
		for i := math.Ceil(a.low/step - 1e-9); i*step <= a.high+step*1e-9 && len(ticks) < 20; i++ {
			ticks = append(ticks, tick{i * step, short(i * step)})
		}
		return ticks
	}
	from, to := int(math.Floor(math.Log10(a.low)+1e-9)), int(math.Ceil(math.Log10(a.high)-1e-9))
	every, fine := max(1, (to-from+5)/6), math.Log10(a.high/a.low) <= 2.7
	for e := from; e <= to; e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow10(e)
			if v < a.low*0.9999 || v > a.high*1.0001 || m > 1 && !fine || (e-from)%every != 0 {
				continue
			}
			ticks = append(ticks, tick{v, short(v)})
		}
	}
	return ticks
}

// short writes a number in few characters: 12k, 0.05.
func short(x float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(x) >= unit.size*(1-1e-9) {
			if unit.name == "k" {
				unit.size = 1e3
			}
			return digits(x/unit.size, 3) + unit.name
		}
	}
	return digits(x, 4)
}

// digits writes a number with so many digits that matter, without an exponent.
func digits(x float64, n int) string {
	if x == 0 {
		return "0"
	}
	places := max(0, n-1-int(math.Floor(math.Log10(math.Abs(x)))))
	s := strconv.FormatFloat(x, 'f', min(places, 9), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
