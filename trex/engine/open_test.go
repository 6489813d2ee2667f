package engine_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/certs"
	"github.com/quorate/quorate/trex/engine"
)

// fleet is a cluster of engines that reach each other by sockets.
type fleet struct {
	t   *testing.T
	cfg engine.Config // of all members, but for their IDs and directories
	dir string
}

func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	f := &fleet{t: t, cfg: engine.Config{Members: map[quorate.ID]string{}}, dir: t.TempDir()}
	for i, port := range proc.Ports(t, n) {
		f.cfg.Members[must(quorate.NewID(1, i+1))(t)] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	return f
}

func (f *fleet) id(i int) quorate.ID { return must(quorate.NewID(1, i+1))(f.t) }

// config is that of the i-th member from 0.
func (f *fleet) config(i int) engine.Config {
	cfg := f.cfg
	cfg.ID = f.id(i)
	cfg.DataDir = filepath.Join(f.dir, cfg.ID.String())
	return cfg
}

// start opens a member, which ends with the test.
func (f *fleet) start(cfg engine.Config) *engine.Engine {
	f.t.Helper()
	e := must(engine.Open(cfg, engine.Of(&pile{})))(f.t)
	f.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			f.t.Error(err)
		}
	})
	return e
}

// startAll opens all members.
func (f *fleet) startAll(first bool) (all []*engine.Engine) {
	f.t.Helper()
	for i := range len(f.cfg.Members) {
		cfg := f.config(i)
		cfg.Init = first
		all = append(all, f.start(cfg))
	}
	return all
}

func size(t *testing.T, e *engine.Engine) int {
	t.Helper()
	return must(engine.For[ask, answer](e).Query(within(t), ask{}, quorate.ReadIndex))(t).Size
}

func push(t *testing.T, e *engine.Engine, item string) {
	t.Helper()
	must(engine.For[ask, answer](e).Execute(within(t), ask{Op: "push", Item: item}))(t)
}

// Three members on sockets and disks; they end, and start again.
func TestReopen(t *testing.T) {
	f := newFleet(t, 3)
	for round, transport := range []string{"", "tcp", "udp"} {
		f.cfg.Transport = transport
		all := f.startAll(round == 0)
		for i, e := range all {
			push(t, e, fmt.Sprint(round, i))
		}
		if n := size(t, all[round]); n != 3*(round+1) {
			t.Errorf("round %d: %d items", round, n)
		}
		for _, e := range all {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A member alone is a cluster, too.
func TestOneMember(t *testing.T) {
	f := newFleet(t, 1)
	e := f.startAll(true)[0]
	push(t, e, "a")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if n := size(t, f.startAll(false)[0]); n != 1 {
		t.Errorf("%d items", n)
	}
}

// With TLS members know each other by their certificates, also as clients.
func TestTLS(t *testing.T) {
	f := newFleet(t, 3)
	cluster := must((&quorate.Config{Addresses: f.cfg.Members}).Cluster())(t)
	hosts := map[quorate.ID][]string{}
	for _, id := range cluster.IDs() {
		hosts[id] = []string{"127.0.0.1"}
	}
	must(certs.Make(certs.Config{Dir: f.dir, Cluster: cluster, Hosts: hosts}))(t)
	var all []*engine.Engine
	for i := range 3 {
		cfg := f.config(i)
		cfg.Init = true
		cert, key := certs.NodeFiles(cfg.ID)
		cfg.TLS = must(transport.LoadTLS(filepath.Join(f.dir, certs.AuthorityFile), filepath.Join(f.dir, cert), filepath.Join(f.dir, key)))(t)
		all = append(all, f.start(cfg))
	}
	for _, e := range all {
		push(t, e, "a")
	}
	if n := size(t, all[1]); n != 3 {
		t.Errorf("%d items", n)
	}
	cfg := f.config(0)
	cfg.TLS, cfg.Transport = &transport.TLSConfig{}, "udp"
	if _, err := engine.Open(cfg, engine.Of(&pile{})); err == nil {
		t.Error("datagrams with TLS are accepted")
	}
}

// What a journal or a cluster is not meant for is refused before anything runs.
func TestMismatches(t *testing.T) {
	f := newFleet(t, 1)
	cfg := f.config(0)
	cfg.Init = true
	if err := f.start(cfg).Close(); err != nil {
		t.Fatal(err)
	}
	app := func() engine.App { return engine.Of(&pile{}) }
	for name, tc := range map[string]struct {
		edit func(*engine.Config)
		app  engine.App
		want string
	}{
		"another application":  {func(c *engine.Config) { c.Application = "other" }, app(), disk.ErrMismatch.Error()},
		"a name too long":      {func(c *engine.Config) { c.Application = strings.Repeat("x", 1<<10) }, app(), "at most"},
		"another limit":        {func(c *engine.Config) { c.MaxResult = 100 }, app(), disk.ErrMismatch.Error()},
		"another cluster":      {func(c *engine.Config) { c.Members = newFleet(t, 3).cfg.Members }, app(), disk.ErrMismatch.Error()},
		"a journal in use":     {func(c *engine.Config) { c.Init = true }, app(), "it is in use, or was"},
		"nobody":               {func(c *engine.Config) { c.ID = 0 }, app(), "ID is missing"},
		"a stranger":           {func(c *engine.Config) { c.ID = f.id(5) }, app(), "not a member"},
		"no members":           {func(c *engine.Config) { c.Members = nil }, app(), "Members is empty"},
		"members twice":        {func(c *engine.Config) { c.File = &quorate.Config{Addresses: c.Members} }, app(), "both"},
		"results beyond 1 MiB": {func(c *engine.Config) { c.MaxResult = quorate.MaxReturned + 1 }, app(), "at most"},
		"negative":             {func(c *engine.Config) { c.Timeout = -1 }, app(), "want 0"},
		"no App":               {func(c *engine.Config) {}, nil, "App is nil"},
		"HTTP clients": {func(c *engine.Config) {
			c.File = &quorate.Config{Addresses: c.Members, HTTPAddresses: map[quorate.ID]string{c.ID: "http://127.0.0.1:1"}}
			c.Members = nil
		}, app(), "leave its http_address out"},
		"a store and no journal": {func(c *engine.Config) { c.DataDir = "" }, &stored{App: app(), shelf: &shelf{}}, "DataDir is empty"},
		"a store of an earlier cluster": {func(c *engine.Config) { c.Init = true },
			&stored{App: app(), shelf: &shelf{number: 3}}, "of an earlier cluster"},
	} {
		cfg := f.config(0)
		tc.edit(&cfg)
		e, err := engine.Open(cfg, tc.app)
		if err == nil {
			t.Errorf("%s: accepted: %v", name, e.Close())
		} else if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want something about %q", name, err, tc.want)
		}
	}
}

// A member of another application is refused by the others, and so is what its
// callers ask of them.
func TestOtherApplication(t *testing.T) {
	f := newFleet(t, 3)
	f.cfg.Application = "piles"
	all := f.startAll(true)
	push(t, all[0], "a")
	if err := all[2].Close(); err != nil {
		t.Fatal(err)
	}
	cfg := f.config(2)
	cfg.Application, cfg.Init, cfg.DataDir = "other", true, filepath.Join(f.dir, "other")
	e := f.start(cfg)
	if r, err := e.Execute(within(t), nil); !errors.Is(err, engine.ErrForeign) {
		t.Errorf("a command of another application returns %q, %v", r, err)
	}
	if r, err := e.Query(within(t), nil, quorate.ReadIndex); !errors.Is(err, engine.ErrForeign) {
		t.Errorf("a query of another application returns %q, %v", r, err)
	}
	if n := size(t, all[0]); n != 1 {
		t.Errorf("%d items", n)
	}
}

// The journals of a cluster in one process are not those of another application.
func TestLocalMismatch(t *testing.T) {
	cfg := engine.LocalConfig{DataDir: t.TempDir(), Application: "piles"}
	app := func(quorate.ID) engine.App { return engine.Of(&pile{}) }
	for range 2 {
		if err := must(engine.OpenLocal(cfg, app))(t).Close(); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Application = "other"
	if l, err := engine.OpenLocal(cfg, app); !errors.Is(err, disk.ErrMismatch) {
		t.Errorf("opened as %v: %v", l, err)
	}
}

// A member that has lost its journal learns, and votes again when it is admitted.
func TestLostJournal(t *testing.T) {
	f := newFleet(t, 3)
	all := f.startAll(true)
	push(t, all[0], "a")
	if err := all[2].Close(); err != nil {
		t.Fatal(err)
	}
	push(t, all[0], "b")
	cfg := f.config(2)
	cfg.DataDir = filepath.Join(f.dir, "new")
	e := f.start(cfg)
	if r := must(e.Report(within(t)))(t); r.Role != "learner" {
		t.Errorf("a member without a journal is a %s", r.Role)
	}
	push(t, e, "c")
	if err := e.Admit(within(t)); err != nil {
		t.Fatal(err)
	}
	if r := must(e.Report(within(t)))(t); r.Role == "learner" {
		t.Error("a member that was admitted is still a learner")
	}
	if n := size(t, e); n != 3 {
		t.Errorf("%d items", n)
	}
}

// An application's store that fails stops its member only. Its engine then works
// with the others, and says why.
func TestStoreFails(t *testing.T) {
	f := newFleet(t, 3)
	all := f.startAll(true)
	push(t, all[0], "a")
	if err := all[2].Close(); err != nil {
		t.Fatal(err)
	}
	cfg := f.config(2)
	s := newStored(cfg.ID, &shelf{results: map[uint64][]byte{}}, &fuse{n: 3}, &fuse{})
	e := must(engine.Open(cfg, s))(t)
	push(t, e, "b")
	push(t, e, "c")
	select {
	case <-e.Done():
	case <-within(t).Done():
		t.Fatal("a member without a store goes on")
	}
	if err := e.Err(); !errors.Is(err, errCrash) {
		t.Errorf("why it ended: %v", err)
	}
	push(t, e, "d")
	if n := size(t, e); n != 4 {
		t.Errorf("%d items", n)
	}
	began := time.Now()
	if err := e.Close(); !errors.Is(err, errCrash) {
		t.Errorf("Close says %v", err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("Close took %v", took)
	}
}
