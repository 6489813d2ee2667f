package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

func kvCommand() command {
	c := command{
		name:     "kv",
		synopsis: "read and write a running cluster's store",
		about: `Without a command it opens a prompt on a terminal, with the same commands; "help"
there says how. If the input is no terminal, it executes lines of it, and stops at
the first that fails.

Values are bytes: get writes them as they are, and adds a newline on a terminal
only. A write gives its key the next version, starting from 1; a delete does, too.

A call that fails was either not executed, and never will be, or its outcome is
unknown: it may have been executed, or may still be. The exit codes tell which.`,
		examples: []example{
			{"quorate kv put greeting hello --config cluster.json", "write a value"},
			{"quorate kv get greeting --config cluster.json", "read it"},
			{"quorate kv --config cluster.json", "a prompt"},
			{"quorate kv --config cluster.json --keep-going --json", "the lines of the input as a script, with results for a program"},
		},
		exits: kvExits("every line was executed, or the prompt was left"),
		setup: newKVPrompt,
	}
	for _, v := range kvVerbs() {
		if v.exits != nil {
			c.subs = append(c.subs, v.command())
		}
	}
	return c
}

// kvExits is what exit codes say of calls.
func kvExits(good string) []exitMeaning {
	return []exitMeaning{
		{exitGood, good},
		{exitBad, "the key is absent, a condition does not hold, or the call was not executed"},
		{exitUnknown, "the outcome is unknown: it may have been executed, or may still be"},
		{exitInterrupted, "interrupted"},
		{exitUsage, "a flag makes no sense"},
		{exitTool, "no member can be reached, so nothing was executed; or a file cannot be read"},
	}
}

// kvVerb is a command of the store, of the command line and of the prompt.
type kvVerb struct {
	name, operands, synopsis, about string
	examples                        []example
	exits                           []exitMeaning // nil: only of the prompt
	least, most                     int           // operands
	setup                           func(f *flags) func(ctx context.Context, k *kv, args []string) error
}

// kvVerbs returns all of them, in the order of the help.
func kvVerbs() []kvVerb {
	return []kvVerb{getVerb(), putVerb(), delVerb(), historyVerb(), consensusVerb(), statusVerb()}
}

// command makes a subcommand of a verb.
func (v kvVerb) command() command {
	return command{
		name: "kv " + v.name, synopsis: v.synopsis, operands: v.operands, about: v.about, examples: v.examples, exits: v.exits,
		setup: func(f *flags) action {
			do := v.setup(f)
			to := newKVFlags(f)
			return func(ctx context.Context, s *streams, args []string) error {
				if err := v.counted(f, args); err != nil {
					return err
				}
				k, err := to.open(s)
				if err != nil {
					return err
				}
				return cmp.Or(do(ctx, k, args), k.close())
			}
		},
	}
}

// counted refuses too few operands, and too many.
func (v kvVerb) counted(f *flags, args []string) error {
	if len(args) < v.least || len(args) > v.most {
		return f.usagef("want %s, got %d words", v.operands, len(args))
	}
	return nil
}

// kvFlags say which cluster, and how to talk to it.
type kvFlags struct {
	flags   *flags
	config  string
	first   quorate.ID
	timeout time.Duration
	tries   int
	raw     bool
	tls     *tlsFiles
	token   string // the file with it
	json    bool
}

func newKVFlags(f *flags) *kvFlags {
	to := &kvFlags{flags: f, timeout: 5 * time.Second}
	f.group("cluster")
	f.config(&to.config)
	f.Var((*memberID)(&to.first), "id", "the `member` to ask first, such as 1.2")
	f.timeout(&to.timeout)
	f.IntVar(&to.tries, "attempts", 0, "give a call up after this `number` of attempts (default no bound but the timeout)")
	f.BoolVar(&to.raw, "raw", false, "give a call up as soon as it is not known what became of an attempt, instead of trying again under its number")
	to.tls = f.tls()
	f.tokenFile(&to.token)
	f.group("report")
	f.json(&to.json)
	return to
}

// memberID is the value of a flag that names a member.
type memberID quorate.ID

func (m *memberID) Type() string { return "member" }

func (m *memberID) String() string {
	if *m == 0 {
		return ""
	}
	return quorate.ID(*m).String()
}

func (m *memberID) Set(text string) error {
	id, err := quorate.ParseID(text)
	*m = memberID(id)
	return err
}

// open returns the store that the flags mean. It connects to nobody yet.
func (to *kvFlags) open(s *streams) (*kv, error) {
	if to.timeout <= 0 {
		return nil, to.flags.usagef("--timeout %v: want more than 0", to.timeout)
	}
	if to.tries < 0 {
		return nil, to.flags.usagef("--attempts %d: want 1 or more, or 0 for no bound", to.tries)
	}
	cfg, err := runningCluster(to.config, to.tls, to.token)
	if err != nil {
		return nil, err
	}
	cfg.First = to.first
	k := &kv{reach: cfg, timeout: to.timeout, tries: to.tries, unsure: to.raw, json: to.json, out: s.out, in: s.in, newline: s.tty}
	if err := k.connect(); err != nil {
		return nil, to.flags.usagef("%w", err)
	}
	return k, nil
}

// kv is a running cluster's store.
type kv struct {
	reach   remote.Config
	cluster *remote.Cluster
	client  *client.Client
	timeout time.Duration
	tries   int  // of a call, 0 for no bound
	unsure  bool // as client.Config.Raw
	json    bool
	out     io.Writer
	in      io.Reader
	newline bool // after a value that is written as it is
	told    bool // say it in words: at the prompt and in scripts
	timed   bool // and how long it took
}

// connect makes the client of the cluster, which connects when it is first used.
func (k *kv) connect() error {
	cluster, err := remote.Open(k.reach)
	if err != nil {
		return err
	}
	session, err := cluster.Client(client.Config{Timeout: k.timeout, MaxAttempts: k.tries, Raw: k.unsure})
	if err != nil {
		return errors.Join(err, cluster.Close())
	}
	k.cluster, k.client = cluster, session
	return nil
}

func (k *kv) close() error { return errors.Join(k.client.Close(), k.cluster.Close()) }

// do makes a call. Its error has the exit code of how it failed.
func (k *kv) do(ctx context.Context, op client.Op) (client.Result, time.Duration, error) {
	begun := time.Now()
	res, err := k.client.Do(ctx, op)
	return res, time.Since(begun), k.failure(ctx, err)
}

// failure gives the error of a call the exit code that says what became of it.
func (k *kv) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	code := exitUnknown
	switch unreachable := k.cluster.Unreachable(); {
	case ctx.Err() != nil:
		code = exitInterrupted
		if e, ok := errors.AsType[*client.Error](err); ok {
			err = &client.Error{Op: e.Op, Outcome: e.Outcome, Cause: errors.New("interrupted")}
		}
	case unreachable != nil && k.unsent(err):
		return fmt.Errorf("%w; nothing was executed", unreachable)
	case errors.Is(err, client.ErrNotExecuted):
		code = exitBad
	}
	return &exitError{code, err}
}

// unsent reports whether nothing of a failed call has left, nor will. What waits
// for a connection that is just being made would still go when it is up, so all
// are given up, and new ones are made for the next call.
func (k *kv) unsent(err error) bool {
	if errors.Is(err, client.ErrNotExecuted) {
		return true
	}
	if k.close() != nil {
		return false
	}
	never := k.cluster.Unreachable() != nil
	_ = k.connect() // it was possible before; else the next call fails as not executed
	return never
}
