package script

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rewrite is the one global: a flag must exist before the tests are run.
var rewrite = flag.Bool("rewrite", false, "rewrite the output in the scripts of package script's callers")

// Build turns the first line of a script into what runs. It reads its settings
// from o.
type Build func(o *Options) (Config, error)

// Run plays every script that the pattern matches, as a subtest each, and
// compares the output with the file's. With the flag -rewrite it writes the
// files anew instead; read the difference before you commit it. A violation, a
// panic of a replica, or a command that makes no sense fails the test in either
// case.
func Run(t *testing.T, pattern string, build Build) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts match %s (%v)", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			if err := runFile(path, build, *rewrite); err != nil {
				t.Error(err)
			}
		})
	}
}

func runFile(path string, build Build, rewrite bool) error {
	want, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	got, err := Play(path, string(want), build)
	if err != nil {
		return err
	}
	if got == string(want) {
		return nil
	}
	if !rewrite {
		return compare(path, string(want), got)
	}
	return os.WriteFile(path, []byte(got), 0o644)
}

// Play plays one script and returns it with the output that it gives. The name
// is for errors.
func Play(name, text string, build Build) (string, error) {
	p := &player{build: build, commands: commandTable(), level: showAll}
	var out strings.Builder
	for _, b := range parseFile(text) {
		output, err := p.block(b)
		b.render(&out, output)
		if err != nil {
			return out.String(), fmt.Errorf("%s:%w\noutput so far of this block:\n%s%s", name, err, output, evidence(err))
		}
	}
	if err := p.end(); err != nil {
		return out.String(), fmt.Errorf("%s: %w", name, err)
	}
	return out.String(), nil
}

func evidence(err error) string {
	var p *PanicError
	if errors.As(err, &p) {
		return "\n" + p.Stack
	}
	return ""
}

// compare shows the first block whose output differs.
func compare(path, want, got string) error {
	wanted, gotten := parseFile(want), parseFile(got)
	for i, g := range gotten {
		if i >= len(wanted) {
			break
		}
		if w := wanted[i]; w.output != g.output {
			return fmt.Errorf("%s:%d: the output of %q differs (run with -rewrite to accept it)\n%s",
				path, w.line, g.commands[len(g.commands)-1].text, difference(w.output, g.output))
		}
	}
	return fmt.Errorf("%s: the file is not in its normal form (run with -rewrite)", path)
}

// difference lists both outputs without the lines they begin and end with alike.
func difference(want, got string) string {
	w, g := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	same := 0
	for same < min(len(w), len(g)) && w[same] == g[same] {
		same++
	}
	tail := 0
	for tail < min(len(w), len(g))-same && w[len(w)-1-tail] == g[len(g)-1-tail] {
		tail++
	}
	var out strings.Builder
	for _, s := range w[max(0, same-3):same] {
		out.WriteString("    " + s)
	}
	for _, s := range w[same : len(w)-tail] {
		out.WriteString("  - " + s)
	}
	for _, s := range g[same : len(g)-tail] {
		out.WriteString("  + " + s)
	}
	return out.String()
}
