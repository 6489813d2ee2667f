// Command quorate is the laboratory's command line: it compares replication
// protocols under load and tells whether what clients saw was linearizable.
// Run it without arguments for the list of commands.
package main

import (
	"context"
	"io"
	"os"
)

func main() {
	os.Exit(run(withSignals(context.Background()), os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit code. Results go to
// stdout, everything else to stderr. When ctx ends, a command reports what it
// has and the code says that it was interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newStreams(stdout, stderr)
	return s.finish(dispatch(ctx, s, args))
}
