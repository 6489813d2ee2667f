package workloads

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/spelling"
)

// Config says how a workload is to work. Its zero value is one for three workers.
type Config struct {
	// Concurrency is the number of workers. Zero is 3.
	Concurrency int
	// Keys is how many keys are in use at a time, where keys are independent. Zero is
	// one for every four workers, so that keys are contended.
	Keys int
	// OpsPerKey is after how many operations a key is left for another one, where keys
	// are independent. Zero is 200. A key is left, too, once 16 operations on it have
	// unknown outcomes: how long some checkers take grows exponentially with them.
	OpsPerKey int
	// Read is the guarantee that reads ask for, and are checked for.
	Read quorate.ReadMode
	// Seed is that of the test. It is part of the names of the keys, so that tests of
	// one cluster with different seeds do not meet.
	Seed uint64
	// Negative lets balances of the bank fall below zero.
	Negative bool
	// Prefix is what the names of keys begin with. Empty is made of the seed.
	Prefix string

	name string // the workload's
}

// The bounds of a Config.
const (
	maxConcurrency = 1 << 16
	maxKeys        = 1 << 16
	maxOpsPerKey   = 1 << 16
)

// Validate reports the first setting that makes no sense, and what is allowed.
func (c Config) Validate() error {
	switch {
	case c.Concurrency < 0 || c.Concurrency > maxConcurrency:
		return fmt.Errorf("a workload for %d workers: want 1 to %d", c.Concurrency, maxConcurrency)
	case c.Keys < 0 || c.Keys > maxKeys:
		return fmt.Errorf("a workload of %d keys at a time: want 1 to %d", c.Keys, maxKeys)
	case c.OpsPerKey < 0 || c.OpsPerKey > maxOpsPerKey:
		return fmt.Errorf("a workload of %d operations a key: want 1 to %d", c.OpsPerKey, maxOpsPerKey)
	case !c.Read.Valid():
		return fmt.Errorf("a workload with reads of mode %v: want one of %v", c.Read, quorate.ReadModes())
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Concurrency == 0 {
		c.Concurrency = 3
	}
	if c.Keys == 0 {
		c.Keys = max(1, c.Concurrency/4)
	}
	if c.OpsPerKey == 0 {
		c.OpsPerKey = 200
	}
	if c.Prefix == "" && c.Seed != 0 {
		c.Prefix = fmt.Sprintf("%x-", c.Seed)
	}
	return c
}

// Kind is a workload that [New] makes.
type Kind struct {
	Name  string
	About string // a line for people
}

// Kinds returns all workloads, in the order of help.
func Kinds() (all []Kind) {
	for _, m := range makers() {
		all = append(all, m.Kind)
	}
	return all
}

type maker struct {
	Kind
	make func(Config) Workload
}

func makers() []maker {
	return []maker{
		{Kind{"register", "reads, writes and compare-and-set of independent registers, of values that are all different"}, newRegister},
		{Kind{"cas-register", "the same of five values, compared as they are, as Jepsen's"}, newCASRegister},
		{Kind{"kv", "reads, writes and deletes, also on condition of a version"}, newKV},
		{Kind{"append", "lists to which each element is appended once"}, newAppend},
		{Kind{"set", "sets to which elements are added: which are lost, which appear late"}, newSet},
		{Kind{"queue", "queues, first in, first out"}, newQueue},
		{Kind{"counter", "a number that all add to"}, newCounter},
		{Kind{"bank", "transfers between accounts of which the total stays the same"}, newBank},
		{Kind{"unique-ids", "numbers that are drawn, each once"}, newIDs},
	}
}

// New returns a workload by its name, or says which there are.
func New(name string, cfg Config) (Workload, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var names []string
	for _, m := range makers() {
		if m.Name == name {
			cfg.name = name
			return m.make(cfg.withDefaults()), nil
		}
		names = append(names, m.Name)
	}
	return nil, fmt.Errorf("workload %q%s: want one of %s", name, spelling.Hint(name, names, ""), strings.Join(names, ", "))
}
