// Stack is a replicated stack: an example of package trex/engine. Without
// arguments it runs a cluster of three members in this process; stack help says
// how to run three processes.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/quorate/quorate/examples/console"
	"github.com/quorate/quorate/trex/engine"
)

func main() { os.Exit(program().Main(os.Args[1:], os.Stdin, os.Stdout)) }

func program() console.Program {
	return console.Program{
		Name: "stack", About: "A replicated stack.", Addresses: console.Loopback(4201), App: New, Run: run,
		Commands: []string{
			"push ITEM                 put an item on top",
			"pop                       take the top item off",
			"peek                      the top item",
			"empty                     is there none?",
			"search ITEM               how deep it lies, 1 for the top, 0 for nowhere",
		},
		Examples: []string{"push hello", "peek", "pop"},
	}
}

// run executes one command of a user.
func run(ctx context.Context, e *engine.Engine, words []string) (string, error) {
	stack := Use(e)
	switch {
	case words[0] == "push" && len(words) == 2:
		n, err := stack.Push(ctx, words[1])
		return fmt.Sprintf("%d items", n), err
	case words[0] == "pop" && len(words) == 1:
		return top(stack.Pop(ctx))
	case words[0] == "peek" && len(words) == 1:
		return top(stack.Peek(ctx))
	case words[0] == "empty" && len(words) == 1:
		empty, err := stack.Empty(ctx)
		return fmt.Sprint(empty), err
	case words[0] == "search" && len(words) == 2:
		depth, err := stack.Search(ctx, words[1])
		return fmt.Sprint(depth), err
	}
	return "", console.ErrUsage
}

func top(item string, ok bool, err error) (string, error) {
	if !ok {
		item = "the stack is empty"
	}
	return item, err
}
