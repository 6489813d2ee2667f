package main

import (
	"context"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
)

// local is a cluster in this process as the target of a benchmark.
type local struct {
	cluster *server.Local
	cfg     bench.Config
}

// startLocal returns what starts such a cluster for a run.
func startLocal(c *quorate.Cluster, build quorate.Constructor) func(context.Context, bench.Config) (bench.Target, error) {
	return func(_ context.Context, cfg bench.Config) (bench.Target, error) {
		l, err := server.StartLocal(server.LocalConfig{New: build, Cluster: c, Transport: cfg.Transport, Seed: cfg.Seed})
		if err != nil {
			return nil, err
		}
		return local{l, cfg}, nil
	}
}

// Client opens a session. Sessions take the nodes in turn as their nearest.
func (l local) Client(i int) (bench.Client, error) {
	ids := l.cluster.Cluster().IDs()
	first := i % len(ids)
	nodes := append(append([]quorate.ID{}, ids[first:]...), ids[:first]...)
	return l.cluster.Client(client.Config{Nodes: nodes, Seed: l.cfg.Seed + uint64(i) + 1, Timeout: l.cfg.Timeout, Read: l.cfg.Read})
}

// Counters sums up what the nodes count.
func (l local) Counters() bench.Counters {
	var sum bench.Counters
	for _, id := range l.cluster.Cluster().IDs() {
		s, err := l.cluster.Stats(id)
		if err != nil {
			continue // it is stopped
		}
		d := s.Link.Dropped
		sum.Messages += s.Link.Sent
		sum.Bytes += s.Link.SentBytes
		sum.Writes += s.Link.Writes
		sum.Dropped += d.Inbox + d.Requests + d.Queue + d.Down + d.Route + d.Encode + d.Injected
	}
	return sum
}

// Local reports that the replicas run in this process.
func (l local) Local() bool { return true }

// Close stops the cluster.
func (l local) Close() error { return l.cluster.Close() }
