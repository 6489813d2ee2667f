package server_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// pipeline keeps calls of one client in flight: each that ends starts the next.
type pipeline struct {
	b    *testing.B
	c    *client.Client
	left chan struct{} // a token for each call still to be made
	done sync.WaitGroup
}

// slot is one of the calls in flight.
type slot struct {
	p     *pipeline
	i     int
	value [8]byte
}

func (s *slot) start() {
	select {
	case <-s.p.left:
	default:
		s.p.done.Done()
		return
	}
	op := client.Op{Kind: quorate.OpGet, Key: "k" + strconv.Itoa(s.i%1000)}
	if s.i%2 == 0 {
		op.Kind, op.Value = quorate.OpPut, s.value[:]
	}
	s.i += 7
	s.p.c.Start(op, s)
}

// Ended implements [client.Waiter].
func (s *slot) Ended(_ client.Result, err error) {
	if err != nil {
		s.p.b.Error(err)
	}
	s.start()
}

// The whole way of a command when clients keep many in flight: what is left is the
// work for each command, and not what a batch of them costs. Half writes of 8 bytes,
// 1000 keys.
func BenchmarkPipelined(b *testing.B) {
	for _, transport := range []string{"chan", "tcp-shared"} {
		b.Run(transport, func(b *testing.B) {
			l := startPaxos(b, transport)
			c, err := l.Client(client.Config{})
			if err != nil {
				b.Fatal(err)
			}
			const depth = 4096
			p := &pipeline{b: b, c: c, left: make(chan struct{}, b.N)}
			for range b.N {
				p.left <- struct{}{}
			}
			slots := make([]slot, depth)
			p.done.Add(depth)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range slots {
				slots[i].p, slots[i].i = p, i
				slots[i].start()
			}
			p.done.Wait()
		})
	}
}
