package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// Virtual makes a run happen in virtual time, in a world of package sim: the same
// Config gives the same figures on any machine, however slow. Zones lie in
// regions, and the clients in the zones, by turns; each talks to a member of its
// own zone. By default neither processors nor disks take time there: what is left is
// what the network costs.
type Virtual struct {
	// Service is what a member's processor takes for messages and commands. With
	// one, members saturate.
	Service sim.Service
	// Sync is how long a disk takes to make a batch durable.
	Sync time.Duration
	// Loss is the share of messages between members that are lost.
	Loss float64
	// Kill lists members, by index, that die for good at the time KillAt after
	// measuring began.
	Kill   []int
	KillAt time.Duration
}

// dataCentre is how long a message takes within one: half of the round trip that
// nemesis.WAN has for a region.
const dataCentre = 213500 * time.Nanosecond

// stepBatch is how many messages share a turn of a member's loop at most, as in a live
// one.
const stepBatch = 512

// settle is what a world is given to elect a leader before the clients begin, in
// longest round trips.
const settle = 24

func (c Config) validateVirtual() error {
	v := c.Virtual
	n := c.Zones * c.Nodes
	switch {
	case c.DataDir != "":
		return errors.New("bench: a directory for journals in virtual time: disks are simulated there")
	case c.Sessions != c.Clients:
		return errors.New("bench: clients that share sessions in virtual time: each has its own there")
	case v.KillAt < 0 || v.KillAt > c.Duration:
		return fmt.Errorf("bench: members die after %v: want 0 to %v, when measuring ends", v.KillAt, c.Duration)
	}
	for _, i := range v.Kill {
		if i < 0 || i >= n {
			return fmt.Errorf("bench: member %d dies: want 1 to %d", i+1, n)
		}
	}
	subject, spec, err := c.world()
	if err != nil {
		return err
	}
	if err := sim.Check(subject, spec); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

// world returns the world of a run, as WithDefaults has it.
func (c Config) world() (sim.Subject, sim.Spec, error) {
	subject, err := protocols.Subject(c.Protocol, "")
	if err != nil {
		return subject, sim.Spec{}, fmt.Errorf("bench: %w", err)
	}
	v := *c.Virtual
	net := sim.Network{WAN: c.WAN, Base: dataCentre, Jitter: cmp.Or(c.Jitter, 100*time.Microsecond), Loss: v.Loss, Client: dataCentre}
	if c.WAN != "" {
		net.Jitter = cmp.Or(c.Jitter, time.Millisecond)
	}
	trip := c.trip(net.Jitter)
	o := c.Options
	spec := sim.Spec{
		Seed: c.Seed, Protocol: c.Protocol, Zones: c.Zones, Nodes: c.Nodes,
		Knobs:   sim.Knobs{Thrifty: o.Thrifty, Window: o.Window, Batch: o.Batch, Lease: o.Lease, ClockError: o.ClockError, Quorum: o.Quorums.Name, Policy: o.Policy},
		Network: net, Disk: sim.Disk{Sync: v.Sync}, Step: sim.Step{Batch: stepBatch, Service: v.Service},
		Clients: sim.Clients{Count: c.slots(trip), Timeout: c.Timeout, Attempt: attempt(trip)},
		Safety:  c.virtualStart(trip) + c.ahead(trip) + c.Warmup + c.Duration + c.Load.Cooldown, Liveness: time.Minute + c.Timeout,
		Dead: v.Kill, MaxEvents: 1 << 40,
	}
	if !subject.Adapts { // those who watch the world know by these how long things take
		spec.Knobs.Heartbeat, spec.Knobs.ElectionTimeout, spec.Knobs.Retransmit = protocols.Timers(trip)
	}
	o.Trip = trip
	if c.Zones > 1 {
		o.Lead = cmp.Or(c.Lead, 1)
	}
	constructor, err := protocols.New(c.Protocol, o)
	if err != nil {
		return subject, spec, fmt.Errorf("bench: %w", err)
	}
	subject.New = func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return constructor, nil }
	if len(v.Kill) > 0 {
		spec.Faults = append(spec.Faults, nemesis.Fault{Kind: nemesis.Crash, At: c.measuredFrom(&spec) + v.KillAt, Nodes: v.Kill})
	}
	return subject, spec, nil
}

// virtualStart is when the clients begin.
func (c Config) virtualStart(trip time.Duration) time.Duration {
	return max(time.Second, settle*trip)
}

// late is how much later than others a client of a simulated world begins at most.
const late = 100 * time.Millisecond

// maxLoad is the longest time that clients are given to load keys.
const maxLoad = 1000 * time.Hour

// loadTime is what the clients are given to write the keys that they write before the
// warm-up: for each the longest way to a leader, and the longest round trip from there.
// Over a wide area that is much more than most need, and than what clients begin late
// by. Processors that take time handle all of them one after the other, at worst.
func (c Config) loadTime(trip time.Duration) time.Duration {
	calls := c.loads()
	if calls == 0 {
		return 0
	}
	s, members := c.Virtual.Service, time.Duration(c.Zones*c.Nodes)
	busy := members*(s.In+s.Out+s.Copy) + s.Command + time.Duration(s.Byte*float64(c.ValueSize))*members
	load := float64(calls) * (2*float64(trip) + float64(busy)*float64(c.Clients))
	if c.WAN == "" {
		load += float64(late)
	}
	return time.Duration(min(load, float64(maxLoad)))
}

// ahead is what the clients are given before the warm-up. Those of an open loop are there
// when its first calls are due.
func (c Config) ahead(trip time.Duration) time.Duration {
	if c.Load.Open() {
		return c.loadTime(trip) + late
	}
	return c.loadTime(trip)
}

// measuredFrom is when measuring begins.
func (c Config) measuredFrom(spec *sim.Spec) time.Duration {
	return spec.Safety - c.Load.Cooldown - c.Duration
}

// virtual is a run under way.
type virtual struct {
	cfg      Config
	spec     sim.Spec
	progress func(Progress)
	begin    time.Duration // of the clients
	warm     time.Duration // when the warm-up begins
	from     time.Duration // of the measured time
	now      time.Duration
	told     time.Duration // when progress was told last
	streams  []*stream
	thinkers []thinker
	slots    []slot
	loaded   time.Duration // when the last client had written what is to be there before the warm-up

	tallies []*tally // by zone
	regions []region
	series  []Sample
	lately  *hdrhistogram.Histogram // what calls took that returned in the interval
	at      int                     // which that is, of the series
	counted uint64                  // operations of the measured time
	total   uint64                  // since the clients started
	failed  uint64
	meters  meters
	offering
	flying, waiting int // calls of the load

	messages uint64 // between members, of the measured time
}

// runVirtual runs in virtual time.
func runVirtual(ctx context.Context, cfg Config, progress func(Progress)) (*Report, error) {
	subject, spec, err := cfg.world()
	if err != nil {
		return nil, err
	}
	v, err := newVirtual(cfg, spec, progress)
	if err != nil {
		return nil, err
	}
	out, err := sim.Measure(ctx, subject, spec, sim.Load{
		From: v.begin, Roam: !protocols.Forwards(cfg.Protocol), Unjudged: cfg.NoCheck,
		Arrivals: v.arrivals(), Think: v.think(), Next: v.next, Ended: v.ended, Observe: v.observe, Sent: v.sent,
	}, sim.Options{CheckLimit: cfg.CheckLimit})
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	if out != nil && cfg.Keep != nil && !cfg.NoCheck {
		cfg.Keep(operations(out.History))
	}
	report := NewReport()
	report.Runs = append(report.Runs, v.report(out))
	return report, nil
}

func newVirtual(cfg Config, spec sim.Spec, progress func(Progress)) (*virtual, error) {
	v := &virtual{cfg: cfg, spec: spec, progress: progress, from: cfg.measuredFrom(&spec), lately: newCoarse()}
	v.warm = v.from - cfg.Warmup
	v.begin = v.warm - cfg.ahead(cfg.trip(spec.Network.Jitter))
	cfg.Prefix = cmp.Or(cfg.Prefix, "key")
	v.cfg.Prefix, v.offering.cfg = cfg.Prefix, &v.cfg
	plan, err := cfg.plan()
	if err != nil {
		return nil, err
	}
	for i := range cfg.Clients {
		v.streams = append(v.streams, newStream(plan, i))
		v.thinkers = append(v.thinkers, newThinker(&v.cfg, i))
	}
	v.slots = make([]slot, spec.Clients.Count)
	for i := range v.slots {
		v.slots[i].client = cfg.clientOf(i)
	}
	for i, s := range v.streams {
		v.slots[i].left = s.work.Loads()
	}
	for zone := range cfg.Zones {
		v.tallies = append(v.tallies, newTally(zone))
		v.regions = append(v.regions, newRegion(cfg, zone, v.from))
	}
	v.series = make([]Sample, (cfg.Duration+cfg.Interval-1)/cfg.Interval)
	v.meters = newMeters(cfg.Zones * cfg.Nodes)
	return v, nil
}

func (v *virtual) observe(member int, at time.Duration, e quorate.Event) {
	v.tell(at)
	v.meters.observe(member, at, v.measures(at), e)
}

// measures reports whether an instant is in the measured time.
func (v *virtual) measures(at time.Duration) bool { return at >= v.from && at < v.from+v.cfg.Duration }

func (v *virtual) sent(at time.Duration) {
	if v.measures(at) {
		v.messages++
	}
}

// tell reports progress in virtual time.
func (v *virtual) tell(at time.Duration) {
	v.now = at
	v.hold(at)
	if at-v.told < v.cfg.Interval {
		return
	}
	v.told = at
	p := Progress{Phase: Warming, Elapsed: at - v.warm, Total: v.cfg.Warmup, Operations: v.total, Failed: v.failed}
	switch {
	case at >= v.from+v.cfg.Duration:
		p.Phase, p.Elapsed, p.Total = Draining, 0, 0
	case at >= v.from:
		p.Phase, p.Elapsed, p.Total = Measuring, at-v.from, v.cfg.Duration
		p.Throughput = ratio(float64(v.counted), p.Elapsed.Seconds())
	case at < v.begin:
		p.Phase, p.Elapsed, p.Total = Starting, at, v.begin
	case at < v.warm:
		p.Phase, p.Elapsed, p.Total = Loading, at-v.begin, v.warm-v.begin
	}
	v.progress(p)
}
