package bench

import (
	"context"
	"sync"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate/internal/sleep"
)

// mapTallies makes the tallies of the loops: several for each zone, so that loops need
// not wait for each other.
func (r *run) mapTallies() {
	zones := r.tallyZones()
	for i := range min(r.cfg.Clients, max(zones, maxTallies/zones*zones)) {
		r.tallies = append(r.tallies, newTally(i%zones))
	}
}

// tallyZones is how many zones the tallies tell apart.
func (r *run) tallyZones() int {
	if r.zonal() {
		return r.cfg.Zones
	}
	return 1
}

// tallyOf is that of the i-th loop. Clients lie in the zones by turns, as tallies do.
func (r *run) tallyOf(i int) *tally { return r.tallies[i%len(r.tallies)] }

// hire gives the loops to drivers, by turns.
func (r *run) hire() {
	r.tallies = nil
	zones, step := r.tallyZones(), min(maxDrivers, len(r.loops))
	for first := range step {
		d := &driver{cfg: &r.cfg, window: &r.window, first: first, step: step, recorder: r.recorder, wake: make(chan struct{}, 1)}
		for zone := range zones {
			d.tallies = append(d.tallies, newTally(zone))
		}
		for i := first; i < len(r.loops); i += step {
			l := &lane{loop: r.loops[i]}
			l.tally = d.tallies[i%zones]
			l.start, _ = l.client.(starter)
			d.lanes = append(d.lanes, l)
		}
		if r.cfg.Load.Open() {
			d.plan = r.cfg.arrivals().Part(first, step)
			share := func(n int) int { return (n*len(d.lanes) + len(r.loops) - 1) / len(r.loops) } // rounded up
			d.room = share(r.cfg.Load.Backlog)
			if r.cfg.Load.Pipeline == 0 {
				d.most = share(mostFlying * r.cfg.Zones)
			}
		}
		r.drivers = append(r.drivers, d)
		r.tallies = append(r.tallies, d.tallies...)
	}
}

// work lets the clients make their calls.
func (r *run) work(calls context.Context, wg *sync.WaitGroup) {
	for _, d := range r.drivers {
		wg.Go(func() { d.run(calls) })
	}
	if len(r.drivers) > 0 {
		return
	}
	for _, l := range r.loops {
		wg.Go(func() { l.run(calls) })
	}
}

// lately returns what calls took since it was asked last.
func (r *run) lately() *hdrhistogram.Histogram {
	h := newCoarse()
	for _, t := range r.tallies {
		t.look(h)
	}
	return h
}

// cool sits out the cool-down.
func (r *run) cool(ctx context.Context) {
	if r.cfg.Load.Cooldown == 0 || r.interrupted {
		return
	}
	r.tell(Cooling, r.window.end(), r.cfg.Load.Cooldown, r.end, 0)
	if !sleep.For(ctx, r.window.last()-r.window.now()) {
		r.window.cut(r.window.now())
	}
}
