package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/transport"
)

// slowly starts a cluster in this process whose links take a millisecond, so
// that virtual time passes.
func slowly(ctx context.Context, cfg Config) (Target, error) {
	target, err := StartLocal(ctx, cfg)
	if err != nil {
		return nil, err
	}
	l := target.(*local)
	for _, from := range l.cluster.Cluster().IDs() {
		faults, err := l.cluster.Faults(from)
		if err != nil {
			return nil, errors.Join(err, target.Close())
		}
		for _, to := range l.cluster.Cluster().IDs() {
			if to != from {
				err = errors.Join(err, faults.Set(to, transport.Fault{Delay: time.Millisecond}))
			}
		}
		if err != nil {
			return nil, errors.Join(err, target.Close())
		}
	}
	return target, nil
}

// A whole run, over the real cluster and client, in virtual time.
func TestRunOnProtocols(t *testing.T) {
	for _, name := range protocols.Names() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				report, err := Run(t.Context(), Config{Protocol: name, Start: slowly, Clients: 16, Keys: 20, Duration: time.Second}, nil)
				if err != nil {
					t.Fatal(err)
				}
				r := &report.Runs[0]
				t.Logf("%.0f op/s, %+v, %+v", r.Throughput, r.Latency, r.Check)
				if r.Linearizable != "ok" || r.Operations == 0 || r.Errors+r.Unknown != 0 {
					t.Errorf("linearizable %q (%s), %d operations, %d errors, %d unknown", r.Linearizable, r.Why, r.Operations, r.Errors, r.Unknown)
				}
				if r.Latency.P50 < 2 {
					t.Errorf("a call takes %v ms, want a round trip between replicas", r.Latency.P50)
				}
				if r.Network == nil || r.Network.Messages == 0 {
					t.Error("no messages counted")
				}
			})
		})
	}
}

func TestRunRefusesUnknownProtocols(t *testing.T) {
	_, err := Run(t.Context(), Config{Protocol: "paxo"}, nil)
	if !errors.Is(err, protocols.ErrUnknown) || !strings.Contains(err.Error(), "paxos") {
		t.Errorf("error %v, want one that lists the protocols", err)
	}
}
