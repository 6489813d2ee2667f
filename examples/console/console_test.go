package console_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/examples/console"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/trex/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter counts its commands.
type counter struct{ n byte }

func (c *counter) Apply([]byte) []byte        { c.n++; return []byte{c.n} }
func (c *counter) Query([]byte) []byte        { return []byte{c.n} }
func (c *counter) Snapshot(w io.Writer) error { return json.NewEncoder(w).Encode(c.n) }
func (c *counter) Restore(r io.Reader) error  { return json.NewDecoder(r).Decode(&c.n) }

func program(addresses []string) console.Program {
	return console.Program{
		Name: "counter", About: "A counter.", Addresses: addresses, Commands: []string{"count"}, Examples: []string{"count"},
		App: func() engine.App { return &counter{} },
		Run: func(ctx context.Context, e *engine.Engine, words []string) (string, error) {
			if words[0] != "count" {
				return "", console.ErrUsage
			}
			n, err := e.Execute(ctx, nil)
			return strings.Repeat("I", int(append(n, 0)[0])), err
		},
	}
}

func run(t *testing.T, in string, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := program(console.Loopback(1)).Main(args, strings.NewReader(in), &out)
	return out.String(), code
}

func TestArguments(t *testing.T) {
	for _, args := range []string{"help", "--help", "-h"} {
		if out, code := run(t, "", args); code != 0 || !strings.Contains(out, "member N DIR") || !strings.Contains(out, "count") {
			t.Errorf("%s: exit code %d, %s", args, code, out)
		}
	}
	for args, want := range map[string]string{
		"member 4 dir": "from 1 to 3", "member x dir": "from 1 to 3", "member 1": "try help", "member 1 dir new": "try help", "serve": "try help", "demo a b": "try help",
	} {
		if out, code := run(t, "", strings.Fields(args)...); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %s", args, code, out)
		}
	}
}

func TestDemo(t *testing.T) {
	out, code := run(t, "count\n\n  count \nkill 1.1\ncount\nstart 1.1\nstart 1.1\nkill x\nkill\nquit\ncount\n")
	want := "a cluster of three members is ready; help lists the commands\nI\nII\n1.1 is dead\nIII\n1.1 is back\n" +
		"error: start node 1.1: it runs already\n"
	if code != 0 || !strings.HasPrefix(out, want) || strings.Count(out, "error") != 3 {
		t.Errorf("exit code %d, output\n%s", code, out)
	}
	if out, _ := run(t, "help\nleader\n"); !strings.Contains(out, "Usage:") || !strings.Contains(out, "1.") {
		t.Error(out)
	}
}

// Three members as programs of their own, on sockets. They end, and come back; the
// last time one has lost its disk.
func TestMembers(t *testing.T) {
	var addresses []string
	for _, port := range proc.Ports(t, 3) {
		addresses = append(addresses, fmt.Sprintf("127.0.0.1:%d", port))
	}
	dir := t.TempDir()
	for round, init := range [][]string{{"init"}, nil, nil} {
		if round == 2 {
			if err := os.RemoveAll(filepath.Join(dir, "3")); err != nil {
				t.Fatal(err)
			}
		}
		var all []*member
		for i := range addresses {
			all = append(all, launch(addresses, append([]string{"member", fmt.Sprint(i + 1), dir}, init...)))
		}
		for i, m := range all {
			if line := m.line(); line != fmt.Sprintf("member 1.%d is ready; help lists the commands", i+1) {
				t.Fatal(line)
			}
		}
		for i, m := range all {
			if line, want := m.say("count"), strings.Repeat("I", 3*round+i+1); line != want {
				t.Errorf("round %d, member %d counts %s, want %s", round, i, line, want)
			}
		}
		if line := all[2].say("admit"); line != "this member votes" {
			t.Error(line)
		}
		if line := all[0].say("kill 1.1"); line != "error: this process is one member: kill it" {
			t.Error(line)
		}
		for _, m := range all {
			if code := m.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		}
	}
}

// member is a program that runs.
type member struct {
	in   io.WriteCloser
	out  *bufio.Scanner
	code chan int
}

func launch(addresses, args []string) *member {
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	m := &member{stdin, bufio.NewScanner(stdout), make(chan int, 1)}
	go func() {
		code := program(addresses).Main(args, in, out)
		out.Close()
		m.code <- code
	}()
	return m
}

func (m *member) line() string {
	m.out.Scan() // an empty line, if the program has ended
	return m.out.Text()
}

func (m *member) say(command string) string {
	_, _ = io.WriteString(m.in, command+"\n") // a program that has ended says nothing
	return m.line()
}

func (m *member) end() int {
	m.in.Close()
	for m.out.Scan() {
	}
	return <-m.code
}
