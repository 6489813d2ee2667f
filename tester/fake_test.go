package tester

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/tester/results"
)

// local is a cluster in this process, on channels.
type local struct {
	nodes *server.Local
	wrap  func(session) session // changes each session; nil changes none

	mu       sync.Mutex
	stopped  map[quorate.ID]bool
	sessions []client.Config // that were opened
	deaths   []death
	grave    map[quorate.ID]bool // members that cannot be started again
	differ   bool                // members have other states
	old      bool                // it ran before the test
}

var errNoAdmin = errors.New("no admin listener")

func (l *local) Members() *quorate.Cluster               { return l.nodes.Cluster() }
func (l *local) Admin(quorate.ID) (*admin.Client, error) { return nil, errNoAdmin }
func (l *local) Local() bool                             { return !l.old }
func (l *local) End(id quorate.ID) error                 { return l.Kill(id) }
func (l *local) Pause(quorate.ID) error                  { return errNoAdmin }
func (l *local) Resume(quorate.ID) error                 { return nil }
func (l *local) DataDir(id quorate.ID) string            { return "data/" + id.String() } // as if it were on disk
func (l *local) Fresh() bool                             { return !l.old }
func (l *local) File() string                            { return "cluster.json" }
func (l *local) Deaths() []death                         { return l.deaths }

func (l *local) Kill(id quorate.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped[id] = true
	return l.nodes.Stop(id)
}

func (l *local) Start(id quorate.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grave[id] {
		return errors.New("its disk is gone")
	}
	delete(l.stopped, id)
	return l.nodes.Start(id)
}

func (l *local) PID(id quorate.ID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped[id] {
		return 0
	}
	return 1 << 30 // nobody's
}

func (l *local) Ready(ctx context.Context, id quorate.ID) error {
	n, err := l.nodes.Node(id)
	if err != nil {
		return err
	}
	_, err = n.Report(ctx)
	return err
}

func (l *local) Client(cfg client.Config) (session, error) {
	l.mu.Lock()
	l.sessions = append(l.sessions, cfg)
	l.mu.Unlock()
	c, err := l.nodes.Client(cfg)
	if err != nil || l.wrap == nil {
		return c, err
	}
	return l.wrap(c), nil
}

func (l *local) Consensus(ctx context.Context, key string) ([]remote.View, remote.Agreement) {
	for {
		var views []remote.View
		for i, id := range l.nodes.Cluster().IDs() {
			v := remote.View{ID: id}
			var s session
			if s, v.Err = l.nodes.Client(client.Config{Nodes: []quorate.ID{id}}); v.Err == nil {
				res, err := s.Do(ctx, client.Op{Kind: quorate.OpGet, Key: key, Read: quorate.ReadLocal})
				if v.Err = err; err == nil && res.Version > 0 {
					v.Versions = []quorate.Versioned{{Version: res.Version, Value: res.Value, Deleted: !res.OK}}
				}
				if l.differ && i == 0 && len(v.Versions) > 0 {
					v.Versions[0].Value = []byte("other")
				}
				s.Close()
			}
			views = append(views, v)
		}
		if a := remote.Compare(views); a.Verdict != quorate.Pending || !sleep.For(ctx, 50*time.Millisecond) {
			return views, a
		}
	}
}

// rig is a test of a cluster in this process.
type rig struct {
	cfg    Config
	target *local
	edit   func(l *local) // before anything is done with the cluster
	after  time.Duration  // until it is interrupted; 0 is never
	seen   []Progress
	ops    []history.Op
}

// run runs the test in virtual time.
func (g *rig) run(t *testing.T, f func(res *results.Results)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g.cfg.target = func(_ context.Context, cfg *Config, log logs) (target, error) {
			if err := os.Mkdir(filepath.Join(log.Dir(), dataDir), 0o700); err != nil {
				return nil, err
			}
			build, err := protocols.New("paxos", protocols.Options{})
			if err != nil {
				return nil, err
			}
			l, err := server.StartLocal(server.LocalConfig{New: build, Nodes: cfg.Nodes, Seed: 1})
			if err != nil {
				return nil, err
			}
			g.target = &local{nodes: l, stopped: map[quorate.ID]bool{}, grave: map[quorate.ID]bool{}}
			if g.edit != nil {
				g.edit(g.target)
			}
			return g.target, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if g.after > 0 {
			time.AfterFunc(g.after, cancel)
		}
		r := &run{cfg: g.cfg.WithDefaults(), started: time.Now(), watch: func(p Progress) { g.seen = append(g.seen, p) }}
		if err := r.cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		res, err := r.test(ctx)
		if err != nil {
			t.Fatal(err)
		}
		g.ops = r.book.events
		f(res)
	})
}

// find returns a check of the results.
func find(t *testing.T, res *results.Results, name string) results.Check {
	t.Helper()
	for _, c := range res.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %q among %+v", name, res.Checks)
	return results.Check{}
}

func (l *local) Close() error { return l.nodes.Close() }
