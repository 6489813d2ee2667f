package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/inject/netns"
	"github.com/quorate/quorate/tester/results"
)

func testCommand() command {
	return command{
		name:     "test",
		synopsis: "test a cluster of real processes while things go wrong",
		about: `Starts a cluster of processes on this machine, with journals on disk, or goes to one
that runs, with --config. Clients work on it for --time-limit while the nemeses strike;
then all faults are healed, members that are down are started, the clients read what is
left, and what they saw is checked: their calls for linearizability, by the versions that
the store gave them, and their operations for what the workload promises. That all
members serve again, agree, and have not crashed by themselves is checked, too. Where
something was never seen to work, or a check ran out of time, the verdict is unknown.

Each client is bound to a member, by turns, which it asks first; others only if that
does not answer, or says that it cannot. After an operation with an unknown outcome a
client is replaced by another one, whose process has another number. With an interrupt
the clients stop, and what was done until then is checked; a second one ends it all at
once. No process is left behind.

What was done is kept in a directory below --store: the history in Jepsen's form, the
results, logs and figures. The journals stay unless all is well.

With --all every protocol is tested with every workload, nemesis and read mode, for
--budget, in an order that is even whenever it ends: those places of the matrix come
first that were tested least. What was done is remembered in matrix.json in the store,
for this program and these settings, and the next time it goes on from there.`,
		examples: []example{
			{"quorate test", "registers on three members of Multi-Paxos, nothing goes wrong"},
			{"quorate test -p trex -n 5 --nemesis partition,kill,pause --rate 500 --concurrency 2n", "five members of TRex that are cut off, killed and paused"},
			{"quorate test --workload bank --nemesis all --test-count 5", "five times, with five seeds"},
			{"quorate test --config cluster.json --nemesis partition", "a cluster that runs, on keys of the test's own"},
			{"quorate test --network packets --nemesis partition", "with packets that are dropped, instead of messages"},
			{"quorate test --again store/latest --test-count 10", "what failed, ten times more"},
			{"quorate test --all --budget 1h --jobs 2", "everything with everything, as far as one gets in an hour"},
			{"quorate test --all -p trex,epaxos --workload bank,append", "of the matrix these rows"},
			{"quorate test --all --report", "the matrix, as far as it was tested"},
			{"quorate test --nemesis list", "what can go wrong"},
			{"quorate test --workload list", "what clients can do"},
		},
		exits: []exitMeaning{
			{exitGood, "nothing that was seen breaks a promise"},
			{exitBad, "a promise is broken"},
			{exitUnknown, "unknown: something was never seen to work, or a check ran out of time"},
			{exitInterrupted, "interrupted; what was done until then is reported"},
			{exitUsage, "a flag or the cluster file makes no sense"},
			{exitTool, "the cluster did not start or cannot be reached, or a file cannot be written"},
		},
		subs:  []command{testMutantsCommand()},
		setup: func(f *flags) action { return newTest(f).run },
	}
}

func (t *test) run(ctx context.Context, s *streams, _ []string) error {
	if t.lists() {
		return t.list(s.out, t.json)
	}
	if t.matrix.all {
		return t.matrix.run(ctx, t, s)
	}
	if err := t.lonely(); err != nil {
		return err
	}
	cfg, err := t.config()
	if err != nil {
		return err
	}
	if cfg.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("test: find this program: %w", err)
	}
	if cfg.Network == tester.Packets {
		if !netns.Inside() {
			return t.isolated(ctx, cfg.Binary)
		}
		if err := netns.Up(); err != nil {
			return fmt.Errorf("test: %w", err)
		}
	}
	worst := results.True
	for i := range t.count {
		run := cfg
		run.Seed += uint64(i)
		at := ""
		if t.count > 1 {
			at = fmt.Sprintf("%d/%d ", i+1, t.count)
		}
		res, err := t.one(ctx, s, run, at)
		if err != nil {
			return err
		}
		worst = worst.Merge(res.Valid)
		if ctx.Err() != nil {
			break
		}
	}
	return testVerdict(ctx, worst)
}

// isolated runs the same command in a network of its own, and ends as that does.
func (t *test) isolated(ctx context.Context, binary string) error {
	streams := netns.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	code, err := netns.Reexec(ctx, binary, os.Args[1:], streams, t.cfg.CheckLimit+time.Minute)
	if err != nil {
		return fmt.Errorf("test: --network packets: %w", err)
	}
	if code != exitGood {
		return &exitError{code: code}
	}
	return nil
}

// one runs one test and prints its results.
func (t *test) one(ctx context.Context, s *streams, cfg tester.Config, at string) (*results.Results, error) {
	held := false
	if t.leave {
		cfg.Hold = func(ctx context.Context, res *results.Results, file string) {
			held = true
			if t.print(s, res) == nil {
				fmt.Fprintf(s.err, "the cluster runs until you interrupt this; its file is %s\n", file)
				<-ctx.Done()
			}
		}
	}
	res, err := tester.Run(ctx, cfg, func(p tester.Progress) { s.progress(at + progressLine(&cfg, &p)) })
	if res != nil && !held {
		if failed := t.print(s, res); err == nil {
			err = failed
		}
	}
	if errors.Is(err, tester.ErrUnfit) {
		return nil, usagef("%w", err)
	}
	if res == nil && ctx.Err() != nil {
		return nil, &exitError{exitInterrupted, fmt.Errorf("interrupted before anything was tested: %w", err)}
	}
	return res, err
}

func (t *test) print(s *streams, res *results.Results) error {
	if !t.json {
		return tester.WriteText(s.out, res)
	}
	text, err := json.Marshal(res)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", text)
	return err
}

// testVerdict is the exit code of tests: that of the worst. What was said of them has
// all else.
func testVerdict(ctx context.Context, worst results.Valid) error {
	switch {
	case worst == results.False:
		return &exitError{code: exitBad}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the report is of what was done until then")}
	case worst == results.Unknown:
		return &exitError{code: exitUnknown}
	}
	return nil
}
