package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/matrix"
)

// matrixRun is the flags of a matrix.
type matrixRun struct {
	all    bool
	report bool // what was done, and no more
	budget time.Duration
	jobs   int
	stop   bool
	keep   string
}

// What is kept of tests in which all is well.
const keepAll, keepFailures = "all", "failures"

func (m *matrixRun) flags(f *flags) {
	f.group("matrix")
	f.BoolVar(&m.all, "all", false, "test every protocol, workload, nemesis and read mode, or those that flags name, separated by commas, in short tests (-n 3x1, or 3x3 for wpaxos, --time-limit 10s --nemesis-interval 2s unless said otherwise; nemeses joined by + strike together)")
	f.DurationVar(&m.budget, "budget", m.budget, "how long to go on, a `time`; the next time it goes on where it was")
	f.IntVar(&m.jobs, "jobs", m.jobs, "`number` of tests at a time")
	f.BoolVar(&m.stop, "stop-at-first", false, "begin no test after a violation")
	f.StringVar(&m.keep, "keep", m.keep, "whose files to keep: of failures, or of all; of other tests only the results stay")
	f.BoolVar(&m.report, "report", false, "print the matrix of all tests that the store remembers, and test nothing")
}

// matrixFlags make sense for a matrix only, and lonelyFlags for nothing but one test.
var (
	matrixFlags = []string{"budget", "jobs", "stop-at-first", "keep", "report"}
	lonelyFlags = []string{"config", "again", "test-count", "leave-running", "no-store", "network"}
)

// lonely refuses flags of a matrix in one test.
func (t *test) lonely() error {
	for _, name := range matrixFlags {
		if t.flags.Changed(name) {
			return usagef("test: --%s without --all: it is for a matrix of tests", name)
		}
	}
	if len(t.shapes) > 1 {
		return usagef("test: --nodes %v without --all: one test has one cluster", &t.shapes)
	}
	return nil
}

// config turns the flags into a matrix, or says what is wrong with them.
func (m *matrixRun) config(t *test) (matrix.Config, error) {
	for _, name := range lonelyFlags {
		if t.flags.Changed(name) {
			return matrix.Config{}, usagef("test: --%s with --all: it is for one test", name)
		}
	}
	c := matrix.Config{Budget: m.budget, Jobs: m.jobs, StopAtFirst: m.stop, KeepAll: m.keep == keepAll, Seed: t.cfg.Seed, Nemeses: t.cfg.Nemeses, Protocols: matrix.Protocols(), Workloads: matrix.Workloads()}
	switch {
	case m.keep != keepAll && m.keep != keepFailures:
		return c, usagef("test: --keep %q: want %s or %s", m.keep, keepFailures, keepAll)
	case m.jobs < 1:
		return c, usagef("test: --jobs %d: want 1 to %d", m.jobs, matrix.MaxJobs)
	}
	if t.flags.Changed("protocol") {
		c.Protocols = strings.Split(t.cfg.Protocol, ",")
	}
	if t.flags.Changed("workload") {
		c.Workloads = strings.Split(t.cfg.Workload, ",")
	}
	if t.flags.Changed("read") {
		c.Reads = []quorate.ReadMode{t.cfg.Read}
	}
	one := *t // a test as all are, but for what the cells say
	one.cfg.Protocol, one.cfg.Workload, one.cfg.Nemeses, one.cfg.Read = c.Protocols[0], c.Workloads[0], nil, quorate.ReadLog
	if !t.flags.Changed("nodes") {
		one.shapes, c.PerZone = shapes{{zones: 3, nodes: 1}}, 3
	}
	m.shapes(t, &c)
	if !t.flags.Changed("time-limit") {
		one.cfg.TimeLimit = 10 * time.Second
	}
	if !t.flags.Changed("nemesis-interval") {
		one.cfg.Interval = 2 * time.Second
	}
	var err error
	if c.Test, err = one.config(); err != nil {
		return c, err
	}
	if err := c.Validate(); err != nil {
		return c, usagef("test: --all: %w", err)
	}
	return c, nil
}

// shapes sets what each of several clusters has for itself.
func (m *matrixRun) shapes(t *test, c *matrix.Config) {
	if len(t.shapes) == 1 {
		return
	}
	for _, s := range t.shapes {
		c.Shapes = append(c.Shapes, matrix.Shape{Zones: s.zones, Nodes: s.nodes})
	}
	c.Quorums = t.quorum
	if t.workers.each {
		c.Each = t.workers.n
	}
}

// run tests the matrix, or prints what was done.
func (m *matrixRun) run(ctx context.Context, t *test, s *streams) error {
	if m.report {
		r, err := matrix.Load(t.cfg.Store)
		if err != nil {
			return err
		}
		if err := printMatrix(s.out, r, t.json); err != nil {
			return err
		}
		return testVerdict(ctx, r.Valid)
	}
	c, err := m.config(t)
	if err != nil {
		return err
	}
	if c.Test.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("test: find this program: %w", err)
	}
	if c.Version, err = fingerprint(c.Test.Binary); err != nil {
		return fmt.Errorf("test: %w", err)
	}
	r, err := matrix.Run(ctx, c, func(p matrix.Progress) { s.progress(matrixLine(&c.Test, &p)) })
	if r != nil {
		err = errors.Join(err, printMatrix(s.out, r, t.json))
	}
	if err != nil {
		return err
	}
	return testVerdict(ctx, r.Valid)
}

func printMatrix(w io.Writer, r *matrix.Report, asJSON bool) error {
	if !asJSON {
		return r.WriteText(w)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// fingerprint tells programs apart, also those of one version.
func fingerprint(binary string) (string, error) {
	f, err := os.Open(binary)
	if err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	return fmt.Sprintf("%s sha256 %x", buildVersion(), h.Sum(nil)[:8]), nil
}

// matrixLine is what a terminal shows while a matrix is tested.
func matrixLine(c *tester.Config, p *matrix.Progress) string {
	cell := *c
	cell.Protocol, cell.Workload = p.Cell.Protocol, p.Cell.Workload
	done := []string{fmt.Sprintf("%v of %v", p.Elapsed.Round(time.Second), p.Budget), fmt.Sprintf("%d valid", p.Done.True)}
	if p.Done.False > 0 {
		done = append(done, fmt.Sprintf("%d INVALID", p.Done.False))
	}
	if p.Done.Unknown > 0 {
		done = append(done, fmt.Sprintf("%d unknown", p.Done.Unknown))
	}
	return fmt.Sprintf("%s; %s, %s", strings.Join(done, ", "), p.Cell.Nemesis, progressLine(&cell, &p.Test))
}
