package fetch

import (
	"cmp"
	"time"

	"github.com/quorate/quorate"
)

const (
	pageKeys  = 1024     // keys in a CensusReply, at most
	pageBytes = 32 << 10 // and bytes, about
	maxPages  = 2        // asked for between two Beats, at most
	maxAsked  = 5        // times that a page is asked for in vain
)

// census is how a replica that was away learns of what it missed. The turns of Beat
// would take long, where there are many keys: so it asks those that it has not heard
// of for a while, one after the other, how far they know each key to be chosen, page
// by page. The pages have a pace, for that a member may be asked by several while it
// serves clients: a million keys take less than a minute, at half a megabyte a second.
type census struct {
	heard []time.Duration // when each member's Beat came last; 0: never
	todo  quorate.Set     // members to be asked
	from  quorate.ID      // who is being asked; zero: nobody
	life  uint64          // of that one: its keys have another order when it starts again
	at    uint64          // for which page
	pages int             // asked for since the last Beat
	next  time.Duration   // when again
	tries int
	since uint64 // when this replica was asked first: what tells its lives apart
}

// returned notes a Beat. If its sender was silent, that one or this replica has been
// away. It need not be asked if most of its zone, this replica included, were heard all
// the time or are asked: some of these took part in whatever was chosen there.
func (f *Fetch) returned(from quorate.ID) {
	c, i := &f.census, f.env.Cluster().Index(from)
	if f.silent(i) && !f.heardMost(from.Zone()) {
		c.todo = c.todo.Add(i)
	}
	c.heard[i] = f.env.Now()
	if c.from == 0 {
		f.askNext()
	}
}

func (f *Fetch) silent(i int) bool {
	c := &f.census
	return i != f.self && (c.heard[i] == 0 || f.env.Now()-c.heard[i] >= f.cfg.Silence)
}

func (f *Fetch) heardMost(zone int) bool {
	members, heard := f.env.Cluster().Zone(zone), 0
	for i := range f.env.Cluster().IDs() {
		if members.Has(i) && !f.silent(i) {
			heard++
		}
	}
	return heard > members.Len()/2
}

// askNext begins with the nearest of the members that are to be asked.
func (f *Fetch) askNext() {
	c := &f.census
	c.from = 0
	for _, i := range quorate.NearestFirst(f.env.Cluster(), f.env.ID()) {
		if c.todo.Has(i) {
			c.todo = c.todo.Remove(i)
			c.from, c.at, c.tries = f.env.Cluster().ID(i), 0, 0
			f.askPage()
			return
		}
	}
}

// askPage asks now, or after the next Beat.
func (f *Fetch) askPage() {
	c := &f.census
	if c.pages >= maxPages {
		c.next = 0
		return
	}
	c.pages++
	c.next = f.env.Now() + f.cfg.Retransmit(c.from)
	f.env.SendNow(c.from, Census{c.at})
}

// goOn asks for what had to wait, and again for what was not answered. In the end it
// leaves it to the turns.
func (f *Fetch) goOn() {
	c := &f.census
	c.pages = 0
	if c.from == 0 || f.env.Now() < c.next {
		return
	}
	if c.next == 0 {
		f.askPage()
		return
	}
	if c.tries++; c.tries >= maxAsked {
		f.askNext()
		return
	}
	f.askPage()
}

func (f *Fetch) onCensus(from quorate.ID, m Census) {
	f.census.since = cmp.Or(f.census.since, uint64(f.env.Now()))
	all := f.cfg.Objects
	reply, end, size := CensusReply{Life: f.census.since, At: m.At}, uint64(all.Count()), 0
	i := min(m.At, end)
	for last := min(i+pageKeys, end); i < last && size < pageBytes; i++ {
		if k := all.At(int(i)); k.Committed() > 0 {
			reply.Heads = append(reply.Heads, Head{k.Name, k.Committed()})
			size += 16 + len(k.Name)
		}
	}
	if i < end {
		reply.Next = i
	}
	f.env.SendNow(from, reply)
}

func (f *Fetch) onCensusReply(from quorate.ID, m CensusReply) {
	f.compare(from, m.Heads)
	c := &f.census
	switch {
	case from != c.from || m.At != c.at:
		return // it answers a question that was put twice
	case m.At > 0 && m.Life != c.life:
		c.at = 0 // what was seen of the other order is no part of this one
	case m.Next <= m.At:
		f.askNext()
		return
	default:
		c.at = m.Next
	}
	c.life, c.tries = m.Life, 0
	f.askPage()
}
