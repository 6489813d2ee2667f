package wpaxos_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
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
		Check: linearizable,
		Views: map[string]script.View{"objects": objectsView},
	}, nil
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

// objectsView shows what a replica knows of its objects.
func objectsView(r quorate.Replica, _ *quorate.Once, _ []string) (string, error) {
	return wpaxos.Describe(r.(*wpaxos.Replica)), nil
}
