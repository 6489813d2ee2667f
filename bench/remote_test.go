package bench

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/server/rest"
	"github.com/quorate/quorate/transport"
)

// running is a cluster on sockets, as if in other processes, and its file.
func running(t *testing.T, cfg server.LocalConfig) (*server.Local, *quorate.Config) {
	t.Helper()
	cfg.Transport = "tcp"
	if cfg.New == nil {
		cfg.New = primary.New
	}
	l, err := server.StartLocal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, &quorate.Config{Addresses: l.Addresses(), Protocol: "primary"}
}

// runningHTTP is a cluster that serves HTTP as well.
func runningHTTP(t *testing.T, cfg server.LocalConfig) (*server.Local, *quorate.Config) {
	t.Helper()
	l, file := running(t, cfg)
	file.HTTPAddresses = map[quorate.ID]string{}
	for _, id := range l.Cluster().IDs() {
		n, err := l.Node(id)
		if err != nil {
			t.Fatal(err)
		}
		h, err := rest.New(rest.Config{Backend: n})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		file.HTTPAddresses[id] = s.URL
	}
	return l, file
}

func against(t *testing.T, file *quorate.Config, cfg Config) *Result {
	t.Helper()
	return with(t, Remote{Cluster: remote.Config{File: file}}, cfg)
}

func with(t *testing.T, r Remote, cfg Config) *Result {
	t.Helper()
	cfg, err := cfg.Against(r)
	if err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &report.Runs[0]
}

var brief = Config{Clients: 8, Keys: 10, Warmup: NoWarmup, Duration: 200 * time.Millisecond}

// A second run on a living cluster finds keys that nobody wrote, or its history
// would not begin with absent ones.
func TestRunsOnALivingCluster(t *testing.T) {
	_, file := running(t, server.LocalConfig{})
	prefixes := map[string]bool{}
	for range 2 {
		r := against(t, file, brief)
		if r.Linearizable != "ok" || r.Operations == 0 || r.Errors+r.Unknown > 0 {
			t.Errorf("linearizable %q (%s), %d operations, %d errors, %d unknown", r.Linearizable, r.Why, r.Operations, r.Errors, r.Unknown)
		}
		if !r.Remote || r.Protocol != "primary" || r.Nodes != 3 || r.Zones != 1 || r.Transport != "tcp" {
			t.Errorf("%+v", r)
		}
		if r.CPU != nil && r.CPU.Scope != "clients" {
			t.Errorf("cpu of %s, but the servers' is not known", r.CPU.Scope)
		}
		prefixes[r.Prefix] = true
	}
	if len(prefixes) != 2 {
		t.Errorf("keys begin with %v, want another prefix for each run", prefixes)
	}
}

// A member that is down from the start does not stop a run.
func TestRunWithADeadMember(t *testing.T) {
	l, file := running(t, server.LocalConfig{New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return paxos.New(n, app, paxos.Config{})
	}})
	if err := l.Stop(l.Cluster().ID(0)); err != nil {
		t.Fatal(err)
	}
	cfg := brief
	cfg.Duration = 2 * time.Second
	if r := against(t, file, cfg); r.Linearizable != "ok" || r.Operations == 0 {
		t.Errorf("linearizable %q (%s), %d operations", r.Linearizable, r.Why, r.Operations)
	}
}

// Clients of HTTP are spread over all members, or all at the leader's.
func TestRunByHTTP(t *testing.T) {
	for _, leader := range []bool{false, true} {
		l, file := runningHTTP(t, server.LocalConfig{})
		cfg := brief
		cfg.Read = quorate.ReadLog
		r := with(t, Remote{Cluster: remote.Config{File: file}, REST: true, Leader: leader}, cfg)
		if r.Linearizable != "ok" || r.Operations == 0 || r.Errors+r.Unknown > 0 || r.Transport != "rest" || !r.Remote {
			t.Errorf("%+v", r)
		}
		if r.Servers == nil || r.Servers.Told != 0 || !strings.Contains(r.Servers.Why, "no address") {
			t.Errorf("servers %+v", r.Servers)
		}
		for i, id := range l.Cluster().IDs() {
			n, err := l.Node(id)
			if err != nil {
				t.Fatal(err)
			}
			if used := n.Leader() != 0; used != (!leader || i == 0) {
				t.Errorf("attached to the leader only: %v; %v was asked: %v", leader, id, used)
			}
		}
	}
}

// Members that are down do not stop clients of HTTP either: those attached to
// them go elsewhere. What nobody can reach is no measurement.
func TestRunByHTTPWithDeadMembers(t *testing.T) {
	_, file := runningHTTP(t, server.LocalConfig{})
	listeners, addresses, err := transport.Loopback(1<<16+1, 1<<16+2, 1<<16+3)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		ln.Close()
	}
	file.HTTPAddresses[1<<16+1] = "http://" + addresses[1<<16+1]
	if r := with(t, Remote{Cluster: remote.Config{File: file}, REST: true}, brief); r.Linearizable != "ok" || r.Operations == 0 || r.Errors+r.Unknown > 0 {
		t.Errorf("%+v", r)
	}
	for id, address := range addresses {
		file.HTTPAddresses[id] = "http://" + address
	}
	cfg, err := brief.Against(Remote{Cluster: remote.Config{File: file}, REST: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), cfg, nil); !errors.Is(err, remote.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	file.HTTPAddresses = nil
	if _, err := brief.Against(Remote{Cluster: remote.Config{File: file}, REST: true}); err == nil {
		t.Error("no member serves HTTP")
	}
}

// Nobody to put load on is no measurement.
func TestRunOnAClusterThatIsNotThere(t *testing.T) {
	listeners, addresses, err := transport.Loopback(1<<16 + 1)
	if err != nil {
		t.Fatal(err)
	}
	listeners[1<<16+1].Close()
	cfg := brief
	cfg.Timeout = 100 * time.Millisecond
	if cfg, err = cfg.Against(Remote{Cluster: remote.Config{File: &quorate.Config{Addresses: addresses}}}); err != nil {
		t.Fatal(err)
	}
	if _, err = Run(context.Background(), cfg, nil); !errors.Is(err, remote.ErrUnreachable) {
		t.Errorf("%v", err)
	}
}

func TestShapes(t *testing.T) {
	for text, want := range map[string][2]int{"1.1": {1, 1}, "1.1 1.2 2.1 2.2": {2, 2}, "1.1 2.1 2.2": {1, 3}, "3.7 5.9": {2, 1}} {
		var ids []quorate.ID
		for _, word := range strings.Fields(text) {
			id, err := quorate.ParseID(word)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		members, err := quorate.NewCluster(ids...)
		if err != nil {
			t.Fatal(err)
		}
		if zones, nodes := shapeOf(members); [2]int{zones, nodes} != want {
			t.Errorf("%s: %d zones of %d nodes, want %v", text, zones, nodes, want)
		}
	}
}

// Of a cluster whose zones differ in size there are no results by zones, and nobody
// is told that it has one zone only.
func TestLocalityInUnevenZones(t *testing.T) {
	file := &quorate.Config{Addresses: map[quorate.ID]string{}}
	for _, text := range []string{"1.1", "1.2", "2.1"} {
		id, err := quorate.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		file.Addresses[id] = "tcp://127.0.0.1:" + strings.ReplaceAll(text, ".", "0")
	}
	cfg, err := Config{Locality: 0.9}.Against(Remote{Cluster: remote.Config{File: file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "zones differ in size") {
		t.Error(err)
	}
}

// Where zones have keys of their own, the clients of a running cluster talk to members
// of their zone.
func TestClientsOfARunningClusterKeepToTheirZone(t *testing.T) {
	cluster, err := quorate.Grid(3, 2)
	if err != nil {
		t.Fatal(err)
	}
	_, file := running(t, server.LocalConfig{Cluster: cluster})
	cfg := brief
	cfg.Clients, cfg.Keys, cfg.Locality = 6, 30, 0.9
	if r := against(t, file, cfg); r.Linearizable != "ok" || r.Operations == 0 || r.Spread == nil || r.Zones != 3 {
		t.Errorf("%+v", r)
	}
}
