package bench

import (
	"runtime"
	"time"

	"github.com/quorate/quorate/sim"
)

// report sums the run up. There is no outcome of one that was interrupted.
func (v *virtual) report(out *sim.Outcome) Result {
	c := v.cfg
	length := c.Duration
	if out == nil {
		length = max(0, min(length, v.now-v.from))
	}
	r := Result{
		Place: c.Place, Protocol: c.Protocol, Quorums: c.Options.Quorums.Name, Policy: c.Options.Policy, Nodes: c.Zones * c.Nodes, Transport: viaSimulation, Where: whereVirtual, WAN: c.WAN, Clients: c.Clients,
		Interrupted: out == nil, Prefix: c.Prefix, Zones: c.Zones, Sessions: c.Sessions, Keys: c.Keys, Conflicts: c.conflicts(),
		Spread: c.spread(), WriteRatio: c.WriteRatio, ValueSize: c.ValueSize, Read: c.Workload.Reads.String(), Seed: c.Seed, Warmup: v.warmup(),
		Workload: c.work(), Conditions: conditionsOf(v.streams), Duration: round(seconds(length), 3), Series: v.samples(length),
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, GOMAXPROCS: runtime.GOMAXPROCS(0),
	}
	r.sumTallies(v.tallies, c.Zones, length)
	r.Marks = c.marks()
	for zone := range v.regions {
		g := &v.regions[zone]
		r.Errors += g.errors
		r.Unknown += g.unknown
		leads := v.meters.leader >= 0 && v.meters.leader/c.Nodes == zone
		if c.Zones > 1 {
			r.Regions = append(r.Regions, g.report(zone, leads, length))
		}
	}
	v.offer(length, out != nil)
	r.Offered = v.offering.report(&r)
	r.Execution = v.meters.report(length)
	r.World = c.worldOf(v.spec.Network.Jitter)
	if out != nil {
		r.Network = &Network{Messages: round(ratio(float64(v.messages), float64(r.Operations)), 2)}
	}
	r.judge(c, out)
	return r
}

// warmup is how long the clients went on before measuring, in seconds: what is loaded
// before that is given as long as it can take, and mostly takes less.
func (v *virtual) warmup() float64 {
	if v.loaded == 0 {
		return seconds(v.cfg.Warmup)
	}
	return round(max(0, seconds(v.from-v.loaded)), 3)
}

// judge takes over what the world found out.
func (r *Result) judge(c Config, out *sim.Outcome) {
	r.Linearizable = "unknown"
	switch {
	case out == nil:
		r.Why = "interrupted"
	case out.Violation != nil:
		r.Linearizable, r.Why, r.Counterexamples = "violation", out.Violation.Error(), out.Counterexamples
	case c.NoCheck:
		r.Why = "not checked"
	case out.Unknown != "":
		r.Why = out.Unknown
	default:
		r.Linearizable = "ok"
	}
	if out == nil {
		return
	}
	if !c.NoCheck {
		r.Check = &Check{Keys: c.Keys, Done: out.Stats.Ops, NotExecuted: out.Stats.Failed, Open: out.Stats.Unsure}
	}
}

// samples turns counts into rates.
func (v *virtual) samples(length time.Duration) []Sample {
	v.turn(-1)
	out := []Sample{}
	for i, s := range v.series {
		from := time.Duration(i) * v.cfg.Interval
		if from >= length {
			break
		}
		upto := min(from+v.cfg.Interval, length)
		s.Seconds = round(seconds(upto), 3)
		s.Throughput = round(ratio(s.Throughput, seconds(upto-from)), 1)
		s.FailedRate = round(rate(s.Failed, upto-from), 1)
		out = append(out, s)
	}
	return out
}
