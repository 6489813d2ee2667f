package wpaxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/steal"
)

// TestScripts plays the schedules in testdata. Each file says which rule it
// guards and what a build without that rule would show.
func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", buildScript) }

func buildScript(o *script.Options) (script.Config, error) {
	cluster, err := o.Cluster()
	if err != nil {
		return script.Config{}, err
	}
	cfg := wpaxos.Config{
		Heartbeat:  o.Duration("heartbeat", 0),
		Suspect:    o.Duration("suspect", 0),
		Patience:   o.Duration("patience", 0),
		Residence:  o.Duration("residence", 0),
		GiveUp:     o.Duration("give-up", 0),
		Rest:       o.Duration("rest", 0),
		Batch:      o.Int("batch", 0),
		ChunkBytes: o.Int("chunk", 0),
		Thrifty:    o.Bool("thrifty", false),
	}
	if cfg.Policy, err = steal.Parse(o.Text("policy", "null")); err != nil {
		return script.Config{}, err
	}
	if cfg.Quorums, err = quorate.ParseQuorums(cluster, o.Text("quorum", "zones:fz=0,fn=1")); err != nil {
		return script.Config{}, err
	}
	return script.Config{
		Cluster:    cluster,
		Identities: o.Bool("identities", false),
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return wpaxos.New(n, app, cfg)
		},
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
		},
		Check: script.Linearizable,
		Views: map[string]script.View{"objects": objectsView},
	}, nil
}

// objectsView shows what a replica knows of its objects.
func objectsView(r quorate.Replica, _ *quorate.Once, _ []string) (string, error) {
	return wpaxos.Describe(r.(*wpaxos.Replica)), nil
}
