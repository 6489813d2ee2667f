package nemesis

import (
	"cmp"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Latencies are the ways of messages between the regions of a wide-area
// network. The zones of a cluster lie in the regions, in order.
type Latencies struct {
	Names  []string
	OneWay [][]time.Duration // from region to region, half a round trip
}

// Between returns how long a message travels from one zone of a cluster to
// another, by their positions in order. Where there are more zones than
// regions, the zones go round and share them.
func (l Latencies) Between(from, to int) time.Duration {
	return l.OneWay[from%len(l.Names)][to%len(l.Names)]
}

// Longest returns the longest round trip between so many zones.
func (l Latencies) Longest(zones int) time.Duration {
	trip := time.Duration(0)
	for a := range zones {
		for b := range zones {
			trip = max(trip, 2*l.Between(a, b))
		}
	}
	return trip
}

// wan is a preset: regions and the round trips between them in milliseconds,
// row by row above the diagonal.
type wan struct {
	name    string
	regions []string
	trips   []float64
}

// local is the round trip within a region: the mean of a normal distribution,
// with a deviation of 0.0476 ms, that fits pings between machines of one
// region, in the performance model of Paxi's authors (Ailijiang, Charapko and
// Demirbas, Dissecting the Performance of Strongly-Consistent Replication
// Protocols, SIGMOD 2019, whose model is at github.com/acharapko/ppm).
const local = 0.427

// wans lists the presets.
//
// paxi and wpaxos are the same five Amazon regions: Virginia, Ohio, California,
// Ireland and Japan, in the order of Paxi's evaluation (SIGMOD 2019, section 5)
// and in that of WPaxos (Ailijiang, Charapko, Demirbas and Kosar, TPDS 2020,
// arXiv 1703.08905v4: T, C, O, V, I). Three of the round trips are those that
// the evaluation of WPaxos mentions: Virginia-Ohio 11 ms, Ohio-California
// 49 ms, and 60 ms once Virginia has to commit with California instead of Ohio.
// Neither paper prints the others; they are averages from cloudping.co, as
// libp2p's simulator has them.
//
// model is the matrix of the performance model (github.com/acharapko/ppm,
// params/mu_net_remote.csv), with the names of its plots: Virginia, Oregon,
// California, Ireland, Japan.
//
// aws5 is another name of paxi, and aws3 three of its regions: those in which
// the evaluation of EPaxos has three replicas (Moraru, Andersen and Kaminsky,
// SOSP 2013, section 7).
//
// metro is three data centres of one metropolitan area. The round trips are round
// figures of our own: 100 km of fibre and back take light a millisecond, and what
// lies on the way adds to it.
func wans() []wan {
	paxi := []float64{
		11, 60, 69, 146,
		49, 79, 135,
		128, 108,
		201,
	}
	return []wan{
		{"aws3", []string{"VA", "CA", "IR"}, []float64{
			60, 69,
			128,
		}},
		{"aws5", []string{"VA", "OH", "CA", "IR", "JP"}, paxi},
		{"paxi", []string{"VA", "OH", "CA", "IR", "JP"}, paxi},
		{"wpaxos", []string{"JP", "CA", "OH", "VA", "IR"}, []float64{
			108, 135, 146, 201,
			49, 60, 128,
			11, 79,
			69,
		}},
		{"metro", []string{"DC1", "DC2", "DC3"}, []float64{
			1, 1.5,
			2,
		}},
		{"model", []string{"VA", "OR", "CA", "IR", "JP"}, []float64{
			86, 65, 80, 156,
			28, 154, 131,
			137, 115,
			218,
		}},
	}
}

// Regions returns the names that [WAN] knows.
func Regions() []string {
	var names []string
	for _, w := range wans() {
		names = append(names, w.name)
	}
	return names
}

// WAN returns the latencies of a wide-area network that was published, by name;
// see [Regions].
func WAN(name string) (Latencies, error) {
	i := slices.IndexFunc(wans(), func(w wan) bool { return w.name == name })
	if i < 0 {
		return Latencies{}, unknown("wide-area network", name, Regions())
	}
	return wans()[i].latencies(), nil
}

func (w wan) latencies() Latencies {
	n, trips := len(w.regions), w.trips
	oneWay := make([][]time.Duration, n)
	for i := range oneWay {
		oneWay[i] = make([]time.Duration, n)
		oneWay[i][i] = half(local)
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			oneWay[i][j], oneWay[j][i] = half(trips[0]), half(trips[0])
			trips = trips[1:]
		}
	}
	return Latencies{Names: w.regions, OneWay: oneWay}
}

// half returns half of a round trip of so many milliseconds.
func half(trip float64) time.Duration {
	return time.Duration(trip / 2 * float64(time.Millisecond))
}

// Nearest returns the members of a cluster in the order in which a client asks them,
// by the client's number. Clients lie in the zones by turns. First come the members
// of its zone, for each client another one, then those of the other zones, the
// nearest first; without a network, in the order in which zones follow.
func Nearest(c *quorate.Cluster, wan *Latencies, client int) []quorate.ID {
	zones := c.Zones()
	at := client % len(zones)
	var others []int
	for i := 1; i < len(zones); i++ {
		others = append(others, (at+i)%len(zones))
	}
	if wan != nil {
		slices.SortStableFunc(others, func(a, b int) int { return cmp.Compare(wan.Between(at, a), wan.Between(at, b)) })
	}
	ids := turned(c.Members(c.Zone(zones[at])), client/len(zones))
	for _, zone := range others {
		ids = append(ids, turned(c.Members(c.Zone(zones[zone])), client)...)
	}
	return ids
}

func turned(ids []quorate.ID, by int) []quorate.ID {
	by %= len(ids)
	return slices.Concat(ids[by:], ids[:by])
}
