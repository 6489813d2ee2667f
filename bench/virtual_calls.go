package bench

import (
	"bytes"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/sim"
)

// maxSlots bounds the calls under way at once in a simulated world, each of which takes a
// client of the world.
const maxSlots = 1 << 12

// slot is a client of the world, through which one of the run's makes a call at a time.
type slot struct {
	client  int // of the run
	last    client.Op
	called  time.Duration // when the call really began
	loading bool          // it is one of those before the warm-up
	left    int           // of those
}

// slots is how many clients the world has. Those of an open loop are as many as find
// something to do: four times what is under way in the longest round trip. What more
// arrives waits for one of them, which its latency has in it as it would have the wait for a
// member.
func (c Config) slots(trip time.Duration) int {
	n := c.Clients
	if c.Load.Pipeline > 0 {
		return n * c.Load.Pipeline
	}
	if !c.Load.Open() {
		return n
	}
	const least, trips = 256, 4
	n = max(n, min(c.Load.Backlog, max(least, int(min(trips*c.Load.peak()*trip.Seconds(), maxSlots)))))
	return (n + c.Zones - 1) / c.Zones * c.Zones // as many in each zone
}

// clientOf is whose call a slot makes: a client's of its zone, by turns. The first slots are those
// of the clients with their numbers.
func (c Config) clientOf(slot int) int {
	zone := slot % c.Zones
	there := (c.Clients - zone + c.Zones - 1) / c.Zones
	if there <= 0 {
		return 0 // nobody's: nothing arrives there
	}
	return zone + slot/c.Zones%there*c.Zones
}

// arrivals are those of an open loop, nil for closed ones.
func (v *virtual) arrivals() *sim.Arrivals {
	if !v.cfg.Load.Open() {
		return nil
	}
	plan, ahead := v.cfg.arrivals().Schedule(), v.warm-v.begin
	return &sim.Arrivals{
		Next: func() (time.Duration, int) {
			at, lane := plan.Next()
			if at == Never {
				return at, lane
			}
			return ahead + at, lane
		},
		Busy:    func(slot int) bool { return v.slots[slot].left > 0 },
		Backlog: max(0, v.cfg.Load.Backlog-len(v.slots)),
		Waits:   v.arrived,
	}
}

// think returns how long clients think, nil if they do not.
func (v *virtual) think() func(int) time.Duration {
	if v.cfg.Load.Think == 0 {
		return nil
	}
	return func(slot int) time.Duration {
		if v.slots[slot].loading {
			return 0
		}
		return v.thinkers[v.slots[slot].client].next()
	}
}

// counts reports whether a call counts that was meant to begin at an instant.
func (v *virtual) counts(meant time.Duration) bool {
	return meant >= v.from && meant < v.from+v.cfg.Duration
}

// arrived takes note of what arrives in an open loop.
func (v *virtual) arrived(at time.Duration, waiting int, shed bool) {
	v.tell(at)
	v.waiting = waiting
	v.peak = max(v.peak, v.flying+v.waiting)
	if v.counts(at) {
		v.offering.arrived++
	}
	if shed && v.counts(at) {
		v.offering.shed++
	}
}

// hold notes how many calls are under way or wait at the ends of the measured time, before
// what happens at an instant beyond them.
func (v *virtual) hold(at time.Duration) {
	if at < v.from {
		v.offering.begin = int64(v.flying + v.waiting)
	}
	if at < v.from+v.cfg.Duration {
		v.offering.end = int64(v.flying + v.waiting)
	}
}

func (v *virtual) next(i int, now time.Duration) client.Op {
	v.hold(now)
	l := &v.slots[i]
	s := v.streams[l.client]
	var op client.Op
	loading := l.left > 0
	if loading {
		op, _ = s.load()
		l.left--
	} else {
		op = s.op(now - v.begin)
		v.flying++
		v.peak = max(v.peak, v.flying)
	}
	op.Value = bytes.Clone(op.Value)
	l.last, l.called, l.loading = op, now, loading
	return op
}

// ended accounts for a call: of an open loop for those that were meant to begin in the measured
// time, else for those that returned in it.
func (v *virtual) ended(i int, called, returned time.Duration, out *client.Outcome) {
	v.tell(returned)
	l := &v.slots[i]
	s, done := v.streams[l.client], out.Status == quorate.Done
	if l.loading {
		v.loaded = returned
	} else {
		v.flying--
	}
	s.ended(&l.last, &out.Result, done)
	if done {
		v.total++
	} else {
		v.failed++
	}
	t, kind, open := v.tallies[i%v.cfg.Zones], l.last.Kind, v.cfg.Load.Open()
	inTime := v.counts(returned)
	if inTime && done {
		v.counted++
		t.count(kind)
		v.sampleOf(returned).Throughput++
	}
	counts := returned >= v.from && called < v.from+v.cfg.Duration && (inTime || !done)
	if open {
		counts = v.counts(called) && !l.loading
	}
	if !counts {
		return
	}
	took, r := returned-called, &v.regions[i%v.cfg.Zones]
	t.ended(classOf(kind), out.Status, took)
	switch out.Status {
	case quorate.Done:
		r.done(kind, called, returned)
		v.turn(v.interval(returned))
		record(v.lately, took)
		if open {
			t.began(returned - l.called)
		}
		return
	case quorate.NotExecuted:
		r.errors++
	default:
		r.unknown++
	}
	v.sampleOf(returned).Failed++
}

// offer sums up what was offered in a time of that length. Calls that had not begun when it was
// over never do.
func (v *virtual) offer(length time.Duration, over bool) {
	f := &v.offering
	f.measured, f.tallies, f.series = length, v.tallies, v.series
	if !over || f.arrived == 0 {
		return
	}
	ended := uint64(0)
	for _, t := range v.tallies {
		for c := range classes {
			for o := range outcomes {
				if h := t.took[c][o]; h != nil {
					ended += uint64(h.TotalCount())
				}
			}
		}
	}
	f.shed = f.arrived - min(f.arrived, ended)
}

// interval is which of the series an instant lies in, or the last one.
func (v *virtual) interval(at time.Duration) int {
	return min(int((at-v.from)/v.cfg.Interval), len(v.series)-1)
}

func (v *virtual) sampleOf(at time.Duration) *Sample { return &v.series[v.interval(at)] }

// turn sums the interval up that was under way, if another one begins.
func (v *virtual) turn(to int) {
	if to == v.at {
		return
	}
	took := latencyOf(v.lately)
	v.series[v.at].P50, v.series[v.at].P99 = took.P50, took.P99
	v.lately.Reset()
	v.at = max(to, 0)
}
