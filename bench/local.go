package bench

import (
	"context"
	"errors"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
)

// StartLocal starts a cluster in this process, with journals in memory, or on
// disk if there is a DataDir. It is what Config.Start stands for if it is nil.
func StartLocal(ctx context.Context, cfg Config) (Target, error) {
	cfg = cfg.WithDefaults()
	constructor, err := protocols.New(cfg.Protocol, cfg.overWAN().Options)
	if err != nil {
		return nil, err
	}
	cluster, err := quorate.Grid(cfg.Zones, cfg.Nodes)
	if err != nil {
		return nil, err
	}
	lc := server.LocalConfig{New: constructor, Cluster: cluster, Transport: cfg.Transport, Share: true, Seed: cfg.Seed}
	if lc.Distances, err = cfg.distances(cluster); err != nil {
		return nil, err
	}
	watch := newObserver(cluster.Size())
	lc.Member = func(n *server.NodeConfig) error {
		n.Observer = watch.members[cluster.Index(n.ID)].observe
		return nil
	}
	var d *data
	if cfg.DataDir != "" {
		if d, err = newData(cfg, cluster); err != nil {
			return nil, err
		}
		lc.Journal = d.open
	}
	l, err := server.StartLocal(lc)
	if err != nil {
		return nil, errors.Join(err, d.remove())
	}
	target := &local{l, cfg, d, watch}
	if cfg.WAN != "" {
		target.await(ctx)
	}
	return target, nil
}

// local is a cluster in this process.
type local struct {
	cluster *server.Local
	cfg     Config
	data    *data // nil if journals are in memory
	watch   *observer
}

func (l *local) measure(on bool) { l.watch.measure(on) }

func (l *local) execution(_, _ Counters, length time.Duration) *Execution {
	return l.watch.report(length)
}

func (l *local) Client(i int) (Client, error) {
	cfg := client.Config{Timeout: l.cfg.Timeout, Read: l.cfg.Read}
	if err := l.cfg.place(&cfg, l.cluster.Cluster(), i); err != nil {
		return nil, err
	}
	return l.cluster.Client(cfg)
}

func (l *local) Local() bool { return true }

func (l *local) Close() error { return errors.Join(l.cluster.Close(), l.data.remove()) }

func (l *local) Counters() Counters {
	var c Counters
	for _, id := range l.cluster.Cluster().IDs() {
		s, err := l.cluster.Stats(id)
		if err != nil {
			continue // the node is down
		}
		c.Messages += s.Link.Sent
		c.Bytes += s.Link.SentBytes
		c.Writes += s.Link.Writes
		c.Dropped += s.Link.Dropped.Total()
	}
	c.journals = l.data.counts()
	return c
}
