package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/transport"
)

// latencies returns the distances between the regions in which the zones lie, nil if
// they all lie in one data centre.
func (c Config) latencies() (*nemesis.Latencies, error) {
	if c.WAN == "" {
		return nil, nil
	}
	wan, err := nemesis.WAN(c.WAN)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return &wan, nil
}

func (c Config) validateWide() error {
	_, err := c.latencies()
	switch {
	case err != nil:
		return err
	case c.WAN != "" && c.Zones < 2:
		return fmt.Errorf("bench: one zone over %s: want at least two, each in a region", c.WAN)
	case c.Lead < 0 || c.Lead > c.Zones:
		return fmt.Errorf("bench: leader in zone %d: want 1 to %d", c.Lead, c.Zones)
	case c.Jitter < 0 || c.Jitter > MaxJitter:
		return fmt.Errorf("bench: a jitter of %v: want 0 to %v", c.Jitter, MaxJitter)
	case c.Jitter > 0 && c.WAN == "" && c.Virtual == nil:
		return errors.New("bench: a jitter without a wide-area network: real messages take as long as they take")
	case c.WAN != "" && c.Virtual == nil && c.Sessions%c.Zones != 0 && c.Sessions != c.Clients:
		return fmt.Errorf("bench: clients that share %d sessions in %d zones: want as many in each", c.Sessions, c.Zones)
	}
	return nil
}

// trip returns the longest round trip between members.
func (c Config) trip(jitter time.Duration) time.Duration {
	trip := 4 * dataCentre
	if wan, err := c.latencies(); err == nil && wan != nil {
		trip = max(trip, wan.Longest(c.Zones)+2*jitter)
	}
	return trip
}

// attempt is how long a client waits for an answer before it asks another member.
func attempt(trip time.Duration) time.Duration { return max(500*time.Millisecond, 8*trip) }

// overWAN returns c with what its protocol has to know of the distances.
func (c Config) overWAN() Config {
	if c.WAN != "" {
		c.Options.Trip, c.Options.Lead = c.trip(c.Jitter), cmp.Or(c.Lead, 1)
	}
	return c
}

// place puts the i-th client into its zone, if there are several.
func (c Config) place(cfg *client.Config, members *quorate.Cluster, i int) error {
	wan, err := c.latencies()
	if err != nil {
		return err
	}
	switch {
	case c.Zones > 1:
		cfg.Nodes = nemesis.Nearest(members, wan, i)
	case protocols.Equals(c.Protocol):
		cfg.Nodes, cfg.Nearest = nemesis.Nearest(members, nil, i), true
	}
	if wan != nil {
		cfg.Zone, cfg.Nearest = cfg.Nodes[0].Zone(), protocols.Forwards(c.Protocol)
		cfg.AttemptTimeout = attempt(c.trip(c.Jitter))
	}
	return nil
}

// distances returns what the transport is to hold back, nil for nothing.
func (c Config) distances(cluster *quorate.Cluster) (*transport.Distances, error) {
	wan, err := c.latencies()
	if wan == nil || err != nil {
		return nil, err
	}
	d := transport.Between(cluster, *wan)
	d.Jitter, d.Seed = c.Jitter, c.Seed
	return d, nil
}

// await waits until all members know who leads.
func (l *local) await(ctx context.Context) {
	ids := l.cluster.Cluster().IDs()
	await(ctx, len(ids), l.cfg.trip(l.cfg.Jitter), func() int {
		named := 0
		for _, id := range ids {
			if report, err := l.cluster.Report(ctx, id); err == nil && report.Leader != 0 {
				named++
			}
		}
		return named
	})
}

// await waits until as many members name a leader as there are, as long as it makes
// sense: a protocol may have no leader, and then nobody names one.
func await(ctx context.Context, members int, trip time.Duration, naming func() int) {
	began, tick := time.Now(), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		named := naming()
		patience := max(time.Second, 8*trip)
		if named > 0 {
			patience = max(time.Second, settle*trip)
		}
		if named == members || time.Since(began) >= patience {
			return
		}
		<-tick.C
	}
}

// leads returns the zone, from 0 on, of the member that most members take for the
// leader, -1 if there is none.
func (l *local) leads(ctx context.Context) int {
	votes := map[quorate.ID]int{}
	for _, id := range l.cluster.Cluster().IDs() {
		if report, err := l.cluster.Report(ctx, id); err == nil {
			votes[report.Leader]++
		}
	}
	return zoneOf(l.cluster.Cluster(), votes)
}

// leads returns the same of the members that tell.
func (d *distant) leads(ctx context.Context) int {
	votes := map[quorate.ID]int{}
	for _, g := range d.gauges {
		if g.err != nil {
			continue
		}
		if s, err := g.admin.Status(ctx); err == nil {
			leader, _ := quorate.ParseID(s.Leader)
			votes[leader]++
		}
	}
	return zoneOf(d.cluster.Members(), votes)
}

// zoneOf returns the zone, from 0 on, of the leader for whom more than half of those
// are who told, -1 without one: where each key has an owner, members may well name
// themselves.
func zoneOf(members *quorate.Cluster, votes map[quorate.ID]int) int {
	told := 0
	for _, n := range votes {
		told += n
	}
	for leader, n := range votes {
		if leader != 0 && 2*n > told {
			return slices.Index(members.Zones(), leader.Zone())
		}
	}
	return -1
}

// zoned is a target whose clients lie in the zones by turns.
type zoned interface {
	leads(ctx context.Context) int
	apart() bool // whether they do: in a running cluster only if it is said how far that is
}

func (*local) apart() bool { return true }

func (d *distant) apart() bool { return d.own || d.cfg.WAN != "" }

// zone collects what the clients of a zone saw, whose loops run at once.
type zone struct {
	mu sync.Mutex
	region
}

func (z *zone) done(kind quorate.Op, called, returned time.Duration) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.region.done(kind, called, returned)
}

func (z *zone) record(kind quorate.Op, took time.Duration) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.region.record(kind, took)
}

func (z *zone) executed(called, returned time.Duration) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.region.executed(called, returned)
}

// zonal reports whether clients lie in zones.
func (r *run) zonal() bool {
	t, ok := r.target.(zoned)
	return ok && r.cfg.Zones >= 2 && t.apart()
}

// divide gives each loop the zone of its client, if the target has zones.
func (r *run) divide() {
	if !r.zonal() {
		return
	}
	for i := range r.cfg.Zones {
		r.zones = append(r.zones, &zone{region: newRegion(r.cfg, i, r.window.from)})
	}
	for i, l := range r.loops {
		l.zone = r.zones[i%len(r.zones)]
	}
}

// regions sums up the zones.
func (r *run) regions(measured time.Duration) []Region {
	var out []Region
	for i, z := range r.zones {
		for k := i; k < len(r.loops); k += len(r.zones) {
			z.errors += r.loops[k].errors
			z.unknown += r.loops[k].unknown
		}
		out = append(out, z.report(i, i == r.leads, measured))
	}
	return out
}
