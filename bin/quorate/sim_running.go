package main

import (
	"context"
	"fmt"
	"time"
)

// What the subcommands of sim that run many worlds have in common.

// checkRunning refuses values that would stand for the default.
func checkRunning(f *flags, workers int, limit time.Duration) error {
	if f.Changed("workers") && workers < 1 {
		return f.usagef("--workers %d: want 1 or more", workers)
	}
	if f.Changed("time-limit") && limit <= 0 {
		return f.usagef("--time-limit %v: want more than 0", limit)
	}
	return nil
}

// withLimit ends a context after a time on the clock, if there is a limit.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// stoppedBy says what ended a run: the user, or else the limit.
func stoppedBy(ctx context.Context, limit time.Duration) string {
	if ctx.Err() != nil {
		return "interrupted"
	}
	return fmt.Sprintf("stopped by the time limit of %v", limit)
}
