// Package post is phase 2 of WPaxos on its way. There is a log for each key, so a
// replica that is asked for many keys has as many messages for the same members at
// the same time. They travel together, in a [Parcel]; one that is alone goes as it is,
// and none waits for others.
package post

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// maxBytes is when a parcel is full, about: it shall fit a datagram. What is larger
// by itself goes alone.
const maxBytes = 48 << 10

// Box gathers what a replica says in one batch of steps. Whoever owns it calls Post
// at the end of the batch, so nothing stays in it.
type Box struct {
	env   quorate.Env
	now   func(to quorate.Set, m any) // sends without waiting for the disk
	soon  func()                      // something is in the box
	piles []pile
	most  struct{ p2a, p2b, p3 int } // in the parcel before, so that the next has room at once
}

// pile is for some members.
type pile struct {
	to     quorate.Set
	waits  bool // for the disk
	bytes  int
	parcel Parcel
}

// NewBox returns an empty box. now sends what need not wait for the disk; soon is
// called when there is something to post.
func NewBox(env quorate.Env, now func(to quorate.Set, m any), soon func()) *Box {
	return &Box{env: env, now: now, soon: soon}
}

// Ask puts in a request to accept, which does not wait for the disk.
func (b *Box) Ask(to quorate.Set, m P2a) {
	p := b.pile(to, false, 32+len(m.Key)+core.Size(m.Commands))
	p.parcel.P2a = add(p.parcel.P2a, m, b.most.p2a)
}

// Vote puts in an answer to a request to accept. It waits for what is persisted.
func (b *Box) Vote(to quorate.ID, m P2b) {
	p := b.pile(quorate.Set(0).Add(b.env.Cluster().Index(to)), true, 32+len(m.Key))
	p.parcel.P2b = add(p.parcel.P2b, m, b.most.p2b)
}

// Tell puts in news of what is chosen, which a quorum has on disk.
func (b *Box) Tell(to quorate.Set, m P3) {
	size := 32 + len(m.Key)
	for i := range m.Entries {
		size += 32 + core.Size(m.Entries[i].Commands)
	}
	p := b.pile(to, false, size)
	p.parcel.P3 = add(p.parcel.P3, m, b.most.p3)
}

// add appends m. What holds two soon holds as many as the last one did.
func add[M any](ms []M, m M, last int) []M {
	if len(ms) == 1 {
		ms = slices.Grow(ms, max(last, 2)-1)
	}
	return append(ms, m)
}

// pile returns what goes to the given members, with room for so many bytes.
func (b *Box) pile(to quorate.Set, waits bool, bytes int) *pile {
	i := slices.IndexFunc(b.piles, func(p pile) bool { return p.to == to && p.waits == waits })
	if i < 0 {
		i = len(b.piles)
		b.piles = append(b.piles, pile{to: to, waits: waits})
		b.soon()
	}
	p := &b.piles[i]
	if p.bytes > 0 && p.bytes+bytes > maxBytes {
		b.leave(p)
		p.parcel, p.bytes = Parcel{}, 0
	}
	p.bytes += bytes
	return p
}

// Post sends all that is in the box.
func (b *Box) Post() {
	for i := range b.piles {
		b.leave(&b.piles[i])
	}
	clear(b.piles)
	b.piles = b.piles[:0]
}

func (b *Box) leave(p *pile) {
	m := lone(p.parcel)
	if n := len(p.parcel.P2a); n > 0 {
		b.most.p2a = n
	}
	if n := len(p.parcel.P2b); n > 0 {
		b.most.p2b = n
	}
	if n := len(p.parcel.P3); n > 0 {
		b.most.p3 = n
	}
	if p.waits {
		b.env.Send(b.env.Cluster().ID(p.to.Lowest()), m)
		return
	}
	b.now(p.to, m)
}

// lone returns the only message of a parcel, or the parcel.
func lone(p Parcel) any {
	if len(p.P2a)+len(p.P2b)+len(p.P3) > 1 {
		return p
	}
	switch {
	case len(p.P2a) == 1:
		return p.P2a[0]
	case len(p.P2b) == 1:
		return p.P2b[0]
	}
	return p.P3[0]
}
