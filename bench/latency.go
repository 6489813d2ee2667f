package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
)

// Latencies are recorded from half a microsecond to a minute, to three digits.
const (
	lowest  = int64(time.Microsecond) / 2
	highest = int64(time.Minute)
	digits  = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(lowest, highest, digits) }

// record adds a latency; one beyond a minute counts as a minute.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d), 0), highest)) // fails only beyond the range
}

// maxLatencies bounds how many pairs of histograms a run has. A pair takes
// 300 KB: one for each of ten thousand loops would take more memory than all
// that is measured.
const maxLatencies = 16

// latencies collects what the calls of some loops took.
type latencies struct {
	mu            sync.Mutex
	reads, writes *hdrhistogram.Histogram
}

func newLatencies() *latencies { return &latencies{reads: newHistogram(), writes: newHistogram()} }

func (l *latencies) record(kind quorate.Op, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kind == quorate.OpGet {
		record(l.reads, d)
	} else {
		record(l.writes, d)
	}
}

// Latency describes how long calls took, in milliseconds. All are 0 if there
// were none.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	at := func(p float64) float64 { return millis(min(h.ValueAtPercentile(p), h.Max())) }
	return Latency{Mean: millis(int64(h.Mean())), P50: at(50), P95: at(95), P99: at(99), P999: at(99.9), Max: millis(h.Max())}
}

// millis rounds to microseconds: the histogram knows no more.
func millis(ns int64) float64 {
	return float64((ns+500)/1000) / 1000
}
