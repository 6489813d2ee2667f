package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are recorded from half a microsecond to an hour, to three digits.
const (
	lowest  = int64(time.Microsecond) / 2
	highest = int64(time.Hour)
	digits  = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(lowest, highest, digits) }

// record adds a latency; one beyond an hour counts as an hour.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d), 0), highest)) // fails only beyond the range
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
