package script

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// StateView is a [View] of what a replica has for some keys, or for all.
func StateView(_ quorate.Replica, app *quorate.Once, keys []string) (string, error) {
	if len(keys) == 0 {
		keys = app.Keys()
	}
	var texts []string
	for _, key := range keys {
		r := app.Apply(quorate.Command{Op: quorate.OpGet, Key: key})
		text := "absent"
		if r.OK {
			text = string(r.Value)
		}
		texts = append(texts, fmt.Sprintf("%s=%s (version %d)", key, text, r.Version))
	}
	if len(texts) == 0 {
		return "empty", nil
	}
	return strings.Join(texts, ", "), nil
}

// Linearizable is a check of a world: the clients' history goes to the checker.
func Linearizable(w *World) error {
	var history []checker.Operation
	for i, call := range w.Calls() {
		c, r := call.Request.Command, call.Reply
		op := checker.Operation{
			Process: i, Client: c.Client, Op: c.Op, Key: c.Key, Value: c.Value, Condition: c.Version,
			Call: time.Duration(call.Begin), Return: time.Duration(call.End),
			Status: quorate.Unknown, OK: r.OK, Read: call.Request.Read, Version: r.Version, Result: r.Value,
		}
		switch {
		case call.End != 0:
			op.Status = quorate.Done
		case call.Failed():
			op.Status, op.Return = quorate.NotExecuted, op.Call
		}
		history = append(history, op)
	}
	result, err := checker.Check(context.Background(), history, checker.Config{})
	if err != nil {
		return err
	}
	for _, v := range result.Counterexamples {
		return fmt.Errorf("the history is not linearizable: %v", &v)
	}
	if result.Verdict != checker.OK && result.Done > 0 {
		return fmt.Errorf("the history is %v: %s", result.Verdict, result.Reason)
	}
	return nil
}
