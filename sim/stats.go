package sim

import (
	"cmp"
	"slices"
)

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

func (f *Findings) add(w World) {
	f.Stats.Add(w.Outcome.Stats)
	if w.Outcome.Violation != nil {
		f.Failed = append(f.Failed, w)
	}
	if w.Outcome.Unknown != "" {
		f.Unknown = append(f.Unknown, w)
	}
}

func (f *Findings) sort() {
	bySeed := func(a, b World) int { return cmp.Compare(a.Seed, b.Seed) }
	slices.SortFunc(f.Failed, bySeed)
	slices.SortFunc(f.Unknown, bySeed)
}
