package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalled is the cause of a context that a signal ended.
type signalled struct{ signal os.Signal }

func (s signalled) Error() string { return fmt.Sprintf("ended by %v", s.signal) }

// again is how long signals after the first count as that one: what starts
// commands, and terminals, may send one to a process and to its group.
const again = 300 * time.Millisecond

// withSignals returns a context that the first interrupt or SIGTERM ends, with
// the signal as its cause. A second one ends the process at once.
func withSignals(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-first
		cancel(signalled{s})
		time.Sleep(again)
		signal.Stop(first)
	}()
	return ctx
}

// stopped returns what a command that runs until it is told to end returns then:
// nil after SIGTERM, which is how one ends a server, and code 130 after an
// interrupt.
func stopped(ctx context.Context) error {
	if s, ok := errors.AsType[signalled](context.Cause(ctx)); ok && s.signal == syscall.SIGTERM {
		return nil
	}
	return &exitError{code: exitInterrupted}
}
