package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quorate/quorate/internal/spelling"
)

// command is one entry of the command line.
type command struct {
	name     string // of one word, or two for a subcommand
	synopsis string // one line, lower case, without a full stop
	operands string // as in the usage line, after the flags
	about    string // what it does, in paragraphs
	examples []example
	exits    []exitMeaning
	// setup declares the flags and returns what runs once they are parsed.
	setup func(f *flags) action
	// subs are its subcommands. Without one of them in the command line it does
	// what setup says.
	subs []command
}

// example is a command line that works as it is printed.
type example struct {
	line, what string
}

// action runs a command. args are the operands.
type action func(ctx context.Context, s *streams, args []string) error

// commands returns every command in the order of the help.
func commands() []command {
	return []command{
		benchCommand(),
		testCommand(),
		maelstromCommand(),
		maelstromNodeCommand(),
		simCommand(),
		checkCommand(),
		configCommand(),
		certsCommand(),
		upCommand(),
		serverCommand(),
		kvCommand(),
		adminCommand(),
		admitCommand(),
		serveCommand(),
		versionCommand(),
		helpCommand(),
	}
}

// servants returns the commands that the program itself starts. No help names them.
func servants() []command { return []command{sweepCommand(), yardstickCommand()} }

// findCommand returns the command that a command line begins with, and the rest
// of the line.
func findCommand(words []string) (command, []string, error) {
	for _, c := range servants() {
		if c.name == words[0] {
			return c, words[1:], nil
		}
	}
	c, err := among(commands(), "", words[0])
	for words = words[1:]; err == nil && len(c.subs) > 0 && len(words) > 0 && !strings.HasPrefix(words[0], "-"); words = words[1:] {
		c, err = among(c.subs, c.name+" ", words[0])
	}
	return c, words, err
}

// among returns the command whose name is word after a prefix that all share.
func among(list []command, prefix, word string) (command, error) {
	var words []string
	for _, c := range list {
		if c.name == prefix+word {
			return c, nil
		}
		words = append(words, strings.TrimPrefix(c.name, prefix))
	}
	return command{}, usagef("unknown command %q%s; commands are %s", prefix+word, spelling.Hint(word, words, prefix), strings.Join(words, ", "))
}

// dispatch finds the command, parses its flags and runs it.
func dispatch(ctx context.Context, s *streams, args []string) error {
	global := newFlags("quorate")
	global.SetInterspersed(false)
	global.operandsEnd = true // what follows the command belongs to it
	version := global.Bool("version", false, "print the version and exit")
	switch err := global.parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return printOverview(s)
	case err != nil:
		return err
	case *version:
		return printVersion(s)
	case global.NArg() == 0:
		return printOverview(s)
	}
	c, rest, err := findCommand(global.Args())
	if err != nil {
		return err
	}
	return c.run(ctx, s, rest)
}

func (c command) run(ctx context.Context, s *streams, args []string) error {
	f := newFlags("quorate " + c.name)
	do := c.setup(f)
	f.SetInterspersed(len(c.subs) == 0)
	switch err := f.parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return c.printHelp(s)
	case err != nil:
		return err
	}
	if arg := f.Arg(0); arg == "true" || arg == "false" {
		return f.usagef("unexpected argument %q; a switch is turned off with --switch=false", arg)
	}
	if len(c.subs) > 0 && f.NArg() > 0 { // flags stand before the subcommand
		sub, err := among(c.subs, c.name+" ", f.Arg(0))
		if err != nil {
			return err
		}
		return sub.run(ctx, s, slices.Concat(args[:len(args)-f.NArg()], f.Args()[1:]))
	}
	if c.operands == "" && f.NArg() > 0 {
		return f.usagef("unexpected argument %q; a switch is turned off with --switch=false", f.Arg(0))
	}
	return do(ctx, s, f.Args())
}
