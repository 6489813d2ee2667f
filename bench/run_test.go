package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/workload"
)

// bubble runs a benchmark in virtual time.
func bubble(t *testing.T, cfg Config, f *fake, then func(r *Result)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if cfg.Start == nil {
			cfg.Start = f.start
		}
		report, err := Run(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		then(&report.Runs[0])
	})
}

// Clients in closed loops, each call of exactly 10 ms: all figures are known.
func TestRunCountsTheWindow(t *testing.T) {
	f := newFake()
	f.delay = 10 * time.Millisecond
	bubble(t, Config{Clients: 4, Sessions: 2, Warmup: time.Second, Duration: 2 * time.Second}, f, func(r *Result) {
		if got := r.Operations; got < 4*198 || got > 4*200 {
			t.Errorf("%d operations counted, want 200 of each client, give or take those at the edges", got)
		}
		if r.Throughput < 396 || r.Throughput > 400 {
			t.Errorf("throughput %v, want 400", r.Throughput)
		}
		for _, l := range []Latency{r.Latency, r.ReadLatency, r.WriteLatency} {
			if l.Mean < 9.9 || l.Max > 10.1 {
				t.Errorf("latency %+v, want 10 ms throughout", l)
			}
		}
		if r.Reads+r.Writes != r.Operations || r.Reads == 0 || r.Writes == 0 {
			t.Errorf("%d reads and %d writes of %d operations", r.Reads, r.Writes, r.Operations)
		}
		if r.Remote || r.Prefix != "key" {
			t.Errorf("remote %v, keys begin with %q", r.Remote, r.Prefix)
		}
		if r.Linearizable != "ok" || r.Why != "" {
			t.Errorf("linearizable %q: %s", r.Linearizable, r.Why)
		}
		if r.Check.Done <= int(r.Operations) {
			t.Errorf("%d operations checked, want those of the warm-up, too", r.Check.Done)
		}
		if r.Network == nil || r.Network.Messages != 10 || r.Network.Bytes != 1000 || r.Network.BytesPerWrite != 500 {
			t.Errorf("network %+v, want 10 messages and 1000 bytes an operation", r.Network)
		}
		if len(r.Series) != 10 || r.Series[9].Seconds != 2 {
			t.Errorf("series %+v, want one sample each fifth of a second", r.Series)
		}
	})
	if f.sessions != 2 || f.closed != 3 {
		t.Errorf("%d sessions opened, %d things closed; want 2, and 3 with the target", f.sessions, f.closed)
	}
}

// What failed is no operation and has no latency; a refusal is an error, a
// lost answer is unknown, and neither makes the history illegal.
func TestRunKeepsFailuresApart(t *testing.T) {
	f := newFake()
	f.delay = 10 * time.Millisecond
	f.spoil = func(n uint64, op client.Op, _ *client.Result) error {
		switch {
		case n%10 == 3 && op.Kind == quorate.OpGet:
			return fmt.Errorf("%w: overloaded", client.ErrNotExecuted)
		case n%10 == 7:
			return client.ErrUnknown // and executed
		}
		return nil
	}
	bubble(t, Config{Clients: 4, Keys: 20}, f, func(r *Result) {
		total := r.Operations + r.Errors + r.Unknown
		if r.Errors == 0 || r.Unknown == 0 || r.Latency.Max > 10.1 {
			t.Errorf("%d errors, %d unknown, %+v", r.Errors, r.Unknown, r.Latency)
		}
		if share := float64(r.Unknown) / float64(total); share < 0.09 || share > 0.11 {
			t.Errorf("%d of %d unknown, want a tenth", r.Unknown, total)
		}
		if r.Linearizable != "ok" {
			t.Errorf("linearizable %q: %s", r.Linearizable, r.Why)
		}
	})
}

// A benchmark against nobody reports no throughput and no pass.
func TestRunAgainstNobody(t *testing.T) {
	f := newFake()
	f.instead = func(context.Context, uint64, client.Op) error { return client.ErrNotExecuted }
	bubble(t, Config{Clients: 4, Duration: time.Second}, f, func(r *Result) {
		if r.Operations != 0 || r.Throughput != 0 || r.Latency != (Latency{}) {
			t.Errorf("%d operations, %v/s, %+v", r.Operations, r.Throughput, r.Latency)
		}
		if r.Errors == 0 || r.Linearizable != "unknown" || !strings.Contains(r.Why, "no operation succeeded") {
			t.Errorf("%d errors, linearizable %q: %s", r.Errors, r.Linearizable, r.Why)
		}
	})
}

// Calls that never return do not keep the run from ending, and are counted.
func TestRunEndsWhenCallsHang(t *testing.T) {
	f := newFake()
	f.instead = func(ctx context.Context, n uint64, _ client.Op) error {
		<-ctx.Done()
		return client.ErrUnknown
	}
	var begin time.Time
	bubble(t, Config{Clients: 8, Start: func(context.Context, Config) (Target, error) {
		begin = time.Now()
		return f, nil
	}}, f, func(r *Result) {
		if took := time.Since(begin); took != 6*time.Second+patience {
			t.Errorf("the run took %v, want %v after its window", took, patience)
		}
		if r.Unknown != 8 || r.Operations != 0 || r.Linearizable != "unknown" {
			t.Errorf("%d unknown, %d operations, linearizable %q", r.Unknown, r.Operations, r.Linearizable)
		}
	})
}

func TestRunFindsViolations(t *testing.T) {
	spoilers := map[string]func(n uint64, op client.Op, res *client.Result) error{
		"a lost write": func(n uint64, _ client.Op, res *client.Result) error {
			if n > 50 && res.Version > 1 {
				res.Version--
			}
			return nil
		},
		"a damaged value": func(n uint64, op client.Op, res *client.Result) error {
			if n > 50 && op.Kind == quorate.OpGet && res.OK {
				res.Value = slices.Clone(res.Value)
				res.Value[len(res.Value)-1] ^= 1
			}
			return nil
		},
		"a value cut short": func(n uint64, op client.Op, res *client.Result) error {
			if n > 50 && op.Kind == quorate.OpGet && res.OK {
				res.Value = res.Value[:workload.Stamp]
			}
			return nil
		},
	}
	for name, spoil := range spoilers {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.delay, f.spoil = time.Millisecond, spoil
			bubble(t, Config{Clients: 4, Keys: 5, Duration: time.Second}, f, func(r *Result) {
				if r.Linearizable != "violation" || len(r.Counterexamples) == 0 || len(r.Check.Failures) == 0 {
					t.Errorf("linearizable %q: %s", r.Linearizable, r.Why)
				}
			})
		})
	}
}

// A history that outgrows its memory is never passed off as checked.
func TestRunCapsTheHistory(t *testing.T) {
	f := newFake()
	f.delay = time.Millisecond
	bubble(t, Config{Clients: 4, Duration: 2 * time.Second, HistoryBytes: 200 << 10}, f, func(r *Result) {
		if r.Linearizable != "unknown" || !strings.Contains(r.Why, "memory for the history") {
			t.Errorf("linearizable %q: %s", r.Linearizable, r.Why)
		}
		if r.Memory.History > 200<<10 || r.Operations < 4*1900 {
			t.Errorf("history of %d bytes, %d operations", r.Memory.History, r.Operations)
		}
	})
}

func TestRunWithoutCheck(t *testing.T) {
	f := newFake()
	f.delay = time.Millisecond
	bubble(t, Config{Clients: 2, NoCheck: true, WriteRatio: ReadOnly, Warmup: NoWarmup}, f, func(r *Result) {
		if r.Linearizable != "unknown" || r.Why != "not checked" || r.Check != nil || r.Writes != 0 || r.Warmup != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestRunInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = 10 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		report, err := Run(ctx, Config{Clients: 4, Start: f.start}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := report.Runs[0]
		if !r.Interrupted || r.Duration != 1 || r.Operations < 390 || r.Operations > 404 || r.Linearizable != "ok" {
			t.Errorf("interrupted %v after %vs, %d operations, linearizable %q: %s", r.Interrupted, r.Duration, r.Operations, r.Linearizable, r.Why)
		}
	})
}

func TestRunInterruptedInWarmup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = 10 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		report, err := Run(ctx, Config{Clients: 4, Start: f.start}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := report.Runs[0]; !r.Interrupted || r.Duration != 0 || r.Operations != 0 || r.Throughput != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestRunTellsItsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.delay = 10 * time.Millisecond
		var phases []Phase
		var last Progress
		_, err := Run(t.Context(), Config{Clients: 4, Start: f.start}, func(p Progress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
			if p.Operations < last.Operations {
				t.Errorf("operations fell from %d to %d", last.Operations, p.Operations)
			}
			if p.Phase == Measuring && p.Elapsed == p.Total && p.Throughput < 390 {
				t.Errorf("progress %+v, want 400 operations a second", p)
			}
			last = p
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []Phase{Starting, Warming, Measuring, Draining, Checking}; !slices.Equal(phases, want) {
			t.Errorf("phases %v, want %v", phases, want)
		}
	})
}

func TestRunReportsWhatDidNotStart(t *testing.T) {
	f := newFake()
	_, err := Run(t.Context(), Config{Start: func(context.Context, Config) (Target, error) {
		return nil, fmt.Errorf("port in use")
	}}, nil)
	if err == nil || !strings.Contains(err.Error(), "start paxos on chan: port in use") {
		t.Errorf("error %v", err)
	}
	if f.closed != 0 {
		t.Error("closed what was not started")
	}
}

// What a client costs before its first call: ten thousand of them must not
// take more memory than what is measured.
func TestClientsAreCheap(t *testing.T) {
	r := &run{cfg: Config{Start: newFake().start, Clients: 10_000, NoCheck: true}.WithDefaults()}
	begin, _ := memory()
	if err := r.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	live, _ := memory()
	if each := (live - min(live, begin)) / 10_000; each > 4<<10 {
		t.Errorf("a client takes %d bytes", each)
	}
	runtime.KeepAlive(r)
}
