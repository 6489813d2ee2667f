package client_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

const me quorate.Client = 0xc0ffee

var nodeA, nodeB, nodeC = node(1), node(2), node(3)

func node(n int) quorate.ID {
	id, err := quorate.NewID(1, n)
	if err != nil {
		panic(err)
	}
	return id
}

// rig drives a session by hand.
type rig struct {
	t     *testing.T
	s     *client.Session
	now   time.Duration
	sends []client.Send
	ended []*client.Call
}

func newRig(t *testing.T, cfg client.Config) *rig {
	t.Helper()
	if cfg.Nodes == nil {
		cfg.Nodes = []quorate.ID{nodeA, nodeB, nodeC}
	}
	s, err := client.NewSession(me, cfg, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, s: s, now: 1000 * time.Hour}
}

func (r *rig) drain() {
	for send, ok := r.s.NextSend(); ok; send, ok = r.s.NextSend() {
		r.sends = append(r.sends, send)
	}
	for c := r.s.NextEnded(); c != nil; c = r.s.NextEnded() {
		r.ended = append(r.ended, c)
	}
}

func (r *rig) start(op client.Op, timeout time.Duration) *client.Call {
	c := &client.Call{Op: op, Timeout: timeout}
	r.s.Start(r.now, c)
	r.drain()
	return c
}

func (r *rig) put(timeout time.Duration) *client.Call {
	return r.start(client.Op{Kind: quorate.OpPut, Key: "k", Value: []byte("v")}, timeout)
}

// last returns the request sent most recently.
func (r *rig) last() client.Send {
	r.t.Helper()
	if len(r.sends) == 0 {
		r.t.Fatal("nothing was sent")
	}
	return r.sends[len(r.sends)-1]
}

// answer replies to the last request.
func (r *rig) answer(reply quorate.Reply) {
	r.t.Helper()
	r.answerTo(r.last(), reply)
}

func (r *rig) answerTo(send client.Send, reply quorate.Reply) {
	reply.Client, reply.Seq, reply.Attempt = send.Request.Command.Client, send.Request.Command.Seq, send.Request.Attempt
	r.s.Reply(r.now, send.To, reply)
	r.drain()
}

func (r *rig) refuse(reason quorate.Reason) {
	r.t.Helper()
	r.answer(quorate.Reply{Status: quorate.NotExecuted, Reason: reason})
}

func (r *rig) lost(id quorate.ID) {
	r.s.Lost(r.now, id)
	r.drain()
}

// wait lets time pass until the session next wants a Tick.
func (r *rig) wait() time.Duration {
	r.t.Helper()
	due, ok := r.s.Deadline()
	if !ok {
		r.t.Fatal("the session waits for nothing")
	}
	d := due - r.now
	r.now = due
	r.s.Tick(r.now)
	r.drain()
	return d
}

func (r *rig) wantTarget(want quorate.ID) {
	r.t.Helper()
	if got := r.last().To; got != want {
		r.t.Fatalf("attempt %d went to %v, want %v", len(r.sends), got, want)
	}
}

func (r *rig) wantEnd(c *client.Call, status quorate.Status, end client.End) {
	r.t.Helper()
	if len(r.ended) == 0 || r.ended[len(r.ended)-1] != c {
		r.t.Fatalf("the call has not ended; want %v", status)
	}
	if c.Outcome.Status != status || c.Outcome.End != end {
		r.t.Fatalf("ended %v (end %d, %v), want %v (end %d)", c.Outcome.Status, c.Outcome.End, c.Outcome.Reason, status, end)
	}
}
