package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

func simReplayCommand() command {
	return command{
		name:     "sim replay",
		synopsis: "run one world again, and show what happens in it",
		about: `Runs the world of a seed, as 'sim run' does with the same flags, or a world that
is written down as JSON, as 'sim run' prints it when it has shrunk one. Replays
are exact: the hash over all events is the same on any machine.

A trace has a line for each event: the virtual time, the number of the event, the
member (or client c0, c1, ...), and what it did. Messages are numbered: m7 that is
sent here (->) arrives there (<-) as m7, or is lost (x).`,
		examples: []example{
			{"quorate sim replay --seed 42", "is its hash the one you know?"},
			{"quorate sim replay -n 5 --seed 42 --print --until 100ms", "the first tenth of a second, event by event"},
			{"quorate sim replay --mutant no-dedup --seed 2 --trace trace.html", "a picture of how a planted bug shows"},
			{"quorate sim replay --world out/no-dedup/shrunk.json --print", "a world from a file"},
		},
		exits: []exitMeaning{
			{exitGood, "the world broke no oracle"},
			{exitBad, "it broke one"},
			{exitUnknown, "its history could not be judged"},
			{exitUsage, "a flag makes no sense, there is no such world, or the trace cannot be written"},
			{exitTool, "the tool failed, or its disk did"},
		},
		setup: func(f *flags) action { return newSimReplay(f).run },
	}
}

// simReplay is the command's flags.
type simReplay struct {
	flags  *flags
	worlds *worldFlags
	seed   uint64
	world  string

	trace string
	print bool
	until moment
	json  bool
}

func newSimReplay(f *flags) *simReplay {
	r := &simReplay{flags: f, worlds: newWorldFlags(f)}
	r.worlds.plant()
	f.group("which")
	f.seed(&r.seed)
	f.StringVar(&r.world, "world", "", "a world as JSON: a `file`, or the text itself")
	f.group("report")
	f.StringVar(&r.trace, "trace", "", "write what happens to a `file`: .html is a picture, .txt a line for each event")
	f.BoolVar(&r.print, "print", false, "print what happens, a line for each event")
	f.Var(&r.until, "until", "leave out of the trace what comes after a `moment`: 1.5s, or the number of an event")
	f.json(&r.json)
	return r
}

// moment is the value of --until: a time, or the number of an event.
type moment struct {
	at    time.Duration
	event int
	set   bool
}

func (m *moment) Type() string { return "moment" }

func (m *moment) String() string {
	switch {
	case !m.set:
		return ""
	case m.event > 0:
		return strconv.Itoa(m.event)
	}
	return m.at.String()
}

func (m *moment) Set(text string) error {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		*m = moment{event: n, set: true}
		return nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		*m = moment{at: d, set: true}
		return nil
	}
	return errors.New("want a time such as 1.5s, or the number of an event, from 1")
}

// covers reports whether an event is not after the moment.
func (m *moment) covers(e *sim.TraceEvent) bool {
	switch {
	case !m.set:
		return true
	case m.event > 0:
		return e.Event <= m.event
	}
	return e.At <= m.at
}

// spec returns the world that the flags mean.
func (r *simReplay) spec() (sim.Subject, sim.Spec, error) {
	none := func(err error) (sim.Subject, sim.Spec, error) { return sim.Subject{}, sim.Spec{}, err }
	if r.flags.Changed("seed") == r.flags.Changed("world") {
		return none(r.flags.usagef("want --seed, or --world, and not both"))
	}
	if r.flags.Changed("seed") {
		swarm, err := r.worlds.swarm(r.worlds.mutant)
		if err != nil {
			return none(err)
		}
		spec, err := swarm.Spec(r.seed)
		return swarm.Subject, spec, err
	}
	for _, name := range r.worlds.names() {
		if r.flags.Changed(name) {
			return none(r.flags.usagef("--%s: the JSON of --world says all about the world", name))
		}
	}
	spec, err := readWorld(r.world)
	if err != nil {
		return none(r.flags.usagef("--world: %w", err))
	}
	subject, err := protocols.Subject(spec.Protocol, spec.Bug)
	if err == nil {
		err = checkWorld(subject, spec)
	}
	if err != nil {
		return none(r.flags.usagef("--world: %w", err))
	}
	return subject, spec, nil
}

// readWorld reads a world from the text of a flag, or from the file it names.
func readWorld(text string) (sim.Spec, error) {
	data := []byte(text)
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		var err error
		if data, err = os.ReadFile(text); err != nil {
			return sim.Spec{}, err
		}
	}
	var spec sim.Spec
	err := json.Unmarshal(data, &spec)
	return spec, err
}

// checkWorld reports, in one line, what is wrong with a world.
func checkWorld(subject sim.Subject, spec sim.Spec) error {
	err := sim.Check(subject, spec)
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

func (r *simReplay) run(ctx context.Context, s *streams, _ []string) error {
	subject, spec, err := r.spec()
	if err != nil {
		return err
	}
	if r.print && r.json {
		return r.flags.usagef("--print and --json: want one of them")
	}
	var file *os.File
	if r.trace != "" {
		if ext := filepath.Ext(r.trace); ext != ".html" && ext != ".txt" {
			return r.flags.usagef("--trace %s: want a file that ends in .html or .txt", r.trace)
		}
		if file, err = os.Create(r.trace); err != nil { // before the work
			return r.flags.usagef("--trace: %w", err)
		}
		defer file.Close()
	}
	rec, err := r.record(ctx, subject, spec)
	if err != nil {
		return err
	}
	if file != nil {
		write := rec.writeText
		if filepath.Ext(r.trace) == ".html" {
			write = rec.writeHTML
		}
		if err := errors.Join(write(file), file.Close()); err != nil {
			return fmt.Errorf("write the trace: %w", err)
		}
	}
	if r.print {
		if err := rec.writeText(s.out); err != nil {
			return err
		}
	}
	verdict := sim.NewReplay(spec, rec.out)
	if r.json {
		err = sim.WriteJSON(s.out, verdict)
	} else {
		err = verdict.WriteText(s.out)
	}
	return cmp.Or(err, replayVerdict(rec.out))
}

// record runs the world, and keeps as much of its trace as is wanted.
func (r *simReplay) record(ctx context.Context, subject sim.Subject, spec sim.Spec) (*recording, error) {
	if r.trace == "" && !r.print {
		out, err := sim.Run(ctx, subject, spec, sim.Options{})
		return &recording{out: out}, err
	}
	rec, err := record(ctx, subject, spec, r.command())
	if err != nil {
		return nil, err
	}
	rec.events = slices.DeleteFunc(rec.events, func(e sim.TraceEvent) bool { return !r.until.covers(&e) })
	return rec, nil
}

// command is the command line that replays the world.
func (r *simReplay) command() string {
	if r.flags.Changed("world") {
		return r.worlds.replaying("--world", shellQuote(r.world))
	}
	return r.worlds.replaying(append(r.worlds.given(), "--seed", strconv.FormatUint(r.seed, 10))...)
}

// replayVerdict is the exit code of a world.
func replayVerdict(out *sim.Outcome) error {
	switch {
	case out.Violation != nil:
		return &exitError{exitBad, fmt.Errorf("the world breaks %s", out.Violation.Oracle)}
	case out.Unknown != "":
		return &exitError{exitUnknown, errors.New(out.Unknown)}
	}
	return nil
}
