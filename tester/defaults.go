package tester

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/workloads"
)

// Limits of a test.
const (
	MaxConcurrency = 1 << 12
	MaxRate        = 1e6
	MaxHistory     = 1 << 24 // events
)

// WithDefaults returns c with its defaults in place of zeros.
func (c Config) WithDefaults() Config {
	if c.File != nil {
		if members, err := c.File.Cluster(); err == nil {
			c.Zones, c.Nodes = len(members.Zones()), members.Size()/len(members.Zones())
			c.Concurrency = cmp.Or(c.Concurrency, members.Size())
		}
		c.Protocol = cmp.Or(c.Protocol, c.File.Protocol)
	}
	c.Protocol = cmp.Or(c.Protocol, "paxos")
	c.Zones, c.Nodes = cmp.Or(c.Zones, 1), cmp.Or(c.Nodes, 3)
	c.Workload = cmp.Or(c.Workload, "register")
	c.Interval, c.TimeLimit = cmp.Or(c.Interval, 5*time.Second), cmp.Or(c.TimeLimit, time.Minute)
	c.Rate, c.Concurrency = cmp.Or(c.Rate, 200), cmp.Or(c.Concurrency, c.Zones*c.Nodes)
	c.Timeout, c.Most = cmp.Or(c.Timeout, 5*time.Second), cmp.Or(c.Most, 2_000_000)
	c.Patience, c.Quiet = cmp.Or(c.Patience, 30*time.Second), cmp.Or(c.Quiet, time.Second)
	c.Network = cmp.Or(c.Network, Hooks)
	c.CheckLimit = cmp.Or(c.CheckLimit, time.Minute)
	if c.Name == "" {
		disturbed := slices.DeleteFunc(slices.Clone(c.Nemeses), func(name string) bool { return name == "none" })
		c.Name = strings.Join(append([]string{c.Protocol, c.Workload}, disturbed...), "-")
		if c.Bug != "" {
			c.Name += "-bug-" + c.Bug
		}
	}
	return c
}

// Validate reports the first setting that makes no sense. Zeros stand for defaults.
func (c Config) Validate() error {
	c = c.WithDefaults()
	switch {
	case c.Zones < 1 || c.Nodes < 1 || c.Zones > quorate.MaxMembers || c.Nodes > quorate.MaxMembers || c.Zones*c.Nodes > quorate.MaxMembers:
		return fmt.Errorf("a test of %d zones of %d nodes: want 1 to %d in all", c.Zones, c.Nodes, quorate.MaxMembers)
	case c.Concurrency < 1 || c.Concurrency > MaxConcurrency:
		return fmt.Errorf("a concurrency of %d: want 1 to %d", c.Concurrency, MaxConcurrency)
	case !(c.Rate > 0 && c.Rate <= MaxRate):
		return fmt.Errorf("a rate of %v operations a second: want more than 0, to %.0f", c.Rate, MaxRate)
	case c.Most < 1 || c.Most > MaxHistory:
		return fmt.Errorf("a history of %d events: want 1 to %d", c.Most, MaxHistory)
	case c.Interval < 0 || c.Interval > inject.MaxInterval:
		return fmt.Errorf("faults of %v: want more than 0, to %v", c.Interval, inject.MaxInterval)
	case min(c.TimeLimit, c.Timeout, c.Patience, c.Quiet, c.CheckLimit) < 0:
		return errors.New("a time below zero")
	case c.Elsewhere && c.File == nil:
		return errors.New("a test of a cluster that ran already: give the cluster file (--config) of the one to test")
	case c.Binary == "" && c.File == nil && c.target == nil:
		return errors.New("a test of processes of no program: say which one runs a member")
	case c.Network != Hooks && c.Network != Packets:
		return fmt.Errorf("a network of %.40q: want %s or %s", c.Network, Hooks, Packets)
	case c.Network == Packets && c.File != nil:
		return errors.New("packets of a cluster that runs already: they are filtered in the network of a cluster that the test starts")
	case c.File != nil && c.Bug != "":
		return errors.New("a bug in a cluster that runs already: it is planted where members are started")
	}
	if _, err := inject.Parse(c.Nemeses); err != nil {
		return err
	}
	if c.Read == quorate.ReadLease {
		if err := inject.ForLeases(c.Nemeses); err != nil {
			return err
		}
	}
	if _, err := c.work(""); err != nil {
		return err
	}
	return c.validateProtocol()
}

func (c Config) validateProtocol() error {
	if c.File != nil {
		return c.File.Validate()
	}
	if err := offers(c.Protocol, c.Read); err != nil {
		return err
	}
	ports := make([]int, fleet.PortsEach*c.Zones*c.Nodes)
	for i := range ports {
		ports[i] = 1 + i
	}
	_, err := c.clusterFile(ports)
	return err
}

// work returns what the clients do, on keys with a prefix.
func (c *Config) work(prefix string) (workloads.Workload, error) {
	if c.workload != nil {
		return c.workload, nil
	}
	return workloads.New(c.Workload, workloads.Config{
		Concurrency: c.Concurrency, Keys: c.Keys, OpsPerKey: c.OpsPerKey, Read: c.Read, Seed: c.Seed, Prefix: prefix,
	})
}

// offers reports whether a protocol has a read mode.
func offers(protocol string, mode quorate.ReadMode) error {
	modes := protocols.Reads(protocol)
	for _, m := range modes {
		if m == mode {
			return nil
		}
	}
	if len(modes) == 0 { // an unknown protocol, of a cluster that runs: it will tell
		return nil
	}
	return fmt.Errorf("reads of mode %v from %s: it has %v", mode, protocol, modes)
}
