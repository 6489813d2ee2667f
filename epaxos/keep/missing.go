package keep

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Missing asks for the values of instances that are committed, in Commits. The answer
// ends with Told, which repeats At: its sender asks for one portion after
// the other.
type Missing struct {
	At  time.Duration
	IDs []core.ID
}

// Told says that all that is told in answer to a Missing was sent.
type Told struct{ At time.Duration }

// gap is what a member lacks of what another has executed, and asks that one for.
type gap struct {
	from  quorate.ID // who was asked; 0 if nobody is
	below core.Deps
	ids   []core.ID // asked for
	at    time.Duration
	wait  time.Duration // for the answer
}

// executed is what a member said to have executed: before the last Retransmit, and
// since then.
type executed struct {
	due, later core.Deps
	since      time.Duration
}

// behind asks a member for what it has executed and is not committed here, at the pace
// of its answers. Usually the Commits are on their way: so it is asked only for what it
// told of a while ago.
func (k *Keeper) behind(from quorate.ID, upto core.Deps) {
	now, m := k.env.Now(), &k.executed[k.env.Cluster().Index(from)]
	if now-m.since >= k.cfg.Retransmit {
		m.due, m.later, m.since = m.later, upto, now
	}
	if g := &k.gap; g.from != 0 {
		if now-g.at < g.wait {
			return
		}
		g.ids, g.wait = nil, min(2*g.wait, 16*k.cfg.Retransmit)
	}
	k.ask(from, m.due)
}

// ask asks for the next portion, unless nothing is missing, or the last one brought
// nothing: then whoever is heard of next is asked.
func (k *Keeper) ask(from quorate.ID, below core.Deps) {
	g := &k.gap
	ids, again := k.cfg.Table.Missing(below, k.cfg.Reach), g.from == from
	if len(ids) == 0 || k.Active() || again && slices.Equal(ids, g.ids) {
		g.from, g.ids = 0, nil
		return
	}
	g.from, g.below, g.ids, g.at = from, below, ids, k.env.Now()
	g.wait = max(g.wait, k.cfg.Retransmit)
	k.env.SendNow(from, Missing{g.at, ids})
}

// onMissing tells no more at once than what a part of states has.
func (k *Keeper) onMissing(from quorate.ID, m Missing) {
	size := 0
	for _, id := range m.IDs {
		i := k.cfg.Table.Get(id)
		if i == nil || i.Phase != core.Committed {
			continue
		}
		k.cfg.Tell(from, i)
		if size += i.Size(); size >= k.cfg.ChunkBytes {
			break
		}
	}
	k.env.Send(from, Told{m.At})
}

// onTold asks for the next portion as soon as one has come.
func (k *Keeper) onTold(from quorate.ID, m Told) {
	if g := &k.gap; g.from == from && g.at == m.At {
		g.wait = 2 * (k.env.Now() - g.at)
		k.ask(from, g.below)
	}
}
