package workload

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

func (v Values) withDefaults() Values {
	if v.Kind == "" {
		v.Kind = Constant
	}
	if v.Kind == Constant && v.Size == 0 && !v.Empty {
		v.Size = defaultSize
	}
	if v.Kind == UniformSize || v.Kind == ZipfianSize || v.Kind == Lognormal {
		if v.Max == 0 {
			v.Max = 10 * defaultSize
		}
	}
	switch {
	case v.Kind == ZipfianSize && v.Theta == 0:
		v.Theta = theta
	case v.Kind == Lognormal && v.Median == 0:
		v.Median = math.Sqrt(float64(max(1, v.Min)) * float64(v.Max))
	}
	if v.Kind == Lognormal && v.Sigma == 0 {
		v.Sigma = 1
	}
	return v
}

func (v *Values) given() []named {
	empty := 0.0
	if v.Empty {
		empty = 1
	}
	return []named{
		{"size", float64(v.Size)}, {"empty", empty}, {"min", float64(v.Min)}, {"max", float64(v.Max)}, {"theta", v.Theta},
		{"median", v.Median}, {"sigma", v.Sigma}, {"sizes", float64(len(v.Sizes))},
	}
}

func (v Values) validate() error {
	kinds, kind := SizeKinds(), v.Kind
	if kind == "" {
		kind = Constant
	}
	i := slices.Index(names(kinds), string(kind))
	if i < 0 {
		return unknown("values", string(kind), names(kinds))
	}
	for _, n := range v.given() {
		if n.value != 0 && !slices.Contains(kinds[i].Settings, n.name) {
			return fmt.Errorf("workload: %s of values that are %s: it is for %s", n.name, kind, strings.Join(takers(kinds, n.name), ", "))
		}
	}
	d := v.withDefaults()
	switch {
	case v.Empty && v.Size != 0:
		return fmt.Errorf("workload: empty values of %d bytes: either", v.Size)
	case v.Size < 0 || v.Size > MaxValue:
		return fmt.Errorf("workload: values of %d bytes: want 0 to %d", v.Size, MaxValue)
	case v.Min < 0 || d.Max > MaxValue || d.Max < d.Min:
		return fmt.Errorf("workload: values of %d to %d bytes: want 0 to %d, the first at most the second", d.Min, d.Max, MaxValue)
	case !(v.Theta >= 0 && v.Theta < 1):
		return fmt.Errorf("workload: sizes with a theta of %v: want more than 0 and less than 1", v.Theta)
	case kind == Lognormal && !(d.Median >= 1 && d.Median >= float64(d.Min) && d.Median <= float64(d.Max)):
		return fmt.Errorf("workload: a median of %v bytes: want one between %d and %d", d.Median, max(1, d.Min), d.Max)
	case kind == Lognormal && !(d.Sigma > 0 && d.Sigma <= 10):
		return fmt.Errorf("workload: sizes with a sigma of %v: want more than 0, at most 10", d.Sigma)
	case kind == List:
		return v.validateList()
	}
	return nil
}

// maxSizes bounds a list, which is walked for every value.
const maxSizes = 64

func (v *Values) validateList() error {
	if len(v.Sizes) == 0 || len(v.Sizes) > maxSizes {
		return fmt.Errorf("workload: a list of %d sizes: want 1 to %d", len(v.Sizes), maxSizes)
	}
	total := 0.0
	for _, s := range v.Sizes {
		switch {
		case s.Bytes < 0 || s.Bytes > MaxValue:
			return fmt.Errorf("workload: values of %d bytes: want 0 to %d", s.Bytes, MaxValue)
		case !(s.Weight > 0) || math.IsInf(s.Weight, 0):
			return fmt.Errorf("workload: values of %d bytes with a weight of %v: want more than 0", s.Bytes, s.Weight)
		}
		total += s.Weight
	}
	if math.IsInf(total, 0) {
		return fmt.Errorf("workload: sizes with weights that sum to infinity")
	}
	return nil
}

// String tells of the sizes, for people.
func (v Values) String() string {
	v = v.withDefaults()
	switch v.Kind {
	case Constant:
		return fmt.Sprintf("%d-byte values", v.Size)
	case List:
		return fmt.Sprintf("values of %d sizes", len(v.Sizes))
	}
	return fmt.Sprintf("values of %d to %d bytes, %s", v.Min, v.Max, v.Kind)
}

// Longest is the size of the longest value.
func (v Values) Longest() int {
	v = v.withDefaults()
	longest := max(v.Size, v.Max)
	for _, s := range v.Sizes {
		longest = max(longest, s.Bytes)
	}
	return longest
}

// sizes draws them.
type sizes struct {
	Values
	total    float64 // of the weights
	zipf     zipf
	mu       float64 // of the logarithm
	from, to float64 // which part of the normal distribution is within the bounds
}

func (v Values) sizes() sizes {
	v = v.withDefaults()
	d := sizes{Values: v}
	switch v.Kind {
	case ZipfianSize:
		d.zipf = newZipf(uint64(v.Max-v.Min)+1, v.Theta)
	case Lognormal:
		d.mu = math.Log(v.Median)
		d.from = below((math.Log(max(0.5, float64(v.Min)-0.5)) - d.mu) / v.Sigma)
		d.to = below((math.Log(float64(v.Max)+0.5) - d.mu) / v.Sigma)
	}
	for _, s := range v.Sizes {
		d.total += s.Weight
	}
	return d
}

// of returns the size that goes with 64 random bits.
func (d *sizes) of(bits uint64) int {
	switch d.Kind {
	case Constant:
		return d.Size
	case UniformSize:
		return d.Min + below64(bits, uint64(d.Max-d.Min)+1)
	case ZipfianSize:
		return d.Min + int(d.zipf.draw(bits))
	case Lognormal:
		u := d.from + unit(bits)*(d.to-d.from)
		size := math.Round(math.Exp(d.mu + d.Sigma*math.Sqrt2*math.Erfinv(2*u-1)))
		return min(max(int(size), d.Min), d.Max)
	}
	at := unit(bits) * d.total
	for _, s := range d.Sizes {
		if at -= s.Weight; at < 0 {
			return s.Bytes
		}
	}
	return d.Sizes[len(d.Sizes)-1].Bytes // rounding
}

// mean is that of the sizes, computed from a thousand of them, spread evenly.
func (d *sizes) mean() float64 {
	const n = 1000
	sum := 0.0
	for i := range uint64(n) {
		sum += float64(d.of((2*i + 1) * (math.MaxUint64 / (2 * n))))
	}
	return sum / n
}

// MeanSize is the mean size of the values, to about a hundredth.
func (v Values) MeanSize() int {
	d := v.sizes()
	return int(math.Round(d.mean()))
}
