package bench

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Load says when clients make their calls. Its zero value is closed loops: each client
// makes its next call as soon as the last one has returned.
type Load struct {
	// Rate makes an open loop of so many calls a second, of all clients together: they
	// begin when they are meant to, whatever became of the calls before, and their
	// latencies count from then. So whoever would have come while the cluster stood
	// still is in the figures. Zero is closed loops.
	Rate float64
	// Arrivals is how the calls of an open loop are spread over time, one of
	// ArrivalKinds. Zero is Poisson.
	Arrivals string
	// Backlog is how many calls of an open loop may be under way or wait to begin; of
	// those beyond it nothing is done but to count them. Zero is what arrives in two
	// seconds, within limits.
	Backlog int
	// Pipeline is how many calls each client has under way at a time; in an open loop
	// others wait. Zero is one in a closed loop, and in an open one any number of each
	// client, but not more of all than a member admits, 8192 for each zone: members
	// would refuse them, and to ask again takes time from what could be executed.
	Pipeline int
	// Think is how long a client of a closed loop waits after each answer before it
	// makes its next call.
	Think time.Duration
	// Exponential makes that a mean.
	Exponential bool
	// Ramp moves the rate, or the number of clients of closed loops, evenly over the
	// measured time. Nil is steady.
	Ramp *Ramp
	// Cooldown is the time under load after measuring: what is measured last then has
	// as many others beside it as what came before. Zero is none.
	Cooldown time.Duration
}

// Ramp is from where to where a setting moves. During the warm-up it is From, during
// the cool-down To. Clients takes the greater one for Config.Clients, and Rate
// nothing: the ramp says it all.
type Ramp struct {
	Clients  bool // else the rate
	From, To float64
}

// Limits of a load.
const (
	MaxPipeline = 1 << 12
	MaxBacklog  = 1 << 20
	maxThink    = time.Hour

	mostFlying = 1 << 13 // calls under way in an open loop, for each zone; see quorate.RequestsConfig

	minDefaultBacklog, maxDefaultBacklog = 1 << 10, 1 << 17
)

// Open reports whether calls begin when they are meant to, and not after others.
func (l *Load) Open() bool { return l.Rate != 0 || l.Ramp != nil && !l.Ramp.Clients }

// withDefaults completes the load of a run with so many clients, and says how many
// clients it takes.
func (l Load) withDefaults(clients int) (Load, int) {
	if r := l.Ramp; r != nil && r.Clients {
		clients = int(min(max(r.From, r.To, 1), MaxClients+1))
	} else if r != nil {
		l.Rate = r.From
	}
	if l.Open() {
		l.Arrivals = Arrivals{Kind: l.Arrivals}.withDefaults().Kind
		if l.Backlog == 0 {
			l.Backlog = max(minDefaultBacklog, int(min(2*l.peak(), maxDefaultBacklog)))
		}
	} else {
		l.Pipeline = max(1, l.Pipeline)
	}
	return l, clients
}

// peak is the greatest rate.
func (l *Load) peak() float64 {
	if l.Ramp != nil && !l.Ramp.Clients {
		return max(l.Ramp.From, l.Ramp.To)
	}
	return l.Rate
}

// arrivals are those of an open loop.
func (c *Config) arrivals() Arrivals {
	a := Arrivals{Kind: c.Load.Arrivals, From: c.Load.Rate, To: c.Load.Rate, Lead: c.Warmup, Over: c.Duration, Lanes: c.Clients, Seed: c.Seed}
	if r := c.Load.Ramp; r != nil {
		a.From, a.To = r.From, r.To
	}
	return a
}

// shift is when the i-th client of a ramp of clients works, since the clients began.
func (c *Config) shift(i int) (from, upto time.Duration) {
	r := c.Load.Ramp
	if r == nil || !r.Clients || r.From == r.To {
		return 0, Never
	}
	at := func(share float64) time.Duration { return c.Warmup + time.Duration(share*float64(c.Duration)) }
	switch n := float64(i + 1); {
	case n <= min(r.From, r.To):
		return 0, Never
	case r.From < r.To:
		return at((n - r.From) / (r.To - r.From)), Never
	default:
		return 0, at((r.From - n) / (r.From - r.To))
	}
}

func (c Config) validateLoad() error {
	l := &c.Load
	if err := l.validate(); err != nil {
		return err
	}
	switch {
	case c.Virtual != nil && l.Ramp != nil && l.Ramp.Clients:
		return errors.New("bench: a ramp of clients in virtual time: all that a world has are there from its beginning to its end")
	case c.Virtual != nil && l.Pipeline > 1 && c.Clients%c.Zones != 0:
		return fmt.Errorf("bench: %d clients in %d zones with several calls of each at a time in virtual time: want as many in each zone", c.Clients, c.Zones)
	case c.Virtual != nil && l.Pipeline*c.Clients > maxSlots && l.Pipeline > 1:
		return fmt.Errorf("bench: %d clients with %d calls at a time in virtual time: want at most %d calls in all", c.Clients, l.Pipeline, maxSlots)
	case !l.Open():
		return nil
	case l.Think != 0 || l.Exponential:
		return errors.New("bench: clients that think in an open loop: calls begin when they are meant to")
	}
	return c.arrivals().Validate()
}

func (l *Load) validate() error {
	switch r := l.Ramp; {
	case math.IsNaN(l.Rate) || l.Rate < 0:
		return fmt.Errorf("bench: %v calls a second: want 0, for closed loops, to %.0f", l.Rate, MaxRate)
	case l.Pipeline < 0 || l.Pipeline > MaxPipeline:
		return fmt.Errorf("bench: %d calls of a client at a time: want 1 to %d", l.Pipeline, MaxPipeline)
	case l.Backlog < 0 || l.Backlog > MaxBacklog:
		return fmt.Errorf("bench: a backlog of %d calls: want 1 to %d", l.Backlog, MaxBacklog)
	case l.Think < 0 || l.Think > maxThink:
		return fmt.Errorf("bench: clients think for %v: want 0 to %v", l.Think, maxThink)
	case l.Cooldown < 0:
		return fmt.Errorf("bench: a cool-down of %v: want 0 or more", l.Cooldown)
	case r != nil && r.Clients && l.Rate != 0:
		return fmt.Errorf("bench: a ramp of clients with %v calls a second: in an open loop a number of clients is no load", l.Rate)
	case r != nil && r.Clients && !(r.From >= 0 && r.To >= 0 && max(r.From, r.To) >= 1 && max(r.From, r.To) <= MaxClients):
		return fmt.Errorf("bench: a ramp of %v to %v clients: want 0 to %d, and some", r.From, r.To, MaxClients)
	case !l.Open() && (l.Arrivals != "" || l.Backlog != 0):
		return errors.New("bench: arrivals or a backlog without a rate: clients of closed loops call when their last call has returned")
	}
	return nil
}
