package trex_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
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
	if cfg.Quorums, err = scriptQuorums(cluster, o.Text("quorum", "majority")); err != nil {
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
		Check: linearizable,
		Views: map[string]script.View{"state": stateView},
	}, nil
}

// scriptQuorums reads unchecked:q1,q2 beside what [quorate.ParseQuorums] knows.
func scriptQuorums(c *quorate.Cluster, spec string) (quorate.QuorumSystem, error) {
	counts, unchecked := strings.CutPrefix(spec, "unchecked:")
	if !unchecked {
		return quorate.ParseQuorums(c, spec)
	}
	var q1, q2 int
	if _, err := fmt.Sscanf(counts, "%d,%d", &q1, &q2); err != nil {
		return quorate.QuorumSystem{}, fmt.Errorf("quorum=%s: %w", spec, err)
	}
	count := func(q int) quorate.Quorum { return func(s quorate.Set) bool { return s.Len() >= q } }
	return quorate.UncheckedQuorums(c, counts, count(q1), count(q2), nil)
}

// stateView shows what replicas have for some keys.
func stateView(_ quorate.Replica, app *quorate.Once, keys []string) (string, error) {
	if len(keys) == 0 {
		keys = app.Keys()
	}
	var texts []string
	for _, key := range keys {
		r := app.Apply(quorate.Command{Op: quorate.OpGet, Key: key})
		text := "absent"
		if r.OK {
			text = string(r.Value)
		}
		texts = append(texts, fmt.Sprintf("%s=%s (version %d)", key, text, r.Version))
	}
	if len(texts) == 0 {
		return "empty", nil
	}
	return strings.Join(texts, ", "), nil
}

// linearizable gives the clients' history to the checker.
func linearizable(w *script.World) error {
	var history []checker.Operation
	for i, call := range w.Calls() {
		c, r := call.Request.Command, call.Reply
		op := checker.Operation{
			Process: i, Client: c.Client, Op: c.Op, Key: c.Key, Value: c.Value, Condition: c.Version,
			Call: time.Duration(call.Begin), Return: time.Duration(call.End),
			Status: quorate.Unknown, OK: r.OK, Read: call.Request.Read, Version: r.Version, Result: r.Value,
		}
		switch {
		case call.End != 0:
			op.Status = quorate.Done
		case call.Failed():
			op.Status, op.Return = quorate.NotExecuted, op.Call
		}
		history = append(history, op)
	}
	result, err := checker.Check(context.Background(), history, checker.Config{})
	if err != nil {
		return err
	}
	for _, v := range result.Counterexamples {
		return fmt.Errorf("the history is not linearizable: %v", &v)
	}
	if result.Verdict != checker.OK && result.Done > 0 {
		return fmt.Errorf("the history is %v: %s", result.Verdict, result.Reason)
	}
	return nil
}
