package model

import (
	"fmt"
	"math"
)

// Queue is a kind of queue in front of one server: how arrivals and service times
// spread.
type Queue int

// The queues, in Kendall's notation. A rate beyond the server's is an infinite wait.
const (
	MM1 Queue = iota // random arrivals, service times that spread exponentially
	MD1              // random arrivals, service times that are all alike
	MG1              // random arrivals, service times of any variance: Pollaczek and Khinchine
	GG1              // any variances: Marchal's approximation
)

var queueNames = [...]string{"M/M/1", "M/D/1", "M/G/1", "G/G/1"}

// String is the name in Kendall's notation.
func (q Queue) String() string {
	if q < 0 || int(q) >= len(queueNames) {
		return fmt.Sprintf("queue %d", int(q))
	}
	return queueNames[q]
}

// Spread is how much arrivals and service times vary: squared coefficients of
// variation, the variance over the square of the mean. 0 is not at all, 1 is as times
// do that are exponentially distributed.
type Spread struct{ Arrivals, Service float64 }

// Wait returns the mean time in the queue, before service begins, in the unit of the
// mean service time; rate is of arrivals per that unit. MM1 and MD1 have a spread of
// their own, and MG1 looks at that of the service only. The formulas are those of the
// paper's section 3 and, of GG1, of its program: W = L/λ with
//
//	L = ρ²(1+Cs)(Ca+ρ²Cs) / (2(1−ρ)(1+ρ²Cs))
func (q Queue) Wait(rate, service float64, s Spread) float64 {
	rho := rate * service
	switch {
	case !(rate > 0) || !(service > 0):
		return 0
	case rho >= 1:
		return math.Inf(1)
	}
	switch q {
	case MM1:
		return rho * service / (1 - rho)
	case MD1:
		return rho * service / (2 * (1 - rho))
	case MG1:
		return rho * service * (1 + s.Service) / (2 * (1 - rho))
	default:
		r := rho * rho * s.Service
		return rho * rho * (1 + s.Service) * (s.Arrivals + r) / (2 * (1 - rho) * (1 + r)) / rate
	}
}

// Percentile returns the time in the queue that the share q of the arrivals does not
// exceed. An arrival waits with probability ρ, and then for an exponentially
// distributed time of the right mean: exact for MM1, and for the others what heavy
// traffic tends to (Kingman, "The single server queue in heavy traffic", 1961).
func (q Queue) Percentile(share, rate, service float64, s Spread) float64 {
	mean, rho := q.Wait(rate, service, s), rate*service
	if mean == 0 || share <= 1-rho {
		return 0
	}
	return mean / rho * math.Log(rho/(1-share))
}
