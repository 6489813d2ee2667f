package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var transports = []string{"chan", "tcp", "tcp-shared", "udp"}

// each runs f on a fresh cluster over each transport.
func each(t *testing.T, cfg server.LocalConfig, f func(t *testing.T, l *server.Local)) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			cfg := cfg
			cfg.Transport, cfg.Share = strings.CutSuffix(transport, "-shared")
			f(t, startLocal(t, cfg))
		})
	}
}

func startLocal(t *testing.T, cfg server.LocalConfig) *server.Local {
	t.Helper()
	if cfg.New == nil {
		cfg.New = newToy
	}
	l, err := server.StartLocal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func attach(t *testing.T, l *server.Local, cfg client.Config) *client.Client {
	t.Helper()
	c, err := l.Client(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, c *client.Client, key, value string) client.Result {
	t.Helper()
	res, err := c.Put(t.Context(), key, []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// patient makes a call outlast everything in these tests, and try again often.
var patient = client.Config{
	Timeout: time.Minute, AttemptTimeout: 50 * time.Millisecond,
	BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond,
}

func TestServesAndReports(t *testing.T) {
	each(t, server.LocalConfig{Encode: true}, func(t *testing.T, l *server.Local) {
		c := attach(t, l, client.Config{Nodes: []quorate.ID{l.Cluster().ID(2), l.Cluster().ID(0)}})
		for i := range 100 {
			if res := put(t, c, "k", fmt.Sprint(i)); res.Version != uint64(i+1) {
				t.Fatalf("put %d gave version %d", i, res.Version)
			}
		}
		res, err := c.Get(t.Context(), "k")
		if err != nil || string(res.Value) != "99" || res.Node != l.Cluster().ID(0) {
			t.Errorf("got %+v, %v", res, err)
		}
		report, err := l.Report(t.Context(), l.Cluster().ID(0))
		if err != nil || report.Role != "primary" || report.Executed != 101 {
			t.Errorf("report %+v, %v", report, err)
		}
		stats, err := l.Stats(l.Cluster().ID(0))
		if err != nil || stats.Loop.Records < 101 || stats.Link.Received == 0 {
			t.Errorf("stats %+v, %v", stats, err)
		}
	})
}

// Rule: a stopped node loses all but its journal.
func TestStopAndStart(t *testing.T) {
	each(t, server.LocalConfig{}, func(t *testing.T, l *server.Local) {
		primary, c := l.Cluster().ID(0), attach(t, l, patient)
		put(t, c, "k", "before")
		if err := l.Stop(primary); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Report(t.Context(), primary); !errors.Is(err, server.ErrStopped) {
			t.Errorf("report of a stopped node: %v", err)
		}
		if err := l.Stop(primary); !errors.Is(err, server.ErrStopped) {
			t.Errorf("stopped twice: %v", err)
		}
		if err := l.Start(primary); err != nil {
			t.Fatal(err)
		}
		if err := l.Start(primary); err == nil {
			t.Error("a running node was started")
		}
		res, err := c.Get(t.Context(), "k")
		if err != nil || string(res.Value) != "before" || res.Version != 1 {
			t.Errorf("after the restart: %+v, %v", res, err)
		}
	})
}

// Rule: a call that met a dead node is retried with the same number, and is
// executed once.
func TestRetryAcrossARestart(t *testing.T) {
	each(t, server.LocalConfig{}, func(t *testing.T, l *server.Local) {
		copy, c := l.Cluster().ID(2), attach(t, l, patient)
		if err := l.Stop(copy); err != nil { // nothing is executed now
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() {
			res, err := c.Put(t.Context(), "k", []byte("v"))
			if err == nil && res.Version != 1 {
				err = fmt.Errorf("version %d", res.Version)
			}
			result <- err
		}()
		for c.Stats().Retries < 3 {
			waitMoment(t, l)
		}
		for _, id := range []quorate.ID{l.Cluster().ID(0), l.Cluster().ID(0)} {
			if err := l.Stop(id); err != nil {
				t.Fatal(err)
			}
			if err := l.Start(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Start(copy); err != nil {
			t.Fatal(err)
		}
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

// waitMoment gives the cluster a turn without sleeping.
func waitMoment(t *testing.T, l *server.Local) {
	t.Helper()
	if _, err := l.Report(t.Context(), l.Cluster().ID(0)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-time.After(time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test was ended")
	}
}

// Rule: a partition cuts both directions, spares each side and the clients,
// outlasts a restart, and ends when healed.
func TestPartition(t *testing.T) {
	each(t, server.LocalConfig{Nodes: 4}, func(t *testing.T, l *server.Local) {
		ids := l.Cluster().IDs()
		cut := func(from, to int) bool {
			f, err := l.Faults(ids[from])
			if err != nil {
				t.Fatal(err)
			}
			return f.Get(ids[to]).Cut
		}
		check := func(what string, side ...int) {
			t.Helper()
			for i := range ids {
				for j := range ids {
					if i != j && cut(i, j) != (side[i] != side[j]) {
						t.Errorf("%s: %v to %v cut: %v", what, ids[i], ids[j], cut(i, j))
					}
				}
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(l.Partition(ids[:1], ids[1:2]))
		check("two groups and the rest", 1, 2, 0, 0)
		must(l.Stop(ids[1]))
		must(l.Start(ids[1]))
		check("after a restart", 1, 2, 0, 0)
		f, err := l.Faults(ids[0])
		must(err)
		must(f.Set(ids[3], transport.Fault{Delay: time.Microsecond}))
		must(l.Partition(ids[1:3]))
		check("the next one", 0, 1, 1, 0)
		if f.Get(ids[3]).Delay == 0 {
			t.Error("the partition removed another fault")
		}

		c := attach(t, l, patient)
		result := make(chan error, 1)
		go func() {
			_, err := c.Put(t.Context(), "k", nil)
			result <- err
		}()
		for c.Stats().Retries < 3 {
			waitMoment(t, l)
		}
		l.Heal()
		check("healed", 0, 0, 0, 0)
		if f.Get(ids[3]) != (transport.Fault{}) {
			t.Error("healing left another fault")
		}
		must(<-result)
		must(l.Stop(ids[1]))
		must(l.Start(ids[1]))
		check("healed and started again", 0, 0, 0, 0)

		for _, groups := range [][][]quorate.ID{{ids[:2], ids[1:]}, {{quorate.Others}}} {
			if err := l.Partition(groups...); err == nil {
				t.Errorf("the partition %v was accepted", groups)
			}
		}
		check("refused", 0, 0, 0, 0)
	})
}
