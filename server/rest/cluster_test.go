package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/rest"
	"github.com/quorate/quorate/wpaxos"
)

// place is a member of a cluster in this process, with its HTTP server.
type place struct {
	id     quorate.ID
	seat   *server.Seat
	server *rest.Server
	addr   string
	local  *server.Local
}

// runPaxos makes members of a protocol with a leader.
func runPaxos(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return paxos.New(n, app, paxos.Config{})
}

// runEPaxos makes members of one without.
func runEPaxos(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return epaxos.New(n, app, epaxos.Config{})
}

// runWPaxos makes members of one with a leader for each key.
func runWPaxos(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return wpaxos.New(n, app, wpaxos.Config{})
}

// startPlaces starts a cluster of three, each with an HTTP server.
func startPlaces(t testing.TB, transport string, protocol quorate.Constructor) []*place {
	t.Helper()
	l, err := server.StartLocal(server.LocalConfig{
		Transport: transport,
		Machine:   func() quorate.StateMachine { return quorate.NewKV(quorate.KVConfig{History: 100}) },
		New:       protocol,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	var all []*place
	for _, id := range l.Cluster().IDs() {
		p := &place{id: id, seat: server.NewSeat(id), local: l}
		p.takeSeat(t)
		h := newHandler(t, rest.Config{Backend: p.seat})
		p.server, p.addr = serve(t, h, rest.ServerConfig{})
		all = append(all, p)
	}
	return all
}

func (p *place) takeSeat(t testing.TB) {
	t.Helper()
	n, err := p.local.Node(p.id)
	if err != nil {
		t.Fatal(err)
	}
	p.seat.Take(n)
}

// serve starts an HTTP server on a free port.
func serve(t testing.TB, h http.Handler, cfg rest.ServerConfig) (*rest.Server, string) {
	t.Helper()
	s, err := rest.NewServer(h, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(ln); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("%d connections are left: %v", s.Conns(), err)
		}
		wg.Wait()
		for end := time.Now().Add(10 * time.Second); s.Conns() > 0; { // one that was accepted last
			if time.Now().After(end) {
				t.Fatalf("%d connections are counted after the end", s.Conns())
			}
			runtime.Gosched()
		}
	})
	return s, ln.Addr().String()
}

// instant is a backend that answers at once, to measure what is around it.
type instant struct{ *fake }

func (instant) Do(_ context.Context, op client.Op) (client.Result, error) {
	if op.Kind == quorate.OpGet && op.Key == "none" {
		return client.Result{}, nil
	}
	return client.Result{OK: true, Version: 123456, Value: []byte("value")}, nil
}

// web is an HTTP client for one test.
func web(t testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// fetch makes one request to a real server; headers are pairs.
func fetch(t testing.TB, c *http.Client, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(b)
}

func (p *place) url(path string) string { return "http://" + p.addr + path }

// crash stops a member's node dead. Its HTTP server goes on.
func (p *place) crash(t testing.TB) {
	t.Helper()
	if err := p.local.Stop(p.id); err != nil {
		t.Fatal(err)
	}
}

func (p *place) restart(t testing.TB) {
	t.Helper()
	if err := p.local.Start(p.id); err != nil {
		t.Fatal(err)
	}
	p.takeSeat(t)
}

// overEach runs f on a cluster over each kind of network, on one without a leader, and on one with many.
func overEach(t *testing.T, f func(t *testing.T, all []*place)) {
	for _, transport := range []string{"chan", "tcp"} {
		t.Run(transport, func(t *testing.T) { f(t, startPlaces(t, transport, runPaxos)) })
	}
	t.Run("epaxos", func(t *testing.T) { f(t, startPlaces(t, "tcp", runEPaxos)) })
	t.Run("wpaxos", func(t *testing.T) { f(t, startPlaces(t, "tcp", runWPaxos)) })
}

// Rule: a numbered command that is sent again, to whichever node, is executed
// once and has its first outcome, also if the node that took it first crashed.
func TestExactlyOnceAcrossNodes(t *testing.T) {
	overEach(t, func(t *testing.T, all []*place) {
		c, now := web(t), time.Now()
		put := func(p *place, seq uint64, value string, status int, etag string) {
			t.Helper()
			w, body := fetch(t, c, "PUT", p.url("/kv/k"), value, sessionAt(seq, now)...)
			if w.StatusCode != status || w.Header.Get("ETag") != etag {
				t.Errorf("command %d at node %v: status %d, tag %s: %s", seq, p.id, w.StatusCode, w.Header.Get("ETag"), body)
			}
		}
		for i, p := range all {
			put(p, 1, "first", 201, `"1"`)
			put(p, uint64(2+i), "more", 204, fmt.Sprintf("%q", fmt.Sprint(2+i)))
		}
		all[0].crash(t)
		put(all[1], 1, "first", 201, `"1"`)
		put(all[2], 2, "more", 204, `"2"`)
		w, body := fetch(t, c, "PUT", all[0].url("/kv/k"), "x", sessionAt(9, now)...)
		if w.StatusCode != 503 || !strings.Contains(body, `"crashed"`) || !strings.Contains(body, `"executed":"no"`) {
			t.Errorf("the crashed node: status %d: %s", w.StatusCode, body)
		}
		put(all[1], 9, "x", 204, `"5"`)
		all[0].restart(t)
		put(all[0], 9, "x", 204, `"5"`)
		put(all[0], 1, "first", 201, `"1"`)
		if w, body := fetch(t, c, "GET", all[2].url("/kv/k"), ""); body != "x" || w.Header.Get("ETag") != `"5"` {
			t.Errorf("in the end: %q at %s", body, w.Header.Get("ETag"))
		}
	})
}

// Rule: of many that create one key, at any nodes, one succeeds.
func TestOneCreates(t *testing.T) {
	overEach(t, func(t *testing.T, all []*place) {
		c := web(t)
		var created, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				w, _ := fetch(t, c, "PUT", all[i%3].url("/kv/lock"), fmt.Sprint(i), "If-None-Match", "*")
				switch {
				case w.StatusCode == 201 && w.Header.Get("ETag") == `"1"`:
					created.Add(1)
				case w.StatusCode == 412 && w.Header.Get("Quorate-Version") == "1":
					refused.Add(1)
				default:
					t.Errorf("status %d, %v", w.StatusCode, w.Header)
				}
			})
		}
		wg.Wait()
		if created.Load() != 1 || refused.Load() != 29 {
			t.Errorf("%d created it, %d were refused", created.Load(), refused.Load())
		}
	})
}

// Rule: without a quorum a request ends in time, and says what it knows.
func TestNoQuorum(t *testing.T) {
	overEach(t, func(t *testing.T, all []*place) {
		c := web(t)
		fetch(t, c, "PUT", all[0].url("/kv/k"), "v")
		all[0].crash(t)
		all[1].crash(t)
		w, body := fetch(t, c, "PUT", all[2].url("/kv/k?timeout=400ms"), "w")
		var f failure
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			t.Fatal(err)
		}
		if w.StatusCode != 503 && w.StatusCode != 504 || (w.StatusCode == 503) != (f.Executed == "no") || f.Node != all[2].id.String() {
			t.Errorf("status %d: %+v", w.StatusCode, f)
		}
		if w, body := fetch(t, c, "GET", all[2].url("/kv/k?read=local"), ""); w.StatusCode != 200 && w.StatusCode != 404 || w.Header.Get("Quorate-Stale") != "true" {
			t.Errorf("a local read: status %d: %s", w.StatusCode, body)
		}
		all[0].restart(t)
		if w, body := fetch(t, c, "PUT", all[2].url("/kv/k"), "x"); w.StatusCode != 204 {
			t.Errorf("with a quorum again: status %d: %s", w.StatusCode, body)
		}
	})
}

// Rule: a change of leader shows to those who ask other nodes as a delay: each
// of their writes is executed, and once.
func TestFailover(t *testing.T) {
	overEach(t, func(t *testing.T, all []*place) {
		c := web(t)
		fetch(t, c, "PUT", all[0].url("/kv/k"), "v")
		i := slices.IndexFunc(all, func(p *place) bool { return p.id == all[0].seat.Leader() })
		if i < 0 {
			t.Fatalf("leader %v", all[0].seat.Leader())
		}
		others := slices.Delete(slices.Clone(all), i, i+1)
		var wg sync.WaitGroup
		var answered atomic.Int64
		for w := range 8 {
			wg.Go(func() {
				for k := range 20 {
					w, body := fetch(t, c, "PUT", others[(w+k)%2].url("/kv/k"), "v")
					if w.StatusCode != 204 {
						t.Errorf("status %d: %s", w.StatusCode, body)
					}
					answered.Add(1)
				}
			})
		}
		for answered.Load() < 40 {
			pause(t)
		}
		all[i].crash(t)
		wg.Wait()
		if w, _ := fetch(t, c, "GET", others[0].url("/kv/k"), ""); w.Header.Get("ETag") != `"161"` {
			t.Errorf("version %s after 161 writes", w.Header.Get("ETag"))
		}
	})
}
