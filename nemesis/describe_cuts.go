package nemesis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate"
)

// cuts renders a grudge in the form that says most: "0,1|2,3" for sides;
// "0,1|2|3,4" for two sides and, between them, those who hear both; "0 deaf to
// 1,2" where one way is cut; and the cut links where nothing else tells.
func cuts(grudge []quorate.Set) string {
	if len(grudge) > quorate.MaxMembers { // a set has no room for them
		return fmt.Sprintf("of %d members", len(grudge))
	}
	if !mutual(grudge) {
		return deafness(grudge)
	}
	groups, between := alike(grudge)
	switch {
	case between == all(len(grudge)):
		groups = []quorate.Set{between}
	case between == 0 && apart(groups, grudge):
	case len(groups) == 2: // which are apart, since nothing else differs
		groups = []quorate.Set{groups[0], between, groups[1]}
	default:
		return links(grudge)
	}
	var sides []string
	for _, g := range groups {
		sides = append(sides, list(g))
	}
	return strings.Join(sides, "|")
}

// mutual reports whether every cut is in both directions.
func mutual(grudge []quorate.Set) bool {
	for i, deaf := range grudge {
		for j := range grudge {
			if deaf.Has(j) != grudge[j].Has(i) {
				return false
			}
		}
	}
	return true
}

// alike groups the members that do not hear the same ones. Those who hear all
// are between the groups.
func alike(grudge []quorate.Set) (groups []quorate.Set, between quorate.Set) {
	var kinds []quorate.Set
	for i, deaf := range grudge {
		if deaf == 0 {
			between = between.Add(i)
		} else if k := slices.Index(kinds, deaf); k >= 0 {
			groups[k] = groups[k].Add(i)
		} else {
			kinds, groups = append(kinds, deaf), append(groups, quorate.SetOf(i))
		}
	}
	return groups, between
}

// apart reports whether each group hears none of the others.
func apart(groups, grudge []quorate.Set) bool {
	var cut quorate.Set
	for _, g := range groups {
		cut |= g
	}
	return !slices.ContainsFunc(groups, func(g quorate.Set) bool { return grudge[g.Lowest()] != cut&^g })
}

func deafness(grudge []quorate.Set) string {
	var parts []string
	groups, _ := alike(grudge)
	for _, g := range groups {
		parts = append(parts, fmt.Sprintf("%s deaf to %s", list(g), list(grudge[g.Lowest()])))
	}
	return strings.Join(parts, "; ")
}

func links(grudge []quorate.Set) string {
	var parts []string
	for i, deaf := range grudge {
		for j := i + 1; j < len(grudge); j++ {
			if deaf.Has(j) {
				parts = append(parts, fmt.Sprintf("%d-%d", i, j))
			}
		}
	}
	return "without " + strings.Join(parts, ",")
}
