package sim

import (
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// link is the way from one member to another. Each has a generator of its own,
// so that what happens on one does not change the luck of the others when a
// world is shrunk.
type link struct {
	rng    rand.PCG
	base   time.Duration
	lately []flight // what it carried last, if some fault is going to replay it
	oldest int
}

// network carries messages between members. It reorders them, since each takes
// its own time.
type network struct {
	model Network
	links []link // from*n + to
	n     int
	keep  bool // what the links carry
	wan   *nemesis.Latencies

	// What the faults under way do.
	deaf      []quorate.Set // for each member: whom it does not hear
	loss      []float64     // on links from and to each member
	duplicate []float64
	delay     []time.Duration
}

func newNetwork(model Network, c *quorate.Cluster, seed uint64) (*network, error) {
	n := c.Size()
	net := &network{
		model: model, n: n, links: make([]link, n*n),
		deaf: make([]quorate.Set, n), loss: make([]float64, n), duplicate: make([]float64, n), delay: make([]time.Duration, n),
	}
	if model.WAN != "" {
		wan, err := nemesis.WAN(model.WAN)
		if err != nil {
			return nil, err
		}
		net.wan = &wan
	}
	for i := range net.links {
		l := &net.links[i]
		l.rng.Seed(seed, uint64(i))
		l.base = model.Base
		if from, to := c.ID(i/n).Zone()-1, c.ID(i%n).Zone()-1; from != to && net.wan != nil {
			l.base = net.wan.Between(from, to)
		}
	}
	return net, nil
}

// route draws what becomes of a message: after which delay it arrives, and
// after which a copy of it does, -1 if never.
func (net *network) route(from, to int) (first, second time.Duration) {
	l := &net.links[from*net.n+to]
	if loss := net.model.Loss + net.loss[from] + net.loss[to]; loss > 0 && l.chance(loss) {
		return -1, -1
	}
	first, second = net.latency(l, from, to), -1
	if dup := net.model.Duplicate + net.duplicate[from] + net.duplicate[to]; dup > 0 && l.chance(dup) {
		second = first + l.upTo(10*(l.base+net.model.Jitter))
		if l.chance(0.1) { // long after everybody has forgotten it
			second += l.upTo(time.Second)
		}
	}
	return first, second
}

func (net *network) latency(l *link, from, to int) time.Duration {
	d := l.base + l.upTo(net.model.Jitter)
	if net.model.Tail > 0 && l.chance(net.model.Tail) {
		d += l.upTo(10 * net.model.Jitter)
	}
	if extra := net.delay[from] + net.delay[to]; extra > 0 {
		d += l.upTo(extra)
	}
	return d
}

// memory is how many messages a link can replay.
const memory = 64

// remember keeps a message for replays.
func (net *network) remember(from, to int, fl flight) {
	if !net.keep {
		return
	}
	l := &net.links[from*net.n+to]
	if len(l.lately) < memory {
		l.lately = append(l.lately, fl)
		return
	}
	l.lately[l.oldest] = fl
	l.oldest = (l.oldest + 1) % memory
}

// hears reports whether messages of a member reach another just now.
func (net *network) hears(to, from int) bool { return !net.deaf[to].Has(from) }

func (l *link) chance(p float64) bool { return float64(l.rng.Uint64()>>11) < p*(1<<53) }

func (l *link) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(l.rng.Uint64() % uint64(d))
}

// flight is a message on its way.
type flight struct {
	from, to quorate.ID
	hello    quorate.Hello // who the sender was
	msg      any           // by value
	data     []byte        // or encoded
	left     time.Duration // when it leaves, from when it was sent: its sender's processor has other things to do before
	size     int           // of a client's request, where that matters
	id       uint64
}

// flights holds the messages on their way. Places are used again.
type flights struct {
	all  []flight
	free []int32
	sent uint64
}

// nextID numbers a message that never gets a place.
func (f *flights) nextID() uint64 {
	f.sent++
	return f.sent
}

func (f *flights) add(fl flight) int32 {
	f.sent++
	fl.id = f.sent
	if n := len(f.free); n > 0 {
		ref := f.free[n-1]
		f.free = f.free[:n-1]
		f.all[ref] = fl
		return ref
	}
	f.all = append(f.all, fl)
	return int32(len(f.all) - 1)
}

func (f *flights) take(ref int32) flight {
	fl := f.all[ref]
	f.all[ref] = flight{}
	f.free = append(f.free, ref)
	return fl
}
