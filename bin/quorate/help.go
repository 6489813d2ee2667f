package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

func helpCommand() command {
	return command{
		name:     "help",
		synopsis: "print the help of a command",
		operands: "[command]",
		about:    "Without a command it lists them all. 'quorate bench --help' is the same as\n'quorate help bench'.",
		examples: []example{{"quorate help version", "what 'quorate version' prints and returns"}},
		exits:    []exitMeaning{{exitGood, "help was printed"}, {exitUsage, "there is no such command"}},
		setup:    func(*flags) action { return help },
	}
}

func help(_ context.Context, s *streams, args []string) error {
	if len(args) == 0 {
		return printOverview(s)
	}
	c, rest, err := findCommand(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("quorate help: want one command, got %q", args)
	}
	return c.printHelp(s)
}

func printOverview(s *streams) error {
	fmt.Fprint(s.out, "quorate: a laboratory for replication protocols\n\nusage: quorate <command> [flags]\n\ncommands:\n")
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	listCommands(w, commands())
	fmt.Fprintln(w, "\nflags:\n  -h, --help\tprint this help; after a command, its help\n  --version\tprint the version")
	fmt.Fprint(w, "\nexit codes:\n", exitTable(commonExits()))
	return w.Flush()
}

func listCommands(w io.Writer, list []command) {
	for _, c := range list {
		fmt.Fprintf(w, "  %s\t%s\n", c.name, c.synopsis)
		listCommands(w, c.subs)
	}
}

// commonExits is what the exit codes mean in general.
func commonExits() []exitMeaning {
	return []exitMeaning{
		{exitGood, "good"},
		{exitBad, "a violation, or a run that did not do what was asked"},
		{exitUnknown, "unknown: a check ran out of time, or nothing ever succeeded"},
		{exitInterrupted, "interrupted; what was measured until then is reported"},
		{exitUsage, "bad arguments or malformed input"},
		{exitTool, "the tool or its environment failed"},
	}
}

// printHelp prints all there is to know about a command.
func (c command) printHelp(s *streams) error {
	f := newFlags("quorate " + c.name)
	c.setup(f)
	usage := "quorate " + c.name
	if len(c.subs) > 0 {
		usage += " [command]"
	}
	if f.HasFlags() {
		usage += " [flags]"
	}
	if c.operands != "" {
		usage += " " + c.operands
	}
	fmt.Fprintf(s.out, "quorate %s: %s\n\nusage: %s\n\n%s\n", c.name, c.synopsis, usage, strings.TrimSpace(c.about))
	if len(c.subs) > 0 {
		fmt.Fprint(s.out, "\ncommands:\n")
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		listCommands(w, c.subs)
		w.Flush()
	}
	fmt.Fprint(s.out, f.usages())
	fmt.Fprint(s.out, "\nexamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(s.out, "  %s\n      %s\n", e.line, e.what)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nexit codes:\n", exitTable(c.exits))
	return w.Flush()
}

func exitTable(exits []exitMeaning) string {
	var b strings.Builder
	for _, e := range exits {
		fmt.Fprintf(&b, "  %d\t%s\n", e.code, e.meaning)
	}
	return b.String()
}
