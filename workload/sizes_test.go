package workload

import (
	"bytes"
	"math"
	"testing"
)

func TestSizes(t *testing.T) {
	lognormal := func(median, sigma float64, lo, hi int) []float64 {
		return weightsOf(hi+1, func(i int) float64 {
			if i < lo {
				return 0
			}
			at := func(x float64) float64 { return below((math.Log(x) - math.Log(median)) / sigma) }
			return at(float64(i)+0.5) - at(float64(i)-0.5)
		})
	}
	for name, test := range map[string]struct {
		v       Values
		weights []float64
		mean    float64
	}{
		"constant":             {Values{Size: 7}, append(make([]float64, 7), 1), 7},
		"empty":                {Values{Empty: true}, []float64{1}, 0},
		"uniform":              {Values{Kind: UniformSize, Min: 3, Max: 12}, weightsOf(13, func(i int) float64 { return float64(min(1, i/3)) }), 7.5},
		"one":                  {Values{Kind: UniformSize, Min: 12, Max: 12}, append(make([]float64, 12), 1), 12},
		"list":                 {Values{Kind: List, Sizes: []Size{{2, 1}, {0, 2}, {4, 1}}}, []float64{2, 0, 1, 0, 1}, 1.5},
		"zipfian":              {Values{Kind: ZipfianSize, Min: 10, Max: 11}, append(make([]float64, 10), 1, math.Pow(2, -0.99)), 10.33},
		"zipfian, less so":     {Values{Kind: ZipfianSize, Min: 10, Max: 11, Theta: 0.5}, append(make([]float64, 10), 1, math.Pow(2, -0.5)), 10.41},
		"lognormal, cut":       {Values{Kind: Lognormal, Min: 10, Max: 12, Median: 11, Sigma: 0.3}, lognormal(11, 0.3, 10, 12), 11},
		"lognormal":            {Values{Kind: Lognormal, Min: 20, Max: 200, Median: 50, Sigma: 0.7}, lognormal(50, 0.7, 20, 200), 64},
		"lognormal, far below": {Values{Kind: Lognormal, Min: 0, Max: 30, Median: 1, Sigma: 2}, nil, 4.5},
	} {
		d := test.v.sizes()
		counts := make([]int, test.v.Longest()+1)
		for i := range uint64(draws) {
			counts[d.of(mix(i))]++ // a size beyond the longest would panic
		}
		if test.weights != nil {
			chi2(t, name, counts, test.weights)
			for size, w := range test.weights {
				if w == 0 && counts[size] > 0 {
					t.Errorf("%s: %d values of %d bytes", name, counts[size], size)
				}
			}
		}
		if got := d.mean(); math.Abs(got-test.mean) > 0.05*test.mean+0.5 {
			t.Errorf("%s: mean size %v, want %v", name, got, test.mean)
		}
	}
	if got := (Values{}).MeanSize(); got != 100 {
		t.Errorf("%d bytes by default", got)
	}
}

// The history's short form of a value tells every damage, also where values differ in
// size.
func TestAbridgedValuesTellDamage(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 17, 31, 32, 33, 100, 1000} {
		constant := plan(t, Spec{Values: Values{Size: size, Empty: size == 0}}, Run{})
		list := plan(t, Spec{Values: Values{Kind: List, Sizes: []Size{{size, 1}, {size + 50, 1e-9}}}}, Run{Seed: 5})
		for i, p := range []*Plan{constant, list} {
			value := appendValue(nil, stampOf(7, 1234567), size)
			if len(value) != size {
				t.Fatalf("a value of %d bytes, want %d", len(value), size)
			}
			kept := string(p.Abridge(value))
			if len(kept) > Stamp {
				t.Errorf("of %d bytes %d are kept", size, len(kept))
			}
			for i := range value {
				damaged := bytes.Clone(value)
				damaged[i] ^= 1
				if string(p.Abridge(damaged)) == kept {
					t.Fatalf("of %d bytes, a damage of byte %d is not seen", size, i)
				}
				if string(p.Abridge(value[:i])) == kept {
					t.Fatalf("of %d bytes, a cut to %d is not seen", size, i)
				}
			}
			if string(p.Abridge(append(bytes.Clone(value), 'x'))) == kept {
				t.Errorf("plan %d, of %d bytes, a byte too many is not seen", i, size)
			}
			if size >= Stamp { // a repetition more, as if it had been written that way
				if long := appendValue(nil, stampOf(7, 1234567), size+Stamp); string(p.Abridge(long)) == kept {
					t.Errorf("plan %d, of %d bytes, %d more are not seen", i, size, Stamp)
				}
			}
		}
	}
}

// A value is written once in a run: by one client, at one time.
func TestValuesOfStreamsAreUnique(t *testing.T) {
	p := plan(t, Spec{Operations: Operations{Put: 1, Modify: 1}, Values: Values{Kind: UniformSize, Min: Stamp, Max: 40}, Load: LoadAll, Keys: 50}, Run{Clients: 20, Prefix: "k"})
	seen := map[string]bool{}
	for client := range 20 {
		s := p.Stream(client)
		check := func(op Op) {
			if op.Value == nil {
				return
			}
			if mark := string(p.Abridge(op.Value)); len(mark) != Stamp || seen[mark] {
				t.Fatalf("client %d writes %q, which is none or was written before", client, op.Value)
			} else {
				seen[mark] = true
			}
		}
		for op, ok := s.Load(nil); ok; op, ok = s.Load(nil) {
			check(op)
		}
		for range 200 {
			op := s.Next(0, nil)
			check(op)
			s.Ended(op.Kind, op.Key, true, 1)
		}
	}
}
