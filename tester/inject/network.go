package inject

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/server/admin"
)

// PacketFilter is what a [Cluster] has, too, whose members' packets pass a filter.
type PacketFilter interface {
	// Filter drops a share of the packets between members, 1 being all: those that a
	// member is not to hear, by the grudge, which is by the index of the member. It takes
	// the place of what was filtered under the name before. Without a grudge nothing is.
	Filter(ctx context.Context, name string, grudge []quorate.Set, share float64) error
}

// hook is what a member is to do to the messages that it sends: by itself, for it is
// asked at its admin address.
type hook func(ctx context.Context, c *admin.Client) error

// lifetime is after how long a member ends what it was told to do, if nobody tells it
// again: nobody may be left who could. patient is how long it may take to answer.
const lifetime, patient = time.Minute, 2 * time.Second

// orders are what the members of a cluster were told to do to messages. A member
// that starts again has forgotten it, and one that is down or paused cannot be told;
// so what they should do is kept, and they are told when they can be.
type orders struct {
	g  *guard
	at []*post // by member
}

// post is what one member was told.
type post struct {
	id   quorate.ID
	mu   sync.Mutex // held while it is being told
	want map[string]*order
	news chan struct{} // of one that waits for something to keep: there may be something
}

// order is one thing that a member is to do.
type order struct {
	do   hook
	pid  int       // the process that was told
	told time.Time // zero: it was not
}

func newOrders(g *guard) *orders {
	o := &orders{g: g}
	for _, id := range g.c.Members().IDs() {
		o.at = append(o.at, &post{id: id, want: map[string]*order{}, news: make(chan struct{}, 1)})
	}
	return o
}

// absent reports whether a member cannot be told anything, for we had its process
// ended, or paused.
func (g *guard) absent(id quorate.ID) bool {
	g.mu.Lock()
	taken := g.down[id] != nil || g.paused[id] != nil
	g.mu.Unlock()
	return taken || g.c.Local() && g.c.PID(id) == 0
}

// give tells each member what to do under a name, which takes the place of what it was
// told under that before; nil ends it. A member that cannot be told now is told later;
// the error is of those that do not answer, and those go on being asked.
func (o *orders) give(ctx context.Context, name string, hooks []hook) error {
	errs := make([]error, len(o.at))
	var all sync.WaitGroup
	for i, p := range o.at {
		all.Go(func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if hooks[i] != nil {
				p.want[name] = &order{do: hooks[i]}
				select {
				case p.news <- struct{}{}:
				default:
				}
				errs[i] = o.tell(ctx, p, name)
				return
			}
			if p.want[name] == nil {
				return
			}
			p.want[name].do = nil
			errs[i] = o.tell(ctx, p, name)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// tell tells a member what it should do under a name, if it can be told.
func (o *orders) tell(ctx context.Context, p *post, name string) error {
	w := p.want[name]
	pid := 0
	if o.g.c.Local() {
		pid = o.g.c.PID(p.id)
	}
	if o.g.absent(p.id) {
		switch {
		case w.do != nil:
		case o.g.c.Local() && pid == 0:
			delete(p.want, name) // with its process went what it was told
		default:
			return fmt.Errorf("member %v is paused, and cannot be told to end %s", p.id, name)
		}
		return nil
	}
	client, err := o.g.operator(p.id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	client = client.Named(name)
	if w.do == nil {
		if _, err = client.Heal(ctx); err == nil {
			delete(p.want, name)
		}
	} else if err = w.do(ctx, client); err == nil {
		w.told, w.pid = time.Now(), pid
	}
	if err != nil {
		return fmt.Errorf("tell member %v of %s: %w", p.id, name, err)
	}
	return nil
}

// keep tells members again that have started anew, and those that were not told or
// that would soon end what they do, until ctx ends.
func (o *orders) keep(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range o.at {
		all.Go(func() {
			for {
				select {
				case <-p.news:
				case <-ctx.Done():
					return
				}
				for o.remind(ctx, p) && sleep.For(ctx, 20*time.Millisecond) {
				}
			}
		})
	}
	all.Wait()
}

// remind tells a member again what is due, and reports whether there is something to
// be kept.
func (o *orders) remind(ctx context.Context, p *post) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, w := range p.want {
		due := w.told.IsZero() || time.Since(w.told) > lifetime/3 || o.g.c.Local() && o.g.c.PID(p.id) != w.pid
		if w.do == nil || !due {
			continue
		}
		if err := o.tell(ctx, p, name); err != nil {
			break // the next time; what goes wrong for long shows when it is to be ended
		}
	}
	return len(p.want) > 0
}

// network does things to the messages between members under the name of a nemesis.
type network struct {
	v    *view
	name string
}

// networkOf returns the network of a cluster, as one nemesis acts on it.
func networkOf(c Cluster, name string) network {
	v, ok := c.(*view)
	if !ok { // outside of Run: nobody else is there, and nobody reminds
		v = newGuard(c).view(name)
	}
	return network{v, name}
}

// cut lets members not hear others, by the grudge, until it is mended.
func (n network) cut(ctx context.Context, grudge []quorate.Set) error {
	if f, ok := As[PacketFilter](n.v); ok {
		return f.Filter(ctx, n.name, grudge, 1)
	}
	return n.each(ctx, grudge, func(ctx context.Context, c *admin.Client, to []quorate.ID) error {
		_, err := c.Drop(ctx, lifetime, to...)
		return err
	})
}

// lose drops a share of the messages, by the grudge.
func (n network) lose(ctx context.Context, grudge []quorate.Set, share float64) error {
	if f, ok := As[PacketFilter](n.v); ok {
		return f.Filter(ctx, n.name, grudge, share)
	}
	return n.each(ctx, grudge, func(ctx context.Context, c *admin.Client, to []quorate.ID) error {
		_, err := c.Flaky(ctx, lifetime, share, to...)
		return err
	})
}

// each has members do something to the messages that others do not, or hardly, hear of
// them.
func (n network) each(ctx context.Context, grudge []quorate.Set, do func(ctx context.Context, c *admin.Client, to []quorate.ID) error) error {
	members := n.v.Members()
	hooks := make([]hook, members.Size())
	for from := range hooks {
		var to quorate.Set
		for by, unheard := range grudge {
			if unheard.Has(from) {
				to = to.Add(by)
			}
		}
		if to != 0 {
			hooks[from] = func(ctx context.Context, c *admin.Client) error { return do(ctx, c, members.Members(to)) }
		}
	}
	return n.v.g.orders.give(ctx, n.name, hooks)
}

// mend ends whatever the nemesis did to the network.
func (n network) mend(ctx context.Context) error {
	var err error
	if f, ok := As[PacketFilter](n.v); ok {
		err = f.Filter(ctx, n.name, nil, 0)
	}
	return errors.Join(err, n.v.g.orders.give(ctx, n.name, make([]hook, n.v.Members().Size())))
}

// operated wants members that can be told to do something to their messages.
func operated(c Cluster) error {
	for _, id := range c.Members().IDs() {
		if _, err := c.Admin(id); err != nil {
			return fmt.Errorf("member %v cannot be told to do that to its messages: %w; give each member an admin_address in the cluster file", id, err)
		}
	}
	return nil
}

// filtered is operated, where packets are not filtered.
func filtered(c Cluster) error {
	if _, ok := As[PacketFilter](c); ok {
		return nil
	}
	return operated(c)
}
