package main

import (
	"errors"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// worldFlags say which worlds the seeds stand for. The subcommands of sim share
// them.
type worldFlags struct {
	flags    *flags
	protocol string
	mutant   string
	shape    shape
	quorum   string
	wan      string
	groups   []nemesis.Group
	ops      int
	time     time.Duration
	byValue  bool
	blind    bool
}

func newWorldFlags(f *flags) *worldFlags {
	w := &worldFlags{flags: f, protocol: "paxos", groups: nemesis.Groups(), ops: 160}
	f.group("worlds")
	f.protocol(&w.protocol)
	f.nodes(&w.shape)
	f.quorum(&w.quorum)
	f.wan(&w.wan)
	f.nemesis(&w.groups)
	f.IntVar(&w.ops, "ops", w.ops, "`number` of operations of all clients together")
	f.DurationVar(&w.time, "time", w.time, "virtual `time` in each world during which faults may strike (default 1.5s to 3s, as the seed says)")
	f.BoolVar(&w.byValue, "by-value", w.byValue, "pass messages as they are instead of through the codec")
	f.BoolVar(&w.blind, "blind", w.blind, "go only by what clients and operators see, without the oracles inside")
	return w
}

// plant declares the flag for one bug.
func (w *worldFlags) plant() {
	w.flags.StringVar(&w.mutant, "mutant", w.mutant, "`name` of a bug to plant; 'quorate sim mutants --list' lists them")
}

// names are the flags that a world depends on.
func (w *worldFlags) names() []string {
	return []string{"protocol", "mutant", "nodes", "quorum", "wan", "nemesis", "ops", "time", "by-value", "blind"}
}

// given returns those of the flags that are in the command line, as words of
// another one.
func (w *worldFlags) given() []string {
	var words []string
	for _, name := range w.names() {
		flag := w.flags.Lookup(name)
		switch {
		case flag == nil || !flag.Changed:
		case flag.Value.Type() == "bool":
			words = append(words, "--"+name+"="+flag.Value.String())
		case flag.Shorthand != "":
			words = append(words, "-"+flag.Shorthand, shellQuote(flag.Value.String()))
		default:
			words = append(words, "--"+name, shellQuote(flag.Value.String()))
		}
	}
	return words
}

// replaying returns the command line that replays what the words say.
func (w *worldFlags) replaying(words ...string) string {
	return strings.Join(append([]string{"quorate sim replay"}, words...), " ")
}

// shellQuote makes text one word of a shell's command line.
func shellQuote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// subject finds the protocol, with a bug planted if there is a name of one.
func (w *worldFlags) subject(mutant string) (sim.Subject, error) {
	s, err := protocols.Subject(w.protocol, mutant)
	if err == nil {
		return s, nil
	}
	hint := ""
	if _, missing := protocols.Subject(w.protocol, ""); errors.Is(missing, protocols.ErrUnknown) {
		hint = spelling.Hint(w.protocol, protocols.Names(), "")
	} else if errors.Is(err, protocols.ErrUnknown) {
		hint = spelling.Hint(mutant, bugNames(w.protocol), "")
	}
	return sim.Subject{}, w.flags.usagef("%w%s", err, hint)
}

func bugNames(protocol string) []string {
	var names []string
	for _, b := range protocols.Bugs(protocol) {
		names = append(names, b.Name)
	}
	return names
}

// swarm turns the flags into worlds, or says what is wrong with them.
func (w *worldFlags) swarm(mutant string) (sim.Swarm, error) {
	subject, err := w.subject(mutant)
	if err != nil {
		return sim.Swarm{}, err
	}
	if w.ops < 1 {
		return sim.Swarm{}, w.flags.usagef("--ops %d: want 1 or more", w.ops)
	}
	if w.flags.Changed("time") && w.time <= 0 {
		return sim.Swarm{}, w.flags.usagef("--time %v: want more than 0", w.time)
	}
	s := sim.Swarm{
		Subject: subject, Zones: w.shape.zones, Nodes: w.shape.nodes, Groups: w.groups,
		Ops: w.ops, Time: w.time, WAN: w.wan, Quorum: w.quorum, ByValue: w.byValue, Blind: w.blind,
	}
	if err := s.Validate(); err != nil {
		return sim.Swarm{}, w.flags.usagef("%w", err)
	}
	return s, nil
}
