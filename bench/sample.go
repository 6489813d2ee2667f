package bench

import (
	"runtime/metrics"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate/internal/cputime"
)

// Sample is a point of the series: what happened since the one before it.
type Sample struct {
	Seconds    float64 `json:"t"`          // since measuring began
	Throughput float64 `json:"throughput"` // operations per second
	Failed     uint64  `json:"failed"`     // errors and unknown outcomes
	FailedRate float64 `json:"failed_per_s"`
	P50        float64 `json:"p50_ms"` // of what was executed, 0 without operations
	P99        float64 `json:"p99_ms"`
	HeapBytes  uint64  `json:"heap_bytes"` // live after the last garbage collection, without the history
}

// reading is what the instruments show at one instant.
type reading struct {
	at           time.Duration
	done, failed uint64
	cpu          time.Duration
	hasCPU       bool
	machine      time.Duration // CPU time of all processes
	hasMachine   bool
	counters     Counters
	held         int64             // calls of drivers under way or waiting
	kernels      map[string]kernel // of the processes, at the ends of the window only
	heap, total  uint64            // live heap without the history; all memory from the system
	history      int64
}

// readAll takes a reading with the target's counters, also of one elsewhere: to
// ask for them may take a moment, and a second if a member stands still, so they come
// last, when the kernel has told of the processes.
func (r *run) readAll() reading {
	g := r.read()
	g.kernels = r.kernels()
	if !r.target.Local() {
		g.counters = r.target.Counters()
	}
	return g
}

// read takes a reading.
func (r *run) read() reading {
	g := reading{at: r.window.now()}
	if r.target.Local() {
		g.counters = r.target.Counters()
	}
	for _, l := range r.loops {
		g.done += l.done.Load()
		g.failed += l.failed.Load()
	}
	for _, d := range r.drivers {
		g.held += d.burden.Load()
	}
	g.cpu, g.hasCPU = cputime.Used()
	g.machine, g.hasMachine = machineTime()
	if r.recorder != nil {
		g.history = r.recorder.Bytes()
	}
	var live uint64
	live, g.total = memory()
	g.heap = live - min(live, uint64(g.history))
	return g
}

// memory returns the heap that was live after the last garbage collection, and
// all memory held from the system.
func memory() (live, total uint64) {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	return s[0].Value.Uint64(), s[1].Value.Uint64() - s[2].Value.Uint64()
}

// since returns the sample between two readings, with what calls took between them.
func (g reading) since(before reading, from time.Duration, lately *hdrhistogram.Histogram) Sample {
	took := latencyOf(lately)
	return Sample{
		Seconds:    round(seconds(g.at-from), 3),
		Throughput: round(rate(g.done-before.done, g.at-before.at), 1),
		Failed:     g.failed - before.failed,
		FailedRate: round(rate(g.failed-before.failed, g.at-before.at), 1),
		P50:        took.P50,
		P99:        took.P99,
		HeapBytes:  g.heap,
	}
}

// slope fits a line through the heap sizes and returns its slope in percent of
// their mean per minute. It says nothing of runs below half a minute.
func slope(series []Sample) (float64, bool) {
	const least = 30 // seconds
	if len(series) < 3 || series[len(series)-1].Seconds < least {
		return 0, false
	}
	var t, h float64
	for _, s := range series {
		t += s.Seconds / float64(len(series))
		h += float64(s.HeapBytes) / float64(len(series))
	}
	var cov, dev float64
	for _, s := range series {
		cov += (s.Seconds - t) * (float64(s.HeapBytes) - h)
		dev += (s.Seconds - t) * (s.Seconds - t)
	}
	if dev == 0 || h == 0 {
		return 0, false
	}
	return cov / dev / h * 100 * 60, true
}
