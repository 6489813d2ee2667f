package steal

import "math"

// tied is majority where half of the hits, rounded down, are enough. This file is
// written by hand, the others are copies of the protocol.
func (h *Hits) tied(zone, own, n int) int {
	h.zones[zone]++
	if h.run++; int(h.run) < n {
		return own
	}
	to := own
	for z, hits := range h.zones {
		if int(hits) >= n/2 {
			to = z
		}
	}
	clear(h.zones)
	h.run = 0
	return to
}

// averageNumber moves an object to the zone whose number is the average.
func (h *Hits) averageNumber(zone int, alpha float64) int {
	if h.run == 0 {
		h.run, h.zones[0] = 1, float32(h.zone)
	}
	h.zones[0] += float32(alpha) * (float32(zone) - h.zones[0])
	return int(math.Round(float64(h.zones[0])))
}
