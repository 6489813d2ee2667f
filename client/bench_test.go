package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

func instant(l *fakeLink, to quorate.ID, r quorate.Request) error {
	l.answer(to, r, quorate.Reply{Status: quorate.Done, OK: true, Version: 1, Leader: to})
	return nil
}

// The client's own cost of one operation: the link answers within Send.
func BenchmarkDo(b *testing.B) {
	c, _ := newClient(b, client.Config{}, instant)
	value := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Put(context.Background(), "key", value); err != nil {
			b.Fatal(err)
		}
	}
}

// The same with a context that has a deadline.
func BenchmarkDoDeadline(b *testing.B) {
	c, _ := newClient(b, client.Config{}, instant)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Get(ctx, "key"); err != nil {
			b.Fatal(err)
		}
	}
}

// 64 callers of one client; replies come from another goroutine, a hand-over
// between goroutines included.
func BenchmarkDo64(b *testing.B) {
	type job struct {
		to quorate.ID
		r  quorate.Request
	}
	jobs := make(chan job, 64)
	c, link := newClient(b, client.Config{}, func(_ *fakeLink, to quorate.ID, r quorate.Request) error {
		jobs <- job{to, r}
		return nil
	})
	go func() {
		for j := range jobs {
			instant(link, j.to, j.r)
		}
	}()
	defer close(jobs)
	value := make([]byte, 100)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Put(context.Background(), "key", value); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// The session alone.
func BenchmarkSession(b *testing.B) {
	s := newBenchSession(b)
	var c client.Call
	reply := quorate.Reply{Client: me, Status: quorate.Done, Leader: nodeA}
	now := time.Hour
	b.ReportAllocs()
	for b.Loop() {
		now += time.Microsecond
		c.Op = client.Op{Kind: quorate.OpPut, Key: "key"}
		c.Timeout = 0
		s.Start(now, &c)
		send, _ := s.NextSend()
		reply.Seq = send.Request.Command.Seq
		s.Reply(now, send.To, reply)
		if s.NextEnded() != &c {
			b.Fatal("the call has not ended")
		}
	}
}

func newBenchSession(b *testing.B) *client.Session {
	s, err := client.NewSession(me, client.Config{Nodes: []quorate.ID{nodeA}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return s
}
