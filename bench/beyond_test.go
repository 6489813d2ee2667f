package bench

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// until is a server that takes a millisecond, but stands still from an instant to
// another, since the first call.
func until(from, upto time.Duration) func(at time.Duration, n uint64) time.Duration {
	return func(at time.Duration, _ uint64) time.Duration {
		if at >= from && at < upto {
			return upto - at
		}
		return time.Millisecond
	}
}

// A cluster that stands still when measuring ends does not look as if nothing were: the
// calls that it holds up are told, though they are none of the measured time.
func TestStallAtTheEndIsTold(t *testing.T) {
	for _, pipeline := range []int{1, 2} {
		a := newAsync(0)
		a.took = until(1700*time.Millisecond, 2300*time.Millisecond)
		start := func(ctx context.Context, cfg Config) (Target, error) {
			_, err := a.start(ctx, cfg)
			return patient{a}, err
		}
		cfg := Config{Clients: 4, Load: Load{Pipeline: pipeline}, NoCheck: true, Start: start, Warmup: time.Second, Duration: time.Second}
		bubble(t, cfg, a.fake, func(r *Result) {
			b := r.Beyond
			if b == nil || b.Calls != uint64(4*pipeline) || !near(b.Longest, 600, 3) || r.Latency.Max > 2 {
				t.Fatalf("pipeline %d: beyond %+v, %+v, want all calls under way, of 600 ms", pipeline, b, r.Latency)
			}
			var text strings.Builder
			b.write(&text, r.Latency)
			if !strings.Contains(text.String(), "calls were under way at the end") {
				t.Errorf("text %q", text.String())
			}
			text.Reset()
			if b.write(&text, Latency{Max: 1000}); text.Len() > 0 {
				t.Errorf("calls no slower than others: %q", text.String())
			}
		})
	}
}

// patient is an async fake whose clients can wait for calls, too.
type patient struct{ *async }

func (p patient) Client(i int) (Client, error) {
	c, err := p.async.Client(i)
	return patientClient{c.(*asyncClient)}, err
}

type patientClient struct{ *asyncClient }

func (c patientClient) Do(ctx context.Context, op client.Op) (client.Result, error) {
	if at := time.Since(c.a.begin); !sleep.For(ctx, c.a.took(at, 0)) {
		return client.Result{}, client.ErrUnknown
	}
	return c.asyncClient.Do(ctx, op)
}

// slowTarget takes a while to tell what its members did, as with one that stands still.
type slowTarget struct {
	*fake
	asked []string
}

func (s *slowTarget) Local() bool { return false }

func (s *slowTarget) Counters() Counters {
	s.asked = append(s.asked, "counters")
	sleep.For(context.Background(), time.Second)
	return s.fake.Counters()
}

func (s *slowTarget) places() []place {
	s.asked = append(s.asked, "kernel")
	return nil
}

// While members are asked, the others go on: what the kernel tells of them is read
// before that, and the series misses no operation and makes none up.
func TestSlowMembersShiftNoInstants(t *testing.T) {
	f := newFake()
	f.delay = 10 * time.Millisecond
	s := &slowTarget{fake: f}
	start := func(context.Context, Config) (Target, error) { return s, nil }
	cfg := Config{Clients: 4, NoCheck: true, Start: start, Duration: 4 * time.Second, Interval: 300 * time.Millisecond}
	bubble(t, cfg, f, func(r *Result) {
		if got := strings.Join(s.asked, " "); got != "kernel counters kernel counters" {
			t.Errorf("asked: %s", got)
		}
		ops, last := 0.0, 0.0
		for _, sample := range r.Series {
			ops += sample.Throughput * (sample.Seconds - last)
			if last = sample.Seconds; !near(sample.Throughput, 400, 45) {
				t.Errorf("%+v, want 400 a second", sample)
			}
		}
		if !near(ops, float64(r.Operations), 8) || last != 4 {
			t.Errorf("%v operations by the series until %v, %d in all", ops, last, r.Operations)
		}
	})
}

func TestBeyondOfOneCall(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	(&Beyond{Calls: 1, Longest: 185}).write(&text, Latency{Max: 102})
	if want := "  beyond    1 call was under way at the end, in none of these latencies: it took 185 ms\n"; text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}
