package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/cputime"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/server/rest"
)

// store is a member's store behind its HTTP listener. All members of a test may
// share one.
type store struct {
	id quorate.ID
	mu *sync.Mutex
	kv *quorate.KV

	instead func(op client.Op) (error, bool) // fails calls instead of executing them
	leader  func() quorate.ID                // if there is one
	asked   int
}

func (s *store) ID() quorate.ID { return s.id }

func (s *store) Leader() quorate.ID {
	if s.leader == nil {
		return 0
	}
	return s.leader()
}

func (s *store) Do(_ context.Context, op client.Op) (client.Result, error) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	if s.instead != nil {
		if err, ok := s.instead(op); ok {
			return client.Result{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.kv.Apply(quorate.Command{Op: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version})
	return client.Result{OK: r.OK, Version: r.Version, Value: r.Value, Stale: op.Read == quorate.ReadLocal, Index: 7}, nil
}

func (s *store) Submit(context.Context, quorate.Request) (quorate.Reply, error) {
	return quorate.Reply{}, errors.New("not for this test")
}

func (s *store) History(_ context.Context, key string) ([]quorate.Versioned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kv.History(key), nil
}

// httpCluster is listeners of HTTP before stores, and the file that names them.
type httpCluster struct {
	stores  []*store
	servers []*rest.Server
	file    *quorate.Config
}

func serveHTTP(t testing.TB, members int, instead func(op client.Op) (error, bool)) *httpCluster {
	t.Helper()
	c := &httpCluster{file: &quorate.Config{Addresses: map[quorate.ID]string{}, HTTPAddresses: map[quorate.ID]string{}}}
	var mu sync.Mutex
	kv := quorate.NewKV(quorate.KVConfig{History: 10})
	var lns []net.Listener
	for i := range members {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		lns = append(lns, ln)
		id := quorate.ID(1<<16 + 1 + i)
		c.file.Addresses[id] = fmt.Sprintf("127.0.0.1:%d", 1+i) // nobody is there
		c.file.HTTPAddresses[id] = "http://" + ln.Addr().String()
	}
	for i, ln := range lns {
		s := &store{id: quorate.ID(1<<16 + 1 + i), mu: &mu, kv: kv, instead: instead}
		h, err := rest.New(rest.Config{Backend: s, Addresses: c.file.HTTPAddresses})
		if err != nil {
			t.Fatal(err)
		}
		server, err := rest.NewServer(h, rest.ServerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- server.Serve(ln) }()
		t.Cleanup(func() {
			server.Close()
			<-served
		})
		c.stores, c.servers = append(c.stores, s), append(c.servers, server)
	}
	return c
}

func restClient(t testing.TB, c *remote.Cluster, cfg remote.RESTConfig) *remote.REST {
	t.Helper()
	r, err := c.REST(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// Every operation, as it looks through HTTP, is what the store itself answers.
func TestRESTIsTheStore(t *testing.T) {
	served := serveHTTP(t, 1, nil)
	r := restClient(t, open(t, remote.Config{File: served.file}), remote.RESTConfig{})
	mirror := quorate.NewKV(quorate.KVConfig{})
	big := strings.Repeat("0123456789", 50_000)
	for i, op := range []client.Op{
		{Kind: quorate.OpGet, Key: "k"},
		{Kind: quorate.OpDeleteIf, Key: "k"},
		{Kind: quorate.OpPutIf, Key: "k", Version: 3, Value: []byte("no")},
		{Kind: quorate.OpPut, Key: "k", Value: []byte("one")},
		{Kind: quorate.OpGet, Key: "k"},
		{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadLocal},
		{Kind: quorate.OpGet, Key: "k", Read: quorate.ReadIndex},
		{Kind: quorate.OpPut, Key: "k"},
		{Kind: quorate.OpGet, Key: "k"},
		{Kind: quorate.OpPutIf, Key: "k", Version: 0, Value: []byte("no")},
		{Kind: quorate.OpPutIf, Key: "k", Version: 3, Value: []byte("three")},
		{Kind: quorate.OpPutIf, Key: "k", Version: 9, Value: []byte("no")},
		{Kind: quorate.OpDeleteIf, Key: "k", Version: 9},
		{Kind: quorate.OpDeleteIf, Key: "k", Version: 4},
		{Kind: quorate.OpGet, Key: "k"},
		{Kind: quorate.OpDelete, Key: "k"},
		{Kind: quorate.OpPut, Key: "a/b c?d=%e#\xff\x00ü.", Value: []byte(big)},
		{Kind: quorate.OpGet, Key: "a/b c?d=%e#\xff\x00ü."},
		{Kind: quorate.OpGet, Key: ".."},
		{Kind: quorate.OpPut, Key: "new", Value: []byte("\r\n\r\n")},
		{Kind: quorate.OpGet, Key: "new"},
	} {
		got, err := r.Do(t.Context(), op)
		want := mirror.Apply(quorate.Command{Op: op.Kind, Key: op.Key, Value: op.Value, Version: op.Version})
		if err != nil {
			t.Errorf("%d: %v %q: %v", i, op.Kind, op.Key, err)
			continue
		}
		if got.OK != want.OK || got.Version != want.Version || string(got.Value) != string(want.Value) || got.Node != 1<<16+1 {
			t.Errorf("%d: %v %q: %+.100v, want %+.100v", i, op.Kind, op.Key, got, want)
		}
		if got.Stale != (op.Read == quorate.ReadLocal) || got.Index != 7 {
			t.Errorf("%d: stale %v, index %v", i, got.Stale, got.Index)
		}
	}
	if n := served.servers[0].Conns(); n != 1 {
		t.Errorf("%d connections for calls one after the other", n)
	}
}

// What became of a call that failed.
func TestRESTOutcomes(t *testing.T) {
	var fail error
	served := serveHTTP(t, 3, func(client.Op) (error, bool) { return fail, fail != nil })
	r := restClient(t, open(t, remote.Config{File: served.file}), remote.RESTConfig{})
	refusal := func(status quorate.Status, reason quorate.Reason) error {
		return &client.Error{Outcome: client.Outcome{Status: status, End: client.EndAnswered, Reason: reason}}
	}
	for _, c := range []struct {
		fail  error
		kind  quorate.Op
		is    error
		asked int
	}{
		{refusal(quorate.NotExecuted, quorate.ReasonOverloaded), quorate.OpPut, client.ErrNotExecuted, 3}, // others may take it
		{refusal(quorate.NotExecuted, quorate.ReasonTooLarge), quorate.OpPut, client.ErrNotExecuted, 1},   // the same everywhere
		{refusal(quorate.Unknown, quorate.ReasonDeadline), quorate.OpPut, client.ErrUnknown, 1},           // never twice
		{refusal(quorate.Unknown, quorate.ReasonDeadline), quorate.OpDelete, client.ErrUnknown, 1},
		{refusal(quorate.Unknown, quorate.ReasonDeadline), quorate.OpGet, client.ErrUnknown, 3}, // reads have no effect
	} {
		fail = c.fail
		before := served.asked()
		_, err := r.Do(t.Context(), client.Op{Kind: c.kind, Key: "k", Value: []byte("v")})
		if asked := served.asked() - before; !errors.Is(err, c.is) || asked != c.asked {
			t.Errorf("%v, %v: %v, asked %d times, want %v, %d times", c.fail, c.kind, err, asked, c.is, c.asked)
		}
	}
	fail = nil
	for _, op := range []client.Op{{Kind: quorate.OpNop}, {Kind: quorate.OpGet, Read: 9}} {
		if _, err := r.Do(t.Context(), op); !errors.Is(err, client.ErrNotExecuted) {
			t.Errorf("%+v: %v", op, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Do(ended, client.Op{Kind: quorate.OpPut, Key: "k"}); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	if _, err := r.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k"}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	r.Close()
	if _, err := r.Do(t.Context(), client.Op{Kind: quorate.OpGet, Key: "k"}); !errors.Is(err, client.ErrNotExecuted) || !errors.Is(err, client.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func (c *httpCluster) asked() int {
	n := 0
	for _, s := range c.stores {
		s.mu.Lock()
		n += s.asked
		s.mu.Unlock()
	}
	return n
}

// A client leaves a member that is gone, and stays with the next one.
func TestRESTLeavesADeadMember(t *testing.T) {
	served := serveHTTP(t, 3, nil)
	c := open(t, remote.Config{File: served.file})
	r := restClient(t, c, remote.RESTConfig{Order: []quorate.ID{1<<16 + 2, 1<<16 + 3}})
	write := func() client.Result {
		res, err := r.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"})
		if err != nil && !errors.Is(err, client.ErrUnknown) {
			t.Fatal(err)
		}
		return res
	}
	if at := write().Node; at != 1<<16+2 {
		t.Errorf("asked %v first", at)
	}
	served.servers[1].Close()
	write() // on a connection that broke: nobody knows
	for range 2 {
		if at := write().Node; at != 1<<16+3 {
			t.Errorf("asked %v, want the next in order", at)
		}
	}
	served.servers[2].Close()
	write()
	if _, err := r.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("with all members gone: %v", err)
	}
	if served.stores[0].asked > 0 {
		t.Error("a member was asked that is not in the order")
	}
}

// Calls at the same time have connections of their own, which are kept.
func TestRESTConnections(t *testing.T) {
	served := serveHTTP(t, 1, nil)
	r := restClient(t, open(t, remote.Config{File: served.file}), remote.RESTConfig{Timeout: time.Minute})
	for range 3 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					if _, err := r.Do(context.Background(), client.Op{Kind: quorate.OpPut, Key: "k"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	if n := served.servers[0].Conns(); n < 1 || n > 4 {
		t.Errorf("%d connections for 4 calls at a time", n)
	}
}

func TestRESTNeedsAnAddress(t *testing.T) {
	c := open(t, remote.Config{File: &quorate.Config{Addresses: map[quorate.ID]string{1<<16 + 1: "127.0.0.1:1735"}}})
	if _, err := c.REST(remote.RESTConfig{}); err == nil || !strings.Contains(err.Error(), "http_address") {
		t.Errorf("%v", err)
	}
}

func TestRESTSessionsDiffer(t *testing.T) {
	served := serveHTTP(t, 1, nil)
	c := open(t, remote.Config{File: served.file})
	sessions := []quorate.Client{restClient(t, c, remote.RESTConfig{}).Session(), restClient(t, c, remote.RESTConfig{}).Session()}
	slices.Sort(sessions)
	if sessions[0] == 0 || sessions[0] == sessions[1] {
		t.Errorf("sessions %v", sessions)
	}
}

// cpu reports the processor's time for each operation.
func cpu(b *testing.B) func() {
	begin, ok := cputime.Used()
	return func() {
		if end, _ := cputime.Used(); ok {
			b.ReportMetric(float64((end-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
		}
	}
}

// What the benchmark's client costs, beside net/http's. Both figures include
// the server's part.
func BenchmarkREST(b *testing.B) {
	served := serveHTTP(b, 1, nil)
	c, err := remote.Open(remote.Config{File: served.file})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	value := []byte(strings.Repeat("x", 100))
	b.Run("own", func(b *testing.B) {
		b.SetParallelism(32)
		defer cpu(b)()
		b.RunParallel(func(pb *testing.PB) {
			r, err := c.REST(remote.RESTConfig{})
			if err != nil {
				b.Error(err)
				return
			}
			defer r.Close()
			for pb.Next() {
				if _, err := r.Do(context.Background(), client.Op{Kind: quorate.OpPut, Key: "key1", Value: value}); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("net-http", func(b *testing.B) {
		defer cpu(b)()
		h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128, MaxConnsPerHost: 128, DisableCompression: true}}
		defer h.CloseIdleConnections()
		url := served.file.HTTPAddresses[1<<16+1] + "/kv/key1"
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				req, _ := http.NewRequest("PUT", url, strings.NewReader(string(value)))
				res, err := h.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				res.Body.Close()
			}
		})
	})
}

// A call that is cut short while it is under way: whoever waits for it hears of
// it at once, and that nobody knows.
func TestRESTCutShort(t *testing.T) {
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	served := serveHTTP(t, 2, func(client.Op) (error, bool) {
		arrived <- struct{}{}
		<-release
		return nil, false
	})
	defer close(release)
	c := open(t, remote.Config{File: served.file})
	r := restClient(t, c, remote.RESTConfig{Timeout: time.Minute})
	for _, kind := range []quorate.Op{quorate.OpPut, quorate.OpGet} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := r.Do(ctx, client.Op{Kind: kind, Key: "k"})
			done <- err
		}()
		<-arrived
		cancel()
		if err := <-done; !errors.Is(err, client.ErrUnknown) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v cancelled: %v", kind, err)
		}
	}
	hasty := restClient(t, c, remote.RESTConfig{Timeout: 50 * time.Millisecond})
	if _, err := hasty.Do(t.Context(), client.Op{Kind: quorate.OpPut, Key: "k"}); !errors.Is(err, client.ErrUnknown) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("timed out: %v", err)
	}
	select {
	case <-arrived: // the write that timed out, and no copy of it
	default:
		t.Error("it never arrived")
	}
	if len(arrived) > 0 {
		t.Errorf("%d calls more than were made", len(arrived))
	}
}
