package workload

import (
	"math"
	"math/bits"
)

// unit turns 64 random bits into a number between 0 and 1, neither of them.
func unit(word uint64) float64 { return (float64(word>>12) + 0.5) / (1 << 52) }

// below64 turns 64 random bits into a number below n.
func below64(word, n uint64) int {
	high, _ := bits.Mul64(word, n)
	return int(high)
}

// power is math.Pow of a positive x, to fewer digits and in half the time.
func power(x, y float64) float64 { return math.Exp(y * math.Log(x)) }

// mix turns a word into another one that looks like chance: the finalizer of
// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// zipf draws ranks below n by the approximation of Gray et al. ("Quickly Generating
// Billion-Record Synthetic Databases", SIGMOD 1994), which YCSB uses: rank i has about
// a share in proportion to 1/(i+1) to the power of theta, the first two exactly.
type zipf struct {
	n           float64
	zeta        float64 // the sum of all those powers
	second      float64 // of the first two
	eta, beyond float64
}

func newZipf(n uint64, theta float64) zipf {
	z := zipf{n: float64(n), zeta: zeta(n, theta), second: 1 + math.Pow(0.5, theta), beyond: 1 / (1 - theta)}
	z.eta = (1 - math.Pow(2/z.n, 1-theta)) / (1 - z.second/z.zeta)
	return z
}

func (z *zipf) draw(word uint64) uint64 {
	u := unit(word)
	switch uz := u * z.zeta; {
	case uz < 1 || z.n < 2:
		return 0
	case uz < z.second || z.n < 3:
		return 1
	}
	rank := z.n * power(z.eta*u-z.eta+1, z.beyond)
	return uint64(min(max(rank, 0), z.n-1))
}

// zeta sums 1/i to the power of theta for i from 1 to n, with Euler and Maclaurin's
// formula beyond the first thousand, where it is exact to a double's last digits.
func zeta(n uint64, theta float64) float64 {
	const exact = 1000
	sum := 0.0
	for i := uint64(1); i <= min(n, exact); i++ {
		sum += math.Pow(float64(i), -theta)
	}
	if n <= exact {
		return sum
	}
	a, b := float64(exact), float64(n)
	at := func(x float64) float64 { return math.Pow(x, -theta) }
	sum += (math.Pow(b, 1-theta) - math.Pow(a, 1-theta)) / (1 - theta) // the integral
	sum += (at(b) - at(a)) / 2
	return sum - theta*(at(b)/b-at(a)/a)/12
}

// scatter is FNV-1a of the eight bytes of a rank, lowest first, without its sign: where
// YCSB puts it.
func scatter(rank uint64) uint64 {
	hash := uint64(0xcbf29ce484222325)
	for range 8 {
		hash = (hash ^ rank&0xff) * 0x100000001b3
		rank >>= 8
	}
	if signed := int64(hash); signed < 0 {
		return uint64(-signed)
	}
	return hash
}

// powers draws numbers k below n with a share in proportion to (v+k) to the power of
// -s, exactly, by rejection-inversion (Hörmann and Derflinger, "Rejection-Inversion to
// Generate Variates from Monotone Discrete Distributions", ACM TOMACS 1996).
type powers struct {
	s, v       float64
	low, high  float64 // of the integral
	cut        float64 // numbers that lie no further above are taken unseen
	n          float64
	power      float64 // 1-s
	logarithms bool    // s is 1
}

func newPowers(n int, s, v float64) powers {
	p := powers{s: s, v: v, n: float64(n), power: 1 - s, logarithms: math.Abs(1-s) < 1e-9}
	p.low = p.integral(0.5) - p.density(0)
	p.high = p.integral(p.n - 0.5)
	p.cut = 1 - p.inverse(p.integral(1.5)-p.density(1))
	return p
}

// density is 1 for key 0, so that no power of v is too small for a double.
func (p *powers) density(x float64) float64 { return power(1+x/p.v, -p.s) }

// integral is one of the density.
func (p *powers) integral(x float64) float64 {
	if p.logarithms {
		return p.v * math.Log(1+x/p.v)
	}
	return p.v * power(1+x/p.v, p.power) / p.power
}

func (p *powers) inverse(y float64) float64 {
	if p.logarithms {
		return p.v * (math.Exp(y/p.v) - 1)
	}
	return p.v * (power(y*p.power/p.v, 1/p.power) - 1)
}

// draw takes further bits, where it needs some, from those it got.
func (p *powers) draw(word uint64) int {
	for range 64 { // of two draws, one or more are taken
		u := p.high + unit(word)*(p.low-p.high)
		x := p.inverse(u)
		k := math.Floor(x + 0.5)
		if k >= 0 && k < p.n && (k-x <= p.cut || u >= p.integral(k+0.5)-p.density(k)) {
			return int(k)
		}
		word = mix(word)
	}
	return 0
}
