// Package matrix tests every protocol with every workload under every nemesis, for a
// given time, and remembers what was done.
package matrix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
)

// Config says what to test, and for how long.
type Config struct {
	// Test is what all tests have in common, its store among that. Its protocol, workload,
	// reads, nemeses, name and seed are the cells' own. Its lease holds only where reads
	// are by lease; zero is one second there.
	Test tester.Config
	// PerZone is how many nodes each zone has where what members own moves between zones:
	// a zone with one node would be a quorum by itself, which no disk may lose. Zero is as
	// many as Test says.
	PerZone int
	// Protocols, Workloads, Nemeses and Reads are what to combine. Empty is all of them.
	// Names of nemeses that are joined by "+" strike in one test.
	Protocols, Workloads, Nemeses []string
	Reads                         []quorate.ReadMode
	// Shapes are the clusters, which are combined with all that. Empty is that of Test.
	Shapes []Shape
	// Quorums is the quorum system over the members of each shape, as
	// [quorate.ParseQuorums] reads it, and Each the number of clients for each of them.
	// Zero is what Test says.
	Quorums string
	Each    float64
	// Budget is how long to go on: but for the first no test begins that could not work for
	// its time within.
	Budget time.Duration
	// Seed fixes the order, and the seeds of the tests.
	Seed uint64
	// Jobs is how many tests run at a time. Zero is one.
	Jobs int
	// StopAtFirst begins no test after the first violation.
	StopAtFirst bool
	// KeepAll keeps all files of tests in which all is well, of which otherwise only the
	// results stay.
	KeepAll bool
	// Version is that of the program: what another one has done counts for itself.
	Version string

	run func(context.Context, tester.Config, func(tester.Progress)) (*results.Results, error) // for tests; nil is tester.Run
}

// MaxJobs bounds Config.Jobs.
const MaxJobs = 64

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Budget <= 0:
		return fmt.Errorf("a budget of %v: want more than 0", c.Budget)
	case c.Jobs < 0 || c.Jobs > MaxJobs:
		return fmt.Errorf("%d tests at a time: want 1 to %d", c.Jobs, MaxJobs)
	case c.Test.Store == "":
		return errors.New("a matrix without a store: what was done is remembered there")
	case c.Test.File != nil:
		return errors.New("a matrix of a cluster that runs already: each test starts its own")
	}
	_, _, err := c.left()
	return err
}

// left returns what there is to test, and what cannot be. It fails if that is nothing.
func (c Config) left() (cells []Cell, skipped []Skip, err error) {
	cells, skipped, err = c.Cells()
	switch {
	case err != nil:
		return nil, nil, err
	case len(cells) == 0 && len(skipped) > 0:
		return nil, nil, fmt.Errorf("nothing is left to test: %s: %s", skipped[0].What, skipped[0].Reason)
	case len(cells) == 0:
		return nil, nil, errors.New("nothing is left to test: no protocol has these reads")
	}
	return cells, skipped, nil
}

// Progress is how it goes on.
type Progress struct {
	Elapsed, Budget time.Duration
	Done            Totals // tests since it began
	Cell            Cell   // one that is being tested
	Test            tester.Progress
}
