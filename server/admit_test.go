package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// ward is a cluster on channels whose members have disks that can be lost.
type ward struct {
	t     *testing.T
	hub   *transport.Hub
	c     *quorate.Cluster
	disks []*journal.Memory
	nodes []*server.Node
	lives uint64
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, hub: transport.NewHub(transport.HubConfig{Encode: true}), c: grid(t, 1, 3)}
	t.Cleanup(func() { w.hub.Close() })
	for i := range w.c.Size() {
		w.disks, w.nodes = append(w.disks, journal.NewMemory()), append(w.nodes, nil)
		w.start(i, true)
	}
	return w
}

func (w *ward) start(i int, init bool) {
	w.t.Helper()
	w.lives++
	n, err := server.StartNode(server.NodeConfig{
		ID: w.c.ID(i), Cluster: w.c, Journal: w.disks[i].Open(), Join: w.hub.Join, Incarnation: w.lives, Init: init,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, paxos.Config{})
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.nodes[i] = n
	w.t.Cleanup(func() { n.Close() })
}

func (w *ward) loseDisk(i int) {
	w.t.Helper()
	w.nodes[i].Kill()
	w.disks[i] = journal.NewMemory()
	w.start(i, false)
}

func (w *ward) role(i int) string {
	w.t.Helper()
	r, err := w.nodes[i].Report(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Role
}

func (w *ward) put(c *client.Client, key string) {
	w.t.Helper()
	if _, err := c.Put(w.t.Context(), key, []byte("v")); err != nil {
		w.t.Fatal(err)
	}
}

// TestAdmit: a member that lost its disk learns, forwards, does not vote, and is
// admitted when all others are there.
func TestAdmit(t *testing.T) {
	w := newWard(t)
	c, err := w.nodes[0].Client(client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w.put(c, "a")
	w.loseDisk(2)
	if role := w.role(2); role != "learner" {
		t.Fatalf("without its disk it is %s", role)
	}
	learner, err := w.nodes[2].Client(client.Config{Nodes: []quorate.ID{w.c.ID(2)}})
	if err != nil {
		t.Fatal(err)
	}
	w.put(learner, "b") // forwarded
	reply, err := w.nodes[2].Submit(t.Context(), quorate.Request{
		Command: quorate.Command{Client: 7, Seq: 1, Op: quorate.OpGet, Key: "a"}, Read: quorate.ReadLocal, Timeout: time.Minute,
	})
	if err != nil || reply.Status != quorate.NotExecuted || reply.Reason != quorate.ReasonLearner {
		t.Errorf("a read from its own state: %+v, %v", reply, err)
	}

	w.nodes[1].Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := w.nodes[2].Admit(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "waits until ") {
		t.Fatalf("admitted without 1.2: %v", err)
	}
	w.start(1, false)
	if err := w.nodes[2].Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if role := w.role(2); role == "learner" {
		t.Error("it is still a learner")
	}
	w.nodes[1].Kill() // 1.1 and 1.3 are a quorum again
	w.put(c, "c")
	if err := w.nodes[2].Admit(t.Context()); err != nil {
		t.Errorf("admitting a voter: %v", err)
	}
}

// TestAdmitRefuses: two of three lost their disks.
func TestAdmitRefuses(t *testing.T) {
	w := newWard(t)
	w.loseDisk(0)
	w.loseDisk(1)
	err := w.nodes[0].Admit(t.Context())
	if !errors.Is(err, quorate.ErrNotAdmitted) || !strings.Contains(err.Error(), "{1.1, 1.2} is a quorum of phase 1 without any of {1.3}") {
		t.Errorf("admitted: %v", err)
	}
}

// TestReplacedNodeEnds: the old disk of a member that was admitted without it.
func TestReplacedNodeEnds(t *testing.T) {
	w := newWard(t)
	old := w.disks[2]
	w.loseDisk(2)
	if err := w.nodes[2].Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.nodes[2].Kill()
	w.disks[2] = old
	w.start(2, false)
	<-w.nodes[2].Done()
	if err := w.nodes[2].Err(); !errors.Is(err, quorate.ErrReplaced) {
		t.Errorf("it ended with %v", err)
	}
}
