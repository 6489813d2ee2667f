package workload

import (
	"math"
	"math/rand/v2"
	"testing"
)

func locality(t *testing.T, share float64, keys, zones, zone int) Locality {
	t.Helper()
	l, err := NewLocality(share, keys, zones, zone)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// counts draws keys.
func counts(l Locality, keys, draws int, moved float64) []int {
	n, rng := make([]int, keys), rand.New(rand.NewPCG(1, 2))
	for range draws {
		n[l.Draw(rng.Uint64(), moved)]++
	}
	return n
}

// The figures of the published evaluation: 1000 keys, five zones.
func TestPublishedDeviations(t *testing.T) {
	for sigma, want := range map[float64]float64{100: 0.6827, 50: 0.9545} {
		if got := localityOf(sigma/1000, 5); math.Abs(got-want) > 1e-4 {
			t.Errorf("a deviation of %v keys: locality %v, want %v", sigma, got, want)
		}
		if got := locality(t, want, 1000, 5, 0).Sigma; math.Abs(got-sigma) > 0.02 {
			t.Errorf("locality %v: a deviation of %v keys, want %v", want, got, sigma)
		}
	}
	if got := locality(t, 0.7, 1000, 5, 0).Sigma; math.Abs(got-96.5) > 0.1 {
		t.Errorf("locality 0.7: a deviation of %v keys", got)
	}
}

// What is drawn has the locality that was asked for: the share of two neighbours'
// operations that they do not have in common, key by key.
func TestLocalityOfWhatIsDrawn(t *testing.T) {
	const keys, draws = 300, 200_000
	for _, zones := range []int{2, 3, 5, 8} {
		for _, want := range []float64{0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95} {
			a, b := counts(locality(t, want, keys, zones, 0), keys, draws, 0), counts(locality(t, want, keys, zones, 1), keys, draws, 0)
			common, home := 0, 0
			for key := range keys {
				common += min(a[key], b[key])
				if Home(key, keys, zones) == 0 {
					home += a[key]
				}
			}
			// Chance makes two samples of one distribution differ by about a
			// hundredth; whole keys, by another at the edges.
			if got := 1 - float64(common)/draws; math.Abs(got-want) > 0.03 {
				t.Errorf("%d zones: locality %v, want %v", zones, got, want)
			}
			share := want
			if zones == 2 {
				share = (1 + want) / 2
			}
			if got := float64(home) / draws; (want >= 0.7 || zones == 2) && math.Abs(got-share) > 0.03 {
				t.Errorf("%d zones, locality %v: a share of %v on home keys, want %v", zones, want, got, share)
			}
		}
	}
}

// The mean is where it should be, and moves along the ring, round its end.
func TestLocalityMoves(t *testing.T) {
	const keys = 100
	for zone, want := range []int{0, 25, 50, 75} {
		for _, moved := range []float64{0, 10, 40, 100, 1e6 + 30} {
			n := counts(locality(t, 0.99, keys, 4, zone), keys, 20_000, moved)
			x, y := 0.0, 0.0
			for key, count := range n {
				at := 2 * math.Pi * float64(key) / keys
				x, y = x+float64(count)*math.Cos(at), y+float64(count)*math.Sin(at)
			}
			got := math.Mod(math.Atan2(y, x)/2/math.Pi*keys+keys, keys)
			off := math.Mod(got-float64(want)-moved+1.5*keys+1e6, keys) - keys/2
			if math.Abs(off) > 0.5 {
				t.Errorf("zone %d, moved by %v: mean %v, off by %v", zone, moved, got, off)
			}
		}
	}
}

func TestLocalityOfOneKeyEach(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for zone := range 5 {
		l := locality(t, 1, 1000, 5, zone)
		for range 1000 {
			if key := l.Draw(rng.Uint64(), 3); key != 200*zone+3 {
				t.Fatalf("zone %d uses key %d", zone, key)
			}
		}
	}
}

// Any bits give a key.
func TestLocalityStaysOnTheRing(t *testing.T) {
	for _, share := range []float64{0, 1e-9, 0.5, 0.999, 1} {
		for _, keys := range []int{1, 2, 7, 1000} {
			l := locality(t, share, keys, 3, 2)
			for _, bits := range []uint64{0, 1, 1 << 52, 1<<63 - 1, 1 << 63, math.MaxUint64} {
				for _, moved := range []float64{0, 0.5, 1e12} {
					if key := l.Draw(bits, moved); key < 0 || key >= keys {
						t.Errorf("locality %v of %d keys: %x gives %d", share, keys, bits, key)
					}
				}
			}
		}
	}
}

func TestHomes(t *testing.T) {
	n := make([]int, 5)
	for key := range 1000 {
		n[Home(key, 1000, 5)]++
	}
	for zone, got := range n {
		if got != 200 || Home(200*zone, 1000, 5) != zone {
			t.Errorf("zone %d has %d home keys; its mean is at home in %d", zone, got, Home(200*zone, 1000, 5))
		}
	}
	if Home(999, 1000, 5) != 0 || Home(1, 2, 3) != 2 || Home(0, 1, 1) != 0 {
		t.Error("a key at the ring's end is at home elsewhere")
	}
}

func TestLocalityValidate(t *testing.T) {
	for _, test := range []struct {
		share             float64
		keys, zones, zone int
	}{{-0.1, 10, 2, 0}, {1.1, 10, 2, 0}, {math.NaN(), 10, 2, 0}, {0.5, 10, 1, 0}, {0.5, 0, 2, 0}, {0.5, 10, 2, 2}, {0.5, 10, 2, -1}, {0, 10, 0, 0}} {
		if _, err := NewLocality(test.share, test.keys, test.zones, test.zone); err == nil {
			t.Errorf("%+v is accepted", test)
		}
	}
	if _, err := NewLocality(0, 10, 1, 0); err != nil {
		t.Error(err)
	}
}
