package tester

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/tester/results"
)

// Rule: clients work for the time limit at the rate, each is bound to a member by turns,
// they read what is left at the end, and who watches sees all phases.
func TestAllIsWell(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 10 * time.Second, Rate: 100, Concurrency: 6}}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True || res.Reason != "" || res.Ended != "" {
			t.Errorf("%+v", res)
		}
		if res.Elapsed < 11*time.Second || res.Elapsed > 13*time.Second { // and a second of quiet
			t.Errorf("it took %v", res.Elapsed)
		}
	})
	begun := 0
	for _, op := range g.ops {
		if op.Type == history.Invoke && op.Time < 10*time.Second {
			begun++
		}
	}
	if begun < 900 || begun > 1100 {
		t.Errorf("%d operations began in ten seconds at 100 a second", begun)
	}
	if last := g.ops[len(g.ops)-1]; last.F != "read" || last.Type != history.OK || last.Time < 11*time.Second {
		t.Errorf("the last event: %+v", last)
	}
	firsts := map[quorate.ID]int{}
	for _, c := range g.target.sessions[1:] { // the first prepares the store
		firsts[c.Nodes[0]]++
	}
	if len(g.target.sessions) != 7 || len(firsts) != 3 || firsts[g.target.Members().ID(2)] != 2 {
		t.Errorf("%d sessions; first they ask %v", len(g.target.sessions), firsts)
	}
	var phases []Phase
	for _, p := range g.seen {
		phases = append(phases, p.Phase)
	}
	if got := slices.Compact(phases); !slices.Equal(got, []Phase{Setup, Main, Heal, Final, Check}) {
		t.Errorf("phases %v", got)
	}
}

// deceiver changes what a session answers.
type deceiver struct {
	session
	do func(s session, op client.Op) (client.Result, error)
}

func (d *deceiver) Do(_ context.Context, op client.Op) (client.Result, error) {
	return d.do(d.session, op)
}

// deceive has all sessions answer by f but the first, which prepares the store.
func deceive(f func(s session, op client.Op) (client.Result, error)) func(*local) {
	return func(l *local) {
		first := true
		l.wrap = func(s session) session {
			if first {
				first = false
				return s
			}
			return &deceiver{s, f}
		}
	}
}

// A store that answers some reads as it was a while ago is found out.
func TestStaleReads(t *testing.T) {
	var mu sync.Mutex
	old := map[string]client.Result{}
	reads := 0
	g := &rig{cfg: Config{TimeLimit: 10 * time.Second, Rate: 100}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
		res, err := s.Do(context.Background(), op)
		if op.Kind != quorate.OpGet || err != nil {
			return res, err
		}
		mu.Lock()
		defer mu.Unlock()
		if reads++; reads%10 == 0 && old[op.Key].Version > 0 {
			return old[op.Key], nil
		}
		old[op.Key] = res
		return res, nil
	})}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "linearizable"); c.Valid != results.False || c.Key == "" || c.Reason == "" {
			t.Errorf("%+v", c)
		}
		if c := find(t, res, "register"); c.Valid != results.False {
			t.Errorf("%+v", c)
		}
		if res.Valid != results.False || !strings.HasPrefix(res.Reason, "linearizable: key ") {
			t.Errorf("%v: %s", res.Valid, res.Reason)
		}
	})
}

// A cluster in which nothing succeeds has not passed.
func TestNothingSucceeds(t *testing.T) {
	for _, status := range []error{client.ErrNotExecuted, client.ErrUnknown} {
		g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Rate: 20}, edit: deceive(func(session, client.Op) (client.Result, error) {
			return client.Result{}, fmt.Errorf("%w: nobody is there", status)
		})}
		g.run(t, func(res *results.Results) {
			if res.Valid != results.Unknown || find(t, res, "stats").Reason != "no operation succeeded" {
				t.Errorf("%v: %+v", status, res)
			}
		})
	}
}

// Nor has one whose store cannot be prepared.
func TestNoSetup(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Patience: 3 * time.Second, Store: t.TempDir()}, edit: func(l *local) {
		l.wrap = func(s session) session {
			return &deceiver{s, func(session, client.Op) (client.Result, error) { return client.Result{}, client.ErrNotExecuted }}
		}
	}}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "setup"); res.Valid != results.Unknown || !strings.Contains(c.Reason, "not executed") || res.Elapsed > 4*time.Second {
			t.Errorf("%+v", res)
		}
	})
	if _, res := kept(t, g.cfg.Store); res.Valid != results.Unknown || res.Reason == "" {
		t.Errorf("kept: %+v", res)
	}
}

// Nor has one in which writes never succeed.
func TestSomethingNeverSucceeds(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Rate: 20}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
		if op.Kind != quorate.OpGet {
			return client.Result{}, client.ErrNotExecuted
		}
		return s.Do(context.Background(), op)
	})}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "stats"); res.Valid != results.Unknown || !strings.Contains(c.Reason, "succeeded, of ") {
			t.Errorf("%+v", res)
		}
	})
}

// Rule: a process ends with its first unknown outcome; its worker goes on under another
// number, in another session.
func TestProcesses(t *testing.T) {
	var calls atomic.Int64
	g := &rig{cfg: Config{TimeLimit: 10 * time.Second, Rate: 100, Concurrency: 4}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
		res, err := s.Do(context.Background(), op)
		if calls.Add(1)%20 == 0 && op.Kind == quorate.OpPut {
			return client.Result{}, client.ErrUnknown
		}
		return res, err
	})}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True {
			t.Errorf("%+v", res)
		}
	})
	open, over, infos := map[int]bool{}, map[int]bool{}, 0
	for i, op := range g.ops {
		if op.Index != i || i > 0 && op.Time < g.ops[i-1].Time {
			t.Fatalf("event %d: %+v after %+v", i, op, g.ops[i-1])
		}
		switch invoked := op.Type == history.Invoke; {
		case over[op.Process]:
			t.Fatalf("process %d is over: %+v", op.Process, op)
		case invoked == open[op.Process]:
			t.Fatalf("process %d has one operation at a time: %+v", op.Process, op)
		case invoked && op.Process >= 4 && !over[op.Process-4]:
			t.Fatalf("process %d begins before the one before it is over", op.Process)
		}
		open[op.Process] = op.Type == history.Invoke
		if op.Type == history.Info {
			over[op.Process] = true
			infos++
		}
	}
	if infos < 5 || len(g.target.sessions) != 1+4+infos {
		t.Errorf("%d unknown outcomes, %d sessions", infos, len(g.target.sessions))
	}
}

// Rule: an operation that is not over when the next is due makes that late, and costs
// none.
func TestLate(t *testing.T) {
	count := func(edit func(*local)) int {
		g := &rig{cfg: Config{TimeLimit: 20 * time.Second, Rate: 10, Concurrency: 1}, edit: edit}
		g.run(t, func(*results.Results) {})
		n := 0
		for _, op := range g.ops {
			if op.Type == history.Invoke && op.Time < 20*time.Second {
				n++
			}
		}
		return n
	}
	var calls atomic.Int64
	slow := count(deceive(func(s session, op client.Op) (client.Result, error) {
		if calls.Add(1) == 10 {
			sleep.For(context.Background(), 8*time.Second) // in virtual time
		}
		return s.Do(context.Background(), op)
	}))
	if fast := count(nil); slow != fast || fast < 150 {
		t.Errorf("%d operations, and %d where one took long", fast, slow)
	}
}

// A member that does not come back after all is healed is a finding.
func TestNotRecovered(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Rate: 20, Patience: 10 * time.Second}, edit: func(l *local) {
		id := l.Members().ID(1)
		l.grave[id] = true
		if err := l.Kill(id); err != nil {
			panic(err)
		}
	}}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "recovered"); res.Valid != results.False || c.Valid != results.False || !strings.Contains(c.Reason, "its disk is gone") {
			t.Errorf("%+v", res)
		}
	})
}

// Rule: in a cluster that ran before, a test has keys of its own.
func TestOwnKeys(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 2 * time.Second, Seed: 7}, edit: func(l *local) { l.old = true }}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True {
			t.Errorf("%+v", res)
		}
	})
	for _, op := range g.ops {
		if pair, ok := op.Value.([]any); ok && !strings.HasPrefix(fmt.Sprint(pair[0]), "test-7-") {
			t.Fatalf("%+v", op)
		}
	}
}

// Members that end by themselves, or have other states in the end, are findings, too.
func TestMembers(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: 2 * time.Second}, edit: func(l *local) {
		l.deaths = []death{{l.Members().ID(0), "panic: no more"}}
		l.differ = true
	}}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "members"); c.Valid != results.False || c.Reason != "member 1.1: panic: no more" {
			t.Errorf("%+v", c)
		}
		if c := find(t, res, "agreement"); c.Valid != results.False || c.Key == "" || !strings.Contains(c.Reason, `"other" at 1.1`) {
			t.Errorf("%+v", c)
		}
	})
}

// Rule: a user's end stops the clients; all is healed and checked, and the members are killed.
func TestInterrupted(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: time.Hour, Nemeses: []string{"kill"}, Interval: 2 * time.Second}, after: 9 * time.Second}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True || res.Ended != "interrupted" || res.Elapsed > 30*time.Second {
			t.Errorf("%+v", res)
		}
		if len(res.Faults) != 1 || res.Faults[0].Nemesis != "kill" || res.Faults[0].Times == 0 {
			t.Errorf("%+v", res.Faults)
		}
		if c := find(t, res, "recovered"); c.Valid != results.True {
			t.Errorf("%+v", c)
		}
	})
	if len(g.target.stopped) != 3 {
		t.Errorf("%v are down, want all: whoever interrupts waits for none to end in order", g.target.stopped)
	}
	if !slices.ContainsFunc(g.seen, func(p Progress) bool { return slices.Equal(p.Faults, []string{"kill"}) }) {
		t.Error("nobody was told of the fault")
	}
}

// Rule: a history ends at its bound, and says so.
func TestFull(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: time.Hour, Most: 200}}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True || res.Ended != "the history has its 200 events" {
			t.Errorf("%+v", res)
		}
	})
}

// What cannot start is an error, not a result.
func TestNoCluster(t *testing.T) {
	nobody := errors.New("nobody is there")
	cfg := Config{Store: t.TempDir(), target: func(context.Context, *Config, logs) (target, error) { return nil, nobody }}
	if res, err := Run(t.Context(), cfg, nil); !errors.Is(err, nobody) || res != nil {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := Again(cfg.Store); err == nil {
		t.Error("what was never run is run again")
	}
	if _, res := kept(t, cfg.Store); res.Valid != results.Unknown || find(t, res, "setup").Reason == "" {
		t.Errorf("kept: %+v", res)
	}
}

// Rule: what was done is kept; journals are unless all is well.
func TestKept(t *testing.T) {
	for _, well := range []bool{true, false} {
		g := &rig{cfg: Config{Name: "it", TimeLimit: 2 * time.Second, Store: t.TempDir(), Seed: 9}, edit: func(l *local) { l.differ = !well }}
		g.run(t, func(*results.Results) {})
		dir, res := kept(t, g.cfg.Store)
		if again, err := Again(dir); err != nil || again.Seed != 9 || again.Name != "it" || again.Rate != 200 {
			t.Errorf("%+v, %v", again, err)
		}
		if (res.Valid == results.True) != well {
			t.Errorf("%+v", res)
		}
		if _, err := os.Stat(filepath.Join(dir, dataDir)); (err == nil) == well {
			t.Errorf("all is well %v, journals %v", well, err)
		}
		if log, err := os.ReadFile(filepath.Join(dir, "tester.log")); err != nil || strings.Count(string(log), "phase ") != 5 || !strings.Contains(string(log), Words(res)) {
			t.Errorf("the tester's log: %v\n%s", err, log)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "history.edn")); err != nil || strings.Count(string(text), "\n") != len(g.ops) {
			t.Errorf("a history of %d bytes for %d events, %v", len(text), len(g.ops), err)
		}
	}
}

// TestRealProcesses is the real thing: processes, journals on disk, and faults.
func TestRealProcesses(t *testing.T) {
	cfg := Config{Binary: proc.Build(t), TimeLimit: 2500 * time.Millisecond, Nemeses: []string{"kill"}, Interval: time.Second, Store: t.TempDir(), Concurrency: 6, Quiet: time.Millisecond}
	res, err := Run(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Valid != results.True || res.Faults[0].Times == 0 {
		t.Errorf("%+v", res)
	}
	for _, id := range []string{"1.1", "1.2", "1.3"} {
		if text, err := os.ReadFile(filepath.Join(res.Directory, id+".log")); err != nil || len(text) == 0 {
			t.Errorf("the log of %s has %d bytes, %v", id, len(text), err)
		}
	}
}

// So is a nemesis that the cluster cannot suffer.
func TestUnfit(t *testing.T) {
	cfg := Config{Nemeses: []string{"kill"}, target: func(context.Context, *Config, logs) (target, error) {
		cluster, err := remote.Open(remote.Config{File: proc.NewCluster(t, 3, nil).File})
		return &abroad{cluster: cluster}, err
	}}
	if res, err := Run(t.Context(), cfg, nil); !errors.Is(err, ErrUnfit) || res != nil {
		t.Errorf("%+v, %v", res, err)
	}
}
