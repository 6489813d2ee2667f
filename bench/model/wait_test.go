package model

import (
	"math"
	"math/rand/v2"
	"testing"
)

func queues() []Queue { return []Queue{MM1, MD1, MG1, GG1} }

// By hand, with a mean service time of 1 and a load of a half: 1, 1/2, and between.
func TestWait(t *testing.T) {
	for _, test := range []struct {
		q    Queue
		s    Spread
		want float64
	}{
		{MM1, Spread{}, 1}, {MD1, Spread{}, 0.5}, {MG1, Spread{Service: 0.5}, 0.75}, {MG1, Spread{Service: 3}, 2},
		{GG1, Spread{Arrivals: 0.5, Service: 0.25}, 0.25 * 1.25 * 0.5625 / (1.0625) / 0.5},
		{GG1, Spread{}, 0}, // all alike: nobody meets anybody
	} {
		if got := test.q.Wait(0.5, 1, test.s); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%v %v: %v, want %v", test.q, test.s, got, test.want)
		}
	}
}

// What is so of every queue: more load, more waiting, none at none, and no end beyond
// the server's rate.
func TestWaitProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		service, s := math.Exp(rng.NormFloat64()), Spread{2 * rng.Float64(), 2 * rng.Float64()}
		for _, q := range queues() {
			last := 0.0
			for i := range 50 {
				rate := float64(i) / 50 / service
				w := q.Wait(rate, service, s)
				if w < last || math.IsInf(w, 0) || math.IsNaN(w) {
					t.Fatalf("%v %v: waits %v at a load of %v, and %v at less", q, s, w, rate*service, last)
				}
				last = w
			}
			if w := q.Wait(1e-9/service, service, s); w > 1e-6*service {
				t.Errorf("%v %v: waits %v without load", q, s, w)
			}
			if !math.IsInf(q.Wait(1.001/service, service, s), 1) || !math.IsInf(q.Wait(2/service, service, s), 1) {
				t.Errorf("%v: an end beyond the capacity", q)
			}
			// Time has no unit of its own.
			if a, b := q.Wait(0.6/service, service, s), service*q.Wait(0.6, 1, s); math.Abs(a-b) > 1e-9*a {
				t.Errorf("%v: %v in one unit and %v in another", q, a, b)
			}
		}
		rate := rng.Float64() / service
		same := func(name string, a, b float64) {
			if math.Abs(a-b) > 1e-9*(a+b) {
				t.Errorf("%s: %v and %v", name, a, b)
			}
		}
		same("M/G/1 of no variance is M/D/1", MG1.Wait(rate, service, Spread{}), MD1.Wait(rate, service, s))
		same("M/G/1 of exponential service is M/M/1", MG1.Wait(rate, service, Spread{Service: 1}), MM1.Wait(rate, service, s))
		same("Marchal's of random arrivals and exponential service is M/M/1", GG1.Wait(rate, service, Spread{1, 1}), MM1.Wait(rate, service, s))
		same("Marchal's of random arrivals is M/G/1", GG1.Wait(rate, service, Spread{1, s.Service}), MG1.Wait(rate, service, s))
	}
}

// Half of the time of an M/M/1 is known: it waits with probability ρ, and then
// exponentially.
func TestPercentile(t *testing.T) {
	if got := MM1.Percentile(0.5, 0.4, 1, Spread{}); got != 0 {
		t.Errorf("more than half do not wait, but the median is %v", got)
	}
	got := MM1.Percentile(0.99, 0.5, 1, Spread{})
	if want := math.Log(0.5/0.01) / (1 - 0.5); math.Abs(got-want) > 1e-9 {
		t.Errorf("p99 %v, want %v", got, want)
	}
	// Mean of the distribution is the mean wait.
	sum, steps := 0.0, 100000
	for i := range steps {
		sum += MD1.Percentile((float64(i)+0.5)/float64(steps), 0.8, 2, Spread{}) / float64(steps)
	}
	if want := MD1.Wait(0.8, 2, Spread{}); math.Abs(sum/want-1) > 1e-2 {
		t.Errorf("the percentiles' mean is %v, want %v", sum, want)
	}
}

// Blom's approximation and many draws agree; the last of many is late, the middle one
// average.
func TestNth(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	trips := DataCentre()
	for n := 1; n <= 8; n++ {
		for k := 1; k <= n; k++ {
			exact, drawn := trips.Nth(k, n), trips.Sample(k, n, 4000, rng)
			if math.Abs(exact-drawn) > 0.06*trips.Deviation {
				t.Errorf("%d of %d: %v, drawn %v", k, n, exact, drawn)
			}
		}
		if n%2 == 1 && math.Abs(trips.Nth((n+1)/2, n)-trips.Mean) > 1e-12 {
			t.Errorf("the middle one of %d is not average", n)
		}
	}
	if trips.Nth(0, 4) != 0 || trips.Nth(9, 4) != trips.Nth(4, 4) || trips.Sample(0, 4, 10, rng) != 0 {
		t.Error("none, or more than there are")
	}
}
