package remote_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts a cluster on sockets and returns the file that describes it.
func start(t *testing.T) (*server.Local, *quorate.Config) {
	t.Helper()
	l, err := server.StartLocal(server.LocalConfig{New: primary.New, Transport: "tcp"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, &quorate.Config{Addresses: l.Addresses()}
}

func open(t *testing.T, cfg remote.Config) *remote.Cluster {
	t.Helper()
	c, err := remote.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func attach(t *testing.T, c *remote.Cluster, cfg client.Config) *client.Client {
	t.Helper()
	session, err := c.Client(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// Clients of a cluster file read and write, and share a connection to each member.
func TestClientsOfAFile(t *testing.T) {
	_, file := start(t)
	c := open(t, remote.Config{File: file})
	for i, session := range []*client.Client{attach(t, c, client.Config{}), attach(t, c, client.Config{})} {
		res, err := session.Put(t.Context(), "k", []byte("v"))
		if err != nil || res.Version != uint64(i+1) {
			t.Fatalf("put %d: %+v, %v", i, res, err)
		}
	}
	if got := c.Stats().Connects; got != 1 {
		t.Errorf("%d connections, want one to the member that both asked", got)
	}
	if err := c.Unreachable(); err != nil {
		t.Error(err)
	}
}

// Clients have connections of their own as far as there are so many, and what is
// asked beside them takes none away.
func TestConnections(t *testing.T) {
	_, file := start(t)
	for asked, want := range map[int]uint64{0: 1, 1: 1, 2: 2, 3: 3, 9: 3} {
		c := open(t, remote.Config{File: file, Connections: asked})
		if err := c.Reach(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := attach(t, c, client.Config{}).Put(t.Context(), "k", nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Connects(); got != want {
			t.Errorf("%d connections asked for: 3 clients have %d, want %d", asked, got, want)
		}
	}
	for _, asked := range []int{-1, remote.MaxConnections + 1} {
		if _, err := remote.Open(remote.Config{File: file, Connections: asked}); err == nil || !strings.Contains(err.Error(), "want 1 to 4096") {
			t.Errorf("%d connections: %v", asked, err)
		}
	}
	c := open(t, remote.Config{File: file})
	c.Close()
	if _, err := c.Client(client.Config{}); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a client of what is closed: %v", err)
	}
}

// The first member is asked first.
func TestFirstMember(t *testing.T) {
	l, file := start(t)
	last := l.Cluster().ID(2)
	c := open(t, remote.Config{File: file, First: last})
	if _, err := attach(t, c, client.Config{}).Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	n, err := l.Node(last)
	if err != nil {
		t.Fatal(err)
	}
	if n.Stats().Link.Sent == 0 || c.Stats().Connects != 1 {
		t.Errorf("the last member sent %d messages, %d connections", n.Stats().Link.Sent, c.Stats().Connects)
	}
	if order := c.Order(); order[0] != last || len(order) != 3 {
		t.Errorf("order %v", order)
	}
}

// A dead member does not keep a program from the others.
func TestDeadMember(t *testing.T) {
	l, file := start(t)
	if err := l.Stop(l.Cluster().ID(1)); err != nil {
		t.Fatal(err)
	}
	c := open(t, remote.Config{File: file, First: l.Cluster().ID(1)})
	if err := c.Reach(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := attach(t, c, client.Config{}).Put(t.Context(), "k", nil); err != nil {
		t.Error(err)
	}
}

// Where nobody listens, nothing was executed, and each member's reason is told.
func TestNobodyThere(t *testing.T) {
	listeners, addresses, err := transport.Loopback(1<<16+1, 1<<16+2)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		ln.Close()
	}
	c := open(t, remote.Config{File: &quorate.Config{Addresses: addresses}})
	if err := c.Unreachable(); !errors.Is(err, remote.ErrUnreachable) {
		t.Errorf("before anything was tried: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = c.Reach(ctx)
	if !errors.Is(err, remote.ErrUnreachable) || !strings.Contains(err.Error(), "1.1: ") || !strings.Contains(err.Error(), "1.2: ") {
		t.Errorf("%v", err)
	}
}

func TestImpossibleClusters(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  remote.Config
		want string
	}{
		"no file":     {remote.Config{}, "no cluster file"},
		"no members":  {remote.Config{File: &quorate.Config{}}, "0 members"},
		"a stranger":  {remote.Config{File: &quorate.Config{Addresses: map[quorate.ID]string{1<<16 + 1: "127.0.0.1:1735"}}, First: 1<<16 + 7}, "member 1.7"},
		"on channels": {remote.Config{File: &quorate.Config{Addresses: map[quorate.ID]string{1<<16 + 1: "chan://127.0.0.1:1735"}}}, "channels"},
		"bad address": {remote.Config{File: &quorate.Config{Addresses: map[quorate.ID]string{1<<16 + 1: "nowhere"}}}, "nowhere"},
	} {
		if _, err := remote.Open(c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
