package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate/bench/study"
)

// statusLine is what a terminal shows while a run is under way: which one, what it does
// and how it goes, and how long all of them take.
func statusLine(at study.Step) string {
	p := &at.Progress
	line := cmp.Or(at.Config.Place.Cell, at.Config.Protocol)
	if where := study.Where(at.Config.Place.Points); where != "" {
		line += " " + where
	}
	if at.Of > 1 {
		line = fmt.Sprintf("%d/%d %s", at.Run, at.Of, line)
		if round := at.Config.Place.Round; round > 0 {
			line += fmt.Sprintf(" round %d", round)
		}
	}
	line += ": " + string(p.Phase)
	if p.Total > 0 {
		line += fmt.Sprintf(" %.1fs of %gs", p.Elapsed.Seconds(), p.Total.Seconds())
	}
	if p.Of > 0 {
		line += fmt.Sprintf(" %d of %d keys", p.Keys, p.Of)
	}
	if p.Throughput > 0 {
		line += fmt.Sprintf(", %.0f ops/s", p.Throughput)
	}
	if p.P99 > 0 {
		line += fmt.Sprintf(", p99 %.3g ms", p.P99)
	}
	if p.Failed > 0 {
		line += fmt.Sprintf(", %d failed or unknown", p.Failed)
	}
	if at.Of > 1 {
		line += fmt.Sprintf("; %v, %v left", at.Elapsed.Round(time.Second), at.Left.Round(time.Second))
	}
	return line
}
