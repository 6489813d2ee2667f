package sim

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// Options are about how a world is watched; they do not change it.
type Options struct {
	// Trace receives what happens, in order.
	Trace func(TraceEvent)
	// CheckLimit bounds the time for judging the history. Zero is three seconds.
	CheckLimit time.Duration

	elections *electionWatch
	load      *Load
}

// Run lets a world happen and says what became of it. The error is about the
// Spec or the Subject, or that of a context which ended first; what the protocol
// does wrong is a Violation.
func Run(ctx context.Context, s Subject, spec Spec, opts Options) (*Outcome, error) {
	w, err := newWorld(&s, &spec, opts)
	if err != nil {
		return nil, fmt.Errorf("world of seed %d: %w", spec.Seed, err)
	}
	w.ctx = ctx
	w.guard(w.live)
	if err := ctx.Err(); err != nil && w.violation == nil && !w.done {
		return nil, fmt.Errorf("world of seed %d: interrupted after %v: %w", spec.Seed, w.now, err)
	}
	w.countGhost()
	out := &Outcome{Hash: w.hash, Stats: w.stats, History: w.history.ops}
	if w.judges() {
		if err := w.judge(ctx, out, opts); err != nil {
			return nil, err
		}
	}
	out.Violation = w.violation
	out.Stats.Worlds, out.Stats.Virtual = 1, w.now
	return out, nil
}

func newWorld(s *Subject, spec *Spec, opts Options) (*world, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	cluster, err := quorate.Grid(spec.Zones, spec.Nodes)
	if err != nil {
		return nil, err
	}
	construct, err := s.New(cluster, spec.Knobs)
	if err != nil {
		return nil, err
	}
	net, err := newNetwork(spec.Network, cluster, streamSeed("network", 0)^spec.Seed)
	if err != nil {
		return nil, err
	}
	w := &world{
		ctx: context.Background(), spec: spec, subject: s, cluster: cluster, construct: construct, net: net, tracer: opts.Trace, elections: opts.elections, load: opts.load,
		identities: spec.Readmit && s.Readmits && !s.Amnesia,
		effects:    newEffects(), orders: newOrders(), first: map[quorate.CommandID]place{}, objects: map[string]*object{},
		writes: map[quorate.CommandID]bool{}, reads: map[quorate.CommandID]bool{},
		stats: Stats{Faults: map[string]int{}, Probes: map[string]int{}},
	}
	if s.Claims != nil && !spec.Blind {
		q, err := s.Quorums(cluster, spec.Knobs)
		if err != nil {
			return nil, err
		}
		w.ghost = newGhost(cluster, q, s.Claims)
	}
	for i, id := range cluster.IDs() {
		w.hosts = append(w.hosts, &host{
			w: w, index: i, id: id, rng: stream(spec.Seed, "host", i), clock: newClock(), stepAt: never,
			disk:       newDisk(spec.Disk, stream(spec.Seed, "disk", i), s.Fooled),
			membership: membership{names: stream(spec.Seed, "incarnation", i)},
		})
	}
	return w, nil
}

// guard turns a panic of the protocol into a violation.
func (w *world) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			w.fail("panic", -1, "%v%s", p, frames())
		}
	}()
	f()
}

// live runs the world.
func (w *world) live() {
	for i := range w.spec.Clients.Count {
		c, err := newCaller(w, i)
		if err != nil {
			w.fail("workload", -1, "%v", err)
			return
		}
		w.callers = append(w.callers, c)
	}
	for _, h := range w.hosts {
		h.start()
	}
	w.schedule()
	w.run()
}

// frames names the functions that were running, innermost first, up to where the
// simulator called: in a form that is the same in every run, whoever asked for it.
func frames() string {
	pcs := make([]uintptr, 32)
	all := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var b strings.Builder
	for n := 0; n < 8; {
		f, more := all.Next()
		name := f.Function[strings.LastIndexByte(f.Function, '/')+1:]
		if !more || strings.HasPrefix(name, "sim.(*host).") || strings.HasPrefix(name, "sim.(*world).") {
			break
		}
		if !strings.HasPrefix(name, "runtime.") {
			fmt.Fprintf(&b, "\n  %s line %d", name, f.Line)
			n++
		}
	}
	return b.String()
}

// judges reports whether the history is to be judged.
func (w *world) judges() bool {
	return (w.violation == nil || w.violation.Oracle == "liveness") && (w.load == nil || !w.load.Unjudged)
}

// judge asks whether what the clients saw was linearizable.
func (w *world) judge(ctx context.Context, out *Outcome, opts Options) error {
	if text := w.refused(); text != "" {
		w.violation = nil // it says more than that the world did not come to its end
		w.fail("reply", -1, "%s", text)
		return nil
	}
	w.history.settle(&w.effects)
	result, err := checker.Check(ctx, w.history.ops, checker.Config{Workers: 1, TimeLimit: cmp.Or(opts.CheckLimit, 3*time.Second)})
	if err != nil {
		return fmt.Errorf("judge the history of seed %d: %w", w.spec.Seed, err)
	}
	switch result.Verdict {
	case checker.Violation:
		out.Counterexamples = result.Counterexamples
		end := w.now
		w.violation, w.now = nil, proven(result.Counterexamples[0], end)
		w.fail("linearizable", -1, "%s", result.Counterexamples[0].String())
		w.now = end
	case checker.Unknown:
		out.Unknown = result.Reason
	}
	return nil
}

// proven returns when the last of the operations that prove it had returned:
// that is where a reader of the trace should look.
func proven(c checker.Counterexample, end time.Duration) time.Duration {
	var at time.Duration
	for _, op := range c.Witness {
		at = max(at, op.Call)
		if op.Return <= end { // else its client never heard of it
			at = max(at, op.Return)
		}
	}
	return at
}
