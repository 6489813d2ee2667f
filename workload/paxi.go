package workload

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// Settings are what a Paxi file says of a run beside its workload. Zero is nothing.
type Settings struct {
	Duration   time.Duration // T: the measured time
	Operations int           // N: how many operations a run has; in Paxi only if T is 0
	Rate       float64       // Throttle: operations a second at most
	Clients    int           // Concurrency
	NoCheck    bool          // unless LinearizabilityCheck
	Paxi       bool          // all of the above were said, or are Paxi's defaults
}

// isPaxi tells by a member's name whether an object is one of Paxi's. Ours are in lower
// case, but for those of Paxi that a cluster file has.
func isPaxi(m member) bool {
	return m.name != strings.ToLower(m.name) || m.name == "address" || m.name == "benchmark" || m.name == "http_address"
}

// parsePaxi reads Paxi's form. The cluster file's own parser knows it.
func parsePaxi(data []byte, all []member) (Spec, Settings, error) {
	whole := slices.ContainsFunc(all, func(m member) bool { return strings.EqualFold(m.name, "address") })
	switch {
	case whole && !slices.ContainsFunc(all, func(m member) bool { return strings.EqualFold(m.name, "benchmark") }):
		return Spec{}, Settings{}, fmt.Errorf("workload: a cluster file without a benchmark, which is what would say what clients ask for")
	case !whole:
		block := data
		for _, m := range all {
			if strings.EqualFold(m.name, "benchmark") && len(all) == 1 {
				block = m.value
			}
		}
		// Before the block nothing but the start of its line, so that errors name its lines.
		data = slices.Concat([]byte(`{"benchmark":`), bytes.TrimSpace(block), []byte(`,"address":{"1.1":"127.0.0.1:1735"}}`))
	}
	c, err := quorate.ParseConfig(data)
	if err != nil {
		return Spec{}, Settings{}, fmt.Errorf("workload: %w", err)
	}
	return FromPaxi(*c.Benchmark)
}

// FromPaxi returns the workload that Paxi's settings ask for, and what they say of the
// run.
func FromPaxi(b quorate.BenchmarkConfig) (Spec, Settings, error) {
	run := Settings{Duration: b.Duration, Rate: float64(b.Throttle), Clients: b.Concurrency, NoCheck: !b.Check, Paxi: true}
	if b.Duration == 0 {
		run.Operations = b.Operations
	}
	s := Spec{Name: "paxi", Keys: b.Keys, Operations: Operations{Put: b.WriteRatio, Get: 1 - b.WriteRatio}}
	d := &s.Distribution
	d.Kind = Kind(b.Distribution)
	switch d.Kind {
	case Conflict:
		d.Conflicts = float64(b.Conflicts) / 100
		s.Keys = max(b.Keys, b.Concurrency) + 1 // with the one that all use
	case Normal:
		d.Mu, d.Sigma = b.Mu, b.Sigma
		if b.Move {
			d.Speed = float64(time.Second) / float64(b.Speed)
		}
	case Zipfian:
		d.S, d.V = b.ZipfianS, b.ZipfianV
	case Exponential:
		d.Lambda = b.Lambda
	}
	if err := s.Validate(); err != nil {
		return Spec{}, Settings{}, err
	}
	return s, run, nil
}
