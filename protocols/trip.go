package protocols

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
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

// Timers returns what protocols with a leader wait for where a round trip takes so long:
// between heartbeats, before somebody stands, and before something is sent again.
func Timers(trip time.Duration) (heartbeat, election, retransmit time.Duration) {
	t := timersOver(trip)
	return t.heartbeat, t.election, t.retransmit
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

// fileTrip returns the longest round trip of the network that a cluster file asks
// for, zero if all members are near.
func fileTrip(file *quorate.Config) (time.Duration, error) {
	if file.WAN == "" {
		return 0, nil
	}
	wan, err := nemesis.WAN(file.WAN)
	if err != nil {
		return 0, fmt.Errorf("the wan of the file: %w", err)
	}
	cluster, err := file.Cluster()
	if err != nil {
		return 0, err
	}
	return wan.Longest(len(cluster.Zones())), nil
}

// fileStanding is [Options.standing] for members that are processes: near are the
// times of those in the zone that shall lead, as the file has them.
func fileStanding(file *quorate.Config, near timers, lease time.Duration, build func(timers) quorate.Constructor) quorate.Constructor {
	if file.LeaderZone == 0 {
		return build(near)
	}
	t := near
	if lease == 0 {
		t.heartbeat = t.election
	}
	t.election *= 2
	here, far := build(near), build(t)
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		if n.ID().Zone() == file.LeaderZone {
			return here(n, app)
		}
		return far(n, app)
	}
}

// fit raises to what a round trip asks for the times of a protocol with a leader
// that its file does not set.
func fit(election, retransmit *time.Duration, trip time.Duration) {
	t := timersOver(trip)
	raise(election, 300*time.Millisecond, t.election)
	raise(retransmit, 100*time.Millisecond, t.retransmit)
}
