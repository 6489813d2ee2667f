// Package steal holds the policies by which an object moves: its owner counts from
// which zones it is asked, and says when another zone should own it. The names
// are those of the WPaxos paper (IEEE TPDS, 2020); zones are counted here, not
// nodes, no tie moves anything, and averages are kept for each zone.
package steal

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/wpaxos/place"
)

// Kind is a kind of policy.
type Kind uint8

// The kinds.
const (
	Null        Kind = iota + 1 // objects never move, unless their owner is away
	Consecutive                 // N hits in a row from one zone
	Majority                    // more than half of N hits from one zone
	Average                     // one moving average for each zone, with the weight Alpha of the newest hit; Gap above the owner's
	Immediate                   // whoever is asked takes the object, and the owner says nothing
)

var kindNames = [...]string{"", "null", "consecutive", "majority", "average", "immediate"}

// Usual is the policy of who asks for none: objects follow those who use them.
func Usual() Policy { return Policy{Kind: Consecutive, N: 3} }

// Policy says when an object moves. The zero value is none.
type Policy struct {
	Kind  Kind
	N     int
	Alpha float64
	Gap   float64
}

// maxN bounds the hits that a policy looks at.
const maxN = 1 << 16

// Validate reports figures that make no sense.
func (p Policy) Validate() error {
	switch {
	case p.Kind == 0 || int(p.Kind) >= len(kindNames):
		return fmt.Errorf("policy %d: want one of %v", p.Kind, kindNames[1:])
	case (p.Kind == Consecutive || p.Kind == Majority) && (p.N < 1 || p.N > maxN):
		return fmt.Errorf("policy %v: want 1 to %d hits", p, maxN)
	case p.Kind == Average && !(p.Alpha > 0 && p.Alpha <= 1 && p.Gap >= 0 && p.Gap < 1):
		return fmt.Errorf("policy %v: want a weight above 0, at most 1, and a gap from 0, below 1", p)
	}
	return nil
}

// String returns what [Parse] reads.
func (p Policy) String() string {
	switch p.Kind {
	case Consecutive, Majority:
		return fmt.Sprintf("%s:%d", kindNames[p.Kind], p.N)
	case Average:
		return fmt.Sprintf("average:%g,%g", p.Alpha, p.Gap)
	}
	if int(p.Kind) < len(kindNames) {
		return kindNames[p.Kind]
	}
	return fmt.Sprintf("policy(%d)", p.Kind)
}

// MarshalText writes what [Parse] reads.
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is [Parse].
func (p *Policy) UnmarshalText(text []byte) (err error) {
	*p, err = Parse(string(text))
	return err
}

// Parse reads a policy:
//
//	null                objects stay
//	immediate           whoever is asked takes the object
//	consecutive:N       N hits in a row from one zone
//	majority:N          more than half of N hits
//	average:ALPHA,GAP   moving averages: weight of the newest hit, lead over the owner's zone
func Parse(spec string) (Policy, error) {
	name, args, _ := strings.Cut(spec, ":")
	for kind, n := range kindNames {
		if n != name || kind == 0 {
			continue
		}
		p := Policy{Kind: Kind(kind)}
		var err error
		switch p.Kind {
		case Consecutive, Majority:
			p.N, err = strconv.Atoi(args)
		case Average:
			first, second, _ := strings.Cut(args, ",")
			p.Alpha, err = strconv.ParseFloat(first, 64)
			gap, gapErr := strconv.ParseFloat(second, 64)
			p.Gap, err = gap, cmp.Or(err, gapErr)
		default:
			if args != "" {
				err = strconv.ErrSyntax
			}
		}
		if err == nil {
			err = p.Validate()
		}
		if err == nil {
			return p, nil
		}
	}
	return Policy{}, fmt.Errorf("policy %q: want null, immediate, consecutive:N, majority:N or average:ALPHA,GAP with ALPHA in (0,1] and GAP in [0,1)", spec)
}

// Hits is what an owner remembers of the hits of one object. An object that is
// asked for only from its owner's zone needs none.
type Hits struct {
	Last time.Duration // when the last one came; the caller's

	zones []float32 // hits of the window, or the average, of each zone
	zone  int32     // of the latest hits in a row
	run   int32     // hits in a row, or in the window
}

// NewHits returns those of an object that was asked for only in its owner's zone.
// Zones are numbered from 0.
func NewHits(p Policy, own, zones int) *Hits {
	h := &Hits{zone: int32(own)}
	if p.Kind == Majority || p.Kind == Average {
		h.zones = make([]float32, zones)
	}
	if p.Kind == Average {
		h.zones[own] = 1
	}
	return h
}

// Counts reports whether the policy needs hits at all.
func (p Policy) Counts() bool {
	return p.Kind == Consecutive || p.Kind == Majority || p.Kind == Average
}

// Hit counts a hit from a zone, and returns the zone that should own the object:
// own unless it should move, which must pay within the time that it is expected to
// stay.
func (p Policy) Hit(h *Hits, zone, own int, places *place.Map, stay time.Duration) int {
	to, saved := own, 0.0
	switch p.Kind {
	case Consecutive:
		to, saved = h.consecutive(zone, own, p.N, places)
	case Majority:
		to, saved = h.majority(zone, own, p.N, places)
	case Average:
		to, saved = h.average(zone, own, p, places)
	}
	if !places.Pays(saved, to, stay) {
		return own
	}
	return to
}

// consecutive takes it that all hits will be from where the last ones were from.
func (h *Hits) consecutive(zone, own, n int, places *place.Map) (to int, saved float64) {
	if h.zone != int32(zone) {
		h.zone, h.run = int32(zone), 0
	}
	if h.run++; int(h.run) < n {
		return own, 0
	}
	h.run = 0
	return zone, float64(places.Trip(zone, own) + places.Commit(own) - places.Commit(zone))
}

func (h *Hits) majority(zone, own, n int, places *place.Map) (to int, saved float64) {
	h.zones[zone]++
	if h.run++; int(h.run) < n {
		return own, 0
	}
	to = own
	for z, hits := range h.zones {
		if 2*int(hits) > n {
			to = z
		}
	}
	saved = places.Latency(h.zones, own) - places.Latency(h.zones, to)
	clear(h.zones)
	h.run = 0
	return to, saved
}

// average finds the zone, of those that ask, where latency would be the least. With
// zones that are all as far from each other this is the one with the highest average,
// and what is saved is its lead over the owner's.
func (h *Hits) average(zone, own int, p Policy, places *place.Map) (to int, saved float64) {
	for z := range h.zones {
		h.zones[z] *= float32(1 - p.Alpha)
	}
	h.zones[zone] += float32(p.Alpha)
	to = own
	here := places.Latency(h.zones, own)
	for z, share := range h.zones {
		if less := here - places.Latency(h.zones, z); share > 0 && less > saved {
			to, saved = z, less
		}
	}
	if saved <= p.Gap*float64(places.Trip(own, to)) {
		return own, 0
	}
	return to, saved
}

// Settled reports whether the hits say no more than that the object is asked for
// in its owner's zone: then they may be dropped.
func (h *Hits) Settled(p Policy, own int) bool {
	switch p.Kind {
	case Consecutive:
		return h.zone == int32(own)
	case Majority:
		return h.run == 0
	case Average:
		return h.zones[own] > 0.99
	}
	return true
}
