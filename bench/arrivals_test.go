package bench

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// arrival is an instant and whose it is.
type arrival struct {
	at   time.Duration
	lane int
}

// upto returns the arrivals before an instant.
func upto(s *Schedule, end time.Duration) []arrival {
	var out []arrival
	for {
		at, lane := s.Next()
		if at >= end {
			return out
		}
		out = append(out, arrival{at, lane})
	}
}

// The i-th of uniform arrivals is at i/rate, however many there were before.
func TestUniformArrivals(t *testing.T) {
	s := Arrivals{Kind: Evenly, From: 300_000, Lanes: 7}.Schedule()
	for i := range 3_000_000 {
		at, lane := s.Next()
		if want := time.Duration(math.Round(float64(i) * 1e9 / 300_000)); at != want || lane != i%7 {
			t.Fatalf("arrival %d: %v in lane %d, want %v in lane %d", i, at, lane, want, i%7)
		}
	}
}

// A ramp has as many arrivals as the mean of its rates says, and the more the later.
func TestRampsOfArrivals(t *testing.T) {
	for _, kind := range ArrivalKinds() {
		a := Arrivals{Kind: kind, From: 1000, To: 9000, Lead: 2 * time.Second, Over: 4 * time.Second, Seed: 3}
		for i, want := range []float64{1000, 1000, 2000, 4000, 6000, 8000, 9000, 9000} {
			from := time.Duration(i) * time.Second
			if mean := a.Mean(from, from+time.Second); math.Abs(mean-want) > 1e-6 {
				t.Errorf("%s, second %d: a mean of %v, want %v", kind, i, mean, want)
			}
		}
		counts := make([]float64, 8)
		for _, b := range upto(a.Schedule(), 8*time.Second) {
			counts[b.at/time.Second]++
		}
		for i, n := range counts {
			want := a.Mean(time.Duration(i)*time.Second, time.Duration(i+1)*time.Second)
			if tolerance := map[string]float64{Evenly: 1.01, Poisson: 4 * math.Sqrt(want)}[kind]; math.Abs(n-want) > tolerance {
				t.Errorf("%s, second %d: %v arrivals, want %v", kind, i, n, want)
			}
		}
		if a.Rate(0) != 1000 || a.Rate(4*time.Second) != 5000 || a.Rate(time.Minute) != 9000 {
			t.Errorf("rates %v, %v, %v", a.Rate(0), a.Rate(4*time.Second), a.Rate(time.Minute))
		}
	}
}

// Rule: arrivals whose rate is to move nowhere have one rate, at any time.
func TestMeanOfSteadyArrivals(t *testing.T) {
	a := Arrivals{From: 1000, Lead: time.Second, Over: 4 * time.Second}
	for _, at := range []time.Duration{0, 3 * time.Second, time.Minute} {
		if a.Rate(at) != 1000 || math.Abs(a.Mean(at, at+2*time.Second)-2000) > 1e-6 {
			t.Errorf("at %v: a rate of %v, a mean of %v in 2 s", at, a.Rate(at), a.Mean(at, at+2*time.Second))
		}
	}
}

// Gaps of Poisson arrivals deviate from their mean by as much as it is, and do not
// depend on each other; the counts of intervals have a variance like their mean.
func TestPoissonArrivals(t *testing.T) {
	const n = 200_000
	for _, parts := range []int{1, 4} {
		var all []arrival
		a := Arrivals{From: 10_000, Lanes: 6, Seed: 11}
		for part := range parts {
			all = append(all, upto(a.Part(part, parts), n/10_000*time.Second)...)
		}
		slices.SortFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
		if got := float64(len(all)); math.Abs(got-n) > 4*math.Sqrt(n) {
			t.Errorf("%d parts: %v arrivals, want %d", parts, got, n)
		}
		var mean, square, next float64
		for i := 2; i < len(all); i++ {
			gap, before := (all[i].at - all[i-1].at).Seconds(), (all[i-1].at - all[i-2].at).Seconds()
			mean += gap / n
			square += gap * gap / n
			next += gap * before / n
		}
		if cv := math.Sqrt(square-mean*mean) / mean; math.Abs(cv-1) > 0.02 {
			t.Errorf("%d parts: gaps deviate by %.3f of their mean, want 1", parts, cv)
		}
		if r := (next - mean*mean) / (mean * mean); math.Abs(r) > 0.02 {
			t.Errorf("%d parts: gaps depend on those before them by %.3f", parts, r)
		}
	}
}

// Lanes take turns, and parts share them out: all parts together are the whole.
func TestPartsOfArrivals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Arrivals{
			Kind: rapid.SampledFrom(ArrivalKinds()).Draw(t, "kind"), From: rapid.Float64Range(1, 1e5).Draw(t, "from"), To: rapid.Float64Range(1, 1e5).Draw(t, "to"),
			Lead: time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "lead")), Over: time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "over")),
			Lanes: rapid.IntRange(1, 9).Draw(t, "lanes"), Seed: rapid.Uint64().Draw(t, "seed"),
		}
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		parts, n := rapid.IntRange(1, 11).Draw(t, "parts"), 60
		var all []arrival
		for part := range parts {
			s, again, last := a.Part(part, parts), a.Part(part, parts), time.Duration(0)
			for i := range n {
				at, lane := s.Next()
				if at2, lane2 := again.Next(); at2 != at || lane2 != lane {
					t.Fatalf("part %d, arrival %d: %v in lane %d, and another time %v in lane %d", part, i, at, lane, at2, lane2)
				}
				if at == Never {
					if part < a.Lanes {
						t.Fatalf("part %d of %d has no lane", part, parts)
					}
					break
				}
				if at < last || lane%parts != part || lane >= a.Lanes {
					t.Fatalf("part %d: %v after %v, in lane %d of %d", part, at, last, lane, a.Lanes)
				}
				if i > 0 && a.Kind == Evenly {
					if sum := a.Mean(0, at); math.Abs(sum-math.Round(sum)) > 1e-3 {
						t.Fatalf("arrival at %v after a mean of %v", at, sum)
					}
				}
				last = at
				all = append(all, arrival{at, lane})
			}
		}
		if a.Kind == Poisson {
			return
		}
		slices.SortFunc(all, func(x, y arrival) int { return int(x.at - y.at) })
		whole := a.Schedule()
		for i := range n {
			if at, lane := whole.Next(); i < len(all) && (all[i].at != at || lane != i%a.Lanes) {
				t.Fatalf("arrival %d: %v of all parts, %v of the whole in lane %d", i, all[i].at, at, lane)
			}
		}
	})
}

// Another seed is another schedule, and so is that of another part.
func TestSeedsOfArrivals(t *testing.T) {
	a := Arrivals{From: 1000, Lanes: 2, Seed: 1}
	b := a
	b.Seed = 2
	first := func(s *Schedule) time.Duration { at, _ := s.Next(); return at }
	if x, y := first(a.Schedule()), first(b.Schedule()); x == y {
		t.Errorf("two seeds begin with %v", x)
	}
	if x, y := first(a.Part(0, 2)), first(a.Part(1, 2)); x == y {
		t.Errorf("two parts begin with %v", x)
	}
}

func TestArrivalsRefuse(t *testing.T) {
	for want, a := range map[string]Arrivals{
		"did you mean":          {Kind: "poison", From: 1},
		"want more than 0":      {},
		"at most 10000000":      {From: 2e7},
		"NaN":                   {From: math.NaN()},
		"-3 arrivals":           {From: 5, To: -3},
		"no negative times":     {From: 5, Over: -1},
		"want at least one":     {From: 5, Lanes: -1},
		"-5 to -5 arrivals":     {From: -5},
		"0 to 5 arrivals":       {To: 5},
		"+Inf arrivals a secon": {From: 1, To: math.Inf(1)},
	} {
		if err := a.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", a, err, want)
		}
	}
}

func BenchmarkSchedule(b *testing.B) {
	for name, a := range map[string]Arrivals{
		"uniform": {Kind: Evenly, From: 1e6, Lanes: 64}, "poisson": {From: 1e6, Lanes: 64},
		"poisson ramp": {From: 1e5, To: 1e6, Over: time.Hour, Lanes: 64},
	} {
		b.Run(name, func(b *testing.B) {
			s := a.Schedule()
			b.ReportAllocs()
			for b.Loop() {
				s.Next()
			}
		})
	}
}
