package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/pflag"
)

// command is one entry of the command line.
type command struct {
	name     string
	synopsis string // one line, lower case, without a full stop
	operands string // as in the usage line, after the flags
	about    string // what it does, in paragraphs
	examples []example
	exits    []exitMeaning
	// setup declares the flags and returns what runs once they are parsed.
	setup func(f *flags) action
}

// example is a command line that works as it is printed.
type example struct {
	line, what string
}

// action runs a command. args are the operands.
type action func(ctx context.Context, s *streams, args []string) error

// commands returns every command in the order of the help.
func commands() []command {
	return []command{benchCommand(), versionCommand(), helpCommand()}
}

func commandNamed(name string) (command, error) {
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	return command{}, usagef("unknown command %q%s; commands are %s", name, didYouMean(name, names, ""), strings.Join(names, ", "))
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
	c, err := commandNamed(global.Arg(0))
	if err != nil {
		return err
	}
	return c.run(ctx, s, global.Args()[1:])
}

func (c command) run(ctx context.Context, s *streams, args []string) error {
	f := newFlags("quorate " + c.name)
	do := c.setup(f)
	switch err := f.parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return c.printHelp(s)
	case err != nil:
		return err
	}
	if c.operands == "" && f.NArg() > 0 {
		return f.usagef("unexpected argument %q; a switch is turned off with --switch=false", f.Arg(0))
	}
	return do(ctx, s, f.Args())
}
