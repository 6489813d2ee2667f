package workload

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

func plan(t testing.TB, s Spec, run Run) *Plan {
	t.Helper()
	p, err := s.Plan(run)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// number returns that of a key.
func number(t testing.TB, key string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimLeft(key, "k"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// drawn counts the keys that a client of a Spec draws.
func drawn(t testing.TB, s Spec, run Run, client, n int, now time.Duration) []int {
	t.Helper()
	p := plan(t, s, run)
	counts, stream := make([]int, p.Spec().Keys), p.Stream(client)
	for range n {
		counts[number(t, stream.Next(now, nil).Key)]++
	}
	return counts
}

// chi2 reports whether counts fit weights: five standard deviations of what is left
// to chance. Cells of which few are expected count together.
func chi2(t *testing.T, what string, counts []int, weights []float64) {
	t.Helper()
	total, sum := 0, 0.0
	for i, n := range counts {
		total += n
		sum += weights[i]
	}
	x, cells, rest, wanted := 0.0, 0, 0.0, 0.0
	for i, n := range counts {
		rest += float64(n)
		wanted += weights[i] / sum * float64(total)
		if wanted >= 10 || i == len(counts)-1 && wanted > 0 {
			x += (rest - wanted) * (rest - wanted) / wanted
			cells++
			rest, wanted = 0, 0
		}
	}
	if d := float64(cells - 1); x > d+5*math.Sqrt(2*d)+5 {
		t.Errorf("%s: chi-square %.1f of %d cells", what, x, cells)
	}
}

func weightsOf(n int, f func(i int) float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = f(i)
	}
	return w
}

const draws = 40_000

func TestDistributions(t *testing.T) {
	normal := func(mean, sigma float64, keys int) []float64 {
		return weightsOf(keys, func(i int) float64 {
			sum := 0.0
			for turn := -3; turn <= 3; turn++ {
				at := float64(i+turn*keys) - mean
				sum += below((at+0.5)/sigma) - below((at-0.5)/sigma)
			}
			return sum
		})
	}
	for name, test := range map[string]struct {
		d       Distribution
		keys    int
		now     time.Duration
		weights []float64
	}{
		"uniform":                {Distribution{}, 50, 0, weightsOf(50, func(int) float64 { return 1 })},
		"uniform, hot":           {Distribution{Hot: 0.5, HotKeys: 5}, 50, 0, weightsOf(50, func(i int) float64 { return []float64{1. / 45, 1. / 5}[min(1, max(0, 5-i))] })},
		"one key":                {Distribution{}, 1, 0, []float64{1}},
		"normal":                 {Distribution{Kind: Normal, Mu: 30, Sigma: 8}, 100, 0, normal(30, 8, 100)},
		"normal, round the end":  {Distribution{Kind: Normal, Mu: 1, Sigma: 5}, 40, 0, normal(1, 5, 40)},
		"normal, moved":          {Distribution{Kind: Normal, Mu: 30, Sigma: 8, Speed: 2}, 100, 10 * time.Second, normal(50, 8, 100)},
		"normal by default":      {Distribution{Kind: Normal}, 1000, 0, normal(0, 60, 1000)},
		"exponential":            {Distribution{Kind: Exponential, Lambda: 0.05}, 60, 0, weightsOf(60, func(i int) float64 { return math.Exp(-0.05 * float64(i)) })},
		"exponential by default": {Distribution{Kind: Exponential}, 1000, 0, weightsOf(1000, func(i int) float64 { return math.Exp(-0.01 * float64(i)) })},
		"zipfian s=2":            {Distribution{Kind: Zipfian, S: 2}, 1000, 0, weightsOf(1000, func(i int) float64 { return math.Pow(1+float64(i), -2) })},
		"zipfian s=1":            {Distribution{Kind: Zipfian, S: 1, V: 3}, 200, 0, weightsOf(200, func(i int) float64 { return 1 / (3 + float64(i)) })},
		"zipfian s=1.2 v=10":     {Distribution{Kind: Zipfian, S: 1.2, V: 10}, 200, 0, weightsOf(200, func(i int) float64 { return math.Pow(10+float64(i), -1.2) })},
		"zipfian s=3":            {Distribution{Kind: Zipfian, S: 3}, 4, 0, []float64{1, 1. / 8, 1. / 27, 1. / 64}},
		"zipfian s=0.5":          {Distribution{Kind: Zipfian, S: 0.5, V: 1}, 200, 0, weightsOf(200, func(i int) float64 { return math.Pow(1+float64(i), -0.5) })},
		"zipfian s=100 v=1e9":    {Distribution{Kind: Zipfian, S: 100, V: 1e9}, 50, 0, weightsOf(50, func(int) float64 { return 1 })},
		"zipfian, hot":           {Distribution{Kind: Zipfian, S: 2, Hot: 0.25, HotKeys: 1}, 30, 0, append([]float64{0.25 * 1.6119}, weightsOf(29, func(i int) float64 { return 0.75 * math.Pow(1+float64(i), -2) })...)},
	} {
		chi2(t, name, drawn(t, Spec{Keys: test.keys, Distribution: test.d}, Run{Clients: 3, Prefix: "k", Seed: 7}, 1, draws, test.now), test.weights)
	}
}

// Each zone has a mean of its own.
func TestMeansOfZones(t *testing.T) {
	d := Distribution{Kind: Normal, Sigma: 2, Means: []float64{10, 50, 90}}
	for client := range 6 {
		counts := drawn(t, Spec{Keys: 100, Distribution: d}, Run{Clients: 6, Zones: 3, Prefix: "k"}, client, 1000, 0)
		inside := 0
		for key := int(d.Means[client%3]) - 9; key <= int(d.Means[client%3])+9; key++ {
			inside += counts[key]
		}
		if inside < 995 {
			t.Errorf("client %d: %d of 1000 around its mean", client, inside)
		}
	}
}

// YCSB's zipfian: the ranks' shares are those of the formula, as near as it comes, and
// scattered, the most popular one is where YCSB puts it.
func TestZipfianOfYCSB(t *testing.T) {
	counts := drawn(t, Spec{Keys: 1000, Distribution: Distribution{Kind: Zipfian, Plain: true}}, Run{Prefix: "k"}, 0, draws, 0)
	z := zeta(1000, 0.99)
	for rank := range 2 { // exact
		if want := math.Pow(1+float64(rank), -0.99) / z; !near(counts[rank], draws, want) {
			t.Errorf("rank %d: %d of %d, want a share of %v", rank, counts[rank], draws, want)
		}
	}
	for _, upto := range []int{10, 100, 500} { // approximately: Gray's formula is off by a few per cent
		sum := 0
		for _, n := range counts[:upto] {
			sum += n
		}
		if got, want := float64(sum)/draws, zeta(uint64(upto), 0.99)/z; math.Abs(got-want) > 0.03 {
			t.Errorf("the first %d: a share of %v, want %v", upto, got, want)
		}
	}
	counts = drawn(t, Spec{Keys: 1000, Distribution: Distribution{Kind: Zipfian}}, Run{Prefix: "k"}, 0, draws, 0)
	first := int(scatter(0) % 1000)
	if slices.Index(counts, slices.Max(counts)) != first || !near(counts[first], draws, 1/26.469+0.0008) {
		t.Errorf("key %d is drawn %d times, key %d most often", first, counts[first], slices.Index(counts, slices.Max(counts)))
	}
}

// What YCSB's own source has.
func TestConstantsOfYCSB(t *testing.T) {
	if got := zeta(scattered, 0.99); math.Abs(got-26.46902820178302) > 1e-8 {
		t.Errorf("zeta %v", got)
	}
	for n, want := range map[uint64]float64{1: 1, 2: 1 + 1/math.Sqrt2, 1000: 61.80100876524318, 2000: 87.9936} {
		if got := zeta(n, 0.5); math.Abs(got-want) > 1e-3 {
			t.Errorf("zeta(%d) %v, want %v", n, got, want)
		}
	}
	slow := 0.0
	for i := 1; i <= 50_000; i++ {
		slow += math.Pow(float64(i), -0.7)
	}
	if got := zeta(50_000, 0.7); math.Abs(got-slow) > 1e-8 {
		t.Errorf("zeta %v, want %v", got, slow)
	}
	// FNV-1a of eight zero bytes, whose sign is lost.
	if got := scatter(0); got != 0xa8c7f832281a39c5 && got != ^uint64(0xa8c7f832281a39c5)+1 {
		t.Errorf("%x", got)
	}
}

// All clients together go through the keys in their order.
func TestOrder(t *testing.T) {
	p := plan(t, Spec{Keys: 7, Distribution: Distribution{Kind: Order}}, Run{Clients: 3, Prefix: "k"})
	streams := []*Stream{p.Stream(0), p.Stream(1), p.Stream(2)}
	for i := range 50 {
		if key := number(t, streams[i%3].Next(0, nil).Key); key != i%7 {
			t.Fatalf("operation %d is on key %d", i, key)
		}
	}
}

// Private keys are private, and never the one that all share.
func TestConflictKeys(t *testing.T) {
	const clients = 4
	run := Run{Clients: clients, Prefix: "k"}
	for _, test := range []struct{ keys, own int }{{0, 1}, {5, 1}, {13, 3}, {15, 3}} {
		users := map[int]int{}
		for client := range clients {
			counts := drawn(t, Spec{Keys: test.keys, Distribution: Distribution{Kind: Conflict, Conflicts: 0.3}}, run, client, 10_000, 0)
			if !near(counts[0], 10_000, 0.3) {
				t.Errorf("%d keys: %d of 10000 on the shared one", test.keys, counts[0])
			}
			own := 0
			for key, n := range counts[1:] {
				if n > 0 {
					users[key]++
					own++
				}
				if n > 0 && !near(n, 10_000, 0.7/float64(test.own)) {
					t.Errorf("%d keys: %d of 10000 on key %d", test.keys, n, key+1)
				}
			}
			if own != test.own {
				t.Errorf("%d keys: client %d has %d, want %d", test.keys, client, own, test.own)
			}
		}
		for key, n := range users {
			if n != 1 {
				t.Errorf("%d keys: key %d has %d users", test.keys, key+1, n)
			}
		}
	}
}

// New records take the places of the oldest, and reads find the newest most often,
// whoever wrote them.
func TestLatest(t *testing.T) {
	const keys = 100
	p := plan(t, Spec{Keys: keys, Distribution: Distribution{Kind: Latest}, Operations: Operations{Get: 0.9, Put: 0.1}}, Run{Clients: 2, Prefix: "k"})
	a, b := p.Stream(0), p.Stream(1)
	puts, ages := 0, make([]int, keys)
	for i := range 2 * draws {
		s := a
		if i%2 == 1 {
			s = b
		}
		op := s.Next(0, nil)
		key := number(t, op.Key)
		if op.Kind == quorate.OpPut {
			if key != puts%keys {
				t.Fatalf("put %d is of key %d", puts, key)
			}
			puts++
			continue
		}
		ages[(puts-1-key+2*keys*draws)%keys]++
	}
	reads := 2*draws - puts
	if z := zeta(keys, 0.99); !near(ages[0], reads, 1/z) || !near(ages[1], reads, math.Pow(2, -0.99)/z) {
		t.Errorf("reads by age %v", ages)
	}
	for _, test := range []struct{ newer, older int }{{0, 1}, {1, 3}, {3, 9}, {9, 30}, {30, 90}} {
		if ages[test.newer] <= ages[test.older] {
			t.Errorf("%d reads of age %d, %d of age %d", ages[test.newer], test.newer, ages[test.older], test.older)
		}
	}
}

// Another mix keeps the keys.
func TestMixOfSpecKeepsKeys(t *testing.T) {
	for _, kind := range []Kind{Uniform, Zipfian, Normal, Exponential, Conflict, Order} {
		run := Run{Clients: 2, Prefix: "k"}
		d := Distribution{Kind: kind}
		a := plan(t, Spec{Distribution: d, Operations: Operations{Put: 1}}, run).Stream(1)
		b := plan(t, Spec{Distribution: d, Operations: Operations{Get: 3, Delete: 1, PutIf: 5}, Reads: Reads{Log: 1, Local: 1}}, run).Stream(1)
		for i := range 200 {
			if x, y := a.Next(0, nil).Key, b.Next(0, nil).Key; x != y {
				t.Fatalf("%s: operation %d is on %s and on %s", kind, i, x, y)
			}
		}
	}
}
