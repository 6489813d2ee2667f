package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/quorate/quorate/protocols"
)

func simMutantsCommand() command {
	return command{
		name:     "sim mutants",
		synopsis: "list the bugs that can be planted in a protocol",
		about:    "Each bug is a mistake of a few lines in a copy of the protocol. 'sim run --mutant\nNAME' should find it.",
		examples: []example{
			{"quorate sim mutants --list", "the planted bugs, one a line"},
		},
		exits: []exitMeaning{
			{exitGood, "the list was printed"},
			{exitUsage, "a flag makes no sense"},
		},
		setup: func(f *flags) action { return newSimMutants(f).run },
	}
}

// simMutants is the command's flags.
type simMutants struct {
	flags    *flags
	protocol string
	list     bool
}

func newSimMutants(f *flags) *simMutants {
	m := &simMutants{flags: f, protocol: "paxos", list: true}
	f.group("what")
	f.protocol(&m.protocol)
	f.BoolVar(&m.list, "list", m.list, "list the bugs, a line each: name, row, what is wrong")
	return m
}

func (m *simMutants) run(_ context.Context, s *streams, _ []string) error {
	if _, err := protocols.Subject(m.protocol, ""); err != nil {
		return m.flags.usagef("%w%s", err, didYouMean(m.protocol, protocols.Names(), ""))
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, b := range protocols.Bugs(m.protocol) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", b.Name, b.Row, b.Doc)
	}
	return w.Flush()
}
