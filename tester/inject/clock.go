package inject

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/server/admin"
)

// clockKinds are the nemeses of clocks.
func clockKinds() []kind {
	var list []kind
	for _, c := range []struct {
		name, about string
		all         bool
		draw        func(rng *rand.Rand) wrong
	}{
		{"clock-bump", "sets clocks ahead or back, by up to 2 s: lease reads do not survive that", false, bump},
		{"clock-strobe", "sets clocks to and fro: lease reads do not survive that", false, strobe},
		{"clock-drift", "lets clocks run up to 0.9 % too fast or too slow, which leases allow for", true, drift},
	} {
		for _, whom := range []string{"", leader} {
			list = append(list, kind{Kind{Name: form(c.name, whom), About: c.about + of(whom), All: c.all && whom == ""},
				func() Nemesis { return clock{form(c.name, whom), whom, c.draw} }})
		}
	}
	return list
}

// of says of whom in the line about a nemesis.
func of(whom string) string {
	if whom == "" {
		return ""
	}
	return "; " + whom + " only"
}

// ForLeases refuses nemeses that break what leases assume of clocks: they allow for
// wrong rates only, within their bound. A test with such a nemesis and lease reads would
// call stale what is stale by design.
func ForLeases(names []string) error {
	for _, name := range names {
		if strings.HasPrefix(name, "clock-bump") || strings.HasPrefix(name, "clock-strobe") || suspends(name) {
			return fmt.Errorf("nemesis %s: with lease reads it proves nothing: leases allow for clocks whose rate is a little wrong, not for clocks that are set; take clock-drift, or another read mode", name)
		}
	}
	return nil
}

// clock makes clocks wrong, each in its own way.
type clock struct {
	name, whom string
	draw       func(rng *rand.Rand) wrong
}

// wrong is what is wrong with a clock.
type wrong struct {
	by, period time.Duration
	rate       float64
}

func (w wrong) String() string {
	switch {
	case w.rate != 0:
		return fmt.Sprintf("rate %.4f", w.rate)
	case w.period != 0:
		return fmt.Sprintf("%+dms to and fro, each for %dms", w.by.Milliseconds(), w.period.Milliseconds())
	}
	return fmt.Sprintf("%+dms", w.by.Milliseconds())
}

// spread draws a time, short ones as often as long ones.
func spread(rng *rand.Rand, least, most time.Duration) time.Duration {
	return time.Duration(float64(least) * math.Pow(float64(most)/float64(least), rng.Float64())).Round(time.Millisecond)
}

func sign(rng *rand.Rand) time.Duration { return time.Duration(2*rng.IntN(2) - 1) }

func bump(rng *rand.Rand) wrong {
	return wrong{by: sign(rng) * spread(rng, 10*time.Millisecond, 2*time.Second)}
}

func strobe(rng *rand.Rand) wrong {
	return wrong{by: sign(rng) * spread(rng, 10*time.Millisecond, time.Second), period: spread(rng, 5*time.Millisecond, 500*time.Millisecond)}
}

func drift(rng *rand.Rand) wrong {
	return wrong{rate: 1 + float64(sign(rng))*(0.001+0.008*rng.Float64())}
}

func (k clock) Name() string { return k.name }

// Check wants members that can be told to.
func (k clock) Check(c Cluster) error { return operated(c) }

func (k clock) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	members, how, err := target(ctx, c, rng, k.whom)
	if err != nil {
		return nil, nil, err
	}
	hooks, clocks := make([]hook, c.Members().Size()), []any{}
	for i := range hooks {
		if w := k.draw(rng); members.Has(i) {
			clocks = append(clocks, w.String())
			hooks[i] = func(ctx context.Context, c *admin.Client) error {
				var err error
				if w.rate != 0 {
					_, err = c.Drift(ctx, lifetime, w.rate)
				} else {
					_, err = c.Bump(ctx, lifetime, w.by, w.period)
				}
				return err
			}
		}
	}
	return ordered(ctx, c, k.name, hooks, said(how, c.Members().Members(members), history.Entry{Key: history.Keyword("clocks"), Value: clocks}))
}

// ordered has members do something until it is healed, those that start again, too.
func ordered(ctx context.Context, c Cluster, name string, hooks []hook, what history.Map) (any, func(context.Context) error, error) {
	o := networkOf(c, name).v.g.orders
	heal := func(ctx context.Context) error { return o.give(ctx, name, make([]hook, len(hooks))) }
	return what, heal, o.give(ctx, name, hooks)
}
