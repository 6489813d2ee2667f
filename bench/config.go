package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/workload"
)

// Config describes a run. Its zero value is the default run.
type Config struct {
	// Protocol is the name of the protocol. Zero is "paxos".
	Protocol string
	// Options are the protocol's.
	Options protocols.Options
	// Zones and Nodes shape the cluster: so many zones of so many nodes.
	// Zero is one zone of three nodes.
	Zones, Nodes int
	uneven       bool // a running cluster has zones, but not of one size
	// Transport is "chan", "tcp" or "udp" for a cluster in this process; Start may know
	// other words. Zero is "chan".
	Transport string
	// DataDir is where the journals of a cluster in this process are: in a
	// directory of the run's own in it, which goes when the run ends. Empty is
	// memory, where nothing waits for a disk.
	DataDir string
	// Start starts the cluster, or reaches one that runs, see [Config.Against].
	// The context is that of the run; the target must not end with it but with
	// its Close. Nil is StartLocal.
	Start func(ctx context.Context, cfg Config) (Target, error)

	// Clients is the number of clients: of closed loops, unless Load has it otherwise.
	// Zero is 64.
	Clients int
	// Load says when they make their calls.
	Load Load
	// Sessions is the number of client sessions that the loops share, as the
	// goroutines of a program share a client. Zero is one for each loop. Over
	// tcp all sessions of this process use one connection to each node.
	Sessions int
	// Prefix is what the names of the keys begin with. Zero is "key"; against a
	// cluster that runs elsewhere it is drawn at random, so that no earlier run
	// has left anything there.
	Prefix string
	// Workload is what the clients ask for. Nil is [workload.Spec]'s zero value. Each
	// of the fields from Keys to Read that is not zero takes the place of what the
	// Spec says of it: they are there because they are what most runs set.
	Workload *workload.Spec
	settled  *fields // as they are with what the workload says; nil before that
	asked    bool    // for a workload, other than by those fields
	// Keys is the number of keys. Zero is 1000.
	Keys int
	// Locality is how little the zones' clients have in common of the keys that
	// they use: 0 is nothing but common keys, 1 is none; see [workload.Locality].
	// Client i is in zone i, round the zones. Before the warm-up the clients of
	// each zone write its home keys once, each client up to [workload.MaxHome] of
	// them, those nearest to the mean first: all protocols begin with keys that
	// exist, and those that keep a key near its users with keys that are there. It
	// takes the place of the Spec's distribution, but for its hot keys.
	Locality float64
	// Moving is how many keys a second the zones' means move along the ring of the
	// keys, from when the clients begin. It takes a Locality.
	Moving float64
	// Hot is the share of operations on the first HotKeys keys, which all clients
	// share; the others spread over the other keys. Zero is none, and zero HotKeys
	// are the constant of that name.
	Hot     float64
	HotKeys int
	// Conflicts is the share of operations on one key that all clients use; the
	// others are on keys of which each client has its own. It takes the place of
	// the Spec's distribution, and Keys is left alone. NoConflicts is none.
	Conflicts float64
	// WriteRatio is the share of writes. Zero is 0.5; ReadOnly is none. It takes
	// the place of the Spec's operations: plain gets and puts are left.
	WriteRatio float64
	// ValueSize is the length of the values in bytes. From 16 bytes on every
	// value written is unique. Zero is 100; EmptyValues is none.
	ValueSize int
	// Read is the guarantee that reads ask for. Zero is ReadLog.
	Read quorate.ReadMode
	// Timeout ends a call. Zero is 10 s.
	Timeout time.Duration

	// Warmup is the time before measuring. Zero is 1 s; NoWarmup is none.
	Warmup time.Duration
	// Duration is the measured time. Zero is 5 s.
	Duration time.Duration
	// Interval is the time between two samples of the series. Zero is 1 s, or
	// a tenth of Duration if that is less.
	Interval time.Duration
	// Seed fixes what the clients ask for. Zero is 1.
	Seed uint64

	// NoCheck leaves the history unrecorded and unchecked.
	NoCheck bool
	// CheckLimit bounds the time of the check. Zero is one minute.
	CheckLimit time.Duration
	// HistoryBytes bounds the memory of the history. Zero is 1 GiB.
	HistoryBytes int64

	// WAN is the wide-area network in whose regions the zones lie, in order, one of
	// nemesis.Regions. Messages of a cluster in this process are held back for as
	// long as they would travel. Empty is one data centre. Clients lie in the zones
	// by turns, if there are several, and talk to a member of their own.
	WAN string
	// Lead is the number of the zone in which a protocol with a leader elects it.
	// Zero is zone 1 over a wide area or in virtual time, and else any.
	Lead int
	// Jitter is how much longer a message takes at most over a wide area or in virtual
	// time. Zero is none, but in virtual time 1 ms over a wide area, and 0.1 ms within
	// one data centre.
	Jitter time.Duration
	// Keep is given the history when it has been checked, in time for the report; it
	// must not hold on to it. Nil leaves it behind.
	Keep func(History)

	// Place tells the run apart from others; it is copied to the Result.
	Place Place
	// Processes is how to run each member as a process of its own, see [Config.On].
	// Nil is a cluster in this process, or wherever Start finds it.
	Processes *Processes
	sockets   int // connections to each member, by On and Against; 0 is one for each session
	// Yardsticks has what the machine gives bare measured around the run. Nil has not.
	Yardsticks *Yardsticks
	// Virtual makes the run happen in a simulated world. Nil is the real one.
	Virtual *Virtual
}

// Settings that say "none" where zero says "the default".
const (
	ReadOnly    = -1.0             // of Config.WriteRatio
	NoConflicts = -1.0             // of Config.Conflicts
	EmptyValues = -1               // of Config.ValueSize
	NoWarmup    = -time.Nanosecond // of Config.Warmup
)

// HotKeys is how many keys are hot if a run has some and does not say.
const HotKeys = 10

// Limits of a run. They keep a slip of the finger from eating the machine.
const (
	MaxClients   = 1 << 14
	MaxKeys      = workload.MaxKeys
	MaxValueSize = workload.MaxValue
	MaxJitter    = 10 * time.Second
)

// WithDefaults returns the configuration with every zero replaced by its
// default and every "none" by zero.
func (c Config) WithDefaults() Config {
	if c.Start == nil {
		c.Start = StartLocal
	}
	c.Protocol = cmp.Or(c.Protocol, "paxos")
	c.Zones = cmp.Or(c.Zones, 1)
	c.Nodes = cmp.Or(c.Nodes, 3)
	c.Transport = cmp.Or(c.Transport, "chan")
	c.Load, c.Clients = c.Load.withDefaults(cmp.Or(c.Clients, 64))
	c.Sessions = cmp.Or(c.Sessions, c.Clients)
	c = c.withWorkload()
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Warmup = max(0, cmp.Or(c.Warmup, time.Second))
	c.Duration = cmp.Or(c.Duration, 5*time.Second)
	c.Interval = cmp.Or(c.Interval, min(time.Second, c.Duration/10))
	c.Seed = cmp.Or(c.Seed, 1)
	c.CheckLimit = cmp.Or(c.CheckLimit, time.Minute)
	c.HistoryBytes = cmp.Or(c.HistoryBytes, 1<<30)
	return c
}

// Validate reports the first setting that makes no sense, and what is allowed.
func (c Config) Validate() error {
	given, local := c.fields(), c.Start == nil
	if c.settled != nil {
		given = given.since(*c.settled)
	}
	c = c.WithDefaults()
	if local {
		if _, err := protocols.New(c.Protocol, c.overWAN().Options); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	switch {
	case c.Zones < 1 || c.Nodes < 1 || c.Zones > quorate.MaxMembers || c.Nodes > quorate.MaxMembers || c.Zones*c.Nodes > quorate.MaxMembers:
		return fmt.Errorf("bench: %d zones of %d nodes: want 1 to %d nodes in all", c.Zones, c.Nodes, quorate.MaxMembers)
	case local && c.Transport != "chan" && c.Transport != "tcp" && c.Transport != "udp":
		return fmt.Errorf("bench: transport %q: want chan, tcp or udp", c.Transport)
	case c.Clients < 1 || c.Clients > MaxClients:
		return fmt.Errorf("bench: %d clients: want 1 to %d", c.Clients, MaxClients)
	case c.Sessions < 1 || c.Sessions > c.Clients:
		return fmt.Errorf("bench: %d sessions: want 1 to %d, the number of clients", c.Sessions, c.Clients)
	case c.Timeout < 0 || c.Duration < 0 || c.Interval < 0 || c.CheckLimit < 0 || c.HistoryBytes < 0:
		return fmt.Errorf("bench: a timeout, duration, interval or limit is negative")
	}
	if err := c.validateLoad(); err != nil {
		return err
	}
	if err := c.validateWorkload(given); err != nil {
		return err
	}
	if err := c.validateWide(); err != nil {
		return err
	}
	if c.Processes != nil {
		return c.validateProcesses()
	}
	if c.Virtual != nil && c.Yardsticks != nil {
		return errors.New("bench: yardsticks of a simulated world: it takes nothing of the machine")
	}
	if c.Virtual != nil {
		return c.validateVirtual()
	}
	return nil
}

// conflicts is the share for a report, nil where keys are chosen otherwise.
func (c Config) conflicts() *float64 {
	if !c.shared() {
		return nil
	}
	return &c.Conflicts
}
