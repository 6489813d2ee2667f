package explore

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// Any is a number of duplicates without a bound.
const Any = -1

// Config is a tiny world. Subject must be set; for the rest zero means none, or
// what the field says.
type Config struct {
	Name    string // of the world, for people
	Subject sim.Subject
	Knobs   sim.Knobs
	Cluster *quorate.Cluster // three members in one zone

	// Requests are what clients ask for. Each is in flight from the beginning,
	// or, with Early, has arrived before it.
	Requests []Request
	Early    bool
	// Timers may fire whenever they are armed, as often as they say; no others
	// ever do, except those that are set to run at once.
	Timers []Timer
	// Crashes is how many times members may crash, all together, except those
	// that are Steady. Each restarts at once.
	Crashes int
	Steady  []quorate.ID
	// SlowDisks makes each sync a step of its own, so that more can happen
	// between a record and the messages that wait for it. The disks of members
	// that may still crash are slow in any case.
	SlowDisks bool
	// Duplicates is how many messages may arrive twice, [Any] for all of them,
	// any number of times.
	Duplicates int

	// Drop names messages between members that always get lost.
	Drop []string
	// Prompt names messages that arrive within the step that sends them, in the
	// order in which they were sent. That leaves worlds out.
	Prompt []string

	MaxStates int // after which to give up; two million
	MaxDepth  int // steps in a row; any number

	// Progress is called now and then; nil for nobody.
	Progress func(Result)

	witness func(*Config) (func() witness, error) // another one, for tests
}

// Request is what a client asks of a member.
type Request struct {
	To      quorate.ID
	Command quorate.Command
	Read    quorate.ReadMode
}

// Timer is a timer that may fire at a member.
type Timer struct {
	Node  quorate.ID
	Name  string
	Times int
}

// Put is a command for a [Request]: it sets key k to value, for a client of
// its own. Its time suits the clocks of these worlds.
func Put(client quorate.Client, value string) quorate.Command {
	return quorate.Command{Client: client, Seq: 1, Issued: epoch, Op: quorate.OpPut, Key: "k", Value: []byte(value)}
}

func (c Config) withDefaults() (Config, error) {
	c.MaxStates = cmp.Or(c.MaxStates, 2_000_000)
	if c.Cluster == nil {
		var err error
		if c.Cluster, err = quorate.Grid(1, 3); err != nil {
			return c, err
		}
	}
	if c.witness == nil {
		c.witness = ghosts
	}
	return c, c.validate()
}

func (c *Config) validate() error {
	if c.Subject.New == nil || c.Subject.Quorums == nil {
		return errors.New("explore: Subject is missing or incomplete")
	}
	if c.Crashes < 0 || c.Duplicates < Any || c.MaxStates < 0 || c.MaxStates > math.MaxInt32 || c.MaxDepth < 0 {
		return fmt.Errorf("explore: %d crashes, %d duplicates, %d states, depth %d: want numbers that are not negative, Any for duplicates, and at most %d states",
			c.Crashes, c.Duplicates, c.MaxStates, c.MaxDepth, math.MaxInt32)
	}
	for _, t := range c.Timers {
		if !c.Cluster.Has(t.Node) || t.Times < 1 {
			return fmt.Errorf("explore: timer %q of %v, %d times: want a member of %v, and at least once", t.Name, t.Node, t.Times, c.Cluster)
		}
	}
	for _, r := range c.Requests {
		if !c.Cluster.Has(r.To) {
			return fmt.Errorf("explore: request %v goes to %v: want a member of %v", r.Command, r.To, c.Cluster)
		}
	}
	for _, d := range []time.Duration{c.Knobs.Heartbeat, c.Knobs.ElectionTimeout, c.Knobs.Retransmit, c.Knobs.CommitDelay} {
		if d > pause/4 {
			return fmt.Errorf("explore: a knob of %v: want at most %v, for clocks move by %v between two steps and all before must be long ago", d, pause/4, pause)
		}
	}
	return nil
}

// mayCrash reports whether a member can crash while there are crashes left.
func (c *Config) mayCrash(id quorate.ID) bool { return !slices.Contains(c.Steady, id) }
