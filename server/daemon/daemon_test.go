package daemon_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/daemon"
)

func TestServes(t *testing.T) {
	r := newRig(t, 3, func(f *quorate.Config) { f.History = 5 })
	var all []*daemon.Daemon
	for i := range 3 {
		all = append(all, r.start(r.config(i)))
	}
	r.put(all[0], "k", "1")
	r.put(all[1], "k", "2")
	if a := r.ask(all[2], "GET", "/kv/k", ""); a != (answer{200, "2"}) {
		t.Errorf("get: %+v", a)
	}
	if a := r.ask(all[0], "GET", "/history/k", ""); a.code != 200 {
		t.Errorf("history: %+v", a)
	}
	if a, err := request(t, "GET", r.File.AdminAddresses[all[0].ID()]+"/healthz", ""); err != nil || a.code != 200 {
		t.Errorf("health: %+v, %v", a, err)
	}
	d := all[0]
	if d.ID() != r.ID(0) || d.Cluster().Size() != 3 || d.Protocol() != "paxos" || d.Started().IsZero() || d.Failure() != nil || d.Err() != nil {
		t.Errorf("%v %v %v %v %v %v", d.ID(), d.Cluster(), d.Protocol(), d.Started(), d.Failure(), d.Err())
	}
	for _, d := range all {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		<-d.Done()
	}
	r.start(r.config(0)) // the ports are free again
}

// A file without addresses for HTTP makes a member without these doors.
func TestServesMembersOnly(t *testing.T) {
	r := newRig(t, 1, func(f *quorate.Config) { f.HTTPAddresses, f.AdminAddresses = nil, nil })
	d := r.start(r.config(0))
	if report, err := d.Node().Report(t.Context()); err != nil || report.Role == "" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestStartRefuses(t *testing.T) {
	r := newRig(t, 2, nil)
	remote := newRig(t, 1, func(f *quorate.Config) { f.Bind = "0.0.0.0" })
	absent := newRig(t, 1, func(f *quorate.Config) { f.Bind = "192.0.2.1" })
	secure := newRig(t, 1, func(f *quorate.Config) {
		for id, at := range f.HTTPAddresses { // unordered: each by itself
			f.HTTPAddresses[id] = strings.Replace(at, "http", "https", 1)
		}
	})
	with := func(r *rig, edit func(c *daemon.Config)) daemon.Config {
		cfg := r.config(0)
		edit(&cfg)
		return cfg
	}
	for _, tc := range []struct {
		cfg  daemon.Config
		want string
	}{
		{daemon.Config{}, "File is missing"},
		{with(r, func(c *daemon.Config) { c.New = nil }), "New or Protocol is missing"},
		{with(r, func(c *daemon.Config) { c.Protocol = "" }), "New or Protocol is missing"},
		{with(r, func(c *daemon.Config) { c.ID = 7 }), "the cluster file lists {1.1, 1.2}"},
		{with(r, func(c *daemon.Config) { c.Grace = -1 }), "negative"},
		{with(r, func(c *daemon.Config) { c.File = &quorate.Config{} }), "cluster of 0 members"},
		{with(r, func(c *daemon.Config) { c.Message = 16 << 20 }), "do not fit the 16777216"},
		{with(r, func(c *daemon.Config) { c.Window = 513 << 20 }), "more than the 536870912"},
		{with(remote, func(*daemon.Config) {}), "without a token"},
		{with(absent, func(c *daemon.Config) { c.Token = "secret" }), "this machine has no such address"},
		{with(secure, func(*daemon.Config) {}), "needs a certificate"},
		{with(r, func(c *daemon.Config) {
			c.Journal = func() (quorate.Journal, error) { return nil, errors.New("torn page") }
		}), "open the journal of node 1.1: torn page"},
		{with(r, func(c *daemon.Config) {
			c.New = func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { return nil, errors.New("no quorum") }
		}), "no quorum"},
	} {
		d, err := daemon.Start(tc.cfg)
		if err == nil {
			d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, want %q", err, tc.want)
		}
	}
	r.start(r.config(0)) // nothing was left open
}

// Rule: what is in use is not initialised; what is not initialised does not vote.
func TestInit(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	cfg.DataDir = r.DataDir(cfg.ID)
	d := r.start(cfg)
	r.put(d, "k", "1")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Start(cfg); !errors.Is(err, daemon.ErrInit) || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Errorf("initialised twice: %v", err)
	}
	cfg.Init = false
	d = r.start(cfg)
	if a := r.until(200, func() answer { return r.ask(d, "GET", "/kv/k", "") }); a.body != "1" {
		t.Errorf("after the restart: %+v", a)
	}
	if _, err := daemon.Start(cfg); !strings.Contains(err.Error(), "in use") {
		t.Errorf("started twice: %v", err)
	}
}

// Rule: Init is for the process' first start. A disk that gets lost after that, be
// it while the node is away, is a lost disk.
func TestInitOnce(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	medium := journal.NewMemory()
	cfg.Journal = func() (quorate.Journal, error) { return medium.Open(), nil }
	d := r.start(cfg)
	r.put(d, "k", "1")
	medium = journal.NewMemory()
	if err := d.Crash(0); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); d.Node() == nil && time.Now().Before(deadline); <-pause() {
	}
	if report, err := d.Node().Report(t.Context()); err != nil || report.Role != "learner" {
		t.Errorf("without its disk: %+v, %v", report, err)
	}
}

// Rule: a directory belongs to one member of one cluster with one protocol. What
// may change with all members at once, may.
func TestForeignDirectory(t *testing.T) {
	r := newRig(t, 3, nil)
	cfg := r.config(0)
	cfg.DataDir = r.DataDir(cfg.ID)
	if err := r.start(cfg).Close(); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(f *quorate.Config){
		"node": nil, "quorums": func(f *quorate.Config) { f.Quorums = "count:3,1" },
		"history": func(f *quorate.Config) { f.History = 1 }, "horizon": func(f *quorate.Config) { f.Horizon = time.Minute },
	} {
		other := newRig(t, 3, edit)
		theirs := other.config(0)
		if theirs.DataDir = cfg.DataDir; edit == nil {
			theirs.ID = other.ID(1)
		}
		if _, err := daemon.Start(theirs); !errors.Is(err, disk.ErrMismatch) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same := newRig(t, 3, func(f *quorate.Config) { f.MaxValue, f.MaxKey, f.Thrifty = 100, 10, true })
	ours := same.config(0)
	ours.DataDir, ours.Init = cfg.DataDir, false
	same.start(ours)
}

// Rule: a crashed node is away, says so, and comes back with all it had on disk.
func TestCrash(t *testing.T) {
	r := newRig(t, 1, nil)
	d := r.start(r.config(0))
	r.put(d, "k", "1")
	if err := d.Crash(-1); err == nil {
		t.Error("crashed for less than no time")
	}
	if err := d.Crash(time.Hour); err != nil {
		t.Fatal(err)
	}
	if a := r.ask(d, "GET", "/kv/k", ""); a.code != 503 || a.reason() != "crashed" || d.Node() != nil {
		t.Errorf("while it is crashed: %+v", a)
	}
	if err := d.Crash(0); !errors.Is(err, server.ErrStopped) {
		t.Errorf("crashed twice: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("closed while crashed: %v", err)
	}
	d = r.start(r.config(0))
	r.put(d, "k", "2")
	if err := d.Crash(0); err != nil {
		t.Fatal(err)
	}
	if a := r.until(200, func() answer { return r.ask(d, "GET", "/kv/k", "") }); a.body != "2" {
		t.Errorf("after the crash: %+v", a)
	}
}

// A member that cannot start again after a crash says why.
func TestCrashForGood(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	medium, broken := journal.NewMemory(), false
	cfg.Journal = func() (quorate.Journal, error) {
		if broken {
			return nil, errors.New("torn page")
		}
		return medium.Open(), nil
	}
	cfg.Linger = time.Hour
	d := r.start(cfg)
	broken = true
	if err := d.Crash(0); err != nil {
		t.Fatal(err)
	}
	a := r.until(503, func() answer {
		if d.Failure() == nil {
			return answer{}
		}
		return r.ask(d, "GET", "/kv/k", "")
	})
	if !strings.Contains(a.body, "torn page") {
		t.Errorf("%+v", a)
	}
	if err := d.Close(); err == nil || !strings.Contains(err.Error(), "torn page") {
		t.Errorf("closed: %v", err)
	}
}

// Rule: a member whose disk fails says why, to clients and to operators, and ends
// after a while.
func TestDiskFails(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	medium := journal.NewMemory()
	cfg.Journal = func() (quorate.Journal, error) { return medium.Open(), nil }
	cfg.Linger = time.Hour
	d := r.start(cfg)
	full := errors.New("no space left on device")
	medium.FailNext(full)
	a := r.until(503, func() answer { return r.ask(d, "PUT", "/kv/k", "1") })
	a = r.until(503, func() answer { return r.ask(d, "PUT", "/kv/k", "1") })
	if !strings.Contains(a.body, full.Error()) {
		t.Errorf("clients hear %+v", a)
	}
	if a, err := request(t, "GET", r.File.AdminAddresses[d.ID()]+"/healthz", ""); err != nil || a.code != 503 || !strings.Contains(a.body, full.Error()) {
		t.Errorf("operators hear %+v, %v", a, err)
	}
	if !errors.Is(d.Failure(), full) || d.Crash(0) == nil {
		t.Errorf("failure %v, and it can crash", d.Failure())
	}
	select {
	case <-d.Done():
		t.Error("it did not linger")
	default:
	}
	if err := d.Close(); !errors.Is(err, full) {
		t.Errorf("closed: %v", err)
	}

	cfg.Linger, cfg.Init = -1, false
	d = r.start(cfg)
	medium.FailNext(full)
	go request(t, "PUT", r.File.HTTPAddresses[d.ID()]+"/kv/k", "1")
	<-d.Done()
	if !errors.Is(d.Err(), full) {
		t.Errorf("ended: %v", d.Err())
	}
}

// Rule: a member that is told to end finishes what is under way, and takes
// nothing new.
func TestClose(t *testing.T) {
	r := newRig(t, 3, nil)
	cfg := r.config(0)
	cfg.Grace = time.Hour
	d := r.start(cfg)
	under := make(chan answer, 1)
	go func() {
		a, err := request(t, "PUT", r.File.HTTPAddresses[d.ID()]+"/kv/k", "1")
		if err != nil {
			t.Error(err)
		}
		under <- a
	}()
	for pending := 0; pending == 0; runtime.Gosched() {
		report, err := d.Node().Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pending = report.Pending
	}
	closed := make(chan error, 1)
	go func() { closed <- d.Close() }()
	a := r.until(503, func() answer { return r.ask(d, "GET", "/kv/k", "") })
	if a.reason() != "stopping" {
		t.Errorf("a request that comes late: %+v", a)
	}
	r.start(r.config(1))
	r.start(r.config(2))
	if a := <-under; a.code/100 != 2 {
		t.Errorf("the request under way: %+v", a)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", strings.TrimPrefix(r.File.HTTPAddresses[d.ID()], "http://")); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

// Grace is the longest that requests under way can hold up the end.
func TestCloseIsBounded(t *testing.T) {
	r := newRig(t, 3, nil)
	cfg := r.config(0)
	cfg.Grace = time.Millisecond
	d := r.start(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	under := make(chan error, 1)
	go func() {
		_, err := d.Node().Do(ctx, client.Op{Kind: quorate.OpPut, Key: "k"})
		under <- err
	}()
	for pending := 0; pending == 0; runtime.Gosched() {
		report, err := d.Node().Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pending = report.Pending
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := <-under; err == nil {
		t.Error("a write that no quorum saw was done")
	}
}
