package workload

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/spelling"
)

// Validate reports the first setting that makes no sense, and what is allowed. What
// depends on the number of clients and zones, [Spec.Plan] looks at.
func (s Spec) Validate() error {
	switch {
	case s.Keys < 0 || s.Keys > MaxKeys:
		return fmt.Errorf("workload: %d keys: want 1 to %d", s.Keys, MaxKeys)
	case s.Load != "" && s.Load != LoadNone && s.Load != LoadAll && s.Load != LoadHome:
		return unknown("load", string(s.Load), []string{string(LoadNone), string(LoadAll), string(LoadHome)})
	}
	if err := weights("operations", s.Operations.weights()); err != nil {
		return err
	}
	if s.Operations.Blindly && s.Operations.Modify == 0 {
		return fmt.Errorf("workload: blindly without a modify: it is how those write")
	}
	var reads []named
	for _, m := range s.Reads.modes() {
		reads = append(reads, named{m.mode.String(), m.share})
	}
	if err := weights("reads", reads); err != nil {
		return err
	}
	if err := s.Values.validate(); err != nil {
		return err
	}
	return s.validateDistribution()
}

// unknown says that a word is none of those known.
func unknown(what, word string, known []string) error {
	return fmt.Errorf("workload: %s %q: want one of %s%s", what, word, strings.Join(known, ", "), spelling.Hint(word, known, ""))
}

// weights reports the first of some that is none.
func weights(what string, all []named) error {
	for _, n := range all {
		if !(n.value >= 0) || math.IsInf(n.value, 0) { // not a number, too
			return fmt.Errorf("workload: %s: a weight of %v for %s: want 0 or more", what, n.value, n.name)
		}
	}
	if math.IsInf(sum(all), 0) {
		return fmt.Errorf("workload: %s: weights that sum to infinity", what)
	}
	return nil
}

// given lists the settings of a distribution that are not zero, by name.
func (d *Distribution) given() []named {
	plain := 0.0
	if d.Plain {
		plain = 1
	}
	return []named{
		{"conflicts", d.Conflicts}, {"mu", d.Mu}, {"sigma", d.Sigma}, {"means", float64(len(d.Means))}, {"speed", d.Speed},
		{"theta", d.Theta}, {"plain", plain}, {"s", d.S}, {"v", d.V}, {"lambda", d.Lambda}, {"locality", d.Locality},
		{"hot", d.Hot}, {"hot_keys", float64(d.HotKeys)},
	}
}

func (s Spec) validateDistribution() error {
	d, kinds := &s.Distribution, Kinds()
	kind := Kind(d.Kind)
	if kind == "" {
		kind = Uniform
	}
	i := slices.Index(names(kinds), string(kind))
	if i < 0 {
		return unknown("distribution", string(kind), names(kinds))
	}
	for _, n := range d.given() {
		switch {
		case n.value == 0:
		case math.IsNaN(n.value) || math.IsInf(n.value, 0):
			return fmt.Errorf("workload: a %s of %v: want a number", n.name, n.value)
		case !slices.Contains(kinds[i].Settings, n.name):
			return fmt.Errorf("workload: %s with a distribution %s: it is for %s", n.name, kind, strings.Join(takers(kinds, n.name), ", "))
		}
	}
	for _, mean := range d.Means {
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return fmt.Errorf("workload: a mean of %v: want a number", mean)
		}
	}
	return s.validateRanges(kind)
}

// takers returns the kinds that know a setting.
func takers(kinds []Entry, setting string) []string {
	var all []string
	for _, k := range kinds {
		if slices.Contains(k.Settings, setting) {
			all = append(all, k.Name)
		}
	}
	return all
}

func (s Spec) validateRanges(kind Kind) error {
	d := &s.Distribution
	switch {
	case d.Conflicts < 0 || d.Conflicts > 1:
		return fmt.Errorf("workload: a share of conflicts of %v: want 0 to 1", d.Conflicts)
	case d.Sigma < 0:
		return fmt.Errorf("workload: a deviation of %v keys: want more than 0", d.Sigma)
	case d.Mu != 0 && d.Means != nil:
		return fmt.Errorf("workload: mu with means: either all zones have one mean, or each has its own")
	case d.Theta < 0 || d.Theta >= 1:
		return fmt.Errorf("workload: a theta of %v: want more than 0 and less than 1; s may be larger", d.Theta)
	case d.S != 0 && (d.Theta != 0 || d.Plain):
		return fmt.Errorf("workload: s with theta or plain: either is a zipfian distribution of its own")
	case d.S < 0 || d.S > 100:
		return fmt.Errorf("workload: an s of %v: want more than 0, at most 100", d.S)
	case d.V != 0 && d.S == 0:
		return fmt.Errorf("workload: v without s: it shifts that distribution")
	case d.V != 0 && (d.V < 1 || d.V > 1e9):
		return fmt.Errorf("workload: a v of %v: want 1 to 1e9", d.V)
	case d.Lambda < 0:
		return fmt.Errorf("workload: a lambda of %v: want more than 0", d.Lambda)
	case kind == Zones && !(d.Locality > 0 && d.Locality <= 1):
		return fmt.Errorf("workload: a locality of %v: want more than 0, at most 1", d.Locality)
	case d.Hot < 0 || d.Hot > 1:
		return fmt.Errorf("workload: a share of %v on hot keys: want 0 to 1", d.Hot)
	case d.HotKeys != 0 && d.Hot == 0:
		return fmt.Errorf("workload: %d hot keys without a share of operations on them", d.HotKeys)
	}
	if s.Keys == 0 && kind == Conflict {
		return nil
	}
	whole := s.WithDefaults(1)
	if n := whole.Distribution.HotKeys; n < 0 || n >= whole.Keys && n > 0 {
		return fmt.Errorf("workload: %d hot keys of %d: want 1 to %d, so that others are left", n, whole.Keys, whole.Keys-1)
	}
	return nil
}
