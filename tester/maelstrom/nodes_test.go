package maelstrom

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// roleVariable makes the test's program a node.
const roleVariable = "QUORATE_MAELSTROM_TEST_NODE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVariable); role {
	case "":
		goleak.VerifyTestMain(m)
	case "dies":
		fmt.Fprintln(os.Stderr, "out of cheese")
		os.Exit(3)
	default:
		if err := RunNode(context.Background(), NodeConfig{Protocol: role}, os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// cell is a store of registers: the nodes of a correct toy share one.
type cell struct {
	mu     sync.Mutex
	values map[string]int
	asked  int
}

// do executes a request. Code is -1 if it has succeeded.
func (c *cell) do(kind string, key string, value, from int) (read, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[string]int{}
	}
	c.asked++
	old, ok := c.values[key]
	switch kind {
	case "read", "cas":
		if !ok {
			return 0, codeNoKey
		}
		if kind == "cas" && old != from {
			return 0, codePrecondition
		}
	}
	if kind != "read" {
		c.values[key] = value
	}
	return old, -1
}

// asks is a request to a toy.
type asks struct {
	Type  string
	MsgID int `json:"msg_id"`
	Key   any
	Value int
	From  int
	To    int
	Delta int
}

// toy is a node that answers by a function: with any lines.
func toy(answer func(self string, m message, a asks) []string) Behaviour {
	return func(_ context.Context, in io.Reader, out, _ io.Writer) error {
		self := ""
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var m message
			var a asks
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				return err
			}
			if err := json.Unmarshal(m.Body, &a); err != nil {
				return err
			}
			if a.Type == "init" {
				self = m.Dest
			}
			for _, text := range answer(self, m, a) {
				if _, err := fmt.Fprintln(out, text); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// says is the line of an answer, with further fields.
func says(m message, a asks, kind, more string) string {
	return fmt.Sprintf(`{"src":%q,"dest":%q,"body":{"type":%q,"in_reply_to":%d%s}}`, m.Dest, m.Src, kind, a.MsgID, more)
}

// stored answers by what a store says.
func stored(c *cell, m message, a asks) string {
	value := a.Value
	if a.Type == "cas" {
		value = a.To
	}
	read, code := c.do(a.Type, fmt.Sprint(a.Key), value, a.From)
	switch {
	case code >= 0:
		return says(m, a, "error", fmt.Sprintf(`,"code":%d,"text":"no"`, code))
	case a.Type == "read":
		return says(m, a, "read_ok", fmt.Sprintf(`,"value":%d`, read))
	}
	return says(m, a, a.Type+"_ok", "")
}

// store is a toy's behaviour, changed by what spoil does: false leaves it as it is.
func store1(c *cell, spoil func(self string, m message, a asks) ([]string, bool)) Behaviour {
	return toy(func(self string, m message, a asks) []string {
		if lines, spoilt := spoil(self, m, a); spoilt {
			return lines
		}
		if a.Type == "init" {
			return []string{says(m, a, "init_ok", "")}
		}
		return []string{stored(c, m, a)}
	})
}

func sound(string, message, asks) ([]string, bool) { return nil, false }

// ours is a replica of a protocol.
func ours(protocol string) Behaviour {
	return func(ctx context.Context, in io.Reader, out, errs io.Writer) error {
		return RunNode(ctx, NodeConfig{Protocol: protocol}, in, out, errs)
	}
}

// short is a test that takes no time worth mentioning: it ends after some operations,
// however long they take.
func short(b Behaviour) Config {
	return Config{
		Nodes: 3, Concurrency: 6, Rate: 1000, TimeLimit: time.Minute, most: 600, Interval: 100 * time.Millisecond,
		Patience: 20 * time.Second, Quiet: 10 * time.Millisecond, Seed: 1, Node: b,
	}
}
