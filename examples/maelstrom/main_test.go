package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/tester/maelstrom"
	"github.com/quorate/quorate/tester/results"
)

// found is what a test of a kind of node says, with a partition or without. It takes
// half a minute of virtual time.
func found(t *testing.T, k kind, nemesis ...string) (res *results.Results) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		res, err = maelstrom.Run(t.Context(), maelstrom.Config{
			Node:     func(ctx context.Context, in io.Reader, out, _ io.Writer) error { return serve(ctx, k.make(), in, out) },
			Workload: k.workload, Nodes: 5, Concurrency: 5, Rate: 10, TimeLimit: 25 * time.Second, Latency: 10 * time.Millisecond,
			Nemesis: nemesis, Interval: 2 * time.Second, Quiet: 5 * time.Second, Seed: 1,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	})
	return res
}

// Those that are right pass, and of the others the report says what is wrong. Some
// mistakes show only while the network is cut.
func TestKinds(t *testing.T) {
	reasons := map[string]string{
		"echo-garbles":          "echo: node n",
		"unique-ids-wraps":      "unique: the id \"n",
		"broadcast-once":        "set: the final read of node n",
		"g-set-replaces":        "set: the final read of node n",
		"g-counter-once":        "counter: the final read of node n",
		"pn-counter-max":        "counter: the final read of node n",
		"service-counter-blind": "counter: the final read of node n",
	}
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			calm, cut := found(t, k), found(t, k, "partition")
			t.Logf("calm: %v %s; cut: %v %s", calm.Valid, calm.Reason, cut.Valid, cut.Reason)
			reason, wrong := reasons[k.name]
			if wrong != (k.mistake != "") {
				t.Fatalf("reason %q of mistake %q", reason, k.mistake)
			}
			want, wantCalm := results.True, results.True
			if wrong {
				want = results.False
			}
			if wrong && !strings.HasSuffix(k.name, "-once") { // the others need no partition
				wantCalm = results.False
			}
			if cut.Valid != want || calm.Valid != wantCalm || !strings.HasPrefix(cut.Reason, reason) {
				t.Errorf("cut: %v, want %v: %s; calm: %v, want %v: %s", cut.Valid, want, cut.Reason, calm.Valid, wantCalm, calm.Reason)
			}
		})
	}
}
