package hot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quorate/quorate"
)

func id(zone, node int) quorate.ID { return quorate.ID(zone<<16 | node) }

// ballot returns one of the given owner.
func ballot(n int, owner quorate.ID) quorate.Ballot {
	var b quorate.Ballot
	for range n {
		b = b.Next(owner)
	}
	return b
}

// Of many objects, of which a few are stolen often, those few are found. No counter
// is too low, and none is too high by more than it says.
func TestCountersAreRightWithinWhatTheySay(t *testing.T) {
	const kept = 8
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		c, truth, all := New(kept, 3), map[string]uint64{}, uint64(0)
		for range 500 + r.IntN(1000) {
			key := fmt.Sprint("hot", r.IntN(4))
			if r.IntN(3) > 0 {
				key = fmt.Sprint("cold", r.IntN(400))
			}
			c.Observe(quorate.Promised{Log: key, Ballot: ballot(2, id(1, 1)), Before: ballot(1, id(2, 1))})
			truth[key]++
			all++
		}
		top, sum := c.Top(2*kept), uint64(0)
		if len(top) != kept {
			t.Fatalf("%d counters, want %d", len(top), kept)
		}
		for i, o := range top {
			if n := truth[o.Key]; n > o.Steals || n < o.Steals-o.Excess {
				t.Errorf("seed %d: %+v, it was stolen %d times", seed, o, n)
			}
			if i > 0 && o.Steals > top[i-1].Steals {
				t.Errorf("seed %d: %+v comes after %+v", seed, o, top[i-1])
			}
			sum += o.Steals
		}
		if sum != all {
			t.Errorf("seed %d: the counters make %d, there were %d steals", seed, sum, all)
		}
		for key, n := range truth {
			if n > all/kept && !slices.ContainsFunc(top, func(o Object) bool { return o.Key == key }) {
				t.Errorf("seed %d: %s is not counted, with %d of %d", seed, key, n, all)
			}
		}
	}
}

// As long as counters are free all are exact.
func TestFewObjectsAreExact(t *testing.T) {
	c := New(4, 3)
	for i := range 4 {
		for range i + 1 {
			c.Observe(quorate.Promised{Log: fmt.Sprint(i), Ballot: ballot(2, id(1, 1)), Before: ballot(1, id(2, 1))})
		}
	}
	top := c.Top(2)
	if len(top) != 2 || top[0].Key != "3" || top[0].Steals != 4 || top[0].Excess != 0 || top[1].Key != "2" || top[1].Steals != 3 {
		t.Errorf("%+v", top)
	}
}

// What is no steal counts nowhere, however often it comes.
func TestWhatIsNoSteal(t *testing.T) {
	b := ballot(1, id(1, 1))
	for _, e := range []quorate.Event{
		quorate.Promised{Log: "k", Ballot: b},                           // nobody owned it
		quorate.Promised{Log: "k", Ballot: b.Next(id(1, 1)), Before: b}, // its owner, again
		quorate.Stood{Log: "k", Ballot: b, Cause: quorate.CauseNew},
		quorate.Stood{Log: "k", Ballot: b, Cause: quorate.CauseOwn},
		quorate.Stood{Ballot: b},
		quorate.Elected{Ballot: b},
		quorate.Elected{Log: "k", Ballot: b},
		quorate.Asked{Log: "k"},
		quorate.SteppedDown{Log: "k", Owned: true},
		quorate.SteppedDown{Log: "k"},
	} {
		c := New(4, 3)
		c.Observe(e)
		if top := c.Top(4); len(top) > 0 {
			t.Errorf("%+v: %+v", e, top)
		}
	}
	for _, cause := range []quorate.Cause{quorate.CauseAsked, quorate.CauseHinted, quorate.CauseSilent} {
		c := New(4, 3)
		c.Observe(quorate.Stood{Log: "k", Ballot: b, Cause: cause})
		if top := c.Top(4); len(top) != 1 || top[0].Steals != 1 || top[0].Owner != id(1, 1) {
			t.Errorf("%v: %+v", cause, top)
		}
	}
}

// Hits are those of the time that the replica owns the object; who owns it is known
// after steals and others.
func TestHitsAndOwners(t *testing.T) {
	c := New(4, 2)
	see := func(owner quorate.ID, owned int, hits ...uint64) {
		t.Helper()
		o := c.Top(1)[0]
		if o.Owner != owner || !slices.Equal(o.Hits, hits) || c.Owned() != owned {
			t.Errorf("%+v, %d owned; want the owner %v, hits %v, %d owned", o, c.Owned(), owner, hits, owned)
		}
	}
	here, there := id(1, 1), id(2, 1)
	c.Observe(quorate.Stood{Log: "k", Ballot: ballot(2, here), Cause: quorate.CauseHinted})
	c.Observe(quorate.Asked{Log: "k", Zone: 1})
	see(here, 0)
	c.Observe(quorate.Elected{Log: "k", Ballot: ballot(2, here)})
	for _, zone := range []int{1, 0, 1, 1, -1, 2} {
		c.Observe(quorate.Asked{Log: "k", Zone: zone})
	}
	see(here, 1, 1, 3)
	c.Observe(quorate.Elected{Log: "other"})
	see(here, 2, 1, 3)
	top := c.Top(1)
	top[0].Hits[0] = 100
	see(here, 2, 1, 3)
	c.Observe(quorate.Promised{Log: "k", Ballot: ballot(3, there), Before: ballot(2, here)})
	c.Observe(quorate.SteppedDown{Log: "k", Owned: true})
	see(there, 1)
	c.Observe(quorate.Stood{Log: "k", Ballot: ballot(4, here), Cause: quorate.CauseAsked})
	c.Observe(quorate.SteppedDown{Log: "k"}) // from what it only tried
	c.Observe(quorate.Promised{Log: "k", Ballot: ballot(5, there), Before: ballot(4, here)})
	see(there, 1)
	c.Observe(quorate.Promised{Log: "k", Ballot: ballot(6, there), Before: ballot(5, there)})
	if o := c.Top(1)[0]; o.Steals != 4 {
		t.Errorf("%+v", o)
	}
}
