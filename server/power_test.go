package server_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/wpaxos"
)

var powerCuts = flag.Int("power.cuts", 12, "how often the power fails in each such test")

// Rule: when the power of all nodes fails, and what their disks had not synced is
// gone, nothing acknowledged is lost: what clients saw, before and after, is
// linearizable.
func TestPowerOfAllFails(t *testing.T) {
	for _, tc := range []struct {
		protocol  string
		transport string
		zones     int
		nodes     int  // in each
		some      bool // now and then only some lose it
	}{
		{"paxos", "chan", 1, 3, false}, {"paxos", "tcp", 1, 3, true}, {"paxos", "chan", 1, 5, true},
		{"epaxos", "chan", 1, 3, false}, {"epaxos", "tcp", 1, 5, true},
		{"wpaxos", "chan", 1, 3, false}, {"wpaxos", "chan", 3, 2, true},
	} {
		t.Run(fmt.Sprintf("%s-%s-%dx%d", tc.protocol, tc.transport, tc.zones, tc.nodes), func(t *testing.T) {
			seed := *soakSeed
			if seed == 0 {
				seed = rand.Uint64()
			}
			t.Logf("to try again: -run '%s' -power.cuts %d -soak.seed %d", t.Name(), *powerCuts, seed)
			members, err := quorate.Grid(tc.zones, tc.nodes)
			if err != nil {
				t.Fatal(err)
			}
			r := &rack{rng: rand.New(rand.NewPCG(seed, 7)), disks: map[quorate.ID]*powered{}}
			s := newSoak(t, seed, server.LocalConfig{
				Transport: tc.transport, Cluster: members, Seed: seed,
				Once: quorate.OnceConfig{Horizon: time.Minute},
				New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
					switch tc.protocol {
					case "epaxos":
						return epaxos.New(n, app, epaxos.Config{TrimStep: 512, Patience: 50 * time.Millisecond})
					case "wpaxos":
						return wpaxos.New(n, app, wpaxos.Config{Heartbeat: 10 * time.Millisecond, Suspect: 50 * time.Millisecond, Rest: 20 * time.Millisecond})
					}
					return paxos.New(n, app, paxos.Config{LogLimit: 512, Heartbeat: 10 * time.Millisecond, ElectionTimeout: 50 * time.Millisecond})
				},
				Journal: r.open,
			})
			s.under(func() {
				for range *powerCuts {
					s.served(t.Context())
					<-time.After(time.Duration(r.rng.Int64N(int64(60 * time.Millisecond)))) // in the midst of what goes on
					if err := r.outage(s.l, tc.some && r.rng.IntN(2) == 0); err != nil {
						t.Fatal(err)
					}
				}
			})
			t.Logf("nodes lost their power %d times", r.cuts)
		})
	}
}

// served waits until a write is executed.
func (s *soak) served(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		_, err := s.clients[0].Put(ctx, "between", nil)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			s.t.Fatalf("no service after a power failure: %v%s", err, s.describe())
		}
	}
}

// rack is the disks of a cluster. Their power can be cut.
type rack struct {
	rng  *rand.Rand
	cuts int

	mu    sync.Mutex
	disks map[quorate.ID]*powered
}

type powered struct {
	mem    *vfs.MemFS
	faults *disk.Faults
}

func (r *rack) open(id quorate.ID) (quorate.Journal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.disks[id]
	if d == nil {
		mem := vfs.NewCrashableMem()
		d = &powered{mem, disk.NewFaults(mem)}
		r.disks[id] = d
	}
	return disk.Open(disk.Config{Dir: "data", Header: disk.Header{Node: id, Protocol: "paxos"}, FS: d.faults, MemTable: 256 << 10})
}

// outage cuts the power of all nodes, or of some, and starts them again.
func (r *rack) outage(l *server.Local, some bool) error {
	var hit []quorate.ID
	for _, id := range l.Cluster().IDs() {
		if !some || r.rng.IntN(2) == 0 {
			hit = append(hit, id)
		}
	}
	r.cut(hit)
	for _, id := range hit {
		if err := errors.Join(l.Stop(id), l.Start(id)); err != nil {
			return err
		}
	}
	return nil
}

// cut leaves the disks of nodes as a power failure does. All are off before the
// first is looked at: what is synced on one because another acknowledged it is
// then either on both, or on neither.
func (r *rack) cut(hit []quorate.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range hit {
		r.disks[id].faults.CutPower()
	}
	for _, id := range hit {
		mem := r.disks[id].mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.rng.IntN(101), RNG: r.rng})
		r.disks[id] = &powered{mem, disk.NewFaults(mem)}
		r.cuts++
	}
}
