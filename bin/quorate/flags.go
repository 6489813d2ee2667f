package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quorate/quorate/internal/spelling"
)

// flags is the flag set of one command, in groups for its help. The flags that
// commands share are its methods, in glossary.go.
type flags struct {
	*pflag.FlagSet
	groups      []flagGroup
	operandsEnd bool // what follows the first operand is not ours
	single      bool // the flag is --protocol, not --protocols
}

type flagGroup struct {
	title string
	first int // flags are numbered in the order of their declaration
}

func newFlags(name string) *flags {
	f := &flags{FlagSet: pflag.NewFlagSet(name, pflag.ContinueOnError)}
	f.SortFlags = false
	f.Usage = func() {} // help is printed by the caller
	f.SetOutput(io.Discard)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(f.normal(name))
	})
	return f
}

// normal spells a flag's name our way: Paxi writes underscores and algorithm
// for protocol, and people write the singular for the plural.
func (f *flags) normal(name string) string {
	name = strings.ReplaceAll(name, "_", "-")
	if name == "algorithm" {
		name = "protocol"
	}
	switch {
	case name == "protocol" && !f.single:
		return "protocols"
	case name == "protocols" && f.single:
		return "protocol"
	}
	return name
}

// group starts a group of flags in the help.
func (f *flags) group(title string) {
	f.groups = append(f.groups, flagGroup{title, len(f.all())})
}

// all returns the flags in the order of their declaration.
func (f *flags) all() []*pflag.Flag {
	var all []*pflag.Flag
	f.VisitAll(func(flag *pflag.Flag) { all = append(all, flag) })
	return all
}

// parse parses args. Every error is the caller's to report with exit code 254,
// except pflag.ErrHelp.
func (f *flags) parse(args []string) error {
	err := f.Parse(f.doubleDashes(args))
	if err == nil {
		return f.empty()
	}
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return f.usagef("invalid argument %.60q for --%s: %w; see '%s --help'", bad.GetValue(), bad.GetFlag().Name, wanted(bad), f.Name())
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		name := unknown.GetSpecifiedName()
		return f.usagef("unknown flag --%s%s; see '%s --help'", name, spelling.Hint(f.normal(name), f.names(), "--"), f.Name())
	}
	return f.usagef("%w; see '%s --help'", err, f.Name())
}

// wanted says what a flag wants that was given something else.
func wanted(bad *pflag.InvalidValueError) error {
	switch bad.GetFlag().Value.Type() {
	case "int":
		return fmt.Errorf("want a whole number from %d to %d", math.MinInt, math.MaxInt)
	case "uint64":
		return fmt.Errorf("want a whole number from 0 to %d", uint64(math.MaxUint64))
	case "float64":
		return errors.New("want a number such as 0.5 or 200")
	case "duration":
		return errors.New("want a time such as 500ms, 10s or 1h")
	case "bool":
		return errors.New("want true or false")
	}
	return errors.Unwrap(bad)
}

// empty refuses flags that were given an empty text, which is nearly always a variable
// of a script that is not set; who wants the default leaves the flag out.
func (f *flags) empty() (err error) {
	f.Visit(func(flag *pflag.Flag) {
		if kind := flag.Value.Type(); err == nil && (kind == "string" && flag.Value.String() == "" || kind == "stringSlice" && flag.Value.String() == "[]") {
			err = f.usagef("--%s is empty: leave it out for the default; see '%s --help'", flag.Name, f.Name())
		}
	})
	return err
}

// usagef reports a misuse of the command that these flags belong to.
func (f *flags) usagef(format string, args ...any) error {
	if sub, ok := strings.CutPrefix(f.Name(), "quorate "); ok {
		format = sub + ": " + format
	}
	return usagef(format, args...)
}

func (f *flags) names() []string {
	names := []string{"help"}
	for _, flag := range f.all() {
		names = append(names, flag.Name)
	}
	return names
}

// doubleDashes turns -name into --name where name is a known long flag, as
// Go's own flag package and Paxi spell it. Shorthands such as -n5 stay.
func (f *flags) doubleDashes(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "--" || (!strings.HasPrefix(arg, "-") && f.operandsEnd) {
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if len(name) > 1 && name[0] != '-' && arg[0] == '-' && slices.Contains(f.names(), f.normal(name)) {
			args[i] = "-" + arg
		}
	}
	return args
}

// usages renders the flags, group by group, with their defaults.
func (f *flags) usages() string {
	var b strings.Builder
	all := f.all()
	for i, g := range f.groups {
		end := len(all)
		if i+1 < len(f.groups) {
			end = f.groups[i+1].first
		}
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		for _, flag := range all[g.first:end] {
			set.AddFlag(flag)
		}
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, set.FlagUsagesWrapped(80))
	}
	return b.String()
}
