package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/internal/sleep"
)

// Phase is where a run stands.
type Phase string

// The phases, in order.
const (
	Gauging   Phase = "yardsticks" // before the run, and after it
	Starting  Phase = "start"
	Loading   Phase = "load" // of keys, where clients write some before anything else
	Warming   Phase = "warm-up"
	Measuring Phase = "measure"
	Cooling   Phase = "cool-down"
	Draining  Phase = "drain"
	Checking  Phase = "check"
)

// Progress is a run's news for whoever waits for it.
type Progress struct {
	Phase      Phase
	Elapsed    time.Duration // in this phase
	Total      time.Duration // of this phase, 0 if not known
	Operations uint64        // executed since the clients started
	Throughput float64       // operations per second, lately
	P99        float64       // of latencies in ms, lately; 0 if not known
	Failed     uint64        // errors and unknown outcomes since the clients started
	Keys, Of   int           // while loading: how many are written, of how many
}

// patience is how long calls may go on after the window, before they are
// cancelled and their outcome is unknown.
const patience = 2 * time.Second

// Run starts a cluster, puts load on it, and reports. It calls progress, which
// may be nil, at every new phase and every Interval, never concurrently. If
// ctx ends, clients stop, and the report is of what was measured until then
// and says Interrupted; that is no error. An error means there is no report.
func Run(ctx context.Context, cfg Config, progress func(Progress)) (*Report, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	if cfg.Virtual != nil {
		return runVirtual(ctx, cfg.WithDefaults(), progress)
	}
	r := &run{cfg: cfg.WithDefaults(), progress: progress}
	ruler := newRuler(r.cfg)
	defer ruler.close()
	if ruler != nil {
		progress(Progress{Phase: Gauging})
	}
	if err := ruler.measure(ctx); err != nil {
		return nil, err
	}
	progress(Progress{Phase: Starting})
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	r.load(ctx)
	stopped := r.stop()
	result, err := r.check(ctx)
	if err := errors.Join(err, stopped); err != nil {
		return nil, err
	}
	report := NewReport()
	report.Runs = append(report.Runs, r.report(result))
	if ruler != nil && !r.interrupted {
		progress(Progress{Phase: Gauging})
		_ = ruler.measure(ctx) // what was measured before the run is better than no report of it
	}
	report.Yardsticks = ruler.report()
	report.Runs[0].Scale = ruler.scale(&report.Runs[0], r.syncs())
	return report, nil
}

// run is a run under way.
type run struct {
	cfg      Config
	progress func(Progress)
	target   Target
	clients  []Client
	loops    []*loop
	drivers  []*driver // of the loops, if they do not run by themselves
	tallies  []*tally
	zones    []*zone           // of the clients, nil if there is only one
	leads    int               // the zone with the leader, from 0 on, -1 for none
	recorder *checker.Recorder // nil if nothing is recorded
	window   window

	filled      *Loaded // nil if nothing is loaded
	series      []Sample
	begin, end  reading  // at the ends of the window
	troubles    []string // of members that are processes, one each
	peak        uint64
	interrupted bool
}

// start brings up the target, its sessions and the loops.
func (r *run) start(ctx context.Context) error {
	var err error
	if r.target, err = r.cfg.Start(ctx, r.cfg); err != nil {
		return fmt.Errorf("start %s on %s: %w", r.cfg.Protocol, r.cfg.Transport, err)
	}
	if named, ok := r.target.(interface{ Protocol() string }); ok {
		r.cfg.Protocol = cmp.Or(named.Protocol(), r.cfg.Protocol)
	}
	if r.cfg.Prefix == "" {
		r.cfg.Prefix = prefix(r.target)
	}
	for i := range r.cfg.Sessions {
		c, err := r.target.Client(i)
		if err != nil {
			return fmt.Errorf("open client session %d of %d: %w", i+1, r.cfg.Sessions, err)
		}
		r.clients = append(r.clients, c)
	}
	zero := time.Now()
	r.window.now = func() time.Duration { return time.Since(zero) }
	if !r.cfg.NoCheck {
		r.recorder, err = checker.NewRecorder(checker.RecorderConfig{Now: r.window.now, MaxBytes: r.cfg.HistoryBytes})
		if err != nil {
			return err
		}
	}
	plan, err := r.cfg.plan()
	if err != nil {
		return err
	}
	r.mapTallies()
	for i := range r.cfg.Clients {
		l := &loop{
			window: &r.window, stream: newStream(plan, i), client: r.clients[i%len(r.clients)],
			think: newThinker(&r.cfg, i), tally: r.tallyOf(i),
		}
		l.from, l.upto = r.cfg.shift(i)
		if r.recorder != nil {
			l.process = r.recorder.Process(l.client.Session())
		}
		r.loops = append(r.loops, l)
	}
	if r.cfg.Load.Open() || r.cfg.Load.Pipeline > 1 {
		r.hire()
	}
	return nil
}

// load runs the loops through warm-up and measured time.
func (r *run) load(ctx context.Context) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	r.fill(ctx, calls)
	r.window.open(&r.cfg)
	r.divide()
	var wg sync.WaitGroup
	r.work(calls, &wg)
	r.watch(ctx, Warming, r.read(), r.window.began, r.cfg.Warmup)
	r.begin = r.readAll()
	if t, ok := r.target.(measured); ok {
		t.measure(true)
	}
	r.watch(ctx, Measuring, r.begin, r.window.from, r.cfg.Duration)
	if t, ok := r.target.(measured); ok {
		t.measure(false)
	}
	r.end = r.readAll()
	r.cool(ctx)
	if t, ok := r.target.(zoned); ok {
		r.leads = t.leads(calls)
	}

	r.progress(Progress{Phase: Draining, Operations: r.end.done, Failed: r.end.failed})
	t := time.AfterFunc(min(patience, r.cfg.Timeout), cancel)
	defer t.Stop()
	wg.Wait()
	if t, ok := r.target.(interface{ troubles() []string }); ok {
		r.troubles = t.troubles() // of those, too, that end because of the last calls
	}
}

// watch sits out a phase and takes a reading each interval, after a last one: none
// where it comes too late for it. If ctx ends, so does the phase, and with it the
// window.
func (r *run) watch(ctx context.Context, phase Phase, last reading, from, length time.Duration) {
	for at := from; ; {
		r.tell(phase, from, length, last, at-from)
		if at >= from+length || r.interrupted {
			return
		}
		missed := max(0, r.window.now()-at) / r.cfg.Interval
		at = min(at+(1+missed)*r.cfg.Interval, from+length)
		if !sleep.For(ctx, at-r.window.now()) {
			r.interrupted = true
			at = r.window.now()
			r.window.cut(at)
		}
		g := r.read()
		r.peak = max(r.peak, g.total)
		if lately := r.lately(); phase == Measuring {
			r.series = append(r.series, g.since(last, from, lately))
		}
		r.tell(phase, from, length, g, at-from)
		last = g
	}
}

func (r *run) tell(phase Phase, from, length time.Duration, g reading, elapsed time.Duration) {
	p := Progress{Phase: phase, Elapsed: elapsed, Total: length, Operations: g.done, Failed: g.failed}
	if phase == Measuring && len(r.series) > 0 {
		last := &r.series[len(r.series)-1]
		p.Throughput, p.P99 = last.Throughput, last.P99
	}
	r.progress(p)
}

// stop ends the sessions and the target.
func (r *run) stop() error {
	var errs []error
	for _, c := range r.clients {
		errs = append(errs, c.Close())
	}
	if r.target != nil {
		errs = append(errs, r.target.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop the target: %w", err)
	}
	return nil
}

// check checks what was recorded. An interrupted run is checked, too: whoever
// interrupted it still wants to know.
func (r *run) check(ctx context.Context) (checker.Result, error) {
	if r.recorder == nil {
		return checker.Result{Reason: "not checked"}, nil
	}
	r.progress(Progress{Phase: Checking, Operations: r.end.done, Failed: r.end.failed})
	if r.interrupted {
		ctx = context.WithoutCancel(ctx)
	}
	result, err := r.recorder.Check(ctx, checker.Config{TimeLimit: r.cfg.CheckLimit})
	if err != nil {
		return result, fmt.Errorf("check the history: %w", err)
	}
	if r.cfg.Keep != nil {
		r.cfg.Keep(r.recorder)
	}
	return result, nil
}
