package rest_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/rest"
)

// place is a member of a cluster in this process, with its HTTP server.
type place struct {
	id     quorate.ID
	seat   *server.Seat
	server *rest.Server
	addr   string
	local  *server.Local
}

// startPlaces starts a cluster of three, each with an HTTP server.
func startPlaces(t testing.TB, transport string) []*place {
	t.Helper()
	l, err := server.StartLocal(server.LocalConfig{
		Transport: transport,
		Machine:   func() quorate.StateMachine { return quorate.NewKV(quorate.KVConfig{History: 100}) },
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, paxos.Config{})
		},
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
func serve(t testing.TB, h *rest.Handler, cfg rest.ServerConfig) (*rest.Server, string) {
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
		if n := s.Conns(); n != 0 {
			t.Errorf("%d connections are counted after the end", n)
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
