package paxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/script"
)

// TestScripts plays the schedules in testdata. Each file says which rule it
// guards and what a build without that rule would show.
func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", buildScript) }

func buildScript(o *script.Options) (script.Config, error) {
	cluster, err := o.Cluster()
	if err != nil {
		return script.Config{}, err
	}
	cfg := paxos.Config{
		Heartbeat:       o.Duration("heartbeat", 0),
		ElectionTimeout: o.Duration("election", 0),
		Window:          o.Int("window", 0),
		Batch:           o.Int("batch", 0),
		ChunkBytes:      o.Int("chunk", 0),
		LogLimit:        o.Int("log-limit", 0),
		Thrifty:         o.Bool("thrifty", false),
		Lease:           o.Duration("lease", 0),
		ClockError:      float64(o.Int("clock-error", 0)) / 100, // in percent
	}
	if cfg.Quorums, err = o.Quorums(cluster, "majority"); err != nil {
		return script.Config{}, err
	}
	horizon := o.Duration("horizon", 0)
	return script.Config{
		Cluster: cluster,
		Seed:    uint64(o.Int("seed", 0)),

		Identities: o.Bool("identities", false),
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, cfg)
		},
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: horizon})
		},
		Check: script.Linearizable,
		Views: map[string]script.View{"state": script.StateView},
	}, nil
}
