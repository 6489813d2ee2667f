package study

import "github.com/quorate/quorate/bench"

// Figure is what is compared.
type Figure struct {
	Name   string
	Unit   string
	Higher bool // is better
	// Of returns it of a run, false if it was not measured.
	Of func(*bench.Result) (float64, bool)
}

// Figures are all that are compared, throughput first.
func Figures() []Figure {
	latency := func(name string, of func(*bench.Latency) float64) Figure {
		return Figure{Name: name, Unit: "ms", Of: func(r *bench.Result) (float64, bool) {
			return of(&r.Latency), r.Operations > 0 // without operations it says 0, which is none
		}}
	}
	return []Figure{
		{Name: "throughput", Unit: "ops/s", Higher: true, Of: func(r *bench.Result) (float64, bool) { return r.Throughput, true }},
		latency("mean", func(l *bench.Latency) float64 { return l.Mean }),
		latency("p50", func(l *bench.Latency) float64 { return l.P50 }),
		latency("p95", func(l *bench.Latency) float64 { return l.P95 }),
		latency("p99", func(l *bench.Latency) float64 { return l.P99 }),
		{Name: "cpu", Unit: "us/op", Of: cpu},
	}
}

// cpu is the processor time of an operation, of clients and servers, false where it
// was not measured of all of them.
func cpu(run *bench.Result) (us float64, ok bool) {
	if run.CPU == nil || run.Operations == 0 {
		return 0, false
	}
	us, ok = run.CPU.Microseconds, true
	if run.Servers != nil {
		us += run.Servers.Microseconds
		ok = run.Servers.Told == run.Servers.Members
	}
	return us, ok
}
