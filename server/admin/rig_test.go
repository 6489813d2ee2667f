package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
)

// rig is a cluster on channels whose members are targets.
type rig struct {
	t       testing.TB
	hub     *transport.Hub
	cluster *quorate.Cluster
	members []*member
	// protocol makes replicas; nil is paxos.
	protocol quorate.Constructor
}

// member is the process around one node, as the daemon is.
type member struct {
	rig     *rig
	id      quorate.ID
	handler *admin.Handler
	medium  *journal.Memory

	mu      sync.Mutex
	admit   func(ctx context.Context) error
	node    *server.Node
	failure error
	again   *time.Timer
	started time.Time
	learns  bool // it starts without its disk
}

func newRig(t testing.TB, n int, tune func(cfg *admin.Config)) *rig {
	t.Helper()
	c, err := quorate.Grid(1, n)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, hub: transport.NewHub(transport.HubConfig{}), cluster: c}
	for _, id := range c.IDs() {
		r.add(id, tune)
	}
	t.Cleanup(r.close)
	return r
}

// add starts a member.
func (r *rig) add(id quorate.ID, tune func(cfg *admin.Config)) {
	r.t.Helper()
	m := &member{rig: r, id: id, medium: journal.NewMemory(), started: time.Now()}
	m.admit = func(ctx context.Context) error { return m.Node().Admit(ctx) }
	cfg := admin.Config{Target: m, Version: "v1.2.3", Addresses: map[string]string{"admin": "127.0.0.1:9090"}}
	if tune != nil {
		tune(&cfg)
	}
	var err error
	if m.handler, err = admin.New(cfg); err != nil {
		r.t.Fatal(err)
	}
	r.members = append(r.members, m)
	m.start()
}

func (r *rig) close() {
	for _, m := range r.members {
		m.handler.Close()
		m.mu.Lock()
		if m.again != nil {
			m.again.Stop()
		}
		if m.node != nil {
			m.node.Close()
		}
		m.node = nil
		m.mu.Unlock()
	}
	r.hub.Close()
}

func (m *member) start() { m.startOn(m.medium.Open()) }

func (m *member) startOn(j quorate.Journal) {
	n, err := server.StartNode(m.handler.Instrument(server.NodeConfig{
		ID: m.id, Cluster: m.rig.cluster, Journal: j, Join: m.rig.hub.Join,
		Incarnation: rand.Uint64() | 1, Init: !m.learns,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			if m.rig.protocol != nil {
				return m.rig.protocol(n, app)
			}
			return paxos.New(n, app, paxos.Config{})
		},
	}))
	if err != nil {
		m.rig.t.Error(err)
		return
	}
	m.mu.Lock()
	m.node = n
	m.mu.Unlock()
}

func (m *member) ID() quorate.ID            { return m.id }
func (m *member) Cluster() *quorate.Cluster { return m.rig.cluster }
func (m *member) Protocol() string          { return "paxos" }
func (m *member) Started() time.Time        { return m.started }

func (m *member) Node() *server.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.node
}

func (m *member) Failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failure
}

func (m *member) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

func (m *member) Crash(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.node == nil {
		return fmt.Errorf("crash node %v: %w", m.id, server.ErrStopped)
	}
	m.node.Kill()
	m.node = nil
	m.again = time.AfterFunc(d, m.start)
	return nil
}

func (m *member) Admit(ctx context.Context) error {
	m.mu.Lock()
	admit := m.admit
	m.mu.Unlock()
	return admit(ctx)
}

// admits says what becomes of admissions.
func (m *member) admits(admit func(ctx context.Context) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.admit = admit
}

// loseDisk crashes the member, which comes back without its disk after d.
func (m *member) loseDisk(d time.Duration) {
	m.rig.t.Helper()
	m.medium, m.learns = journal.NewMemory(), true // the node that still runs has its own
	if err := m.Crash(d); err != nil {
		m.rig.t.Fatal(err)
	}
}

// client returns a client of the cluster.
func (r *rig) client() *client.Client {
	c, err := client.New(client.Config{Nodes: r.cluster.IDs()}, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		return r.hub.Client(onReply, onLost), nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// ask sends one request, "GET /path" or a path to GET, with headers "Name: value".
func (m *member) ask(what string, headers ...string) *httptest.ResponseRecorder {
	method, path, ok := strings.Cut(what, " ")
	if !ok {
		method, path = "GET", what
	}
	r := httptest.NewRequest(method, path, nil)
	r.Host = "127.0.0.1:9090"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	return w
}

// must expects 200 and decodes the answer.
func must[T any](m *member, what string) T {
	m.rig.t.Helper()
	w := m.ask(what)
	var v T
	if w.Code != http.StatusOK {
		m.rig.t.Fatalf("%s: %d %s", what, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		m.rig.t.Fatalf("%s: %v in %s", what, err, w.Body)
	}
	return v
}

func (m *member) status() admin.Status { return must[admin.Status](m, "/status") }
