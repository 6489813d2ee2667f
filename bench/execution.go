package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/lag"
)

// Execution is how commands came to be chosen and executed in the measured time,
// by what the members observed.
type Execution struct {
	// Delay is how long it took to execute what a member knew to be committed, at
	// any member, in milliseconds: of each slot in virtual time, of one in 16 in
	// this process, and of processes as well as the buckets of their metrics tell,
	// where there is more than one log. Nil if nobody tells.
	Delay *Latency `json:"commit_to_execute_ms,omitempty"`

	// Batch is how many commands of clients were in a slot that had any.
	Batch *Batch `json:"batch,omitempty"`

	// Slots that members decided in one round trip, in more, and in the place of
	// another; of protocols that have a choice.
	Fast      uint64  `json:"fast"`
	Slow      uint64  `json:"slow"`
	Recovered uint64  `json:"recovered"`
	FastRatio float64 `json:"fast_ratio"` // of the first two

	Recoveries    uint64 `json:"recoveries"`    // begun
	Displaced     uint64 `json:"displaced"`     // commands to be proposed anew: a Nop took their place
	Retransmitted uint64 `json:"retransmitted"` // slots

	// Steals are how often a member became the owner of an object, of protocols that
	// have owners of objects: the first owner counts, too. StealTries are how often one
	// tried to.
	Steals     uint64  `json:"steals"`
	StealRate  float64 `json:"steals_per_s"`
	StealTries uint64  `json:"steal_tries"`

	// Components are sets of slots that wait for each other in a circle and are
	// executed together; sizes are of those.
	Components    uint64  `json:"components"`
	InComponents  float64 `json:"in_components"` // the share of slots that are in one
	ComponentP50  int64   `json:"component_p50"`
	ComponentP99  int64   `json:"component_p99"`
	ComponentP999 int64   `json:"component_p999"`
	ComponentMax  int64   `json:"component_max"`
}

// Batch is the commands of clients in the slots that had some, when they were
// executed, at all members.
type Batch struct {
	Slots uint64  `json:"slots"`
	Mean  float64 `json:"mean"`
	// Max is the most; of processes the bound of their metrics' bucket.
	Max uint64 `json:"max"`
}

// maxComponent is the size that larger components count as.
const maxComponent = 1 << 20

// meters watch the members.
type meters struct {
	leader   int // the member that was elected last to lead all, -1 if none was
	lag      []lag.Meter
	delays   *hdrhistogram.Histogram
	sizes    *hdrhistogram.Histogram // of components
	executed uint64                  // slots, at all members
	inside   uint64                  // of these, in components
	counts   Execution
	batch    Batch
	commands uint64 // in the slots of batch
}

func newMeters(n int) meters {
	return meters{leader: -1, lag: make([]lag.Meter, n), delays: newHistogram(), sizes: hdrhistogram.New(1, maxComponent, digits)}
}

func (m *meters) observe(member int, at time.Duration, measured bool, e quorate.Event) {
	if e, ok := e.(quorate.Elected); ok && e.Log == "" {
		m.leader = member
	}
	m.wait(member, at, measured, e)
	if measured {
		m.count(e)
	}
}

// wait times how long what is chosen waits for its execution.
func (m *meters) wait(member int, at time.Duration, measured bool, e quorate.Event) {
	if delay, ok := m.lag[member].Observe(at, e); ok && measured {
		record(m.delays, delay)
	}
}

// count counts an event of the measured time.
func (m *meters) count(e quorate.Event) {
	switch e := e.(type) {
	case quorate.Executed:
		m.executed++
		if n := uint64(ofClients(e.Commands)); n > 0 {
			m.batch.Slots++
			m.commands += n
			m.batch.Max = max(m.batch.Max, n)
		}
	case quorate.Component:
		m.inside += uint64(e.Size)
		_ = m.sizes.RecordValue(min(int64(e.Size), maxComponent)) // fails only beyond the range
	case quorate.Chosen:
		switch e.Path {
		case quorate.PathFast:
			m.counts.Fast++
		case quorate.PathSlow:
			m.counts.Slow++
		case quorate.PathRecovered:
			m.counts.Recovered++
		}
	case quorate.Recovering:
		if e.Stage == quorate.StagePromises {
			m.counts.Recoveries++
		}
	case quorate.Displaced:
		m.counts.Displaced += uint64(e.Commands)
	case quorate.Elected:
		if e.Log != "" {
			m.counts.Steals++
		}
	case quorate.Stood:
		if e.Log != "" {
			m.counts.StealTries++
		}
	case quorate.Retransmitted:
		m.counts.Retransmitted += uint64(e.Slots)
	}
}

// ofClients counts the commands that do something.
func ofClients(commands []quorate.Command) (n int) {
	for i := range commands {
		if commands[i].Op != quorate.OpNop {
			n++
		}
	}
	return n
}

// merge adds what another one has counted.
func (m *meters) merge(o *meters) {
	m.delays.Merge(o.delays)
	m.sizes.Merge(o.sizes)
	m.executed += o.executed
	m.inside += o.inside
	m.commands += o.commands
	m.batch.Slots += o.batch.Slots
	m.batch.Max = max(m.batch.Max, o.batch.Max)
	a, b := &m.counts, &o.counts
	a.Fast += b.Fast
	a.Slow += b.Slow
	a.Recovered += b.Recovered
	a.Recoveries += b.Recoveries
	a.Displaced += b.Displaced
	a.Retransmitted += b.Retransmitted
	a.Steals += b.Steals
	a.StealTries += b.StealTries
}

func (m *meters) report(length time.Duration) *Execution {
	e := m.counts
	e.StealRate = round(rate(e.Steals, length), 1)
	e.Delay = known(latencyOf(m.delays))
	if m.batch.Slots > 0 {
		e.Batch = known(m.batch)
		e.Batch.Mean = round(ratio(float64(m.commands), float64(m.batch.Slots)), 2)
	}
	e.FastRatio = round(ratio(float64(e.Fast), float64(e.Fast+e.Slow)), 4)
	e.Components = uint64(m.sizes.TotalCount())
	e.InComponents = round(ratio(float64(m.inside), float64(m.executed)), 4)
	at := func(p float64) int64 { return min(m.sizes.ValueAtPercentile(p), m.sizes.Max()) }
	if e.Components > 0 {
		e.ComponentP50, e.ComponentP99, e.ComponentP999, e.ComponentMax = at(50), at(99), at(99.9), m.sizes.Max()
	}
	return &e
}

// write tells of the execution in lines.
func (e *Execution) write(b *strings.Builder) {
	if e.Batch != nil {
		fmt.Fprintf(b, "  batches   %.4g commands a slot, at most %d\n", e.Batch.Mean, e.Batch.Max)
	}
	if e.Delay != nil && *e.Delay != (Latency{}) {
		fmt.Fprintf(b, "  execution after commit: mean %s ms, p50 %s, p95 %s, p99 %s, p99.9 %s, max %s\n",
			ms(e.Delay.Mean), ms(e.Delay.P50), ms(e.Delay.P95), ms(e.Delay.P99), ms(e.Delay.P999), ms(e.Delay.Max))
	}
	if e.Components > 0 {
		fmt.Fprintf(b, "  circles   %.3g%% of the slots, in components of p50 %d, p99 %d, p99.9 %d, at most %d\n",
			100*e.InComponents, e.ComponentP50, e.ComponentP99, e.ComponentP999, e.ComponentMax)
	}
	if e.Fast+e.Slow+e.Recovered > 0 {
		fmt.Fprintf(b, "  decisions %.4g%% in one round trip; %d of %d recoveries decided, %d commands displaced\n",
			100*e.FastRatio, e.Recovered, e.Recoveries, e.Displaced)
	}
	if e.StealTries > 0 {
		fmt.Fprintf(b, "  steals    %g a second: %d, tried %d times\n", e.StealRate, e.Steals, e.StealTries)
	}
	if e.Retransmitted > 0 {
		fmt.Fprintf(b, "  resent    %d slots\n", e.Retransmitted)
	}
}
