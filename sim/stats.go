package sim

import (
	"cmp"
	"slices"
	"time"
)

// Stats counts what happened in one world, or in many.
type Stats struct {
	Worlds   int           `json:"worlds"`
	Events   int           `json:"events"`
	Virtual  time.Duration `json:"virtual"`
	Messages int           `json:"messages"` // between members
	Ops      int           `json:"ops"`      // commands that clients were told are done
	Unsure   int           `json:"unsure"`   // commands whose outcome they do not know
	Failed   int           `json:"failed"`   // commands that failed for certain
	// Faults counts the faults that struck, by kind. Probes counts rare states
	// that were reached, by name.
	Faults map[string]int `json:"faults"`
	Probes map[string]int `json:"probes"`
}

func newStats() Stats { return Stats{Faults: map[string]int{}, Probes: map[string]int{}} }

// Add adds the counts of o to s.
func (s *Stats) Add(o Stats) {
	s.Worlds += o.Worlds
	s.Events += o.Events
	s.Virtual += o.Virtual
	s.Messages += o.Messages
	s.Ops += o.Ops
	s.Unsure += o.Unsure
	s.Failed += o.Failed
	for name, n := range o.Faults { // unordered: sums
		s.Faults[name] += n
	}
	for name, n := range o.Probes { // unordered: sums
		s.Probes[name] += n
	}
}

// Findings is what a campaign found.
type Findings struct {
	Stats Stats
	// Violations and Unjudged count the worlds that broke an oracle and those
	// whose history could not be judged. The first of them, by seed, are in Failed
	// and Unknown, without their histories.
	Violations, Unjudged int
	Failed, Unknown      []World
	// Elapsed is wall-clock time, CPU that of all processors together, zero where
	// it cannot be measured.
	Elapsed, CPU time.Duration
}

// NewFindings returns the findings of no world.
func NewFindings() *Findings { return &Findings{Stats: newStats()} }

// keepWorlds bounds the lists in Findings: where everything fails, a few say it all.
const keepWorlds = 100

func (f *Findings) add(w World) {
	f.Stats.Add(w.Outcome.Stats)
	if w.Outcome.Violation == nil && w.Outcome.Unknown == "" {
		return
	}
	kept := *w.Outcome
	kept.History = nil
	w.Outcome = &kept
	if kept.Violation != nil {
		f.Violations++
		f.Failed = lowest(append(f.Failed, w))
	}
	if kept.Unknown != "" {
		f.Unjudged++
		f.Unknown = lowest(append(f.Unknown, w))
	}
}

// Add adds what another campaign of the same swarm found, on other seeds.
func (f *Findings) Add(o *Findings) {
	f.Stats.Add(o.Stats)
	f.Violations += o.Violations
	f.Unjudged += o.Unjudged
	f.Failed = lowest(append(f.Failed, o.Failed...))
	f.Unknown = lowest(append(f.Unknown, o.Unknown...))
	f.Elapsed += o.Elapsed
	f.CPU += o.CPU
}

// lowest sorts worlds by seed and drops those that are too many.
func lowest(worlds []World) []World {
	slices.SortFunc(worlds, func(a, b World) int { return cmp.Compare(a.Seed, b.Seed) })
	return worlds[:min(len(worlds), keepWorlds)]
}
