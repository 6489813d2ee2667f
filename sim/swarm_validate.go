package sim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

const maxOps = 1_000_000

// Validate reports the first setting for which no seed, or not every seed, has a
// world, and what is allowed.
func (s Swarm) Validate() error {
	switch {
	case s.Ops < 0 || s.Ops > maxOps:
		return fmt.Errorf("%d operations: want 1 to %s", s.Ops, thousands(maxOps))
	case s.Time < 0 || s.Time > maxDuration:
		return fmt.Errorf("faults for %v: want up to %v", s.Time, maxDuration)
	case s.Time > 0 && s.Time < time.Millisecond:
		return fmt.Errorf("faults for %v: want at least 1ms", s.Time)
	}
	if s.WAN != "" {
		if _, err := nemesis.WAN(s.WAN); err != nil {
			return err
		}
		if s.Zones < 2 {
			return fmt.Errorf("wide-area network %s in one zone: its latencies are those between zones, want two or more", s.WAN)
		}
	}
	for _, n := range s.sizes() {
		if err := s.validateSize(n); err != nil {
			if s.Nodes == 0 {
				return fmt.Errorf("%w (the seeds choose among %v nodes unless told how many)", err, s.sizes())
			}
			return err
		}
	}
	return nil
}

// sizes returns how many nodes there may be in each zone.
func (s Swarm) sizes() []int {
	switch {
	case s.Nodes > 0:
		return []int{s.Nodes}
	case s.Zones > 1:
		return []int{1, 2, 3}
	}
	return slices.Compact(slices.Sorted(slices.Values(s.Subject.sizes())))
}

func (s Swarm) validateSize(nodes int) error {
	cluster, err := quorate.Grid(cmp.Or(s.Zones, 1), nodes)
	if err != nil {
		return err
	}
	knobs := Knobs{Quorum: s.Quorum}
	if s.Quorum != "" {
		want, err := quorate.ParseQuorums(cluster, s.Quorum)
		if err != nil {
			return err
		}
		if q, err := s.Subject.Quorums(cluster, knobs); err == nil && q.Name != want.Name {
			return errors.New("quorums " + s.Quorum + ": " + s.Subject.title() + " has its own, " + q.Name)
		}
	}
	_, err = s.Subject.New(cluster, knobs)
	return err
}

// title names the subject for people.
func (s *Subject) title() string {
	if s.Bug != "" {
		return s.Name + " with bug " + s.Bug
	}
	return s.Name
}
