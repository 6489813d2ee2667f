package main

import (
	"fmt"

	"github.com/quorate/quorate/bench"
)

// statusLine is what a terminal shows while a run is under way.
func statusLine(label string, p bench.Progress) string {
	line := fmt.Sprintf("%s: %s", label, p.Phase)
	if p.Total > 0 {
		line += fmt.Sprintf(" %.1fs of %gs", p.Elapsed.Seconds(), p.Total.Seconds())
	}
	if p.Of > 0 {
		line += fmt.Sprintf(" %d of %d keys", p.Keys, p.Of)
	}
	if p.Throughput > 0 {
		line += fmt.Sprintf(", %.0f ops/s", p.Throughput)
	}
	if p.Failed > 0 {
		line += fmt.Sprintf(", %d failed or unknown", p.Failed)
	}
	return line
}
