package nemesis

import "github.com/quorate/quorate"

// all returns the set of the members 0 to n-1.
func all(n int) quorate.Set { return quorate.Set(1)<<n - 1 }

// Split returns the grudge of n members in the given sides: two members hear
// each other if some side has both. A member on two sides is a bridge between
// them; one on no side hears nobody, and nobody hears it.
func Split(n int, sides ...quorate.Set) []quorate.Set {
	grudge := make([]quorate.Set, n)
	for i := range grudge {
		heard := quorate.SetOf(i)
		for _, side := range sides {
			if side.Has(i) {
				heard |= side
			}
		}
		grudge[i] = all(n) &^ heard
	}
	return grudge
}

// Isolate returns the grudge of n members that cuts some off from the others,
// both ways. They hear each other.
func Isolate(n int, some quorate.Set) []quorate.Set { return Split(n, some, all(n)&^some) }

// Deaf returns the grudge of n members in which some hear none of the others,
// who hear them.
func Deaf(n int, some quorate.Set) []quorate.Set {
	grudge := make([]quorate.Set, n)
	for i := range grudge {
		if some.Has(i) {
			grudge[i] = all(n) &^ some
		}
	}
	return grudge
}

// Mute returns the grudge of n members in which none of the others hears some,
// who hear them. A mute leader learns of everything and is not obeyed.
func Mute(n int, some quorate.Set) []quorate.Set { return Deaf(n, all(n)&^some) }

// Apart returns the grudge of n members in which no member of a hears one of b,
// nor the other way round. All others hear everybody.
func Apart(n int, a, b quorate.Set) []quorate.Set { return Split(n, all(n)&^a, all(n)&^b) }

// Ring returns the grudge of members in a ring, in the given order, in which
// each hears a majority, itself included, and no two hear the same one. Jepsen
// calls it a majorities ring. Members hear as few as they can: exactly a
// majority, except that one of 3, 7, 11, … hears one more, because links have
// an even number of ends.
func Ring(order []int) []quorate.Set {
	n := len(order)
	heard := make([]quorate.Set, n)
	for i := range heard {
		heard[i] = quorate.SetOf(i)
	}
	link := func(i, j int) {
		i, j = order[i], order[j%n]
		heard[i], heard[j] = heard[i].Add(j), heard[j].Add(i)
	}
	others := n / 2 // that each has to hear
	for i := range n {
		for d := range others / 2 { // as many neighbours on either side
			link(i, i+d+1)
		}
	}
	if others%2 == 1 { // and one across the ring
		for i := range (n + 1) / 2 {
			link(i, i+n/2)
		}
	}
	for i := range heard {
		heard[i] = all(n) &^ heard[i]
	}
	return heard
}
