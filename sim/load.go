package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/nemesis"
)

// Load is the clients of a world that is measured, in place of those that its
// Spec draws: loops in the zones of the cluster, client i in zone i, round
// the zones. A client talks to the members of its zone as long as one answers.
// Within the zone that takes Network.Client each way, else as long as between the
// zones.
type Load struct {
	// From is when the clients begin. When the Spec's Safety is over they end.
	From time.Duration
	// Roam lets clients go on with the member that they know to lead, wherever it
	// is: for protocols whose members pass no requests on.
	Roam bool
	// Arrivals make the loops open. Nil is closed ones: each client makes its next call
	// when the last has ended.
	Arrivals *Arrivals
	// Next returns what a client asks for now, in virtual time.
	Next func(client int, now time.Duration) client.Op
	// Think returns how long a client rests after the answer to a call of a closed loop.
	// Nil is not at all.
	Think func(client int) time.Duration
	// Ended takes what became of it, in virtual time, of a call that was under way when the
	// load ended, too.
	Ended func(client int, called, returned time.Duration, outcome *client.Outcome)
	// Observe takes what members say of themselves; may be nil.
	Observe func(member int, at time.Duration, e quorate.Event)
	// Sent is told of every message between members; may be nil.
	Sent func(at time.Duration)
	// Unjudged leaves the history unjudged. What is true of any history of the
	// protocol is watched all the same.
	Unjudged bool
}

// Measure lets a world happen in which a load takes the place of the clients'
// mix. What the clients have to be told is done with when it returns.
func Measure(ctx context.Context, s Subject, spec Spec, load Load, opts Options) (*Outcome, error) {
	if load.Next == nil || load.Ended == nil {
		return nil, errors.New("measure a world: a load needs Next and Ended")
	}
	if load.From < 0 || load.From > spec.Safety {
		return nil, fmt.Errorf("measure a world: the load begins after %v: want 0 to %v, when it ends", load.From, spec.Safety)
	}
	if a := load.Arrivals; a != nil && (a.Next == nil || a.Backlog < 0) {
		return nil, fmt.Errorf("measure a world: an open loop with a backlog of %d: want 0 or more, and Next", a.Backlog)
	}
	opts.load = &load
	return Run(ctx, s, spec, opts)
}

// loadSpread is the time within which the clients of a load begin.
const loadSpread = 100 * time.Millisecond

func (w *world) loadFrom() time.Duration {
	if w.load == nil {
		return 0
	}
	return w.load.From
}

// byDistance returns the members as a client of a zone asks them.
func (c *caller) byDistance() []quorate.ID {
	return nemesis.Nearest(c.w.cluster, c.w.net.wan, c.index)
}

// pin returns the member that a client talks to all the time: one of its own zone
// where it has one.
func (c *caller) pin(nodes []quorate.ID) quorate.ID {
	if c.w.spec.Clients.Zoned {
		return nodes[0]
	}
	return c.w.cluster.ID(c.index % len(nodes))
}

// way returns how long a message takes between a client and a member.
func (c *caller) way(h *host) time.Duration {
	w := c.w
	if w.load == nil && (!w.spec.Clients.Zoned || w.net.wan == nil) {
		return upTo(c.rng, w.spec.Network.Client)
	}
	zone := h.index / w.spec.Nodes
	switch {
	case zone == c.zone:
		return w.spec.Network.Client
	case w.net.wan == nil:
		return w.spec.Network.Base
	default:
		return w.net.wan.Between(c.zone, zone)
	}
}
