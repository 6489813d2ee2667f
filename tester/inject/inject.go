package inject

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/spelling"
)

// The words that stand for none of the nemeses, and for one of each family.
const (
	None = "none"
	All  = "all"
)

// Kind tells of a nemesis, for help texts.
type Kind struct {
	Name  string
	About string // what it does, in a line
	Needs string // what it cannot do without; empty: the members' admin addresses at most
	// All says that "all" stands for it, too. Of nemeses that do the same to others, such
	// as to the leader, it is one that draws among them.
	All bool
	// Ends says that members may end by themselves while it is at work, as they do when
	// their disks fail: that is no finding then.
	Ends bool
}

// kind is a Kind that can be made.
type kind struct {
	Kind
	make func() Nemesis
}

// kinds lists all nemeses, by family.
func kinds() []kind {
	return slices.Concat(partitionKinds(), linkKinds(), processKinds(), restartKinds(), clockKinds(), diskKinds(), powerKinds(), rivalKinds())
}

// Kinds returns all nemeses, in the order in which help texts list them.
func Kinds() []Kind {
	var list []Kind
	for _, k := range kinds() {
		list = append(list, k.Kind)
	}
	return list
}

// Checked is a Nemesis that not every cluster can suffer.
type Checked interface {
	Nemesis
	// Check says why the cluster cannot, and what to do about it.
	Check(c Cluster) error
}

// optional is a nemesis that nobody asked for by name: where a cluster cannot suffer
// it, it is left out.
type optional struct{ Nemesis }

// Parse returns the nemeses of the given names, each once. "none" is no name, and "all"
// one nemesis of each family that the cluster can suffer, see [Fit].
func Parse(names []string) ([]Nemesis, error) {
	all := kinds()
	var known []string
	for _, k := range all {
		known = append(known, k.Name)
	}
	known = append(known, None, All)
	var list []Nemesis
	var seen []string
	add := func(k kind, wrap bool) {
		if slices.Contains(seen, k.Name) {
			return
		}
		seen = append(seen, k.Name)
		n := k.make()
		if wrap {
			n = optional{n}
		}
		list = append(list, n)
	}
	for _, name := range names { // those named first: they are wanted, whatever all stands for
		i := slices.IndexFunc(all, func(k kind) bool { return k.Name == name })
		switch {
		case i >= 0:
			add(all[i], false)
		case !slices.Contains(known, name):
			return nil, fmt.Errorf("nemesis %.40q: there is no such nemesis%s; known: %s",
				name, spelling.Hint(name, known, ""), strings.Join(known, ", "))
		}
	}
	if slices.Contains(names, None) && len(names) > 1 {
		return nil, fmt.Errorf("nemesis %s: none with others: leave it out, or them", strings.Join(names, ","))
	}
	for _, k := range all {
		if k.All && slices.Contains(names, All) {
			add(k, true)
		}
	}
	return list, nil
}

// Fit returns the nemeses that the cluster can suffer. It leaves out those that only
// "all" stands for, and refuses the others: the error says of each why, and what to do.
func Fit(c Cluster, nemeses []Nemesis) ([]Nemesis, error) {
	var fit []Nemesis
	var errs []error
	for _, n := range nemeses {
		o, free := n.(optional)
		if free {
			n = o.Nemesis
		}
		if checked, ok := n.(Checked); ok {
			if err := checked.Check(c); err != nil {
				if !free {
					errs = append(errs, fmt.Errorf("nemesis %s: %w", n.Name(), err))
				}
				continue
			}
		}
		fit = append(fit, n)
	}
	return fit, errors.Join(errs...)
}
