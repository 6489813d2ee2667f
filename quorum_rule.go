package quorate

import "slices"

// rule is a quorum together with two figures that its constructor knows by
// arithmetic. Both are 0 where nobody knows them.
type rule struct {
	quorum Quorum
	least  int // members of the smallest quorum
	cut    int // members of the smallest set that meets every quorum
}

// tier is a group of members of which at least need must agree.
type tier struct {
	members Set
	need    int
}

// tiers are a rule of two thresholds: at least want of the groups agree. The
// groups have no common member.
type tiers struct {
	groups []tier
	want   int
}

// one is the plain threshold: at least need of the members.
func one(members Set, need int) tiers { return tiers{[]tier{{members, need}}, 1} }

// rule compiles the thresholds.
func (t tiers) rule() rule {
	return rule{quorum: t.quorum(), least: t.least(), cut: t.cut()}
}

func (t tiers) quorum() Quorum {
	groups, want := t.groups, t.want
	if len(groups) == 1 {
		g := groups[0]
		return func(acks Set) bool { return (acks & g.members).Len() >= g.need }
	}
	members := Set(0)
	for _, g := range groups {
		members |= g.members
	}
	return tabulated(members, func(acks Set) bool {
		agree := 0
		for _, g := range groups {
			if (acks & g.members).Len() >= g.need {
				if agree++; agree == want {
					return true
				}
			}
		}
		return false
	})
}

// maxTabulated bounds the table of a quorum: 2^16 bits, 8 KiB, a millisecond to make.
const maxTabulated = 16

// tabulated looks q up instead of evaluating it, so that a vote costs the same
// whatever the grid. Beyond 16 members it returns q. Members are the first ones.
func tabulated(members Set, q Quorum) Quorum {
	if members.Len() > maxTabulated {
		return q
	}
	table := make([]uint64, members/64+1)
	for s := Set(0); s <= members; s++ {
		if q(s) {
			table[s/64] |= 1 << (s % 64)
		}
	}
	return func(acks Set) bool {
		acks &= members
		return table[acks/64]>>(acks%64)&1 == 1
	}
}

// least sums up the cheapest groups.
func (t tiers) least() int {
	var needs []int
	for _, g := range t.groups {
		needs = append(needs, g.need)
	}
	return sumLowest(needs, t.want)
}

// cut sums up the groups that are the cheapest to break, until too few are left.
func (t tiers) cut() int {
	var breaks []int
	for _, g := range t.groups {
		breaks = append(breaks, g.members.Len()-g.need+1)
	}
	return sumLowest(breaks, len(t.groups)-t.want+1)
}

// meets is the proof that two rules over the same groups have no disjoint
// quorums: together they want more groups than there are, so they share one;
// and in each they need more members than it has, so they share one of those.
func (t tiers) meets(u tiers) bool {
	if len(t.groups) != len(u.groups) || t.want+u.want <= len(t.groups) {
		return false
	}
	for i, g := range t.groups {
		h := u.groups[i]
		if g.members != h.members || g.need+h.need <= g.members.Len() {
			return false
		}
	}
	return true
}

func sumLowest(figures []int, n int) int {
	slices.Sort(figures)
	sum := 0
	for _, f := range figures[:n] {
		sum += f
	}
	return sum
}
