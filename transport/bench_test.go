package transport_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/transporttest"
)

// ball is a message of the size of an accept request with one small command.
type ball struct {
	Ballot quorate.Ballot
	Slot   quorate.Slot
	Left   uint64 // hops to go
	Value  []byte
}

// juggler passes each ball on to the next member until its hops are used up.
type juggler struct {
	node *quorate.Node
	done chan<- struct{}
}

func (j *juggler) onBall(_ quorate.ID, b ball) {
	if b.Left == 0 {
		j.done <- struct{}{}
		return
	}
	b.Left--
	c := j.node.Cluster()
	j.node.Send(c.ID((c.Index(j.node.ID())+1)%c.Size()), b)
}

// ring runs a loop on each node of a network and returns the first one's.
func ring(b *testing.B, net transporttest.Network, c *quorate.Cluster) (first *transport.Loop, throw *quorate.Node, done chan struct{}) {
	done = make(chan struct{}, 1<<16)
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	var links []transport.Link
	for i := range c.Size() {
		n := newNode(b, c, i)
		quorate.Register(n, (&juggler{n, done}).onBall)
		l, err := net.Join(n)
		if err != nil {
			b.Fatal(err)
		}
		links = append(links, l)
		loop := transport.NewLoop(n, l, nil, transport.LoopConfig{})
		if i == 0 {
			first, throw = loop, n
		}
		wg.Go(func() { _ = loop.Run(ctx) })
	}
	b.Cleanup(func() {
		cancel()
		wg.Wait()
		for _, l := range links {
			l.Close()
		}
		net.Close()
	})
	return first, throw, done
}

// BenchmarkHop measures one message from a loop to the next: 1 ball in the air
// shows latency, 64 show throughput.
func BenchmarkHop(b *testing.B) {
	networks := map[string]func(*testing.B, *quorate.Cluster) transporttest.Network{
		"chan": func(*testing.B, *quorate.Cluster) transporttest.Network {
			return hubNetwork{transport.NewHub(transport.HubConfig{})}
		},
		"encoded": func(*testing.B, *quorate.Cluster) transporttest.Network {
			return hubNetwork{transport.NewHub(transport.HubConfig{Encode: true})}
		},
		"tcp": func(b *testing.B, c *quorate.Cluster) transporttest.Network {
			return newTCPNetwork(b, transporttest.Config{Cluster: c})
		},
		"udp": func(b *testing.B, c *quorate.Cluster) transporttest.Network {
			return newUDPNetwork(b, transporttest.Config{Cluster: c})
		},
		"tls": func(b *testing.B, c *quorate.Cluster) transporttest.Network {
			return newTLSNetwork(b, transporttest.Config{Cluster: c})
		},
	}
	for _, name := range []string{"chan", "encoded", "tcp", "tls", "udp"} {
		for _, nodes := range []int{2, 3} {
			for _, balls := range []int{1, 64} {
				b.Run(name+"/nodes="+strconv.Itoa(nodes)+"/balls="+strconv.Itoa(balls), func(b *testing.B) {
					c := grid(b, nodes)
					loop, n, done := ring(b, networks[name](b, c), c)
					up(b, loop, n, done)
					value := make([]byte, 100)
					b.ReportAllocs()
					b.ResetTimer()
					_ = loop.Do(b.Context(), func() {
						for range balls {
							n.Send(c.ID(1), ball{Left: uint64(b.N / balls), Value: value})
						}
					})
					for range balls {
						<-done
					}
				})
			}
		}
	}
}

// up throws balls until one has gone round.
func up(b *testing.B, loop *transport.Loop, n *quorate.Node, done chan struct{}) {
	b.Helper()
	for {
		_ = loop.Do(b.Context(), func() { n.Send(n.Cluster().ID(1), ball{Left: uint64(n.Cluster().Size())}) })
		select {
		case <-done:
		case <-time.After(20 * time.Millisecond):
			continue
		}
		break
	}
	for {
		select {
		case <-done:
		case <-time.After(50 * time.Millisecond):
			return
		}
	}
}

// BenchmarkStream measures one direction of one connection.
func BenchmarkStream(b *testing.B) {
	c := grid(b, 2)
	b.Run("tcp", func(b *testing.B) { benchmarkStream(b, c, newTCPNetwork(b, transporttest.Config{Cluster: c})) })
	b.Run("tls", func(b *testing.B) { benchmarkStream(b, c, newTLSNetwork(b, transporttest.Config{Cluster: c})) })
}

func benchmarkStream(b *testing.B, c *quorate.Cluster, net transporttest.Network) {
	b.Helper()
	links := make([]transport.Link, 2)
	for i := range links {
		n := newNode(b, c, i)
		quorate.Register(n, func(quorate.ID, ball) {})
		l, err := net.Join(n)
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		links[i] = l
	}
	e := quorate.Envelope{From: c.ID(0), To: c.ID(1), Msg: ball{Value: make([]byte, 100)}}
	var box []transport.Delivery
	for len(box) == 0 {
		links[0].Send(e)
		select {
		case <-links[1].Inbox().Ready():
		case <-time.After(20 * time.Millisecond):
		}
		box = links[1].Inbox().Take(box)
	}
	const window = 1 << 12
	got, sent := 0, 0
	before := links[0].Stats()
	b.ReportAllocs()
	b.ResetTimer()
	for got < b.N {
		for ; sent < b.N && sent-got < window; sent++ {
			links[0].Send(e)
		}
		<-links[1].Inbox().Ready()
		box = links[1].Inbox().Take(box)
		got += len(box)
	}
	b.StopTimer()
	after := links[0].Stats()
	b.ReportMetric(float64(after.Sent-before.Sent)/float64(max(after.Writes-before.Writes, 1)), "messages/write")
}
