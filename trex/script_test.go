package trex_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/trex"
)

// TestScripts plays the schedules in testdata. Each file says which rule it
// guards and what a build without that rule would show.
func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", buildScript) }

func buildScript(o *script.Options) (script.Config, error) {
	cluster, err := o.Cluster()
	if err != nil {
		return script.Config{}, err
	}
	cfg := trex.Config{
		Heartbeat:  o.Duration("heartbeat", 0),
		TimeoutMin: o.Duration("timeout", 0),
		Window:     o.Int("window", 0),
		Prepares:   o.Int("prepares", 0),
		Batch:      o.Int("batch", 0),
		ChunkBytes: o.Int("chunk", 0),
		LogLimit:   o.Int("log-limit", 0),
		Lease:      o.Duration("lease", 0),
		ClockError: float64(o.Int("clock-error", 0)) / 100, // in percent
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
			return trex.New(n, app, cfg)
		},
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: horizon})
		},
		Check: script.Linearizable,
		Views: map[string]script.View{"state": script.StateView},
	}, nil
}
