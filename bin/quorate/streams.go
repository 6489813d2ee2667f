package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"
)

// streams is where a command reads and writes. It remembers the first failure to write
// results, so that commands need not look after each line.
type streams struct {
	in     io.Reader
	out    io.Writer // results
	err    io.Writer // errors and progress
	failed error     // of writing to out

	tty    bool      // out is a terminal
	live   bool      // err is a terminal: a progress line makes sense
	status bool      // a progress line is showing
	shown  time.Time // since when
}

func newStreams(stdout, stderr io.Writer) *streams {
	s := &streams{in: os.Stdin, err: stderr, tty: isTerminal(stdout), live: isTerminal(stderr)}
	s.out = writerFunc(func(p []byte) (int, error) {
		if s.failed != nil {
			return 0, s.failed
		}
		s.clear()
		n, err := stdout.Write(p)
		s.failed = err
		return n, err
	})
	return s
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// isTerminal reports whether w is a terminal that understands escape sequences.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// progress shows one line of status in place of the last one, if somebody is
// looking, and not more often than one can read. It uses no colour.
func (s *streams) progress(line string) {
	now := time.Now()
	if !s.live || s.status && now.Sub(s.shown) < 100*time.Millisecond {
		return
	}
	fmt.Fprintf(s.err, "\r\x1b[K%s", s.fit(line))
	s.status, s.shown = true, now
}

// fit cuts a line that would not fit into one of the terminal's, and then could not be
// removed.
func (s *streams) fit(line string) string {
	f, ok := s.err.(*os.File)
	if !ok {
		return line
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 1 && len(line) >= width {
		return line[:width-1] // it has nothing but ASCII
	}
	return line
}

// clear removes the progress line.
func (s *streams) clear() {
	if s.status {
		fmt.Fprint(s.err, "\r\x1b[K")
		s.status = false
	}
}

// logger returns a log on stderr.
func (s *streams) logger(level slog.Level, json bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if json {
		return slog.New(slog.NewJSONHandler(s.err, opts))
	}
	return slog.New(slog.NewTextHandler(s.err, opts))
}

// finish says what went wrong and returns the exit code.
func (s *streams) finish(err error) int {
	s.clear()
	code := exitCode(err)
	if e, ok := err.(*exitError); err != nil && !(ok && e.err == nil) {
		fmt.Fprintf(s.err, "quorate: %v\n", err)
	}
	if s.failed != nil && code != exitUsage {
		if !errors.Is(err, s.failed) {
			fmt.Fprintf(s.err, "quorate: write results: %v\n", s.failed)
		}
		return exitTool
	}
	return code
}
