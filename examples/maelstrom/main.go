// Maelstrom is nodes for the workloads of 'quorate maelstrom test', which speak Maelstrom's
// protocol on stdin and stdout: of each kind one that is right, and one that makes a
// mistake that is easily made.
//
//	go build -o nodes ./examples/maelstrom
//	quorate maelstrom test -w broadcast --bin ./nodes --nemesis partition -- broadcast
//	quorate maelstrom test -w broadcast --bin ./nodes --nemesis partition -- broadcast-once
//
// The first one passes, the second one fails: it says each thing once, and does not say
// again what got lost.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// kind is nodes of one kind.
type kind struct {
	name, workload string
	mistake        string // empty: it is right
	make           func() app
}

func kinds() []kind {
	return []kind{
		{"echo", "echo", "", func() app { return &echo{} }},
		{"echo-garbles", "echo", "now and then it changes what it was sent", func() app { return &echo{garbleEvery: 10} }},
		{"unique-ids", "unique-ids", "", func() app { return &ids{} }},
		{"unique-ids-wraps", "unique-ids", "its numbers begin again after 20", func() app { return &ids{wrap: 20} }},
		{"broadcast", "broadcast", "", func() app { return newRumours(true) }},
		{"broadcast-once", "broadcast", "it does not say again what was not heard", func() app { return newRumours(false) }},
		{"g-set", "g-set", "", func() app { return &set{merge: union} }},
		{"g-set-replaces", "g-set", "it takes another node's set in place of its own", func() app { return &set{merge: replace} }},
		{"g-counter", "g-counter", "", func() app { return newCounter() }},
		{"g-counter-once", "g-counter", "it says once what was added, and keeps no account of who knows", func() app { return &tally{} }},
		{"pn-counter", "pn-counter", "", func() app { return newCounter() }},
		{"pn-counter-max", "pn-counter", "it takes the greater of two sums for the newer one", func() app { return newGreedy() }},
		{"service-counter", "g-counter", "", func() app { return newStored(true) }},
		{"service-counter-blind", "g-counter", "it writes the sum without a look at what is there meanwhile", func() app { return newStored(false) }},
	}
}

// run is a node until stdin ends, and returns the program's exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	for _, k := range kinds() {
		if len(args) != 1 || args[0] != k.name {
			continue
		}
		if err := serve(ctx, k.make(), in, out); err != nil {
			fmt.Fprintln(errs, err)
			return 1
		}
		return 0
	}
	fmt.Fprintln(errs, "give the name of a kind of node:")
	for _, k := range kinds() {
		about := "right"
		if k.mistake != "" {
			about = "wrong: " + k.mistake
		}
		fmt.Fprintf(errs, "  %-22s for the workload %-11s %s\n", k.name, k.workload, about)
	}
	return 2
}
