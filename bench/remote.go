package bench

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
)

// Remote says how to put load on a cluster that runs elsewhere.
type Remote struct {
	// Cluster says which one.
	Cluster remote.Config
	// REST has the clients use the members' HTTP listeners, each over a connection
	// of its own, instead of the binary ports.
	REST bool
	// Leader attaches all clients of REST to the member that leads when the run
	// begins. Else the first one is attached to the first member, the second one
	// to the second, and so on, as behind a proxy that knows nothing of leaders.
	// Clients of the binary ports find the leader by themselves.
	Leader bool
	// Connections is how many connections to each member the sessions of the binary
	// ports share. Zero is one for each session, up to MostConnections; 1 lets all
	// travel together, which takes fewer system calls.
	Connections int
}

// MostConnections is how many connections to each member the sessions of a run share
// at most, unless it says how many.
const MostConnections = 256

// MaxConnections is how many a run may ask for.
const MaxConnections = remote.MaxConnections

// Words for Config.Transport of a cluster that runs elsewhere.
const (
	viaTCP  = "tcp"
	viaREST = "rest"
)

// Against returns c for a run against a cluster that runs elsewhere. What it is,
// its file says.
func (c Config) Against(r Remote) (Config, error) {
	cluster, err := remote.Open(r.Cluster) // to see early whether it makes sense
	if err != nil {
		return c, err
	}
	defer cluster.Close()
	c.Transport, c.sockets = viaTCP, r.Connections
	if r.REST {
		c.Transport = viaREST
		if _, err := cluster.REST(remote.RESTConfig{}); err != nil {
			return c, err
		}
	}
	c.Protocol = cmp.Or(cluster.File().Protocol, "unknown")
	c.Zones, c.Nodes = shapeOf(cluster.Members())
	c.uneven = c.Zones < len(cluster.Members().Zones())
	if c.Zones > 1 && !r.REST {
		c.WAN = cluster.File().WAN
	}
	c.Start = func(ctx context.Context, cfg Config) (Target, error) {
		d := &distant{cfg: cfg, how: r}
		if err := d.start(ctx); err != nil {
			return nil, errors.Join(err, d.Close())
		}
		return d, nil
	}
	return c, nil
}

// shapeOf returns the zones and the nodes of each; one zone of all of them if
// the zones differ.
func shapeOf(members *quorate.Cluster) (zones, nodes int) {
	zones = len(members.Zones())
	nodes = members.Size() / zones
	for _, z := range members.Zones() {
		if members.Zone(z).Len() != nodes {
			return 1, members.Size()
		}
	}
	return zones, nodes
}

// prefix returns what the names of a run's keys begin with. Those on a living
// cluster are the run's own: its history begins with keys that nobody wrote.
func prefix(t Target) string {
	if p, ok := t.(interface{ fresh() bool }); t.Local() || ok && p.fresh() {
		return "key"
	}
	var b [6]byte
	crand.Read(b[:]) // never fails
	return "bench-" + hex.EncodeToString(b[:]) + "-"
}

// distant is a cluster that runs elsewhere.
type distant struct {
	cfg     Config
	how     Remote
	cluster *remote.Cluster
	order   []quorate.ID // of members to attach to
	gauges  []gauge
	name    string // of the protocol, where the file does not tell
	own     bool   // it was started for this run
}

// start makes sure that somebody is there.
func (d *distant) start(ctx context.Context) (err error) {
	if !d.how.REST {
		d.how.Cluster.Connections = d.cfg.links()
	}
	if d.cluster, err = remote.Open(d.how.Cluster); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	d.order = d.cluster.Order()
	switch {
	case !d.how.REST:
		err = d.cluster.Reach(ctx)
	case d.how.Leader:
		err = d.findLeader(ctx)
	default:
		err = d.reachHTTP(ctx)
	}
	if err != nil {
		return err
	}
	if d.gauges, err = newGauges(d.cluster); err == nil {
		d.name, err = d.protocol(ctx)
	}
	return err
}

// protocol returns the name of the protocol: the file's word, or else that of
// the first member that tells. Clients are served whatever their file says, so a
// figure would have the wrong name if nobody looked: members that tell otherwise
// are an error.
func (d *distant) protocol(ctx context.Context) (string, error) {
	name := d.cluster.File().Protocol
	if d.own {
		return name, nil // the file was written for them
	}
	told := make([]admin.Status, len(d.gauges)) // zero of who does not tell
	var wg sync.WaitGroup
	for i, g := range d.gauges {
		if g.err == nil {
			wg.Go(func() {
				if s, err := g.admin.Status(ctx); err == nil {
					told[i] = s
				}
			})
		}
	}
	wg.Wait()
	members := slices.Sorted(slices.Values(d.cluster.Members().IDs()))
	for i, s := range told {
		switch {
		case s.Protocol == "":
		case name != "" && s.Protocol != name:
			return "", fmt.Errorf("member %v runs %s, and the cluster file says %s: take the file that the members were started with", d.gauges[i].id, s.Protocol, name)
		case len(s.Members) > 0 && !slices.Equal(slices.Sorted(slices.Values(s.Members)), members):
			return "", fmt.Errorf("member %v belongs to a cluster of %v, and the cluster file has %v: take the file that the members were started with", d.gauges[i].id, s.Members, members)
		default:
			name = cmp.Or(name, s.Protocol)
		}
	}
	return name, nil
}

// Protocol returns the name of the protocol, empty if nobody tells.
func (d *distant) Protocol() string { return d.name }

// reachHTTP asks for something that is not there.
func (d *distant) reachHTTP(ctx context.Context) error {
	c, err := d.cluster.REST(remote.RESTConfig{})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Do(ctx, client.Op{Kind: quorate.OpGet, Key: "quorate-bench", Read: quorate.ReadLocal})
	var failed *client.Error
	if errors.As(err, &failed) && failed.Outcome.Attempts == 0 {
		return fmt.Errorf("%w by HTTP: %w", remote.ErrUnreachable, failed.Cause)
	}
	return nil
}

// findLeader has all clients attach to the leader, and to the others only when
// it does not answer.
func (d *distant) findLeader(ctx context.Context) error {
	if err := d.cluster.Reach(ctx); err != nil {
		return err
	}
	c, err := d.cluster.Client(client.Config{})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Read(ctx, "quorate-bench", quorate.ReadLog)
	leader := c.Leader()
	if leader == 0 {
		return fmt.Errorf("find the leader: no member names one: %w", err)
	}
	d.order = append([]quorate.ID{leader}, slices.DeleteFunc(d.order, func(id quorate.ID) bool { return id == leader })...)
	return nil
}

func (d *distant) Client(i int) (Client, error) {
	cfg := client.Config{Timeout: d.cfg.Timeout, Read: d.cfg.Read}
	order, zonal := d.order, (d.cfg.zonal() || d.own && d.cfg.Zones > 1 || protocols.Equals(d.name)) && !d.how.Leader
	if zonal {
		order = nemesis.Nearest(d.cluster.Members(), nil, i)
		cfg.Nodes, cfg.Nearest = order, protocols.Forwards(cmp.Or(d.name, d.cfg.Protocol))
	}
	if d.cfg.WAN != "" && !d.how.REST {
		if err := d.cfg.place(&cfg, d.cluster.Members(), i); err != nil {
			return nil, err
		}
	}
	if !d.how.REST {
		return d.cluster.Client(cfg)
	}
	if !d.how.Leader && !zonal {
		at := i % len(order)
		order = slices.Concat(order[at:], order[:at])
	}
	return d.cluster.REST(remote.RESTConfig{Order: order, Timeout: d.cfg.Timeout})
}

func (d *distant) Local() bool { return false }

// fresh reports whether nobody can have written any key yet.
func (d *distant) fresh() bool { return d.own }

func (d *distant) Counters() Counters { return readGauges(d.gauges) }

func (d *distant) Close() error {
	if d.cluster == nil {
		return nil
	}
	for _, g := range d.gauges {
		if g.admin != nil {
			g.admin.Close()
		}
	}
	return d.cluster.Close()
}
