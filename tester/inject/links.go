package inject

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/server/admin"
)

// linkKinds are the nemeses of single messages.
func linkKinds() []kind {
	var list []kind
	for _, d := range []disturbance{
		{"slow", "delays messages, evenly by 20 to 500 ms, which keep their order", slow},
		{"delay", "delays messages, each by another time of up to 10 to 300 ms, so that they overtake each other", delay},
		{"loss", "loses 5 to 50 % of the messages", loss},
		{"duplicate", "sends 10 to 100 % of the messages twice", duplicate},
		{"reorder", "holds 10 to 50 % of the messages back for up to 5 to 100 ms, so that the rest overtakes them", reorder},
	} {
		for _, whom := range []string{"", one, leader, everyone} {
			about := map[string]string{"": "of members drawn anew each time", one: "of one member", leader: "of the leader", everyone: "of all"}
			n := link{disturbance: d, whom: whom}
			list = append(list, kind{Kind{Name: n.Name(), About: d.about + ": " + about[whom], All: whom == ""}, func() Nemesis { return n }})
		}
	}
	return list
}

// disturbance is a way to disturb the messages of some links.
type disturbance struct {
	name, about string
	draw        func(rng *rand.Rand) (history.Map, disturb)
}

// disturb disturbs the links of a grudge.
type disturb func(ctx context.Context, n network, grudge []quorate.Set) error

// link disturbs the links out of and into some members.
type link struct {
	disturbance
	whom string
}

func (l link) Name() string { return form(l.name, l.whom) }

// Check wants members that can be told.
func (l link) Check(c Cluster) error {
	if c.Members().Size() < 2 {
		return fmt.Errorf("one member alone sends no messages; take a larger cluster")
	}
	return operated(c)
}

func (l link) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	how, do := l.draw(rng)
	members, whom, err := target(ctx, c, rng, l.whom)
	if err != nil {
		return nil, nil, err
	}
	n := networkOf(c, l.Name())
	return said(whom, c.Members().Members(members), how...), n.mend, do(ctx, n, around(c.Members(), members))
}

// around returns the links out of and into members, as a grudge.
func around(c *quorate.Cluster, members quorate.Set) []quorate.Set {
	grudge := make([]quorate.Set, c.Size())
	for i := range grudge {
		grudge[i] = members.Remove(i)
		if members.Has(i) {
			grudge[i] = c.All().Remove(i)
		}
	}
	return grudge
}

// told disturbs by having members told.
func told(do func(ctx context.Context, c *admin.Client, to []quorate.ID) (admin.Injected, error)) disturb {
	return func(ctx context.Context, n network, grudge []quorate.Set) error {
		return n.each(ctx, grudge, func(ctx context.Context, c *admin.Client, to []quorate.ID) error {
			_, err := do(ctx, c, to)
			return err
		})
	}
}

func between(rng *rand.Rand, least, most int) time.Duration {
	return time.Duration(least+rng.IntN(most-least+1)) * time.Millisecond
}

func percent(rng *rand.Rand, least, most int) (share float64, entry history.Entry) {
	p := least + rng.IntN(most-least+1)
	return float64(p) / 100, history.Entry{Key: history.Keyword("percent"), Value: int64(p)}
}

func millis(name string, d time.Duration) history.Entry {
	return history.Entry{Key: history.Keyword(name), Value: d.Milliseconds()}
}

func slow(rng *rand.Rand) (history.Map, disturb) {
	d := between(rng, 20, 500)
	return history.Map{millis("delay-ms", d)}, told(func(ctx context.Context, c *admin.Client, to []quorate.ID) (admin.Injected, error) {
		return c.Slow(ctx, lifetime, d, 0, to...)
	})
}

func delay(rng *rand.Rand) (history.Map, disturb) {
	d := between(rng, 10, 300)
	return history.Map{millis("jitter-ms", d)}, told(func(ctx context.Context, c *admin.Client, to []quorate.ID) (admin.Injected, error) {
		return c.Slow(ctx, lifetime, time.Millisecond, d, to...)
	})
}

func loss(rng *rand.Rand) (history.Map, disturb) {
	share, entry := percent(rng, 5, 50)
	return history.Map{entry}, func(ctx context.Context, n network, grudge []quorate.Set) error { return n.lose(ctx, grudge, share) }
}

func duplicate(rng *rand.Rand) (history.Map, disturb) {
	share, entry := percent(rng, 10, 100)
	return history.Map{entry}, told(func(ctx context.Context, c *admin.Client, to []quorate.ID) (admin.Injected, error) {
		return c.Duplicate(ctx, lifetime, share, to...)
	})
}

func reorder(rng *rand.Rand) (history.Map, disturb) {
	share, entry := percent(rng, 10, 50)
	late := between(rng, 5, 100)
	return history.Map{entry, millis("late-ms", late)}, told(func(ctx context.Context, c *admin.Client, to []quorate.ID) (admin.Injected, error) {
		return c.Reorder(ctx, lifetime, share, late, to...)
	})
}
