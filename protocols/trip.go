package protocols

import (
	"time"

	"github.com/quorate/quorate"
)

// timers are what a protocol with a leader waits for; zero is its default.
type timers struct{ heartbeat, election, retransmit time.Duration }

// timersOver returns timers that fit a round trip: nobody stands before a leader far
// away can have been heard, nor sends again what may still be answered.
func timersOver(trip time.Duration) timers {
	return timers{
		heartbeat:  max(50*time.Millisecond, trip/4),
		election:   max(200*time.Millisecond, 3*trip),
		retransmit: max(100*time.Millisecond, 2*trip),
	}
}

// standing returns the constructor of replicas that stand for leader, made by
// build. Those outside the zone that shall lead wait so much longer that one of
// that zone is elected before; and should one of them lead all the same, it gives
// signs of life so seldom that it is replaced, unless it could then keep no lease.
func (o Options) standing(build func(timers) (quorate.Constructor, error)) (quorate.Constructor, error) {
	if o.Trip == 0 && o.Lead == 0 {
		return build(timers{})
	}
	t := timersOver(o.Trip)
	near, err := build(t)
	if err != nil || o.Lead == 0 {
		return near, err
	}
	if o.Lease == 0 {
		t.heartbeat = t.election
	}
	t.election *= 2
	far, err := build(t)
	if err != nil {
		return nil, err
	}
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		if n.ID().Zone() == o.Lead {
			return near(n, app)
		}
		return far(n, app)
	}, nil
}

// raise replaces a time that is not set, if its default lies below what is asked.
func raise(d *time.Duration, usual, want time.Duration) {
	if *d == 0 && want > usual {
		*d = want
	}
}
