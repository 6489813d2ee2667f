package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"github.com/quorate/quorate/internal/spelling"
)

// newKVPrompt is 'quorate kv' without a command: a prompt on a terminal, and a
// script otherwise.
func newKVPrompt(f *flags) action {
	to := newKVFlags(f)
	f.group("script")
	keepGoing := f.Bool("keep-going", false, "go on after a line that failed")
	return func(ctx context.Context, s *streams, _ []string) error {
		k, err := to.open(s)
		if err != nil {
			return err
		}
		k.told = true
		p := &kvPrompt{k: k, out: s.out, err: s.err, keepGoing: *keepGoing}
		if screen, ok := newScreen(s); ok {
			k.timed, p.interactive = true, true
			interrupts := make(chan os.Signal, 1)
			signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
			defer signal.Stop(interrupts)
			p.interrupts, p.next = interrupts, screen.lines(interrupts)
			// An interrupt ends a call here, and not the command.
			ctx = context.WithoutCancel(ctx)
			fmt.Fprintf(s.out, "%d members in %s; 'help' lists the commands, ^D leaves\n", k.cluster.Members().Size(), to.config)
		} else {
			p.next = scriptLines(s.in)
		}
		return cmp.Or(p.run(ctx), k.close())
	}
}

// scriptLines returns the lines of a script, one at a time.
func scriptLines(in io.Reader) func() (string, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	return func() (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", fmt.Errorf("read the script: %w", err)
		}
		return "", io.EOF
	}
}

// kvPrompt executes commands line by line.
type kvPrompt struct {
	k           *kv
	next        func() (string, error) // the next line; io.EOF if there is none
	out, err    io.Writer
	interrupts  <-chan os.Signal // each cancels the call under way
	interactive bool             // errors are told, and matter no more
	keepGoing   bool
}

var errQuit = errors.New("quit") // a sentinel

// run executes lines until there are no more, or one says so, or one fails.
func (p *kvPrompt) run(ctx context.Context) error {
	var first error
	failed := 0
	for number := 1; ; number++ {
		if ctx.Err() != nil {
			return &exitError{exitInterrupted, fmt.Errorf("line %d: interrupted", number)}
		}
		line, err := p.next()
		switch {
		case errors.Is(err, io.EOF):
			return p.ended(first, failed)
		case err != nil:
			return err
		}
		switch err := p.line(ctx, line); {
		case err == nil:
		case errors.Is(err, errQuit):
			return p.ended(first, failed)
		case p.interactive:
			fmt.Fprintln(p.err, err)
		case !p.keepGoing || exitCode(err) == exitInterrupted:
			return lineError(number, err)
		default:
			fmt.Fprintf(p.err, "quorate: %v\n", lineError(number, err))
			failed++
			if first == nil {
				first = err
			}
		}
	}
}

// ended is what a script returns whose lines were executed.
func (p *kvPrompt) ended(first error, failed int) error {
	if first == nil {
		return nil
	}
	return &exitError{exitCode(first), fmt.Errorf("%d line%s failed", failed, plural(failed))}
}

// line executes one line.
func (p *kvPrompt) line(ctx context.Context, line string) error {
	words, err := splitLine(line)
	if err != nil {
		return usagef("%w", err)
	}
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case "quit", "exit":
		return errQuit
	case "help", "?":
		return p.help(words[1:])
	}
	verb, err := findVerb(words[0])
	if err != nil {
		return err
	}
	f := newFlags("quorate kv " + verb.name)
	do := verb.setup(f)
	switch err := f.parse(words[1:]); {
	case errors.Is(err, pflag.ErrHelp):
		return p.help(words[:1])
	case err != nil:
		return err
	}
	if err := verb.counted(f, f.Args()); err != nil {
		return err
	}
	ctx, cancel := p.interruptible(ctx)
	defer cancel()
	return do(ctx, p.k, f.Args())
}

// interruptible returns a context that the next interrupt ends.
func (p *kvPrompt) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if p.interrupts == nil {
		return ctx, cancel
	}
	go func() {
		select {
		case <-p.interrupts:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// verbAliases are other words for verbs.
func verbAliases() map[string]string {
	return map[string]string{"set": "put", "delete": "del", "rm": "del", "read": "get", "write": "put"}
}

func findVerb(word string) (kvVerb, error) {
	if verb, ok := verbAliases()[word]; ok {
		word = verb
	}
	var names []string
	for _, v := range kvVerbs() {
		if v.name == word {
			return v, nil
		}
		names = append(names, v.name)
	}
	names = append(names, "help", "quit")
	return kvVerb{}, usagef("unknown command %q%s; commands are %s", word, spelling.Hint(word, names, ""), strings.Join(names, ", "))
}

// help explains all verbs, or some.
func (p *kvPrompt) help(words []string) error {
	if len(words) > 0 {
		v, err := findVerb(words[0])
		if err != nil {
			return err
		}
		f := newFlags("quorate kv " + v.name)
		v.setup(f)
		_, err = fmt.Fprintf(p.out, "%s %s\n\n%s\n%s", v.name, v.operands, strings.TrimSpace(v.about), f.usages())
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, v := range kvVerbs() {
		fmt.Fprintf(w, "%s\t%s\n", strings.TrimSpace(v.name+" "+v.operands), v.synopsis)
	}
	fmt.Fprint(w, "help [command]\tprint this, or all about a command\nquit\tleave; so does ^D\n")
	fmt.Fprint(w, "\nWords with spaces stand in quotes; \"\\x00\" in double quotes is a byte.\n")
	return w.Flush()
}

// completions returns the verbs that begin with a word.
func completions(word string) []string {
	names := []string{"help", "quit"}
	for _, v := range kvVerbs() {
		names = append(names, v.name)
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, word) })
}
