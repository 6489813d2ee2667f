package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// Command is what the stack executes, push or pop, or what it is asked, peek,
// size or search.
type Command struct {
	Op   string
	Item string // of push and search
}

// Result is what a Command returns.
type Result struct {
	Item   string // of pop and peek
	OK     bool   // there was an item
	Number int    // of items; of a search: how many lie on top of the item, itself included
}

// Items is the replicated object, the oldest first.
type Items struct{ items []string }

// Apply executes a push or a pop.
func (s *Items) Apply(c Command) Result {
	switch c.Op {
	case "push":
		s.items = append(s.items, c.Item)
		return Result{OK: true, Number: len(s.items)}
	case "pop":
		top := s.Query(Command{Op: "peek"})
		if top.OK {
			s.items = s.items[:len(s.items)-1]
		}
		return top
	}
	return Result{}
}

// Query answers a question.
func (s *Items) Query(c Command) Result {
	n := len(s.items)
	switch c.Op {
	case "peek":
		if n > 0 {
			return Result{Item: s.items[n-1], OK: true, Number: n}
		}
	case "search":
		for i, item := range slices.Backward(s.items) {
			if item == c.Item {
				return Result{OK: true, Number: n - i}
			}
		}
	case "size":
		return Result{OK: n > 0, Number: n}
	}
	return Result{}
}

// Snapshot writes all items, as bytes: those survive JSON whatever they are.
func (s *Items) Snapshot(w io.Writer) error {
	all := make([][]byte, len(s.items))
	for i, item := range s.items {
		all[i] = []byte(item)
	}
	return json.NewEncoder(w).Encode(all)
}

// Restore replaces all items by those of a snapshot.
func (s *Items) Restore(r io.Reader) error {
	var all [][]byte
	if err := json.NewDecoder(r).Decode(&all); err != nil {
		return err
	}
	s.items = nil
	for _, item := range all {
		s.items = append(s.items, string(item))
	}
	return nil
}

// New returns an empty stack, for an engine.
func New() engine.App { return engine.Of(&Items{}) }

// Stack is the stack as programs use it: on any member of its cluster.
type Stack struct {
	calls engine.Calls[Command, Result]
}

// Use returns the stack that an engine replicates.
func Use(e *engine.Engine) Stack { return Stack{engine.For[Command, Result](e)} }

// Push puts an item on top, and returns how many there are now.
func (s Stack) Push(ctx context.Context, item string) (int, error) {
	r, err := s.calls.Execute(ctx, Command{Op: "push", Item: item})
	return r.Number, err
}

// Pop takes the item off that is on top, false if there is none.
func (s Stack) Pop(ctx context.Context) (string, bool, error) {
	r, err := s.calls.Execute(ctx, Command{Op: "pop"})
	return r.Item, r.OK, err
}

// Peek returns the item on top, false if there is none.
func (s Stack) Peek(ctx context.Context) (string, bool, error) {
	r, err := s.query(ctx, Command{Op: "peek"})
	return r.Item, r.OK, err
}

// Empty reports whether there is no item.
func (s Stack) Empty(ctx context.Context) (bool, error) {
	r, err := s.query(ctx, Command{Op: "size"})
	return !r.OK, err
}

// Search returns how deep an item lies, 1 for the top and 0 if it is not there.
func (s Stack) Search(ctx context.Context, item string) (int, error) {
	r, err := s.query(ctx, Command{Op: "search", Item: item})
	return r.Number, err
}

func (s Stack) query(ctx context.Context, c Command) (Result, error) {
	return s.calls.Query(ctx, c, quorate.ReadIndex)
}
