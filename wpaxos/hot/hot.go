// Package hot tells which objects of WPaxos are stolen most, of a million maybe, with
// a bounded number of counters. It looks at the events of one replica.
//
// The counters are the space-saving ones of Metwally, Agrawal and El Abbadi,
// "Efficient Computation of Frequent and Top-k Elements in Data Streams" (ICDT 2005):
// an object that is not counted yet takes over the counter that stands lowest. So a
// counter is never too low, and by how much it may be too high is known; an object
// that had more than its share of all steals, one in so many as there are counters,
// has a counter.
package hot

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quorate/quorate"
)

// Object is one that is counted.
type Object struct {
	Key   string
	Owner quorate.ID // of the highest ballot seen, which may be tried only
	// Steals counts the ballots that others than the owner tried for it. There were as
	// many, or Excess less.
	Steals, Excess uint64
	// Hits counts from which zones, by their indices, it was asked for, since it is
	// counted and this replica owns it; empty if this one does not.
	Hits []uint64
}

// Counters count the steals that one replica sees.
type Counters struct {
	kept  int
	zones int
	keys  map[string]*Object
	owned int
}

// Kept is how many objects are counted, as a rule.
const Kept = 64

// New returns counters for so many objects, in a cluster of so many zones.
func New(kept, zones int) *Counters {
	return &Counters{kept: kept, zones: zones, keys: make(map[string]*Object, kept)}
}

// Owned returns how many objects the replica owns.
func (c *Counters) Owned() int { return c.owned }

// Observe takes an event of the replica.
func (c *Counters) Observe(e quorate.Event) {
	switch e := e.(type) {
	case quorate.Promised:
		c.tried(e.Log, e.Ballot, e.Before != 0 && e.Before.Owner() != e.Ballot.Owner())
	case quorate.Stood:
		c.tried(e.Log, e.Ballot, e.Cause != quorate.CauseNone && e.Cause != quorate.CauseNew && e.Cause != quorate.CauseOwn)
	case quorate.Elected:
		if e.Log == "" {
			return
		}
		c.owned++
		if o := c.keys[e.Log]; o != nil {
			o.Hits = make([]uint64, c.zones)
		}
	case quorate.SteppedDown:
		if !e.Owned {
			return
		}
		c.owned--
		if o := c.keys[e.Log]; o != nil {
			o.Hits = nil
		}
	case quorate.Asked:
		if o := c.keys[e.Log]; o != nil && e.Zone >= 0 && e.Zone < len(o.Hits) {
			o.Hits[e.Zone]++
		}
	}
}

// tried notes that somebody tried a ballot, and counts it if it is a steal.
func (c *Counters) tried(key string, b quorate.Ballot, steal bool) {
	o := c.keys[key]
	if o == nil && steal {
		o = c.count(key)
	}
	if o == nil {
		return
	}
	o.Owner = b.Owner()
	if steal {
		o.Steals++
	}
}

// count gives a key a counter: one that is free, or the lowest.
func (c *Counters) count(key string) *Object {
	o := &Object{Key: key}
	if len(c.keys) >= c.kept {
		var least *Object
		for _, other := range c.keys { // unordered: least does not depend on it
			if least == nil || order(other, least) > 0 {
				least = other
			}
		}
		delete(c.keys, least.Key)
		o.Steals, o.Excess = least.Steals, least.Steals
	}
	c.keys[key] = o
	return o
}

// order puts what was stolen most first.
func order(a, b *Object) int {
	return cmp.Or(cmp.Compare(b.Steals, a.Steals), cmp.Compare(a.Excess, b.Excess), strings.Compare(a.Key, b.Key))
}

// Top returns the n objects that were stolen most, copies.
func (c *Counters) Top(n int) []Object {
	all := make([]*Object, 0, len(c.keys))
	for _, o := range c.keys { // unordered: they are sorted below
		all = append(all, o)
	}
	slices.SortFunc(all, order)
	top := make([]Object, min(n, len(all)))
	for i := range top {
		top[i] = *all[i]
		top[i].Hits = slices.Clone(top[i].Hits)
	}
	return top
}
