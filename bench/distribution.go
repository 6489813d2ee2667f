package bench

import (
	"fmt"
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
)

// Share says that this share of the operations took at most so long.
type Share struct {
	Millis float64 `json:"ms"`
	Share  float64 `json:"share"` // 0 to 1
}

// Mark is something that happened to the cluster in the measured time.
type Mark struct {
	Seconds float64 `json:"t"` // since measuring began
	Label   string  `json:"label"`
}

// Steps of a distribution: so many between any share and the one that halves what
// is slower, as HdrHistogram's own listings have it, and so many halvings.
const (
	stepsPerHalf = 4
	halvings     = 14
)

// distributionOf returns the distribution of all latencies in at most
// stepsPerHalf*halvings+2 steps, the last of which is the slowest operation; nil
// without operations.
func distributionOf(h *hdrhistogram.Histogram) []Share {
	if h.TotalCount() == 0 {
		return nil
	}
	out := []Share{}
	add := func(share float64) {
		ms := millis(min(h.ValueAtPercentile(100*share), h.Max()))
		if last := len(out) - 1; last >= 0 && out[last].Millis >= ms {
			out[last].Share = share
			return
		}
		out = append(out, Share{Millis: ms, Share: share})
	}
	for i := range stepsPerHalf * halvings {
		slower := math.Pow(2, -float64(i/stepsPerHalf)) * (1 - 0.5*float64(i%stepsPerHalf)/stepsPerHalf)
		add(round(1-slower, 7))
	}
	add(1)
	return out
}

// marks tells of the faults that the run brought about itself.
func (c Config) marks() []Mark {
	if c.Virtual == nil {
		return nil
	}
	cluster, err := quorate.Grid(c.Zones, c.Nodes)
	if err != nil {
		return nil
	}
	var marks []Mark
	for _, i := range c.Virtual.Kill {
		marks = append(marks, Mark{Seconds: seconds(c.Virtual.KillAt), Label: fmt.Sprintf("%v dies", cluster.ID(i))})
	}
	return marks
}
