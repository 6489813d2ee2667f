package bench

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/server/admin"
)

// told is what members' metrics say of the measured time, all together.
type told struct{ begin, end []admin.Samples }

// metrics returns what those members told that did at both ends, and were the same.
func metricsOf(begin, end Counters) told {
	var t told
	for i := range end.servers {
		if a, b := &begin.servers[i], &end.servers[i]; a.err == nil && b.err == nil && a.life == b.life {
			t.begin, t.end = append(t.begin, a.samples), append(t.end, b.samples)
		}
	}
	return t
}

// sum returns by how much a counter rose.
func (t told) sum(name string) (n float64) {
	for i := range t.end {
		n += t.end[i][name] - t.begin[i][name]
	}
	return max(0, n)
}

func (t told) count(name string) uint64 { return uint64(t.sum(name)) }

// bucket is one of a histogram: so many are at most bound, and above the bound of the
// one before.
type bucket struct {
	bound float64 // infinite for the last one
	n     float64
}

// buckets returns those of a histogram, in order.
func (t told) buckets(name string) []bucket {
	sums := map[float64]float64{}
	prefix := name + `_bucket{le="`
	for i := range t.end {
		for key := range t.end[i] { // unordered: they are sums
			rest, ok := strings.CutPrefix(key, prefix)
			if !ok {
				continue
			}
			if bound, err := strconv.ParseFloat(strings.TrimSuffix(rest, `"}`), 64); err == nil {
				sums[bound] += t.end[i][key] - t.begin[i][key]
			}
		}
	}
	var list []bucket
	for bound, n := range sums {
		list = append(list, bucket{bound, n})
	}
	slices.SortFunc(list, func(a, b bucket) int {
		if a.bound < b.bound {
			return -1
		}
		return 1
	})
	for i := len(list) - 1; i > 0; i-- { // they count all up to their bounds
		list[i].n -= list[i-1].n
	}
	return list
}

// most returns the bound of the highest bucket that has any: twice the one before
// where that is infinite.
func most(list []bucket) float64 {
	for i, b := range slices.Backward(list) {
		switch {
		case b.n <= 0:
		case math.IsInf(b.bound, 1) && i > 0:
			return 2 * list[i-1].bound
		case !math.IsInf(b.bound, 1):
			return b.bound
		}
	}
	return 0
}

// at returns the value below which a share of all lies, as if those in a bucket were
// spread evenly over it.
func at(list []bucket, share float64) float64 {
	var all, before float64
	for _, b := range list {
		all += b.n
	}
	from := 0.0
	for _, b := range list {
		if rank := share * all; b.n > 0 && before+b.n >= rank {
			if math.IsInf(b.bound, 1) {
				return from
			}
			return from + (b.bound-from)*(rank-before)/b.n
		}
		before += b.n
		from = b.bound
	}
	return 0
}

// execution is what the members' metrics say of how commands came to be chosen and
// executed, nil if nobody told.
func (d *distant) execution(begin, end Counters, length time.Duration) *Execution {
	t := metricsOf(begin, end)
	if len(t.end) == 0 {
		return nil
	}
	path := func(p string) uint64 { return t.count(`quorate_slots_decided_total{path="` + p + `"}`) }
	e := &Execution{
		Fast: path("fast"), Slow: path("slow"), Recovered: path("recovered"),
		Recoveries: t.count(`quorate_recoveries_total{needs="promises"}`), Displaced: t.count("quorate_commands_displaced_total"),
		Retransmitted: t.count("quorate_slots_retransmitted_total"), Components: t.count("quorate_component_slots_count"),
	}
	for _, cause := range []string{"new", "asked", "hinted", "silent", "own"} {
		e.Steals += t.count(`quorate_ownership_changes_total{cause="` + cause + `"}`)
	}
	if e.Steals > 0 || d.cfg.moves() {
		e.StealTries = t.count("quorate_ballots_tried_total")
	}
	e.StealRate = round(rate(e.Steals, length), 1)
	e.FastRatio = round(ratio(float64(e.Fast), float64(e.Fast+e.Slow)), 4)
	if e.Components > 0 {
		sizes := t.buckets("quorate_component_slots")
		e.InComponents = round(ratio(t.sum("quorate_component_slots_sum"), t.sum("quorate_executed_slots")), 4)
		whole := func(share float64) int64 { return max(2, int64(math.Ceil(at(sizes, share)))) } // two make a circle
		e.ComponentP50, e.ComponentP99, e.ComponentP999 = whole(0.5), whole(0.99), whole(0.999)
		e.ComponentMax = int64(most(sizes))
	}
	if slots := t.sum("quorate_slot_commands_count"); slots > 0 {
		e.Batch = &Batch{Slots: uint64(slots), Mean: round(t.sum("quorate_slot_commands_sum")/slots, 2), Max: uint64(most(t.buckets("quorate_slot_commands")))}
	}
	if n := t.sum("quorate_commit_to_execute_seconds_count"); n > 0 {
		waits := t.buckets("quorate_commit_to_execute_seconds")
		ms := func(share float64) float64 { return round(1e3*at(waits, share), 3) }
		e.Delay = &Latency{
			Mean: round(1e3*t.sum("quorate_commit_to_execute_seconds_sum")/n, 3), P50: ms(0.5), P95: ms(0.95), P99: ms(0.99), P999: ms(0.999),
			Max: round(1e3*most(waits), 3),
		}
	}
	return e
}
