package bench

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

// Against returns c for a run against a cluster that runs elsewhere. What it is,
// its file says.
func (c Config) Against(cluster remote.Config) (Config, error) {
	reached, err := remote.Open(cluster) // to see early whether it makes sense
	if err != nil {
		return c, err
	}
	defer reached.Close()
	file := reached.File()
	c.Protocol = cmp.Or(file.Protocol, "unknown")
	c.Zones, c.Nodes = shapeOf(reached.Members())
	c.Transport = cmp.Or(c.Transport, "tcp")
	c.Start = func(ctx context.Context, cfg Config) (Target, error) {
		reached, err := remote.Open(cluster)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
		defer cancel()
		if err := reached.Reach(ctx); err != nil {
			return nil, errors.Join(err, reached.Close())
		}
		return &distant{reached, cfg}, nil
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
	if t.Local() {
		return "key"
	}
	var b [6]byte
	crand.Read(b[:]) // never fails
	return "bench-" + hex.EncodeToString(b[:]) + "-"
}

// distant is a cluster that runs elsewhere, over its binary port.
type distant struct {
	cluster *remote.Cluster
	cfg     Config
}

func (d *distant) Client(int) (Client, error) {
	return d.cluster.Client(client.Config{Timeout: d.cfg.Timeout, Read: d.cfg.Read})
}

func (d *distant) Local() bool { return false }

func (d *distant) Counters() Counters { return Counters{} }

func (d *distant) Close() error { return d.cluster.Close() }
