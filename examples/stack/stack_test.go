package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// A stack on three members, with journals on disk. All members end, and what was
// pushed is there when they come back.
func Example() {
	dir, err := os.MkdirTemp("", "stack")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	for range 2 {
		cluster, err := engine.OpenLocal(engine.LocalConfig{DataDir: dir}, func(quorate.ID) engine.App { return New() })
		if err != nil {
			fmt.Println(err)
			return
		}
		one, two := Use(cluster.Engine(0)), Use(cluster.Engine(1))
		fmt.Println(one.Push(ctx, "hello"))
		fmt.Println(one.Push(ctx, "world"))
		fmt.Println(two.Peek(ctx))
		fmt.Println(two.Pop(ctx))
		cluster.Close()
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// world true <nil>
	// world true <nil>
	// 2 <nil>
	// 3 <nil>
	// world true <nil>
	// world true <nil>
}

func TestStack(t *testing.T) {
	for line := range strings.Lines(`
pop, empty, peek, search a: the stack is empty; true; the stack is empty; 0
push a, push b, push a, search a, search b, search c, peek: 1 items; 2 items; 3 items; 1; 2; 0; a
push a, push b, pop, pop, pop, empty: 1 items; 2 items; b; a; the stack is empty; true
push, pull, pop 2: ?; ?; ?
`) {
		in, want, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		want = strings.ReplaceAll(want, "?", "error: unknown command, or a word too many or too few: try help")
		got := play(t, strings.ReplaceAll(in, ", ", "\n"), "demo")
		if strings.ReplaceAll(got, "\n", "; ") != want+"; " {
			t.Errorf("%s\nis %q, want %q", in, got, want)
		}
	}
}

// The stack survives the end of its process; a pop removes one.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	play(t, "push a\npush b\npush c\n", "demo", dir)
	if got := play(t, "pop\n", "demo", dir); got != "c\n" {
		t.Errorf("popped %q", got)
	}
	if got := play(t, "peek\nsearch a\n", "demo", dir); got != "b\n2\n" {
		t.Errorf("after the pop: %q", got)
	}
}

// play gives the program its input, and returns its output but for the first
// line.
func play(t *testing.T, in string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := program().Main(args, strings.NewReader(in), &out); code != 0 {
		t.Errorf("exit code %d: %s", code, out.String())
	}
	_, rest, _ := strings.Cut(out.String(), "\n")
	return rest
}
