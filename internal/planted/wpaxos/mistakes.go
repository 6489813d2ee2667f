package wpaxos

import (
	"fmt"
	"math"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted/wpaxos/objects"
	"github.com/quorate/quorate/internal/planted/wpaxos/paxos/core"
)

// mistakes is what planted bugs of more than a few lines keep. This file is
// written by hand, the others are copies of the protocol.
type mistakes struct {
	ahead map[place]bool              // of execute-gaps: executed before their turn
	via   map[*objects.Key]quorate.ID // of consecutive-nodes: whom the last hit came from
}

// place is a slot of a key.
type place struct {
	key  *objects.Key
	slot quorate.Slot
}

// faults reads which losses quorums of zones are for.
func faults(q quorate.QuorumSystem) (fz, fn int) {
	_, _ = fmt.Sscanf(q.Name, "zones:fz=%d,fn=%d", &fz, &fn) // others are not asked for
	return fz, fn
}

// zoned is the quorum of so many members as need says of the size of a zone, in
// each of want zones; of one at least.
func zoned(c *quorate.Cluster, want int, need func(l int) int) quorate.Quorum {
	return func(s quorate.Set) bool {
		zones := 0
		for _, z := range c.Zones() {
			if all := c.Zone(z); (s & all).Len() >= max(need(all.Len()), 1) {
				zones++
			}
		}
		return zones >= max(want, 1)
	}
}

// thin is the quorum of so many members in all as need says for want zones, of
// which no more count in a zone.
func thin(c *quorate.Cluster, want int, need func(l int) int) quorate.Quorum {
	return func(s quorate.Set) bool {
		members, enough := 0, 0
		for i, z := range c.Zones() {
			all := c.Zone(z)
			members += min((s & all).Len(), need(all.Len()))
			if i < want {
				enough += need(all.Len())
			}
		}
		return members >= enough
	}
}

func fewerZones(q quorate.QuorumSystem) quorate.QuorumSystem {
	fz, fn := faults(q)
	q.Phase1 = zoned(q.Cluster, len(q.Cluster.Zones())-fz-1, func(int) int { return fn + 1 })
	return q
}

func fewerMembers(q quorate.QuorumSystem) quorate.QuorumSystem {
	fz, fn := faults(q)
	q.Phase2 = zoned(q.Cluster, fz+1, func(l int) int { return l - fn - 1 })
	return q
}

func oneZone(q quorate.QuorumSystem) quorate.QuorumSystem {
	_, fn := faults(q)
	q.Phase2 = zoned(q.Cluster, 1, func(l int) int { return l - fn })
	return q
}

func capped(q quorate.QuorumSystem) quorate.QuorumSystem {
	fz, fn := faults(q)
	q.Phase1 = thin(q.Cluster, len(q.Cluster.Zones())-fz, func(int) int { return fn + 1 })
	q.Phase2 = thin(q.Cluster, fz+1, func(l int) int { return l - fn })
	return q
}

// executeAhead executes the chosen slots behind those that are not.
func (r *Replica) executeAhead(k *objects.Key) {
	for _, e := range k.Open.Ahead() {
		if !r.ahead[place{k, e.Slot}] {
			r.execute(k, e)
			if r.ahead == nil {
				r.ahead = map[place]bool{}
			}
			r.ahead[place{k, e.Slot}] = true
		}
	}
}

// wasAhead reports whether a slot was executed before its turn, which has come.
func (r *Replica) wasAhead(k *objects.Key, s quorate.Slot) bool {
	was := r.ahead[place{k, s}]
	delete(r.ahead, place{k, s})
	return was
}

// anew makes a command look as if it had been issued for its slot. Nobody then
// remembers to have executed it in another slot; a log that is executed again
// after a restart still changes nothing.
func anew(c quorate.Command, s quorate.Slot) quorate.Command {
	c.Issued += time.Duration(s)
	return c
}

// answerEarly answers clients whose commands are proposed.
func (r *Replica) answerEarly(k *objects.Key, commands []quorate.Command) {
	likely := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: r.app.Horizon()})
	if k.Committed() > 0 {
		restore(likely, k.Name, r.app.Snapshot(nil, k.Name))
	}
	for _, c := range commands {
		r.requests.Executed(c.ID(), likely.Apply(c), 0)
	}
}

// answerReads answers the reads that wait for an object from what is known so far.
func (r *Replica) answerReads(k *objects.Key) {
	if k.Open.Queue == nil {
		return
	}
	for _, p := range k.Open.Queue.Drain() {
		if p.Command.Op == quorate.OpGet {
			r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), 0)
		} else {
			k.Open.Queue.Push(p)
		}
	}
}

// ownAgain makes this replica the owner of what it owned before it restarted.
func (r *Replica) ownAgain() {
	for i := range r.objects.Count() {
		if k := r.objects.At(i); k.Promised().Owner() == r.env.ID() {
			if k.Idle.Owns = true; k.Open != nil {
				k.Open.OwnAgain()
			}
		}
	}
}

// otherNode reports whether a hit comes from another member than the one before.
func (r *Replica) otherNode(k *objects.Key) bool {
	if r.via == nil {
		r.via = map[*objects.Key]quorate.ID{}
	}
	before := r.via[k]
	r.via[k] = r.origin.via
	return before != r.origin.via
}

// dropOutcomes leaves of the keys' states what the state machine keeps, and
// nothing of what was executed to get there. A table with a short horizon
// forgets all outcomes as soon as it is trimmed.
func (r *Replica) dropOutcomes(keys ...string) {
	for _, key := range keys {
		bare := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 1})
		restore(bare, key, r.app.Snapshot(nil, key))
		for _, c := range bare.Trims(math.MaxInt64, 1) {
			bare.Apply(c)
		}
		restore(r.app, key, bare.Snapshot(nil, key))
	}
}

func restore(app *quorate.Once, key string, state []byte) {
	if err := app.Restore(key, state); err != nil {
		panic("wpaxos: a state that was just read cannot be restored: " + err.Error())
	}
}

// countElsewhere takes the promise of one key as that of others, of which it tells
// nothing.
func (r *Replica) countElsewhere(from quorate.ID, m P1b) {
	for n := range r.objects.Count() {
		k, i := r.objects.At(n), r.index(from)
		if k.Name == m.Key || !m.OK || k.Open == nil || k.Open.Recovery() == nil || k.Open.Recovery().Ballot() != m.Ballot {
			continue
		}
		at := k.Open.Recovery().Wanted(i)
		if k.Open.Add(i, core.Promise{From: at, Next: at}) && k.Open.Recovery().Outcome() == quorate.Won {
			r.won(k)
		}
	}
}

// promiseAnyway promises as a voter does.
func (r *Replica) promiseAnyway(from quorate.ID, m P1a) {
	k := r.objects.Put(m.Key)
	r.objects.Wake(k)
	r.raise(k, m.Ballot)
	if m.Ballot.Owner() == from && m.Ballot == k.Promised() {
		r.env.Send(from, r.promise(k, m))
	}
}
