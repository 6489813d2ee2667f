package server_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
)

// Rule: a node that drains finishes what is under way and refuses what comes
// later, in words that send the client elsewhere.
func TestDrain(t *testing.T) {
	l := startLocal(t, server.LocalConfig{Nodes: 3, New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return paxos.New(n, app, paxos.Config{})
	}})
	first := l.Cluster().ID(0)
	others := l.Cluster().IDs()[1:]
	for _, id := range others {
		if err := l.Stop(id); err != nil {
			t.Fatal(err)
		}
	}
	n, err := l.Node(first)
	if err != nil {
		t.Fatal(err)
	}
	waiting := attach(t, l, client.Config{Nodes: []quorate.ID{first}, Timeout: time.Minute, AttemptTimeout: time.Minute})
	under := make(chan error, 1)
	go func() {
		_, err := waiting.Put(t.Context(), "k", []byte("1"))
		under <- err
	}()
	for r := (quorate.Report{}); r.Pending == 0; {
		if r, err = n.Report(t.Context()); err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	brief, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Drain(brief); !errors.Is(err, context.Canceled) {
		t.Errorf("drained with a request under way: %v", err)
	}
	late := attach(t, l, client.Config{Nodes: []quorate.ID{first}, BackoffMin: patient.BackoffMin, BackoffMax: patient.BackoffMax})
	deadline, cancel := context.WithTimeout(t.Context(), patient.AttemptTimeout)
	defer cancel()
	_, err = late.Put(deadline, "k", []byte("2"))
	var e *client.Error
	if !errors.As(err, &e) || e.Outcome.Reason != quorate.ReasonStopping || e.Outcome.Status != quorate.NotExecuted {
		t.Errorf("a request that came late: %v", err)
	}
	for _, id := range others {
		if err := l.Start(id); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-under; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if err := n.Drain(t.Context()); err != nil {
		t.Errorf("drain a node that has ended: %v", err)
	}
}
