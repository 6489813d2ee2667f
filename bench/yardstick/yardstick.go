package yardstick

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The names of the yardsticks.
const (
	TCP  = "tcp"  // 64 bytes there and back
	HTTP = "http" // a GET of 64 bytes over a connection that is kept
	Chan = "chan" // a message there and back between two goroutines
	Sync = "sync" // 4 KiB appended to a file, and fdatasync
)

// MaxWorkers bounds how many exchanges are under way at once.
const MaxWorkers = 4096

// Config says how to measure.
type Config struct {
	// Server is the command line that serves [TCP] and [HTTP] in another process, see
	// [Serve]. Empty is this process.
	Server []string
	// Duration is how long each is measured. Zero is 300 ms.
	Duration time.Duration
}

// Measure is what one yardstick showed once.
type Measure struct {
	Name      string
	Workers   int
	PerSecond float64
	P50, P99  time.Duration
}

// Bench keeps the servers between measurements. Not safe for concurrent use.
type Bench struct {
	cfg     Config
	servers map[string]*server
}

// New returns a bench whose servers start at first use.
func New(cfg Config) *Bench {
	cfg.Duration = cmp.Or(cfg.Duration, 300*time.Millisecond)
	return &Bench{cfg: cfg, servers: map[string]*server{}}
}

// Close ends the servers.
func (b *Bench) Close() {
	for _, s := range b.servers { // unordered: all of them
		s.stop()
	}
	b.servers = map[string]*server{}
}

// Measure measures one yardstick with so many workers at once. Dir is where Sync
// writes, by one worker whatever is asked.
func (b *Bench) Measure(ctx context.Context, name string, workers int, dir string) (Measure, error) {
	if workers < 1 || workers > MaxWorkers {
		return Measure{}, fmt.Errorf("yardstick %s: %d workers: want 1 to %d", name, workers, MaxWorkers)
	}
	var prepare func(i int) (exchange, error)
	switch name {
	case Chan:
		prepare = overChan
	case Sync:
		workers, prepare = 1, func(int) (exchange, error) { return onDisk(dir) }
	case TCP, HTTP:
		address, err := b.address(ctx, name)
		if err != nil {
			return Measure{}, err
		}
		prepare = overTCP(address)
		if name == HTTP {
			prepare = overHTTP(address)
		}
	default:
		return Measure{}, fmt.Errorf("yardstick %q: want one of %v", name, Names())
	}
	m, err := measure(ctx, workers, b.cfg.Duration, prepare)
	m.Name = name
	if err != nil {
		return m, fmt.Errorf("yardstick %s: %w", name, err)
	}
	return m, nil
}

// Names lists the yardsticks.
func Names() []string { return []string{TCP, HTTP, Chan, Sync} }

// exchange is one worker's means.
type exchange struct {
	do    func() error
	close func()
}

// measure lets workers exchange for a while.
func measure(ctx context.Context, workers int, length time.Duration, prepare func(i int) (exchange, error)) (Measure, error) {
	m := Measure{Workers: workers}
	var all []exchange
	defer func() {
		for _, e := range all {
			e.close()
		}
	}()
	for i := range workers {
		e, err := prepare(i)
		if err != nil {
			return m, err
		}
		all = append(all, e)
	}
	times := make([][]time.Duration, workers)
	errs := make([]error, workers)
	began := time.Now()
	until := began.Add(length)
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() { times[i], errs[i] = work(ctx, e, until) })
	}
	wg.Wait()
	took := time.Since(began)
	h := hdrhistogram.New(int64(50*time.Nanosecond), int64(10*time.Second), 3)
	for i := range times {
		if errs[i] != nil {
			return m, errs[i]
		}
		for _, d := range times[i] {
			_ = h.RecordValue(min(int64(d), int64(10*time.Second))) // fails only beyond the range
		}
	}
	m.PerSecond = float64(h.TotalCount()) / took.Seconds()
	m.P50, m.P99 = time.Duration(h.ValueAtPercentile(50)), time.Duration(h.ValueAtPercentile(99))
	return m, ctx.Err()
}

// maxTimes bounds what a worker remembers: 8 MB.
const maxTimes = 1 << 20

// work exchanges until it is time, and returns how long each exchange took. The first
// one finds things cold, and does not count.
func work(ctx context.Context, e exchange, until time.Time) ([]time.Duration, error) {
	if err := e.do(); err != nil {
		return nil, err
	}
	times := make([]time.Duration, 0, 1024)
	for at := time.Now(); len(times) < maxTimes; {
		if err := e.do(); err != nil {
			return nil, err
		}
		now := time.Now()
		times = append(times, now.Sub(at))
		if at = now; !now.Before(until) || ctx.Err() != nil {
			break
		}
	}
	return times, nil
}

// Median returns the middle of several measures of one yardstick, of each figure by
// itself: between the two in the middle if there are two.
func Median(all []Measure) Measure {
	if len(all) == 0 {
		return Measure{}
	}
	m := all[0]
	middle := func(of func(Measure) float64) float64 {
		var list []float64
		for _, one := range all {
			list = append(list, of(one))
		}
		slices.Sort(list)
		return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
	}
	m.PerSecond = middle(func(m Measure) float64 { return m.PerSecond })
	m.P50 = time.Duration(middle(func(m Measure) float64 { return float64(m.P50) }))
	m.P99 = time.Duration(middle(func(m Measure) float64 { return float64(m.P99) }))
	return m
}
