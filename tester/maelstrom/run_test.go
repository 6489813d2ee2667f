package maelstrom

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester/results"
)

// run runs a test that has to come to its end.
func runs(t *testing.T, cfg Config) *results.Results {
	t.Helper()
	res, err := Run(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestSoundStore(t *testing.T) {
	t.Parallel()
	for _, unique := range []bool{false, true} {
		cfg := short(store1(&cell{}, sound))
		cfg.Unique = unique
		res := runs(t, cfg)
		if res.Valid != results.True || len(res.Stats) != 3 {
			t.Errorf("unique %v: %v %s, stats %+v", unique, res.Valid, res.Reason, res.Stats)
		}
	}
}

// What clients are told that is not so, is found.
func TestUnsoundStores(t *testing.T) {
	t.Parallel()
	every := func(c *cell, n int) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.asked%n == 0
	}
	for name, b := range map[string]func(c *cell) Behaviour{
		"stale": func(*cell) Behaviour {
			return func(ctx context.Context, in io.Reader, out, errs io.Writer) error { // each node has a store of its own
				return store1(&cell{}, sound)(ctx, in, out, errs)
			}
		},
		"lost": func(c *cell) Behaviour {
			return store1(c, func(_ string, m message, a asks) ([]string, bool) {
				if a.Type != "write" || !every(c, 2) {
					return nil, false
				}
				c.do("read", "", 0, 0)
				return []string{says(m, a, "write_ok", "")}, true
			})
		},
		"definite": func(c *cell) Behaviour {
			return store1(c, func(_ string, m message, a asks) ([]string, bool) {
				if a.Type != "write" {
					return nil, false
				}
				stored(c, m, a)
				return []string{says(m, a, "error", `,"code":11,"text":"it may have happened"`)}, true
			})
		},
		"forgets": func(c *cell) Behaviour {
			return store1(c, func(_ string, m message, a asks) ([]string, bool) {
				if a.Type != "read" || !every(c, 10) {
					return nil, false
				}
				c.do("read", "", 0, 0)
				return []string{says(m, a, "error", `,"code":20,"text":"there is no such key"`)}, true
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := short(b(&cell{}))
			cfg.Unique = name == "definite" || name == "lost"
			if res := runs(t, cfg); res.Valid != results.False || !strings.HasPrefix(res.Reason, "linearizable: key ") {
				t.Errorf("%v %q", res.Valid, res.Reason)
			}
		})
	}
}

// The same store is sound if it says that it does not know.
func TestUncertainOutcomes(t *testing.T) {
	t.Parallel()
	c := &cell{}
	cfg := short(store1(c, func(_ string, m message, a asks) ([]string, bool) {
		if a.Type != "write" || a.MsgID%3 != 1 {
			return nil, false
		}
		stored(c, m, a)
		return []string{says(m, a, "error", `,"code":1000,"text":"it may have happened"`)}, true
	}))
	cfg.most = 200
	if res := runs(t, cfg); res.Valid == results.False || len(res.Stats) != 3 || res.Stats[2].Info == 0 {
		t.Errorf("%v %q, %+v", res.Valid, res.Reason, res.Stats)
	}
}

// Nothing that was ever seen to work proves nothing.
func TestSilentStore(t *testing.T) {
	t.Parallel()
	cfg := short(toy(func(_ string, m message, a asks) []string {
		if a.Type == "init" {
			return []string{says(m, a, "init_ok", "")}
		}
		return nil
	}))
	cfg.wait, cfg.most = 20*time.Millisecond, 100
	res := runs(t, cfg)
	if res.Valid != results.Unknown {
		t.Errorf("%v %q", res.Valid, res.Reason)
	}
	for _, s := range res.Stats {
		if s.OK > 0 || s.F == "read" && (s.Info > 0 || s.Fail == 0) || s.F != "read" && (s.Fail > 0 || s.Info == 0) {
			t.Errorf("%+v: a read that times out fails, all else is unknown", s)
		}
	}
}

// Who breaks the rules is named, with the line.
func TestNodesThatBreakTheRules(t *testing.T) {
	t.Parallel()
	on := func(kind string, lines func(m message, a asks) []string) Behaviour {
		return store1(&cell{}, func(self string, m message, a asks) ([]string, bool) {
			if self != "n1" || a.Type != kind {
				return nil, false
			}
			return lines(m, a), true
		})
	}
	one := func(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }
	for want, b := range map[string]Behaviour{
		`of its output: no message in JSON`: on("read", func(message, asks) []string { return one("hello") }),
		`src is missing`:                    on("read", func(message, asks) []string { return one(`{}`) }),
		`dest is missing`:                   on("read", func(message, asks) []string { return one(`{"src":"n1"}`) }),
		`body is missing`:                   on("read", func(message, asks) []string { return one(`{"src":"n1","dest":"n2","body":7}`) }),
		`type is missing`:                   on("read", func(message, asks) []string { return one(`{"src":"n1","dest":"n2","body":{}}`) }),
		`its src must be`:                   on("read", func(message, asks) []string { return one(`{"src":"n2","dest":"n2","body":{"type":"x"}}`) }),
		`no such node`:                      on("read", func(message, asks) []string { return one(`{"src":"n1","dest":"n9","body":{"type":"x"}}`) }),
		`without in_reply_to`: on("read", func(m message, _ asks) []string {
			return one(`{"src":"n1","dest":%q,"body":{"type":"read_ok"}}`, m.Src)
		}),
		`a second answer to message`:                on("read", func(m message, a asks) []string { s := says(m, a, "read_ok", `,"value":1`); return []string{s, s} }),
		`which never sent one`:                      on("read", func(m message, a asks) []string { a.MsgID += 9; return []string{says(m, a, "read_ok", `,"value":1`)} }),
		`an answer of type "write_ok"`:              on("read", func(m message, a asks) []string { return []string{says(m, a, "write_ok", "")} }),
		`an answer without value`:                   on("read", func(m message, a asks) []string { return []string{says(m, a, "read_ok", "")} }),
		`an error without a code`:                   on("read", func(m message, a asks) []string { return []string{says(m, a, "error", "")} }),
		`node n1 has not answered init within 50ms`: on("init", func(message, asks) []string { return nil }),
		`node n1 answers init with error 13: no`:    on("init", func(m message, a asks) []string { return []string{says(m, a, "error", `,"code":13,"text":"no"`)} }),
		`is longer than`:                            on("read", func(message, asks) []string { return one("%s", strings.Repeat("x", maxLine+1)) }),
		`has 16384 messages to read`: on("read", func(m message, a asks) []string {
			lines := make([]string, 4*maxQueue)
			for i := range lines {
				lines[i] = `{"src":"n1","dest":"n1","body":{"type":"x"}}`
			}
			return lines
		}),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			cfg := short(b)
			cfg.most = 0 // it ends before
			if strings.Contains(want, "50ms") {
				cfg.Patience = 50 * time.Millisecond
			}
			res, err := Run(t.Context(), cfg, nil)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "node n1") {
				t.Fatalf("%v", err)
			}
			if res == nil || res.Valid == results.True {
				t.Errorf("results %+v", res)
			}
		})
	}
}

// Nodes that flood the network with messages that take time are stopped, too.
func TestFlood(t *testing.T) {
	t.Parallel()
	cfg := short(store1(&cell{}, func(self string, m message, a asks) ([]string, bool) {
		if self != "n1" || a.Type == "init" {
			return nil, false
		}
		lines := make([]string, maxFlight+1)
		for i := range lines {
			lines[i] = `{"src":"n1","dest":"n2","body":{"type":"x"}}`
		}
		return lines, true
	}))
	cfg.Latency, cfg.LatencyDist, cfg.most = time.Minute, uniform, 0
	if _, err := Run(t.Context(), cfg, nil); err == nil || !strings.Contains(err.Error(), "the nodes flood the network") {
		t.Errorf("%v", err)
	}
}

// Each protocol passes while the network is cut, slow and lossy, in virtual time.
func TestOurs(t *testing.T) {
	for _, name := range protocols.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := short(ours(name))
			cfg.most, cfg.Rate, cfg.TimeLimit, cfg.Interval = 0, 20, 20*time.Second, 2*time.Second
			cfg.Latency, cfg.LatencyDist = time.Millisecond, exponential
			cfg.Loss, cfg.Duplicate, cfg.Nemesis = 0.02, 0.02, []string{"partition"}
			res, err := virtual(t, cfg)
			if err != nil || res.Valid == results.False {
				t.Fatalf("%v, %+v", err, res)
			}
			for _, s := range res.Stats {
				if s.OK == 0 {
					t.Errorf("%+v", s)
				}
			}
			if len(res.Faults) != 1 || res.Faults[0].Times == 0 {
				t.Errorf("faults %+v", res.Faults)
			}
		})
	}
}

// Real processes are started, and none is left behind.
func TestProcesses(t *testing.T) {
	t.Setenv(roleVariable, "paxos")
	cfg := short(nil)
	cfg.Node, cfg.Bin, cfg.Store = nil, os.Args[0], t.TempDir()
	cfg.Rate, cfg.most = 100, 100
	res := runs(t, cfg)
	if res.Valid == results.False {
		t.Errorf("%v %q, %+v", res.Valid, res.Reason, res.Stats)
	}
	for _, name := range []string{"n0.log", "n2.log", "history.edn", "results.json", "messages.svg"} {
		if _, err := os.Stat(res.Directory + "/" + name); err != nil {
			t.Error(err)
		}
	}
	t.Setenv(roleVariable, "dies")
	if _, err := Run(t.Context(), cfg, nil); err == nil || !strings.Contains(err.Error(), "has ended by itself, with exit code 3") || !strings.Contains(err.Error(), "out of cheese") {
		t.Errorf("%v", err)
	}
}
