package bench

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate/internal/spelling"
)

// Kinds of arrivals.
const (
	Poisson = "poisson" // independent of each other, as of many users: gaps are exponential
	Evenly  = "uniform" // equally far from each other
)

// ArrivalKinds returns the words for Arrivals.Kind.
func ArrivalKinds() []string { return []string{Poisson, Evenly} }

// MaxRate bounds arrivals a second.
const MaxRate = 1e7

// Never is an instant at which nothing arrives.
const Never = time.Duration(math.MaxInt64)

// Arrivals says when the calls of an open loop are meant to begin: whatever became
// of earlier ones. It is data alone, without a clock: the same Arrivals have the same
// instants in any world.
type Arrivals struct {
	// Kind is one of ArrivalKinds. Zero is Poisson.
	Kind string
	// From is the number of arrivals a second for the time Lead, from which it moves
	// evenly to To in the time Over, and there it stays. Zero To is From.
	From, To   float64
	Lead, Over time.Duration
	// Lanes is how many clients share the arrivals. They take turns. Zero is 1.
	Lanes int
	// Seed fixes the gaps.
	Seed uint64
}

func (a Arrivals) withDefaults() Arrivals {
	a.Kind = cmp.Or(a.Kind, Poisson)
	a.To = cmp.Or(a.To, a.From)
	a.Lanes = cmp.Or(a.Lanes, 1)
	return a
}

// Validate reports the first setting that makes no sense.
func (a Arrivals) Validate() error {
	a = a.withDefaults()
	switch {
	case !slices.Contains(ArrivalKinds(), a.Kind):
		return fmt.Errorf("bench: arrivals %q: want %s%s", a.Kind, Poisson+" or "+Evenly, spelling.Hint(a.Kind, ArrivalKinds(), ""))
	case !(a.From > 0 && a.From <= MaxRate && a.To > 0 && a.To <= MaxRate): // nor a number that is none
		return fmt.Errorf("bench: %v to %v arrivals a second: want more than 0 and at most %.0f", a.From, a.To, MaxRate)
	case a.Lead < 0 || a.Over < 0:
		return fmt.Errorf("bench: arrivals change their rate after %v, for %v: want no negative times", a.Lead, a.Over)
	case a.Lanes < 0:
		return fmt.Errorf("bench: arrivals for %d clients: want at least one", a.Lanes)
	}
	return nil
}

// Mean returns how many arrivals are expected between two instants.
func (a Arrivals) Mean(from, upto time.Duration) float64 {
	a = a.withDefaults()
	return a.sum(upto.Seconds()) - a.sum(from.Seconds())
}

// Rate returns how many arrivals a second are expected at an instant.
func (a Arrivals) Rate(at time.Duration) float64 {
	a = a.withDefaults()
	switch t := at - a.Lead; {
	case t <= 0:
		return a.From
	case t >= a.Over:
		return a.To
	default:
		return a.From + (a.To-a.From)*t.Seconds()/a.Over.Seconds()
	}
}

// sum is the integral of the rate, from 0 on.
func (a Arrivals) sum(t float64) float64 {
	lead, over := a.Lead.Seconds(), a.Over.Seconds()
	switch {
	case t <= lead:
		return a.From * t
	case t >= lead+over:
		return a.From*lead + (a.From+a.To)/2*over + a.To*(t-lead-over)
	}
	u := t - lead
	return a.From*lead + a.From*u + (a.To-a.From)/over*u*u/2
}

// Schedule is the instants of some Arrivals, or of a part of them, one by one.
type Schedule struct {
	a           Arrivals
	part, parts int
	rng         *rand.Rand // of Poisson arrivals
	scale       float64    // of their gaps, in arrivals of all parts
	turn        int        // which lane is next, counted within the part
	round       float64    // how often all lanes had their turn
	sum         float64    // arrivals of all parts until now, as the rate has it
	base, steep float64    // the sum when the ramp begins, and twice its slope
	whole       float64    // the sum when the ramp ends
	lead, over  float64
	per         float64 // nanoseconds for an arrival while the rate is From
}

// Part returns the arrivals of one of so many parts: of the lanes part, part+parts,
// and so on. All parts together are the Arrivals, whoever generates them, and a part
// draws from its own generator, so that they can be generated at once. Arrivals must
// be valid; parts beyond the number of lanes are empty.
func (a Arrivals) Part(part, parts int) *Schedule {
	a = a.withDefaults()
	s := &Schedule{a: a, part: part, parts: parts, lead: a.Lead.Seconds(), over: a.Over.Seconds(), per: 1e9 / a.From}
	s.base = a.From * s.lead
	s.whole = s.base + (a.From+a.To)/2*s.over
	if s.over > 0 {
		s.steep = 2 * (a.To - a.From) / s.over
	}
	if lanes := s.lanes(); lanes > 0 {
		s.scale = float64(a.Lanes) / float64(lanes)
	}
	if a.Kind == Poisson {
		s.rng = rand.New(rand.NewPCG(a.Seed, arrivalStream|uint64(part)))
	}
	return s
}

// arrivalStream keeps the generators of arrivals apart from those of what the clients
// ask for.
const arrivalStream = 0xa771_0000_0000_0000

// Schedule returns all arrivals as one.
func (a Arrivals) Schedule() *Schedule { return a.Part(0, 1) }

// lanes is how many lanes the part has.
func (s *Schedule) lanes() int {
	if s.part >= s.a.Lanes {
		return 0
	}
	return (s.a.Lanes - s.part + s.parts - 1) / s.parts
}

// Next returns the next arrival: when, since the clients began, and in which lane. It
// never goes back in time. It is Never if there are no more.
func (s *Schedule) Next() (at time.Duration, lane int) {
	lane = s.part + s.turn*s.parts
	if lane >= s.a.Lanes {
		if s.turn == 0 {
			return Never, 0
		}
		s.turn, lane = 0, s.part
		s.round++
	}
	s.turn++
	if s.rng != nil {
		s.sum += s.scale * s.rng.ExpFloat64()
		return s.when(s.sum), lane
	}
	return s.when(s.round*float64(s.a.Lanes) + float64(lane)), lane
}

// when returns the instant at which so many arrivals were to be.
func (s *Schedule) when(sum float64) time.Duration {
	switch {
	case sum <= s.base || s.a.From == s.a.To:
		return time.Duration(math.Round(sum * s.per))
	case sum >= s.whole:
		return time.Duration(math.Round((s.lead + s.over + (sum-s.whole)/s.a.To) * 1e9))
	}
	// The root of From*u + (To-From)/over*u*u/2 = y that has no difference of large numbers.
	y := sum - s.base
	u := 2 * y / (s.a.From + math.Sqrt(max(0, s.a.From*s.a.From+s.steep*y)))
	return time.Duration(math.Round((s.lead + u) * 1e9))
}
