package sim

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/quorate/quorate"
)

const (
	maxClients  = 1 << 12
	maxDuration = 24 * time.Hour
	maxFaults   = 10_000
	maxKeys     = 1000 // every client reads all of them in the end
)

func (s *Spec) maxEvents() int { return cmp.Or(s.MaxEvents, 2_000_000) }

// Validate reports everything about a Spec that no world can have.
func (s *Spec) Validate() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	n := s.Zones * s.Nodes
	crowd := s.Zones > quorate.MaxMembers || s.Nodes > quorate.MaxMembers || n > quorate.MaxMembers // a product may overflow
	bad(s.Zones < 1 || s.Nodes < 1 || crowd, "%d zones of %d nodes: want 1 to %d members in all", s.Zones, s.Nodes, quorate.MaxMembers)
	bad(s.Clients.Count < 1 || s.Clients.Count > maxClients, "%d clients: want 1 to %d", s.Clients.Count, maxClients)
	bad(s.Clients.Ops < 0 || s.Clients.Ops > maxOps, "%d operations: want 0 to %s", s.Clients.Ops, thousands(maxOps))
	bad(s.Clients.Mix.Keys > maxKeys, "%d keys: want 1 to %s", s.Clients.Mix.Keys, thousands(maxKeys))
	bad(len(s.Faults) > maxFaults, "%d faults: want at most %s", len(s.Faults), thousands(maxFaults))
	bad(s.Clients.Pinned < 0, "%d pinned clients: want 0 or more", s.Clients.Pinned)
	bad(s.Clients.Readers < 0, "%d reading clients: want 0 or more", s.Clients.Readers)
	bad(s.Clients.Mix.Locality > 0 && s.Clients.Mix.Zones != s.Zones, "clients in %d zones, with keys of their own: want %d, as members are", s.Clients.Mix.Zones, s.Zones)
	bad(s.MaxEvents < 0, "at most %d events: want a positive number, or 0 for the default", s.MaxEvents)
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"safety", s.Safety}, {"liveness", s.Liveness}, {"network base", s.Network.Base}, {"network jitter", s.Network.Jitter},
		{"client latency", s.Network.Client}, {"disk sync", s.Disk.Sync}, {"disk jitter", s.Disk.Jitter}, {"step cost", s.Step.Cost},
		{"think time", s.Clients.Think}, {"client timeout", s.Clients.Timeout}, {"attempt timeout", s.Clients.Attempt},
		{"horizon", s.Knobs.Horizon}, {"heartbeat", s.Knobs.Heartbeat}, {"election timeout", s.Knobs.ElectionTimeout},
		{"retransmission", s.Knobs.Retransmit}, {"commit delay", s.Knobs.CommitDelay}, {"longest timeout", s.Knobs.MaxTimeout},
		{"lease", s.Knobs.Lease},
	} {
		bad(d.value < 0 || d.value > maxDuration, "%s of %v: want 0 to %v", d.name, d.value, maxDuration)
	}
	for _, p := range []struct {
		name  string
		value float64
	}{
		{"tail", s.Network.Tail}, {"loss", s.Network.Loss}, {"duplicate", s.Network.Duplicate}, {"lost", s.Network.Lost}, {"stall", s.Disk.Stall},
		{"clock error", s.Knobs.ClockError},
	} {
		bad(math.IsNaN(p.value) || p.value < 0 || p.value > 1, "%s with probability %v: want 0 to 1", p.name, p.value)
	}
	for _, d := range s.Dead {
		bad(d < 0 || d >= n, "dead member %d: want 0 to %d", d, n-1)
	}
	bad(n > 0 && len(s.Dead) >= n, "all %d members stay dead: nobody is left", n)
	for i := range s.Faults {
		if err := s.Faults[i].Validate(n); err != nil {
			errs = append(errs, fmt.Errorf("fault %d: %w", i, err))
		}
	}
	errs = append(errs, s.Clients.Mix.Validate(), s.Step.Service.Validate())
	return errors.Join(errs...)
}

// Check reports why a world of the subject cannot be: what [Spec.Validate]
// reports, and what the protocol, the network or the quorums refuse.
func Check(s Subject, spec Spec) error {
	_, err := newWorld(&s, &spec, Options{})
	return err
}
