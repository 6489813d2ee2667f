package bench

import (
	"context"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/cputime"
)

// instant is a target that has executed every call before it has begun.
type instant struct{ *fake }

func (i instant) Client(int) (Client, error) { return instantClient{}, nil }

type instantClient struct{}

func (instantClient) Do(context.Context, client.Op) (client.Result, error) {
	return client.Result{OK: true, Version: 1}, nil
}
func (instantClient) Session() quorate.Client { return 1 }
func (instantClient) Close() error            { return nil }
func (instantClient) Start(_ client.Op, done client.Waiter) {
	done.Ended(client.Result{OK: true, Version: 1}, nil)
}

// What a call costs the process of the clients beside the client itself: choosing the
// operation, beginning it when it is due, and recording what it took.
func BenchmarkDriver(b *testing.B) {
	for name, cfg := range map[string]Config{
		"open":           {NoCheck: true, Load: Load{Rate: 1e6, Backlog: MaxBacklog}},
		"open checked":   {Load: Load{Rate: 1e6, Backlog: MaxBacklog}},
		"closed":         {NoCheck: true, Load: Load{Pipeline: 16}},
		"closed checked": {Load: Load{Pipeline: 16}},
	} {
		b.Run(name, func(b *testing.B) {
			target := instant{newFake()}
			cfg.Start = func(context.Context, Config) (Target, error) { return target, nil }
			cfg.WriteRatio, cfg.HistoryBytes = ReadOnly, 4<<30
			r := &run{cfg: cfg.WithDefaults()}
			if err := r.start(b.Context()); err != nil {
				b.Fatal(err)
			}
			r.window.open(&r.cfg)
			r.window.from = r.window.began
			r.window.stop.Store(int64(1000 * time.Hour))
			r.window.until.Store(int64(1000 * time.Hour))
			d := r.drivers[0]
			d.begin()
			b.ReportAllocs()
			b.ResetTimer()
			before, _ := cputime.Used() // of a machine that others use, time says little
			for n := 0; n < b.N; n += batch {
				d.issue(b.Context(), r.window.last()-1)
				d.settle(b.Context())
			}
			after, _ := cputime.Used()
			b.ReportMetric(float64(after-before)/float64(b.N), "cpu-ns/op")
		})
	}
}
