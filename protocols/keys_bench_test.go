package protocols_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
)

// keyed is a cluster in this process with 64 clients, half of whose operations
// write, on keys chosen evenly among many.
type keyed struct {
	clients []*client.Client
	keys    []string
	value   []byte
}

func newKeyed(b *testing.B, protocol string, nodes, keys int) *keyed {
	b.Helper()
	constructor, err := protocols.New(protocol, protocols.Options{})
	if err != nil {
		b.Fatal(err)
	}
	cluster, err := quorate.Grid(1, nodes)
	if err != nil {
		b.Fatal(err)
	}
	l, err := server.StartLocal(server.LocalConfig{New: constructor, Cluster: cluster, Transport: "chan", Share: true, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	k := &keyed{keys: make([]string, keys), value: make([]byte, 100)}
	for i := range k.keys {
		k.keys[i] = "key" + strconv.Itoa(i)
	}
	for i := range 64 {
		cfg := client.Config{Timeout: time.Minute}
		if protocol == "epaxos" { // whose members all lead
			first := i % nodes
			cfg.Nodes, cfg.Nearest = slices.Concat(cluster.IDs()[first:], cluster.IDs()[:first]), true
		}
		c, err := l.Client(cfg)
		if err != nil {
			b.Fatal(err)
		}
		k.clients = append(k.clients, c)
	}
	return k
}

// run lets the clients make n operations.
func (k *keyed) run(b *testing.B, n int, next func(rng *rand.Rand, i int) (key int, write bool)) {
	var done atomic.Int64
	var wg sync.WaitGroup
	for c := range k.clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(c)))
			for {
				i := int(done.Add(1)) - 1
				if i >= n {
					return
				}
				op := client.Op{Kind: quorate.OpGet}
				key, write := next(rng, i)
				if op.Key = k.keys[key]; write {
					op.Kind, op.Value = quorate.OpPut, k.value
				}
				if _, err := k.clients[c].Do(context.Background(), op); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkKeys is the cost of an operation by protocol, replicas and keys: of all
// clients and replicas, in processor time, where each key was written before, or
// each operation is the first on its key.
func BenchmarkKeys(b *testing.B) {
	for _, protocol := range []string{"paxos", "trex", "epaxos", "wpaxos"} {
		for _, load := range []struct {
			nodes, keys int
			fresh       bool
		}{{3, 1000, false}, {3, 200_000, false}, {3, 1_000_000, false}, {3, 1_000_000, true}, {9, 1000, false}} {
			name := fmt.Sprintf("%s/n=%d/keys=%d", protocol, load.nodes, load.keys)
			if load.fresh {
				name += "/fresh"
			}
			b.Run(name, func(b *testing.B) {
				k := newKeyed(b, protocol, load.nodes, load.keys)
				if !load.fresh {
					k.run(b, load.keys, func(_ *rand.Rand, i int) (int, bool) { return i, true })
				}
				began, _ := cputime.Used()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				b.ReportAllocs()
				b.ResetTimer()
				k.run(b, b.N, func(rng *rand.Rand, i int) (int, bool) {
					if load.fresh {
						return i % load.keys, true
					}
					return rng.IntN(load.keys), rng.Uint64()&1 == 1
				})
				b.StopTimer()
				ended, _ := cputime.Used()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64((ended-began).Nanoseconds())/1e3/float64(b.N), "cpu-us/op")
				b.ReportMetric(float64(after.NumGC-before.NumGC), "gcs")
			})
		}
	}
}
