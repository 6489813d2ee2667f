package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/trex/engine"
)

// ask is a command or a query of a pile: push, pop, size, items; large answers
// with as many bytes as Item has, times Times.
type ask struct {
	Op    string
	Item  string
	Times int
}

type answer struct {
	Item  string
	OK    bool
	Size  int
	Items []string
}

// pile is a stack that counts what it executes.
type pile struct {
	Items   []string
	Applied int
}

func (p *pile) Apply(a ask) answer {
	p.Applied++
	switch a.Op {
	case "push":
		p.Items = append(p.Items, a.Item)
		return answer{OK: true, Size: len(p.Items)}
	case "pop":
		if len(p.Items) == 0 {
			return answer{}
		}
		top := p.Items[len(p.Items)-1]
		p.Items = p.Items[:len(p.Items)-1]
		return answer{Item: top, OK: true, Size: len(p.Items)}
	case "large":
		return answer{Item: string(make([]byte, a.Times))}
	}
	return answer{}
}

func (p *pile) Query(a ask) answer {
	if a.Op == "large" {
		return answer{Item: string(make([]byte, a.Times))}
	}
	return answer{OK: true, Size: len(p.Items), Items: slices.Clone(p.Items)}
}

func (p *pile) Snapshot(w io.Writer) error { return json.NewEncoder(w).Encode(p) }

func (p *pile) Restore(r io.Reader) error {
	*p = pile{}
	return json.NewDecoder(r).Decode(p)
}

type calls = engine.Calls[ask, answer]

// cluster is a Local of piles, with the App of each member's latest start.
type cluster struct {
	*engine.Local
	t *testing.T
}

func open(t *testing.T, cfg engine.LocalConfig, app func(quorate.ID) engine.App) *cluster {
	t.Helper()
	if app == nil {
		app = func(quorate.ID) engine.App { return engine.Of(&pile{}) }
	}
	l, err := engine.OpenLocal(cfg, app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return &cluster{l, t}
}

// within is a context with more time than anything here takes.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func (c *cluster) calls(i int) calls { return engine.For[ask, answer](c.Engine(i)) }

func (c *cluster) push(i int, item string) answer {
	c.t.Helper()
	return must(c.calls(i).Execute(within(c.t), ask{Op: "push", Item: item}))(c.t)
}

func (c *cluster) pop(i int) answer {
	c.t.Helper()
	return must(c.calls(i).Execute(within(c.t), ask{Op: "pop"}))(c.t)
}

func (c *cluster) items(i int, mode quorate.ReadMode) []string {
	c.t.Helper()
	return must(c.calls(i).Query(within(c.t), ask{}, mode))(c.t).Items
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// leader waits for a leader that a running member knows.
func (c *cluster) leader() quorate.ID {
	c.t.Helper()
	ctx := within(c.t)
	for {
		for _, e := range c.Engines() {
			if id, err := e.Leader(ctx); err == nil && id != 0 {
				if _, err := c.Report(ctx, id); err == nil {
					return id
				}
			}
		}
		c.pause(ctx, "a leader")
	}
}

// equal waits until all members are executed as far and have the same states.
func (c *cluster) equal() {
	c.t.Helper()
	ctx := within(c.t)
	for {
		states := map[string]bool{}
		text := ""
		for _, id := range c.Cluster().IDs() {
			n, err := c.Node(id)
			if err != nil {
				c.t.Fatal(err)
			}
			if err := n.Inspect(ctx, func(r quorate.Replica, app *quorate.Once) {
				s := fmt.Sprint(r.Report().Executed, app.Keys())
				for _, k := range app.Keys() {
					s += string(app.Snapshot(nil, k))
				}
				states[s] = true
				text += fmt.Sprintf("%v: %q\n", id, s)
			}); err != nil {
				c.t.Fatal(err)
			}
		}
		if len(states) == 1 {
			return
		}
		c.pause(ctx, "equal states:\n"+text)
	}
}

func (c *cluster) pause(ctx context.Context, what string) {
	c.t.Helper()
	select {
	case <-ctx.Done():
		c.t.Fatalf("waited in vain for %s", what)
	case <-glance():
	}
}

// refusal checks what an error says of the outcome.
func refusal(t *testing.T, err, want error, reason quorate.Reason) {
	t.Helper()
	var e *client.Error
	if !errors.Is(err, want) || !errors.As(err, &e) || e.Outcome.Reason != reason {
		t.Errorf("error %v, want %v for the reason %q", err, want, reason)
	}
	if strings.Contains(fmt.Sprint(err), `"object"`) {
		t.Errorf("error %v names a key", err)
	}
}

// glance is how long to wait before looking again.
func glance() <-chan time.Time { return time.After(2 * time.Millisecond) }
