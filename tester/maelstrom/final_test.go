package maelstrom

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// virtual runs a test in virtual time.
func virtual(t *testing.T, cfg Config) (res *results.Results, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { res, err = Run(t.Context(), cfg, nil) })
	return res, err
}

// account is a counter that all nodes share.
type account struct {
	mu  sync.Mutex
	sum int
}

// counts is nodes that share a counter. What is spoilt has another answer, or none.
func counts(spoil func(self string, m message, a asks) ([]string, bool)) Behaviour {
	c := &account{}
	return toy(func(self string, m message, a asks) []string {
		if lines, spoilt := spoil(self, m, a); spoilt {
			return lines
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sum += a.Delta
		if a.Type == "read" {
			return []string{says(m, a, "read_ok", fmt.Sprintf(`,"value":%d`, c.sum))}
		}
		return []string{says(m, a, a.Type+"_ok", "")}
	})
}

// A node that says nothing in the end may have lost all.
func TestANodeIsSilentInTheEnd(t *testing.T) {
	for _, of := range []struct {
		silent string
		valid  results.Valid
		reason string
	}{{"none", results.True, ""}, {"n1", results.Unknown, "node n1 has answered no final read"}, {"n", results.Unknown, "there was no final read"}} {
		res, err := virtual(t, Config{Workload: gCounter, TimeLimit: 5 * time.Second, Node: counts(func(self string, _ message, a asks) ([]string, bool) {
			return nil, a.Type == "read" && strings.HasPrefix(self, of.silent)
		})})
		if err != nil || res.Valid != of.valid || !slices.ContainsFunc(res.Checks, func(c results.Check) bool { return c.Name == "counter" && c.Reason == of.reason }) {
			t.Errorf("%q: %v %s %v", of.silent, res.Valid, res.Reason, err)
		}
	}
}

// A node that does not want to hear any more is named.
func TestANodeClosesItsStdin(t *testing.T) {
	cfg := Config{Workload: echo, Node: func(ctx context.Context, in io.Reader, out, errs io.Writer) error {
		hears := toy(func(self string, m message, a asks) []string { return []string{says(m, a, "init_ok", "")} })
		first, err := bufio.NewReaderSize(in, 1<<16).ReadString('\n')
		if err != nil {
			return err
		}
		if err := hears(ctx, strings.NewReader(first), out, errs); err != nil {
			return err
		}
		in.(io.Closer).Close()
		<-ctx.Done()
		return nil
	}}
	if _, err := virtual(t, cfg); err == nil || !strings.Contains(err.Error(), "has closed its stdin, and has not ended") {
		t.Error(err)
	}
}

// The topologies are what they are called, and connected.
func TestTopologies(t *testing.T) {
	edges := map[string]int{line: 24, total: 300, tree2: 24, tree3: 24, tree4: 24, grid: 40}
	for _, name := range Topologies() {
		cfg := Config{Nodes: 25, Topology: name}
		beside := cfg.beside()
		sum, reached := 0, map[string]bool{}
		var visit func(string)
		visit = func(node string) {
			if reached[node] {
				return
			}
			reached[node] = true
			for _, next := range beside[node] {
				visit(next)
			}
		}
		visit("n0")
		for _, list := range beside {
			sum += len(list)
		}
		if sum != 2*edges[name] || len(reached) != 25 {
			t.Errorf("%s: %d links, want %d; %d nodes are reached", name, sum/2, edges[name], len(reached))
		}
	}
}

// An operation that fails is no available one.
func TestAvailability(t *testing.T) {
	cfg := Config{Workload: gCounter, TimeLimit: 20 * time.Second}
	for share, want := range map[float64]results.Valid{0: results.True, 0.5: results.True, 1: results.False} {
		cfg.Availability = share
		cfg.Node = counts(func(_ string, m message, a asks) ([]string, bool) {
			return []string{says(m, a, "error", `,"code":11,"text":"not now"`)}, a.Type == "add" && a.MsgID%5 == 0
		})
		res, err := virtual(t, cfg)
		if err != nil || res.Valid != want || want == results.False && !strings.Contains(res.Reason, "succeeded, which is ") {
			t.Errorf("%v: %v %s, %v", share, res.Valid, res.Reason, err)
		}
	}
}

// kept is a log that cannot always be written.
type kept struct {
	bytes.Buffer
	fails error
}

func (k *kept) Write(p []byte) (int, error) {
	if k.fails != nil {
		return 0, k.fails
	}
	return k.Buffer.Write(p)
}

func (k *kept) Close() error { return nil }

// A node may write on stderr as much as it likes: of a flood the beginning is kept, and a
// disk that is full is not the node's affair.
func TestLogsAreBounded(t *testing.T) {
	for _, full := range []error{nil, errors.New("no space")} {
		k := &kept{fails: full}
		c := &capped{w: k, left: 10}
		for range 5 {
			if n, err := c.Write([]byte("abcdefg")); n != 7 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := c.Close(); !errors.Is(err, full) {
			t.Error(err)
		}
		if full == nil && k.String() != "abcdefgabc\n[the rest is not kept: it is too long]\n" {
			t.Errorf("%q", k.String())
		}
	}
}
