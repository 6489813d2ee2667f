package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/workload"
)

// Elections is an experiment: how many ballots members try until one of them
// leads, when leaders are taken away again and again, and messages take so long
// that others stand before they hear of the first. Zero values stand for the
// defaults named at the fields.
type Elections struct {
	Subject Subject
	Nodes   int           // 3, 5 or 7, as the world's seed says
	Count   int           // how many elections are wanted; 10,000
	Seed    uint64        // of the first world; the others follow
	Latency time.Duration // of a message, at least, and half as much at most; 20 ms
	Loss    float64       // of messages, as a probability
	Timeout time.Duration // the election timeout; the protocol's own
	Workers int           // worlds at a time; one a processor

	// Progress is told how many elections there were; may be nil.
	Progress func(done int)
}

// electionSpan is how long leaders are taken away in one world.
const electionSpan = 15 * time.Second

func (e Elections) withDefaults() Elections {
	e.Count = cmp.Or(e.Count, 10_000)
	e.Seed = cmp.Or(e.Seed, 1)
	e.Latency = cmp.Or(e.Latency, 20*time.Millisecond)
	e.Workers = cmp.Or(e.Workers, runtime.GOMAXPROCS(0))
	return e
}

// Validate reports what no world can have.
func (e Elections) Validate() error {
	switch {
	case e.Count < 0:
		return fmt.Errorf("%d elections: want 1 or more", e.Count)
	case e.Workers < 0:
		return fmt.Errorf("%d workers: want 1 or more", e.Workers)
	case e.Subject.Fragile:
		return fmt.Errorf("protocol %s elects nobody: it goes on only while every member is up", e.Subject.Name)
	case e.Subject.Name != "" && len(e.Subject.Probes) > 0 && !slices.Contains(e.Subject.Probes, ProbeElected):
		return fmt.Errorf("protocol %s elects nobody: no member leads", e.Subject.Name)
	case e.Subject.Objects != nil:
		return fmt.Errorf("protocol %s elects nobody: each key has an owner of its own", e.Subject.Name)
	}
	return Check(e.Subject, e.withDefaults().spec(1))
}

// spec is the world of a seed.
func (e Elections) spec(seed uint64) Spec {
	rng := stream(seed, "elections", 0)
	nodes := pick(rng, 3, 5, 7)
	return Spec{
		Seed: seed, Protocol: e.Subject.Name, Bug: e.Subject.Bug, Zones: 1, Nodes: cmp.Or(e.Nodes, nodes),
		Knobs:   Knobs{ElectionTimeout: e.Timeout, Heartbeat: e.Timeout / 4},
		Network: Network{Base: e.Latency, Jitter: e.Latency / 2, Loss: e.Loss, Client: time.Millisecond},
		Disk:    Disk{Sync: time.Millisecond, Jitter: 2 * time.Millisecond},
		Clients: Clients{Count: 1, Ops: 60, Think: electionSpan / 60, Timeout: 2 * time.Second, Attempt: 200 * time.Millisecond, Mix: workload.Config{Keys: 1, Reads: 0.3}},
		Safety:  electionSpan, Liveness: time.Minute,
	}
}

// electionWorld is what one world had to tell.
type electionWorld struct {
	seed uint64
	all  []Election
	late int
	out  *Outcome
	err  error
}

// Run lets worlds happen, each after the one before in the order of their seeds,
// until there were enough elections. It ends with the first violation.
func (e Elections) Run(ctx context.Context) (*ElectionReport, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	e = e.withDefaults()
	var all []Election
	r := &ElectionReport{Protocol: e.Subject.Name, Seed: e.Seed, Nodes: e.Nodes, LatencyMillis: millis(e.Latency), Loss: e.Loss}
	for next := e.Seed; len(all) < e.Count && r.Violation == nil && ctx.Err() == nil; {
		worlds := make([]electionWorld, e.Workers)
		var wg sync.WaitGroup
		for i := range worlds {
			worlds[i].seed = next
			next++
			wg.Go(func() { e.world(ctx, &worlds[i]) })
		}
		wg.Wait()
		for i := range worlds {
			w := &worlds[i]
			if w.err != nil && ctx.Err() != nil {
				break
			} else if w.err != nil {
				return nil, w.err
			}
			all = append(all, w.all...)
			r.Worlds++
			r.Unfinished += w.late
			r.Events += w.out.Stats.Events
			if w.out.Violation != nil {
				r.Violation, r.ViolationSeed = w.out.Violation, w.seed
				break
			}
			if len(all) >= e.Count {
				break // the worlds after it were for nothing
			}
		}
		if e.Progress != nil {
			e.Progress(min(len(all), e.Count))
		}
	}
	r.add(all[:min(len(all), e.Count)])
	return r, nil
}

// world runs one.
func (e Elections) world(ctx context.Context, into *electionWorld) {
	spec := e.spec(into.seed)
	watch := newElectionWatch(&spec)
	into.out, into.err = Run(ctx, e.Subject, spec, Options{elections: watch})
	into.all, into.late = watch.all, watch.late
}

// ErrNoBallots is wrapped when a protocol tells of no ballots that it tried.
var ErrNoBallots = errors.New("the protocol does not tell which ballots it tries")
