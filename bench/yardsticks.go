package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/quorate/quorate/bench/yardstick"
)

// Yardsticks says how to measure, before and after each run, what the machine gives
// bare, see package yardstick.
type Yardsticks struct {
	// Server is the command line that serves them in a process of its own; empty is
	// this process.
	Server []string
	// Duration is how long each is measured at a time. Zero is 300 ms.
	Duration time.Duration
}

// Yardstick is what the machine gave bare: the medians of what was measured before
// and after the runs.
type Yardstick struct {
	Name      string  `json:"name"`       // tcp, http, chan or sync
	Workers   int     `json:"workers"`    // that waited for an exchange each, as many as the runs had connections
	PerSecond float64 `json:"per_second"` // exchanges of all
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Measured  int     `json:"measured"` // how often

	measures []yardstick.Measure
}

// Scale compares a run with the yardsticks that were measured before and after it.
type Scale struct {
	// Rate is the throughput as a share of the exchanges of the bare way that its
	// clients talk: TCP, HTTP or channels. P99 is how many times as long the slowest
	// call of a hundred took.
	Against string  `json:"against"`
	Rate    float64 `json:"rate"`
	P99     float64 `json:"p99"`

	// OpsPerSync is how many operations were done for each sync of the journal that
	// synced most, on a disk. Disk is the throughput as a share of what that many
	// would be at the bare rate of syncs.
	OpsPerSync *float64 `json:"ops_per_sync,omitempty"`
	Disk       *float64 `json:"disk,omitempty"`
}

// ruler measures the yardsticks of one run.
type ruler struct {
	bench    *yardstick.Bench
	cfg      Config
	measures map[string][]yardstick.Measure
}

func newRuler(cfg Config) *ruler {
	if cfg.Yardsticks == nil {
		return nil
	}
	y := *cfg.Yardsticks
	return &ruler{yardstick.New(yardstick.Config{Server: y.Server, Duration: y.Duration}), cfg, map[string][]yardstick.Measure{}}
}

func (u *ruler) close() {
	if u != nil {
		u.bench.Close()
	}
}

// names are the yardsticks of a run: a disk's only where it has one.
func (u *ruler) names() []string {
	names := []string{yardstick.TCP, yardstick.HTTP, yardstick.Chan}
	if u.cfg.DataDir != "" {
		names = append(names, yardstick.Sync)
	}
	return names
}

// measure measures each once.
func (u *ruler) measure(ctx context.Context) error {
	if u == nil {
		return nil
	}
	if u.cfg.DataDir != "" {
		if err := os.MkdirAll(u.cfg.DataDir, 0o755); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
	}
	for _, name := range u.names() {
		workers := min(u.cfg.links(), yardstick.MaxWorkers)
		if name == yardstick.Chan {
			workers = min(u.cfg.Clients, yardstick.MaxWorkers)
		}
		m, err := u.bench.Measure(ctx, name, workers, u.cfg.DataDir)
		if err != nil {
			return fmt.Errorf("measure the machine itself: %w", err)
		}
		u.measures[name] = append(u.measures[name], m)
	}
	return nil
}

// report returns what was measured.
func (u *ruler) report() []Yardstick {
	if u == nil {
		return nil
	}
	var all []Yardstick
	for _, name := range u.names() {
		if m := u.measures[name]; len(m) > 0 {
			all = append(all, yardstickOf(m))
		}
	}
	return all
}

func yardstickOf(measures []yardstick.Measure) Yardstick {
	m := yardstick.Median(measures)
	return Yardstick{
		Name: m.Name, Workers: m.Workers, PerSecond: round(m.PerSecond, 1), P50: round(1e3*seconds(m.P50), 5), P99: round(1e3*seconds(m.P99), 5),
		Measured: len(measures), measures: measures,
	}
}

// scale compares a run with what was measured around it.
func (u *ruler) scale(r *Result, syncs []uint64) *Scale {
	if u == nil {
		return nil
	}
	name := map[string]string{viaTCP: yardstick.TCP, "udp": yardstick.TCP, viaREST: yardstick.HTTP, "chan": yardstick.Chan}[r.Transport]
	m := yardstick.Median(u.measures[name])
	if m.PerSecond == 0 {
		return nil
	}
	s := &Scale{Against: name, Rate: round(r.Throughput/m.PerSecond, 4), P99: round(ratio(r.Latency.P99, 1e3*seconds(m.P99)), 2)}
	var most uint64
	for _, n := range syncs {
		most = max(most, n)
	}
	if bare := yardstick.Median(u.measures[yardstick.Sync]).PerSecond; bare > 0 && most > 0 {
		each := float64(r.Operations) / float64(most)
		s.OpsPerSync, s.Disk = known(round(each, 2)), known(round(ratio(r.Throughput, each*bare), 4))
	}
	return s
}

// addYardsticks adds what was measured around other runs to what was around these.
func (r *Report) addYardsticks(others []Yardstick) {
	for _, o := range others {
		at := -1
		for i := range r.Yardsticks {
			if y := &r.Yardsticks[i]; y.Name == o.Name && y.Workers == o.Workers && len(y.measures) > 0 && len(o.measures) > 0 {
				at = i
			}
		}
		if at < 0 {
			r.Yardsticks = append(r.Yardsticks, o)
			continue
		}
		r.Yardsticks[at] = yardstickOf(append(r.Yardsticks[at].measures, o.measures...))
	}
}

// writeYardsticks writes a line for each.
func writeYardsticks(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, y := range r.Yardsticks {
		what := map[string]string{
			yardstick.TCP: "TCP ping-pong, %d connections", yardstick.HTTP: "net/http GET, %d connections",
			yardstick.Chan: "channel ping-pong, %d pairs", yardstick.Sync: "append of 4 KiB and fdatasync, %d file",
		}[y.Name]
		fmt.Fprintf(&b, "  bare %s: %s/s, p50 %.3g ms, p99 %.3g\n", fmt.Sprintf(what, y.Workers), thousands(y.PerSecond), y.P50, y.P99)
	}
	if b.Len() == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n"+b.String()); err != nil {
		return fmt.Errorf("write the yardsticks: %w", err)
	}
	return nil
}

// write says how a run compares.
func (s *Scale) write(b *strings.Builder) {
	fmt.Fprintf(b, "  scale     %.3g%% of the rate of bare %s, p99 %.3g times its\n", 100*s.Rate, s.Against, s.P99)
	if s.Disk != nil {
		fmt.Fprintf(b, "            %.3g operations a sync, %.3g%% of that times bare syncs a second\n", *s.OpsPerSync, 100**s.Disk)
	}
}
