package nemesis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
)

// Bounds of faults. They keep a slip in a file from making a world that never
// ends, or sums that overflow.
const (
	longest      = 24 * time.Hour
	shortestFlap = time.Millisecond
)

// Validate reports the first thing that makes no sense in a fault of a cluster
// of n members, and what is allowed. A valid fault can be scheduled as it is,
// wherever it came from.
func (f Fault) Validate(n int) error {
	if f.Kind.Group() == "" {
		return unknown("kind of fault", string(f.Kind), names(Kinds()))
	}
	for _, check := range []func(n int) error{f.checkTimes, f.checkTrigger, f.checkNodes, f.checkPartition, f.checkMeasures} {
		if err := check(n); err != nil {
			return fmt.Errorf("fault %s: %w", f.Kind, err)
		}
	}
	return nil
}

func (f Fault) checkTimes(int) error {
	if f.At < 0 || f.At > longest {
		return fmt.Errorf("at %v: want 0 to %v", f.At, longest)
	}
	if f.For < 0 || f.For > longest {
		return fmt.Errorf("for %v: want 0 to %v", f.For, longest)
	}
	return nil
}

func (f Fault) checkTrigger(n int) error {
	t := f.After
	if t == nil {
		return nil
	}
	known := []string{OnElected, OnSteppedDown, OnFlush, OnSynced, OnTrimmed, OnAnswered}
	message, send := strings.CutPrefix(t.On, sendPrefix)
	if !slices.Contains(known, t.On) && (!send || message == "") {
		return unknown("trigger", t.On, append(known, OnSend("MESSAGE")))
	}
	if t.Node < -1 || t.Node >= n {
		return fmt.Errorf("trigger at node %d: want the index of a member, 0 to %d, or -1 for any", t.Node, n-1)
	}
	if t.Nth < 1 {
		return fmt.Errorf("trigger at occurrence %d: want 1 or more", t.Nth)
	}
	return nil
}

func (f Fault) checkNodes(n int) error {
	for i, node := range f.Nodes {
		if node < 0 || node >= n {
			return fmt.Errorf("node %d: want the index of a member, 0 to %d", node, n-1)
		}
		if slices.Contains(f.Nodes[:i], node) {
			return fmt.Errorf("node %d is named twice", node)
		}
	}
	if len(f.Nodes) == 0 && f.After == nil && len(f.Grudge) == 0 {
		return fmt.Errorf("no nodes: name those it strikes, or a trigger")
	}
	return nil
}

func (f Fault) checkPartition(n int) error {
	if f.Kind != Partition {
		if f.Shape != "" || len(f.Grudge) > 0 || f.Flap != 0 {
			return fmt.Errorf("shape, grudge and flap are for partitions")
		}
		return nil
	}
	if !slices.Contains(Shapes(), f.Shape) {
		return unknown("shape of a partition", f.Shape, Shapes())
	}
	if f.Flap != 0 && (f.Flap < shortestFlap || f.Flap > longest) {
		return fmt.Errorf("flaps every %v: want %v to %v, or 0 for not at all", f.Flap, shortestFlap, longest)
	}
	if len(f.Grudge) == 0 {
		if f.aimed() == nil {
			return fmt.Errorf("shape %s without a grudge: only isolate, deaf, mute, company and shunned follow from nodes", f.Shape)
		}
		return nil
	}
	return checkGrudge(f.Grudge, n)
}

func checkGrudge(grudge []quorate.Set, n int) error {
	if len(grudge) != n {
		return fmt.Errorf("grudge of %d members: the cluster has %d", len(grudge), n)
	}
	for i, deaf := range grudge {
		if deaf&^all(n) != 0 {
			return fmt.Errorf("grudge of member %d names %d: want 0 to %d", i, (deaf &^ all(n)).Lowest(), n-1)
		}
		if deaf.Has(i) {
			return fmt.Errorf("grudge of member %d names itself", i)
		}
	}
	return nil
}

// measures says which of Amount, Extra and Torn a kind has, and their bounds.
type measures struct {
	least, most float64       // of Amount
	extra       time.Duration // at least; Extra is at most longest
	torn        bool
}

func (k Kind) measures() measures {
	switch k {
	case Loss, Duplicate:
		return measures{most: 1}
	case Delay, Slow, SlowDisk:
		return measures{extra: 1}
	case Jump:
		return measures{extra: -longest}
	case Drift:
		return measures{least: -0.9, most: 9}
	case Crash:
		return measures{torn: true}
	}
	return measures{}
}

func (f Fault) checkMeasures(int) error {
	m := f.Kind.measures()
	if !(f.Amount >= m.least && f.Amount <= m.most) { // NaN is neither
		if m.most == 0 {
			return fmt.Errorf("amount %v: want none", f.Amount)
		}
		return fmt.Errorf("amount %v: want %v to %v", f.Amount, m.least, m.most)
	}
	switch {
	case m.extra == 0 && f.Extra != 0:
		return fmt.Errorf("extra %v: want none", f.Extra)
	case m.extra != 0 && (f.Extra < m.extra || f.Extra > longest):
		return fmt.Errorf("extra %v: want %v to %v", f.Extra, m.extra, longest)
	case !m.torn && f.Torn != Nothing:
		return fmt.Errorf("torn %q: only crashes leave remains", f.Torn)
	case f.Torn != Nothing && f.Torn != All && f.Torn != Torn:
		return unknown("remains of a crash", string(f.Torn), []string{`""`, string(All), string(Torn)})
	}
	return nil
}
