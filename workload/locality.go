package workload

import (
	"fmt"
	"math"
)

// Locality is how the operations of one zone spread over the keys, which lie on a
// ring: normally, around a mean. The means of the zones lie equally far from each
// other, and all have the same deviation, which a locality L stands for:
//
//	L = 1 - the area that the densities of two neighbouring zones have in common
//
// That is the workload of the evaluation of WPaxos (Ailijiang, Charapko, Demirbas
// and Kosar, IEEE TPDS 2020), where 1000 keys and five zones with a deviation of
// 100 keys are about 70 % local, and with one of 50 about 95 %. Here they are 0.683
// and 0.954. At 0 all zones use all keys alike, at 1 each uses one key alone.
//
// Keys that lie nearer to a zone's mean than to any other are its home keys. Of
// three zones or more, and from an L of about 0.7 on, the share of operations on home
// keys is L, too: what is left goes to keys that a neighbour uses more. Two zones are
// each other's neighbours on both sides, so of their operations (1+L)/2 are on home
// keys.
type Locality struct {
	Mean  float64 // a key's number; between two keys, too
	Sigma float64 // the deviation in keys; infinite if all keys are used alike
	keys  float64
}

// NewLocality returns the distribution of a zone, counted from 0, that has the given
// locality.
func NewLocality(locality float64, keys, zones, zone int) (Locality, error) {
	if !(locality >= 0 && locality <= 1) { // not a number, too
		return Locality{}, fmt.Errorf("a locality of %v: want 0 to 1", locality)
	}
	if locality > 0 && zones < 2 {
		return Locality{}, fmt.Errorf("a locality of %v in %d zone: want at least 2 zones", locality, zones)
	}
	if keys < 1 || zones < 1 || zone < 0 || zone >= zones {
		return Locality{}, fmt.Errorf("a locality in zone %d of %d, of %d keys: want at least one of each", zone+1, zones, keys)
	}
	l := Locality{Mean: float64(keys) * float64(zone) / float64(zones), Sigma: math.Inf(1), keys: float64(keys)}
	if locality > 0 {
		l.Sigma = float64(keys) * deviation(locality, zones)
	}
	return l, nil
}

// deviation returns the deviation, in rings, that gives a locality. Beyond one ring
// all is even, to eight digits.
func deviation(locality float64, zones int) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		mid := (low + high) / 2
		if localityOf(mid, zones) > locality {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// localityOf returns the locality that a deviation in rings gives. The densities of
// two zones meet half way between their means, on either side of the ring. Between
// there and there, around its own mean, a zone has more than the other; how much more
// is what they do not have in common. What both have on the flanks of that stretch is
// the same, so what counts is the gap around the mean, and that on the ring's far side.
func localityOf(sigma float64, zones int) float64 {
	half := 1 / (2 * float64(zones))
	return around(0, half, sigma) - around(0.5, half, sigma)
}

// around returns the probability that a normal variable on a ring of length one, of
// mean 0, is within half of the center.
func around(center, half, sigma float64) float64 {
	p, turns := 0.0, math.Ceil(8*sigma)+1
	for turn := -turns; turn <= turns; turn++ {
		at := center + turn
		p += below((at+half)/sigma) - below((at-half)/sigma)
	}
	return p
}

// below is the standard normal distribution.
func below(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// Draw returns a key, chosen by 64 random bits. All means have moved along the ring by
// so many keys meanwhile. Processors that round otherwise choose another key only for
// bits that lie within some 1e-13 of the edge between two.
func (l Locality) Draw(bits uint64, moved float64) int {
	u := (float64(bits>>12) + 0.5) / (1 << 52) // between 0 and 1, neither of them
	at := u * l.keys
	if l.Sigma < l.keys {
		at = l.Mean + moved + float64(l.Sigma*math.Sqrt2*math.Erfinv(2*u-1))
	}
	key := math.Mod(math.Round(at), l.keys)
	if key < 0 {
		key += l.keys
	}
	return int(key)
}

// Home returns the zone, counted from 0, whose home key a key is before anything has
// moved.
func Home(key, keys, zones int) int {
	return int(math.Round(float64(key)*float64(zones)/float64(keys))) % zones
}
