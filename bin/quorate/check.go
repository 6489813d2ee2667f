package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
)

func checkCommand() command {
	return command{
		name:     "check",
		synopsis: "tell whether a history of anybody's system is linearizable",
		operands: "history.edn|history.jsonl|directory|-",
		about: `Reads a history of events as Jepsen writes it: in EDN a map for each event, tagged or not,
or a vector of maps as Knossos has; or the same in JSON, an object a line; packed by gzip or
not. Of a directory it reads history.edn or history.jsonl. Every key is checked by itself,
against a model that fits the functions unless one is named:
` + modelTable() + `
An operation that completed as :ok took effect in between, one that :fail-ed certainly did
not, and one that is :info, or has no completion, may at any time later, or never. What no
sequential clients can have done is malformed: the error names the line. A key that is too
hard for the time and the memory is unknown, which is no pass.

A history that 'quorate test' kept is judged by the check of its workload, which test.json
beside it names, as the test judged it: so weak reads are held to what they promise. Of a
directory the calls in ledger.edn are checked, too. A model that is named, or --keys, or
--initial, makes it a search as of anybody's history.

With --consistency, registers are checked for what is weaker, where real time between
processes counts for nothing: read-your-writes, monotonic-reads, monotonic-writes and
writes-follow-reads, each by itself, and sequential.`,
		examples: []example{
			{"quorate check history.edn", "is there an order that explains it, by the model that fits"},
			{"quorate check --model cas-register --visualize bad.html store/latest", "draw the first key that is not linearizable"},
			{"quorate check --consistency session,sequential history.edn", "what is weaker than linearizability, such as reads of followers promise"},
			{"quorate check --json --time-limit 5m --memory 4GiB -", "from standard input, for a program"},
		},
		exits: []exitMeaning{
			{exitGood, "every key is linearizable"},
			{exitBad, "some key is not"},
			{exitUnknown, "unknown: time or memory ran out, or no operation ever succeeded"},
			{exitInterrupted, "interrupted; what was decided until then is reported"},
			{exitUsage, "a flag makes no sense, or the history is malformed"},
			{exitTool, "a file cannot be read or written"},
		},
		setup: func(f *flags) action { return newCheck(f).run },
	}
}

func modelTable() string {
	var b strings.Builder
	for _, name := range models.Names() {
		about, functions := models.Describe(name)
		fmt.Fprintf(&b, "\n  %-15s %s\n%18s%s", name, about, "", functions)
	}
	for _, name := range ownModels() {
		fmt.Fprintf(&b, "\n  %-15s as the workload of 'quorate test'\n%18s%s", name, "", strings.Join(ownFunctions()[name], ", "))
	}
	return b.String() + "\n"
}

// check is the command's flags.
type check struct {
	flags       *flags
	consistency string
	model, keys string
	initial     string
	read        history.Config

	timeLimit time.Duration
	memory    byteSize
	workers   int

	visualize string
	json      bool
}

func newCheck(f *flags) *check {
	c := &check{flags: f, consistency: linearizable, model: "auto", keys: "auto", initial: "nil", timeLimit: time.Minute, memory: 1 << 30}
	f.group("what to check")
	f.StringVar(&c.consistency, "consistency", c.consistency, consistencyHelp())
	f.Var(&choice{&c.model, slices.Concat([]string{"auto"}, models.Names(), ownModels())}, "model", "`name` of the model; auto is the one that fits")
	f.Var(&choice{&c.keys, []string{"auto", "split", "whole"}}, "keys", "whether values are pairs [k v] of an independent key and a value: `auto|split|whole`")
	f.StringVar(&c.initial, "initial", c.initial, "`value` in EDN that registers hold at first")
	f.group("the history")
	f.BoolVar(&c.read.Sparse, "sparse", false, "accept gaps in :index, as in a history from which events were taken out")
	f.BoolVar(&c.read.IgnoreTime, "ignore-time", false, "go by the order of the events, though :time runs backwards")
	f.group("limits")
	f.DurationVar(&c.timeLimit, "time-limit", c.timeLimit, "what is undecided after this `time` is unknown")
	f.Var(&c.memory, "memory", "what all searches may use at a time, a `size`; a key that needs more is unknown")
	f.IntVar(&c.workers, "workers", 0, "`number` of keys that are searched at a time, each with its share of the memory (default one for each processor, at most 4)")
	f.group("report")
	f.StringVar(&c.visualize, "visualize", "", "draw the first failing key into a `file`, a page for a browser, with the faults")
	f.json(&c.json)
	return c
}

// config returns what the flags say.
func (c *check) config() (models.Config, error) {
	initial, err := history.ParseEDN(c.initial)
	if err != nil {
		return models.Config{}, c.flags.usagef("--initial %s: %w", c.initial, err)
	}
	cfg := models.Config{
		Initial: initial, TimeLimit: c.timeLimit, MaxSearchBytes: int64(c.memory), Workers: c.workers,
		Keys: models.Keys(slices.Index([]string{"auto", "split", "whole"}, c.keys)),
	}
	if c.model != "auto" && ownFunctions()[c.model] == nil {
		cfg.Model = c.model
	}
	if err := c.configSessions(); err != nil {
		return cfg, err
	}
	switch {
	case c.timeLimit <= 0:
		return cfg, c.flags.usagef("--time-limit %v: want a time above 0", c.timeLimit)
	case c.memory < 1<<20:
		return cfg, c.flags.usagef("--memory %v: want 1MiB at least", c.memory)
	case c.workers < 0:
		return cfg, c.flags.usagef("--workers %d: want 0, for one a processor, or more", c.workers)
	}
	return cfg, nil
}

func (c *check) run(ctx context.Context, s *streams, args []string) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return c.flags.usagef("want a history, a file or a directory or - for standard input, got %d operands", len(args))
	}
	defer collectMore()()
	name, h, err := c.open(s, args[0])
	if err != nil {
		return err
	}
	switch workload, err := c.workload(name, h); {
	case err != nil:
		return err
	case workload != "":
		return c.checkWorkload(ctx, s, name, h, workload, cfg, name != args[0])
	}
	if c.consistency != linearizable {
		return c.checkSessions(ctx, s, name, h, cfg.Initial)
	}
	s.progress(fmt.Sprintf("checking %d operations", len(h.Calls)))
	r, err := models.Check(ctx, h, cfg)
	switch {
	case errors.Is(err, history.ErrMalformed):
		return c.flags.usagef("%s: %w", name, err)
	case err != nil:
		return c.flags.usagef("%w", err)
	}
	s.clear()
	report := &checkReport{name: name, h: h, r: r, limit: c.timeLimit, memory: c.memory}
	if err := c.draw(report); err != nil {
		return err
	}
	if c.json {
		err = report.writeJSON(s.out)
	} else {
		err = report.writeText(s.out)
	}
	switch {
	case err != nil:
		return err
	case r.Verdict == checker.Violation:
		return &exitError{code: exitBad}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("check: interrupted")}
	case r.Verdict == checker.Unknown:
		return &exitError{code: exitUnknown}
	}
	return nil
}

// collectMore lets no garbage lie: nearly all of a history that is read is kept, so it
// saves a third of the memory and costs little. It returns what undoes it.
func collectMore() func() {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(40)
	return func() { debug.SetGCPercent(before) }
}

// open reads the history, and returns where it was.
func (c *check) open(s *streams, name string) (string, *history.History, error) {
	if name == "-" {
		h, err := c.parse("standard input", s.in)
		return "standard input", h, err
	}
	name, err := historyFile(name)
	if err != nil {
		return name, nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return name, nil, err
	}
	defer f.Close()
	h, err := c.parse(name, f)
	return name, h, err
}

func (c *check) parse(name string, r io.Reader) (*history.History, error) {
	h, err := c.read.Read(r)
	if errors.Is(err, history.ErrMalformed) {
		hint := ""
		for says, flag := range map[string]string{"read the history as sparse": "--sparse", "ignore the times": "--ignore-time"} {
			if strings.Contains(err.Error(), says) {
				hint = ": " + flag
			}
		}
		return nil, c.flags.usagef("%s: %w%s", name, err, hint)
	}
	if err != nil {
		return nil, fmt.Errorf("check: %s: %w", name, err)
	}
	return h, nil
}

// historyFile returns the history of a test's directory.
func historyFile(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return name, err
	}
	for _, file := range []string{"history.edn", "history.jsonl", "history.edn.gz", "history.jsonl.gz"} {
		path := filepath.Join(name, file)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	return name, usagef("check: the directory %s has neither history.edn nor history.jsonl; name a test's directory, such as store/latest", name)
}

// draw writes the picture that was asked for, if there is anything to see.
func (c *check) draw(report *checkReport) error {
	if c.visualize == "" {
		return nil
	}
	for i := range report.r.Objects {
		x := report.r.Objects[i].Example
		if x == nil {
			continue
		}
		f, err := os.Create(c.visualize)
		if err != nil {
			return fmt.Errorf("check: --visualize: %w", err)
		}
		report.picture = c.visualize
		return errors.Join(x.WriteHTML(f), f.Close())
	}
	return nil
}

// byteSize is a size in bytes, written with a unit or without.
type byteSize int64

func (b *byteSize) Type() string { return "size" }

func (b byteSize) String() string {
	for _, unit := range sizeUnits() {
		if n := byteSize(1) << unit.shift; b >= n && b%n == 0 {
			return fmt.Sprintf("%d%s", b/n, unit.name)
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

type sizeUnit struct {
	name  string
	shift int
}

func sizeUnits() []sizeUnit { return []sizeUnit{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}} }

// Set implements pflag.Value.
func (b *byteSize) Set(text string) error {
	number, shift := text, 0
	for _, unit := range sizeUnits() {
		for _, name := range []string{unit.name, strings.TrimSuffix(unit.name, "iB"), strings.Replace(unit.name, "i", "", 1)} {
			if rest, found := strings.CutSuffix(number, name); found && shift == 0 {
				number, shift = rest, unit.shift
			}
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 0 || n > 1<<62>>shift {
		return errors.New("want a size such as 512MiB or 4GiB")
	}
	*b = byteSize(n << shift)
	return nil
}
