package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
)

// Servers is what the servers' processes did in the measured time, summed over
// the members that told. Those tell whose admin listener the cluster file names
// and which ran all the time.
type Servers struct {
	Members int    `json:"members"`
	Told    int    `json:"told"`
	Why     string `json:"why,omitempty"` // not all told

	// CPU time of the processes.
	Seconds      float64 `json:"cpu_seconds"`
	Cores        float64 `json:"cores"`         // seconds per second
	Microseconds float64 `json:"cpu_us_per_op"` // 0 without operations
	Memory       uint64  `json:"memory"`        // resident at the end, in bytes
	// Commits counts the batches that the journals made durable: one sync each,
	// if they are on disk. CommitMillis is how long each took.
	Commits      float64 `json:"commits_per_op"`
	CommitMillis float64 `json:"commit_ms"`
}

// gauge reads what one member tells of itself.
type gauge struct {
	id    quorate.ID
	admin *admin.Client
	err   error // why there is nobody to ask
}

// patienceForMetrics is how long a member may take to tell.
const patienceForMetrics = time.Second

func newGauges(c *remote.Cluster) ([]gauge, error) {
	var gauges []gauge
	for _, id := range c.Members().IDs() {
		a, err := c.Admin(id, patienceForMetrics)
		if err != nil && !errors.Is(err, remote.ErrNoAddress) {
			return nil, err
		}
		gauges = append(gauges, gauge{id, a, err})
	}
	return gauges, nil
}

// readGauges asks all members at the same time.
func readGauges(gauges []gauge) Counters {
	c := Counters{servers: make([]serverReading, len(gauges))}
	var wg sync.WaitGroup
	for i, g := range gauges {
		wg.Go(func() { c.servers[i] = g.read() })
	}
	wg.Wait()
	return c
}

// serverReading is what one member told.
type serverReading struct {
	id     quorate.ID
	err    error
	life   [2]float64 // tells the process and its node's start apart from others
	usage  admin.Usage
	commit float64 // seconds, of all commits

	samples admin.Samples // all that it told
}

func (g gauge) read() serverReading {
	r := serverReading{id: g.id, err: g.err}
	if r.err != nil {
		return r
	}
	var s admin.Samples
	if s, r.err = g.admin.Metrics(context.Background()); r.err != nil { // bounded by itself
		return r
	}
	r.life = [2]float64{s["process_start_time_seconds"], s["quorate_node_starts_total"]}
	r.samples = s
	r.usage, r.commit = s.Usage(), s["quorate_journal_commit_seconds_sum"]
	return r
}

// since adds up what members did that told at both ends, and were the same.
func (r *run) servers() (sum Counters, out *Servers) {
	begin, end := r.begin.counters.servers, r.end.counters.servers
	if end == nil {
		return r.end.counters.since(r.begin.counters), nil
	}
	out = &Servers{Members: len(end)}
	var cpu time.Duration
	var commits uint64
	var commit float64
	for i := range end {
		a, b := &begin[i], &end[i]
		if err := errors.Join(a.err, b.err); err != nil || a.life != b.life {
			if out.Why == "" {
				out.Why = fmt.Sprintf("%v: %v", b.id, whyNot(err))
			}
			continue
		}
		out.Told++
		cpu += b.usage.CPU - a.usage.CPU
		commits += b.usage.Syncs - a.usage.Syncs
		commit += b.commit - a.commit
		out.Memory += b.usage.Memory
		sum.add(Counters{Messages: b.usage.Messages, Bytes: b.usage.Bytes, Writes: b.usage.Writes, Dropped: b.usage.Dropped}.since(
			Counters{Messages: a.usage.Messages, Bytes: a.usage.Bytes, Writes: a.usage.Writes, Dropped: a.usage.Dropped}))
	}
	took, ops := seconds(r.end.at-r.begin.at), float64(r.end.done-r.begin.done)
	out.Seconds, out.Cores = round(seconds(cpu), 3), round(ratio(seconds(cpu), took), 2)
	out.Microseconds = round(ratio(seconds(cpu)*1e6, ops), 2)
	out.Commits, out.CommitMillis = round(ratio(float64(commits), ops), 3), round(ratio(commit*1e3, float64(commits)), 3)
	return sum, out
}

func whyNot(err error) error {
	if err == nil {
		return errors.New("it was started again meanwhile")
	}
	return err
}
