package transport

import (
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// Distances let the zones of a network on one machine, or in one room, lie as far
// apart as those of another: everything is held back at its sender for as long as
// it would travel, but nothing is lost or overtaken. Clients that are in a zone
// hold back what they send, and what they are sent; others are everywhere.
//
// What arrives is late by as much as the machine's timers are: about a millisecond
// on Linux, where Go waits in whole ones, and more where all processors are busy. Members' greetings do not
// travel, nor does what connections need to be made.
type Distances struct {
	// Way returns how long a message travels from one zone to another, or within
	// one, by the zones' numbers. It always returns the same for the same zones.
	Way func(from, to int) time.Duration
	// Jitter is how much longer a message takes at most. What would so overtake
	// an earlier message from the same zone to the same zone arrives with it.
	Jitter time.Duration
	// Seed is of the generators that draw it.
	Seed uint64
}

// Between returns the distances of the regions in which a cluster's zones lie, in
// order.
func Between(c *quorate.Cluster, wan nemesis.Latencies) *Distances {
	zones := c.Zones()
	return &Distances{Way: func(from, to int) time.Duration {
		return wan.Between(slices.Index(zones, from), slices.Index(zones, to))
	}}
}

// Configured returns the distances that a cluster file asks for, nil for none.
func Configured(file *quorate.Config) (*Distances, error) {
	if file.WAN == "" {
		return nil, nil
	}
	wan, err := nemesis.WAN(file.WAN)
	if err != nil {
		return nil, fmt.Errorf("the wan of the cluster file: %w", err)
	}
	c, err := file.Cluster()
	if err != nil {
		return nil, err
	}
	d := Between(c, wan)
	d.Jitter = file.Jitter
	return d, nil
}

// Validate reports a jitter that makes no sense, and distances without ways.
func (d *Distances) Validate() error {
	switch {
	case d == nil:
		return nil
	case d.Way == nil:
		return fmt.Errorf("distances without ways: say how long a message travels from one zone to another")
	case d.Jitter < 0:
		return fmt.Errorf("distances with a jitter of %v: must not be negative", d.Jitter)
	}
	return nil
}

// way returns how long a message travels; nothing from or to who is in no zone.
func (d *Distances) way(from, to int) time.Duration {
	if d == nil || from == 0 || to == 0 {
		return 0
	}
	return max(0, d.Way(from, to))
}
