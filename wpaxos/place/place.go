// Package place tells where an object of WPaxos is best owned, and whether it pays to
// move it there, from how far the zones are from each other.
package place

import (
	"slices"
	"time"
)

// Map is what moves are worth by: how far zones are from each other, and what it
// takes to be an owner in each.
type Map struct {
	trip   [][]time.Duration
	commit []time.Duration
	take   []time.Duration
}

// New derives them from the round trips between zones, of which those that are
// 0 are not known; they are taken for the longest. commit and take tell from the zones
// that have answered, in the order of their answers, whether that is enough for phase 2
// and phase 1.
func New(trips [][]time.Duration, commit, take func(zones []int) bool) *Map {
	longest := time.Duration(1)
	for _, row := range trips {
		longest = max(longest, slices.Max(row))
	}
	m := &Map{}
	for a := range trips {
		row, order := make([]time.Duration, len(trips)), []int(nil)
		for b := range trips {
			if order = append(order, b); a != b {
				row[b] = max(trips[a][b], trips[b][a])
			}
			if a != b && row[b] == 0 {
				row[b] = longest
			}
		}
		slices.SortStableFunc(order, func(x, y int) int { return int(row[x] - row[y]) })
		until := func(enough func([]int) bool) time.Duration {
			n := 1
			for n < len(order) && !enough(order[:n]) {
				n++
			}
			return row[order[n-1]]
		}
		m.trip, m.commit, m.take = append(m.trip, row), append(m.commit, until(commit)), append(m.take, until(take))
	}
	return m
}

// Latency returns the mean latency of commands of which zones send so many each, if
// the owner is in the given zone: the way there and back, and what a commit takes.
func (m *Map) Latency(hits []float32, owner int) float64 {
	var sum, all float64
	for zone, n := range hits {
		sum += float64(float64(n) * float64(m.trip[zone][owner])) // rounded alike on every processor
		all += float64(n)
	}
	return sum/max(all, 1e-9) + float64(m.commit[owner])
}

// Trip returns how long the way from one zone to another and back takes.
func (m *Map) Trip(from, to int) time.Duration { return m.trip[from][to] }

// Commit returns what a commit of an owner in the zone takes beyond it.
func (m *Map) Commit(owner int) time.Duration { return m.commit[owner] }

// Pays reports whether saving so much with each command is worth the move, if the
// object then stays where it is for so long. While phase 1 takes a time t, commands
// come as they always do, and wait for t/2 in the mean.
func (m *Map) Pays(saved float64, to int, stay time.Duration) bool {
	t := float64(m.take[to])
	return saved > 0 && saved*float64(stay) > t*t/2
}
