package model

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// Wide is an [Engine] whose zones lie in regions far apart, each with its clients.
type Wide struct {
	Engine Engine
	WAN    nemesis.Latencies
	Lead   int // number of the zone with the leader, of protocols that have one; zero is 1
	// Local is the share of requests that, with WPaxos, are for what the zone of the
	// client owns; the others go to the owner, who may be in any other zone alike.
	Local float64
	// Jitter is how much longer a message takes at most, in milliseconds: half of it
	// in the mean.
	Jitter float64
}

// trip is a round trip between zones, from 0 on, in milliseconds.
func (w Wide) trip(a, b int) float64 {
	return 2*float64(w.WAN.Between(a, b))/float64(time.Millisecond) + w.Jitter
}

// near is how long a member waits for votes of its own zone.
func (w Wide) near(zone, k int) float64 {
	if k <= 0 {
		return 0
	}
	return w.trip(zone, zone)
}

// votes is how long a member of a zone waits until k of the others have answered.
func (w Wide) votes(zone, k, zones, nodes int) float64 {
	var trips []float64
	for other := range zones {
		for i := range nodes {
			if other != zone || i > 0 {
				trips = append(trips, w.trip(zone, other))
			}
		}
	}
	if k <= 0 || len(trips) == 0 {
		return 0
	}
	slices.Sort(trips)
	return trips[min(k, len(trips))-1]
}

// client is the way of a client to a member of its zone and back, which no jitter is
// on.
func (w Wide) client(zone int) float64 { return w.trip(zone, zone) - w.Jitter }

// Network returns, for each zone, what the distances cost a command of its clients, in
// milliseconds: the way to who proposes it, and from there to those who vote.
func (w Wide) Network() []float64 {
	zones, nodes := max(w.Engine.Zones, 1), max(w.Engine.Nodes, 1)
	plan, lead := w.Engine.Plan(), max(w.Lead, 1)-1
	out := make([]float64, zones)
	for z := range out {
		switch w.Engine.Protocol {
		case "epaxos":
			out[z] = w.client(z) + w.votes(z, plan.Votes, zones, nodes) + plan.Second*w.votes(z, plan.Slow, zones, nodes)
		case "wpaxos":
			far := 0.0
			for other := range zones {
				if other != z {
					far += (w.trip(z, other) + w.near(other, plan.Votes)) / float64(zones-1)
				}
			}
			out[z] = w.client(z) + w.Local*w.near(z, plan.Votes) + (1-w.Local)*far
		default:
			out[z] = w.client(z) + w.votes(lead, plan.Votes, zones, nodes)
			// Who is asked in another zone, or does not lead, passes it on.
			share := 1.0
			if z == lead {
				share = 1 - 1/float64(nodes)
			}
			out[z] += share * w.trip(z, lead)
		}
	}
	return out
}

// Scene returns the scene of all zones together, in which so many clients of each
// zone, in closed loops, spend as long in the network: those near to all have more
// commands than others, and count more.
func (w Wide) Scene(p Params, clients int) Scene {
	all, rate := 0.0, 0.0
	for z, latency := range w.Network() {
		n := float64((clients - z + len(w.Network()) - 1) / len(w.Network()))
		all += n
		rate += n / max(latency, 1e-6)
	}
	return Scene{Params: p, Client: all / cmp.Or(rate, 1)}
}
