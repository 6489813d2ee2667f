// Package fetch is how a replica of WPaxos gets what it missed of some keys, from
// whoever has it: their chosen entries, or their states where those are trimmed.
// Nobody keeps track of what others lack. Instead each tells the others, beside that
// it is alive, how far it knows keys to be chosen: all of them of those that were
// written lately, in case the news got lost, and one in turn of a few others. Who was
// away asks for all.
package fetch

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

const (
	maxHeads  = 64   // keys of which a Beat tells, at most
	maxRecent = 4096 // keys of which others are to be told again, at most; the rest has its turn
)

// Config is what a replica lends.
type Config struct {
	Objects    *objects.Objects
	Snapshot   func(dst []byte, key string) []byte
	ChunkBytes int
	Silence    time.Duration // after which a member, or this replica, may have missed something

	Retransmit func(to quorate.ID) time.Duration // after which a question is asked again

	Heard   func(from quorate.ID)                                 // a member that votes is alive
	Learn   func(k *objects.Key, e core.Entry)                    // takes a chosen entry
	Install func(k *objects.Key, upto quorate.Slot, state []byte) // takes a state
}

// Fetch is one replica's part.
type Fetch struct {
	env       quorate.Env
	cfg       Config
	self      int
	recent    []*objects.Key         // told of; Beat tells again
	cursor    int                    // in the objects, of the next Beat
	turn      int                    // whom the next Beat is for
	sending   map[quorate.ID]sending // at most one for each member
	receiving receiving
	census    census
}

// sending is a state that is too long for one message, while a member fetches it.
type sending struct {
	key  string
	upto quorate.Slot
	data []byte
}

// receiving is a state that comes in parts. There is one at a time.
type receiving struct {
	key  string
	from quorate.ID
	upto quorate.Slot
	data []byte
	used time.Duration
}

// New registers the messages on n.
func New(n *quorate.Node, cfg Config) *Fetch {
	f := &Fetch{env: n, cfg: cfg, self: n.Cluster().Index(n.ID()), sending: map[quorate.ID]sending{}}
	quorate.Register(n, f.onBeat) // one that lost its disk owns nothing, and nobody shall wait for it
	f.census.heard = make([]time.Duration, n.Cluster().Size())
	quorate.RegisterOpen(n, f.onRequest)
	quorate.RegisterOpen(n, f.onReply)
	quorate.RegisterOpen(n, f.onCensus)
	quorate.RegisterOpen(n, f.onCensusReply)
	return f
}

// Seek makes the replica learn the slots of k below goal, from whoever told of them.
func (f *Fetch) Seek(k *objects.Key, from quorate.ID, goal quorate.Slot) {
	o := f.cfg.Objects.Wake(k)
	o.Fetch.Goal = max(o.Fetch.Goal, goal)
	if goal > o.Committed() && f.env.Now() >= o.Fetch.Next {
		o.Fetch.Tries = 0
		f.Ask(k, from)
	}
}

// Ask asks for what is chosen of k beyond what is known.
func (f *Fetch) Ask(k *objects.Key, from quorate.ID) {
	o := f.cfg.Objects.Wake(k)
	o.Fetch.From, o.Fetch.Next = from, f.env.Now()+f.cfg.Retransmit(from)
	f.env.SendNow(from, CatchupRequest{Key: k.Name, From: o.Committed()})
}

// Walk asks again where no answer came, in the end somebody else. It reports whether
// something is lacking.
func (f *Fetch) Walk(k *objects.Key) bool {
	o, now := k.Open, f.env.Now()
	if o.Fetch.Goal <= o.Committed() {
		return false
	}
	if now < o.Fetch.Next {
		return true
	}
	if o.Fetch.Tries++; o.Fetch.Tries%3 == 0 {
		o.Fetch.From = f.another(o.Fetch.From)
	}
	if o.Fetch.Tries > 6*f.env.Cluster().Size() {
		o.Fetch = objects.Fetching{} // whoever knows will tell of it again
		return false
	}
	f.Ask(k, o.Fetch.From)
	return true
}

// another returns the member after id, other than this one.
func (f *Fetch) another(id quorate.ID) quorate.ID {
	c := f.env.Cluster()
	i := (c.Index(id) + 1) % c.Size()
	if i == f.self {
		i = (i + 1) % c.Size()
	}
	return c.ID(i)
}

// onRequest answers with entries, or with a state: all of it if it fits, else part
// by part as it is now, however the key changes meanwhile.
func (f *Fetch) onRequest(from quorate.ID, m CatchupRequest) {
	k := f.cfg.Objects.Get(m.Key)
	if k == nil {
		return
	}
	o := f.cfg.Objects.Wake(k)
	reply := CatchupReply{Key: m.Key, Commit: o.Committed()}
	switch {
	case m.Upto > 0:
		s := f.sending[from]
		if s.key != m.Key || s.upto != m.Upto || m.Offset > uint64(len(s.data)) {
			return // another was sent meanwhile; it will be asked for anew
		}
		f.part(&reply, s, m.Offset)
	case m.From < o.Base():
		s := sending{m.Key, o.Executed(), f.cfg.Snapshot(nil, m.Key)}
		if f.part(&reply, s, 0); reply.More {
			f.sending[from] = s
		}
	default:
		if reply.Entries = o.Chosen(m.From, f.cfg.ChunkBytes); len(reply.Entries) > 0 {
			f.env.Observe(quorate.Retransmitted{Log: m.Key, Slots: len(reply.Entries)})
		}
	}
	f.env.SendNow(from, reply)
}

func (f *Fetch) part(reply *CatchupReply, s sending, offset uint64) {
	rest := s.data[offset:]
	n := min(len(rest), f.cfg.ChunkBytes)
	reply.Upto, reply.Offset, reply.State, reply.More = s.upto, offset, rest[:n:n], n < len(rest)
}

func (f *Fetch) onReply(from quorate.ID, m CatchupReply) {
	k := f.cfg.Objects.Get(m.Key)
	if k == nil {
		return
	}
	o := f.cfg.Objects.Wake(k)
	before := o.Committed()
	if m.Upto > before {
		f.receive(k, from, m)
	}
	for _, e := range m.Entries {
		f.cfg.Learn(k, e)
	}
	if o.Committed() > before {
		o.Fetch.Tries, o.Fetch.Next = 0, 0 // it goes on at once
	}
	f.Seek(k, from, m.Commit)
}

// receive takes a part of a state, or all of it.
func (f *Fetch) receive(k *objects.Key, from quorate.ID, m CatchupReply) {
	in := &f.receiving
	if m.Offset == 0 {
		if !m.More {
			f.cfg.Install(k, m.Upto, m.State)
			return
		}
		if in.key != k.Name && in.data != nil && f.env.Now()-in.used < 4*f.cfg.Retransmit(in.from) {
			k.Open.Fetch.From, k.Open.Fetch.Next = from, f.env.Now()+4*f.cfg.Retransmit(in.from)
			return // another is under way; this one is asked for again
		}
		*in = receiving{key: k.Name, from: from, upto: m.Upto}
	}
	if in.key != k.Name || in.from != from || in.upto != m.Upto || m.Offset != uint64(len(in.data)) {
		return
	}
	in.data, in.used = append(in.data, m.State...), f.env.Now()
	if !m.More {
		data := in.data
		*in = receiving{}
		f.cfg.Install(k, m.Upto, data)
		return
	}
	o := k.Open // it may have been at rest since it asked
	o.Fetch.From, o.Fetch.Tries, o.Fetch.Next = from, 0, f.env.Now()+f.cfg.Retransmit(from)
	f.env.SendNow(from, CatchupRequest{Key: k.Name, From: o.Committed(), Upto: m.Upto, Offset: uint64(len(in.data))})
}

// Told notes that others were told of commits: they are told once more.
func (f *Fetch) Told(k *objects.Key) {
	if len(f.recent) < maxRecent {
		f.recent = append(f.recent, k)
	}
}

// Beat tells that this replica is alive, and how far keys are chosen.
func (f *Fetch) Beat() {
	n := min(len(f.recent), maxHeads)
	heads := make([]Head, 0, n)
	for _, k := range f.recent[:n] {
		heads = append(heads, Head{k.Name, k.Committed()})
	}
	f.recent = f.recent[n:]
	f.env.SendNow(quorate.Others, Beat{heads})
	f.round()
	f.goOn()
}

// round tells the next member of the next keys.
func (f *Fetch) round() {
	all := f.cfg.Objects
	var heads []Head
	for range min(maxHeads, all.Count()) {
		k := all.At(f.cursor)
		if f.cursor = (f.cursor + 1) % all.Count(); f.cursor == 0 {
			f.turn++
		}
		if k.Committed() > 0 {
			heads = append(heads, Head{k.Name, k.Committed()})
		}
	}
	c := f.env.Cluster()
	if to := c.ID((f.self + 1 + f.turn) % c.Size()); len(heads) > 0 && to != f.env.ID() {
		f.env.SendNow(to, Beat{heads})
	}
}

// onBeat looks at what its sender has, and for how long it was silent.
func (f *Fetch) onBeat(from quorate.ID, m Beat) {
	f.cfg.Heard(from)
	f.compare(from, m.Heads)
	f.returned(from)
}

// compare asks for what a member has and this replica has not.
func (f *Fetch) compare(from quorate.ID, heads []Head) {
	for _, h := range heads {
		if k := f.cfg.Objects.Put(h.Key); h.Commit > k.Committed() {
			f.Seek(k, from, h.Commit)
		}
	}
}
