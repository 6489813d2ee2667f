package epaxos_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/script"
)

// TestScripts plays the schedules in testdata. Each file says which rule it
// guards and what a build without that rule would show.
func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", buildScript) }

// When a member recovers is drawn at random, so a change of what is drawn may have a
// script deliver a message that was not sent yet. Then it plays another schedule.
func TestScriptsKeepToTheirSchedules(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if strings.HasPrefix(line, "nothing to ") || line == "0 duplicated" {
				t.Errorf("%s:%d: %s", file, n+1, line)
			}
		}
	}
}

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
