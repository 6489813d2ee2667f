package transport_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/transporttest"
	"github.com/quorate/quorate/wire"
)

// A request that no socket would take is not taken here either.
func TestTooLargeRequestIsNotAttached(t *testing.T) {
	p := newPair(t, 1)
	n := newNode(t, p.c, 0)
	c := p.listen(t, n, patient).(transport.Attacher).Attach(nil, nil)
	defer c.Close()
	large := quorate.Request{Command: quorate.Command{Client: 2, Value: make([]byte, 2<<20+1)}}
	if err := c.Send(n.ID(), large); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a request of more than 2 MiB: %v", err)
	}
	large.Command.Value = large.Command.Value[:2<<20]
	if err := c.Send(n.ID(), large); err != nil {
		t.Errorf("a request of 2 MiB: %v", err)
	}
}

// Clients run out of routes one day. Then none is taken from another.
func TestAttachedRoutesRunOut(t *testing.T) {
	hub := transport.NewHub(transport.HubConfig{})
	n := newNode(t, grid(t, 1), 0)
	l, err := hub.Join(n)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var all []*transport.Attached
	for range 1<<16 - 1 {
		all = append(all, l.(transport.Attacher).Attach(nil, nil))
	}
	late := l.(transport.Attacher).Attach(nil, nil)
	if err := late.Send(n.ID(), quorate.Request{}); !errors.Is(err, transport.ErrQueueFull) {
		t.Errorf("a client without a route sends: %v", err)
	}
	for _, c := range append(all, late) {
		c.Close()
	}
}

// BenchmarkRequest measures a request through a node that answers at once: 1
// under way shows latency, 64 show throughput.
func BenchmarkRequest(b *testing.B) {
	type connect func(b *testing.B, l transport.Link, net transporttest.Network, onReply func(quorate.ID, quorate.Reply)) transporttest.Client
	attached := func(_ *testing.B, l transport.Link, _ transporttest.Network, onReply func(quorate.ID, quorate.Reply)) transporttest.Client {
		return l.(transport.Attacher).Attach(onReply, nil)
	}
	dialled := func(b *testing.B, _ transport.Link, net transporttest.Network, onReply func(quorate.ID, quorate.Reply)) transporttest.Client {
		c, err := net.Client(onReply, nil)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	for _, client := range []struct {
		name    string
		tcp     bool
		connect connect
	}{{"chan/dialled", false, dialled}, {"chan/attached", false, attached}, {"tcp/dialled", true, dialled}, {"tcp/attached", true, attached}} {
		for _, flying := range []int{1, 64} {
			b.Run(client.name+"/flying="+strconv.Itoa(flying), func(b *testing.B) {
				c := grid(b, 1)
				var net transporttest.Network = hubNetwork{transport.NewHub(transport.HubConfig{})}
				if client.tcp {
					net = newTCPNetwork(b, transporttest.Config{Cluster: c})
				}
				benchmarkRequest(b, net, c, flying, client.connect)
			})
		}
	}
}

func benchmarkRequest(b *testing.B, net transporttest.Network, c *quorate.Cluster, flying int,
	connect func(*testing.B, transport.Link, transporttest.Network, func(quorate.ID, quorate.Reply)) transporttest.Client) {
	b.Helper()
	n := newNode(b, c, 0)
	quorate.Register(n, func(from quorate.ID, r quorate.Request) {
		n.SendNow(from, quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Status: quorate.Done})
	})
	l, err := net.Join(n)
	if err != nil {
		b.Fatal(err)
	}
	loop := transport.NewLoop(n, l, nil, transport.LoopConfig{})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = loop.Run(ctx)
	}()
	replies := make(chan quorate.Reply, 128)
	client := connect(b, l, net, func(_ quorate.ID, r quorate.Reply) { replies <- r })
	defer func() {
		client.Close()
		cancel()
		<-ended
		l.Close()
		net.Close()
	}()
	ask := func() {
		err := client.Send(c.ID(0), quorate.Request{Command: quorate.Command{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "k", Value: make([]byte, 100)}})
		if err != nil {
			b.Fatal(err)
		}
	}
	ask()
	<-replies
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		ask()
		if i >= flying-1 {
			<-replies
		}
	}
}
