package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/diagram"
)

// recording is a world that was watched.
type recording struct {
	meta   sim.TraceMeta
	events []sim.TraceEvent
	out    *sim.Outcome
}

// record lets a world happen and keeps all of it. The command is the one that
// replays it.
func record(ctx context.Context, subject sim.Subject, spec sim.Spec, command string) (*recording, error) {
	r := &recording{}
	var err error
	r.out, err = sim.Run(ctx, subject, spec, sim.Options{Trace: func(e sim.TraceEvent) { r.events = append(r.events, e) }})
	if err != nil {
		return nil, err
	}
	r.meta = spec.TraceMeta(r.out)
	r.meta.Command = command
	return r, nil
}

// writeText writes the trace, an event a line.
func (r *recording) writeText(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range r.events {
		fmt.Fprintln(b, r.meta.Line(&r.events[i]))
	}
	return b.Flush()
}

// writeHTML draws the trace.
func (r *recording) writeHTML(w io.Writer) error { return diagram.Write(w, r.meta, r.events) }

// writeHistory writes what the clients did and saw, an operation a line.
func (r *recording) writeHistory(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range r.out.History {
		fmt.Fprintln(b, &r.out.History[i])
	}
	return b.Flush()
}
