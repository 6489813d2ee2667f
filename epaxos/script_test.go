package epaxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
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
	cfg := epaxos.Config{
		E:          o.Int("e", 0),
		FastWait:   o.Duration("fast-wait", 0),
		Retransmit: o.Duration("retransmit", 0),
		Patience:   o.Duration("patience", 0),
		Batch:      o.Int("batch", 0),
		Window:     o.Int("window", 0),
		TrimStep:   o.Int("trim-step", 0),
		Thrifty:    o.Bool("thrifty", false),
	}
	return script.Config{
		Cluster: cluster,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return epaxos.New(n, app, cfg)
		},
		App: func() *quorate.Once {
			return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
		},
	}, nil
}
