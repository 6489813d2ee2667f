package server_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
)

func startPaxos(b *testing.B, transport string) *server.Local {
	b.Helper()
	l, err := server.StartLocal(server.LocalConfig{
		Transport: strings.TrimSuffix(transport, "-shared"),
		Share:     strings.HasSuffix(transport, "-shared"),
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, paxos.Config{})
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	return l
}

// How long clients wait for service when the leader is stopped under load,
// with default timers throughout.
func BenchmarkFailover(b *testing.B) {
	for _, transport := range []string{"chan", "tcp", "udp"} {
		b.Run(transport, func(b *testing.B) {
			l := startPaxos(b, transport)
			c, err := l.Client(client.Config{})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			var load sync.WaitGroup
			for range 16 {
				load.Go(func() {
					for ctx.Err() == nil {
						c.Put(ctx, "load", nil)
					}
				})
			}
			var longest time.Duration
			for b.Loop() {
				longest = max(longest, failover(b, l, c))
			}
			cancel()
			load.Wait()
			b.ReportMetric(float64(longest.Milliseconds()), "ms-longest")
		})
	}
}

// failover stops the leader, waits for the next write, and starts it again.
func failover(b *testing.B, l *server.Local, c *client.Client) time.Duration {
	put := func() {
		if _, err := c.Put(context.Background(), "k", nil); err != nil {
			b.Fatal(err)
		}
	}
	put()
	leader := c.Leader()
	start := time.Now()
	if err := l.Stop(leader); err != nil {
		b.Fatal(err)
	}
	put()
	took := time.Since(start)
	if err := l.Start(leader); err != nil {
		b.Fatal(err)
	}
	return took
}

// The whole way of a command: 64 callers, each with a client of its own.
func BenchmarkPut64(b *testing.B) {
	for _, transport := range []string{"chan", "tcp", "tcp-shared", "udp"} {
		b.Run(transport, func(b *testing.B) {
			l := startPaxos(b, transport)
			value := make([]byte, 100)
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				c, err := l.Client(client.Config{})
				if err != nil {
					b.Error(err)
					return
				}
				for pb.Next() {
					if _, err := c.Put(context.Background(), "k", value); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
