//go:build !unix

// Package cputime tells how much processor time this process has used.
package cputime

import "time"

// Used is not measured here.
func Used() (time.Duration, bool) { return 0, false }

// Split is not measured here.
func Split() (user, system time.Duration, ok bool) { return 0, 0, false }
