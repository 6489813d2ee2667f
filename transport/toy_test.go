package transport_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// The toy protocol: the lowest member is the primary. It numbers each request,
// copies it to the others, and answers when all have it on record.

type copyOrder struct {
	Number uint64
	Client quorate.Client
	Seq    uint64
	Value  []byte
}

type copied struct{ Number uint64 }

type copyRecord struct {
	Number uint64
	Value  []byte
}

func (r copyRecord) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: r.Number} }

type primaryCopy struct {
	node    *quorate.Node
	next    uint64
	waiting map[uint64]*order
	log     map[uint64][]byte
}

type order struct {
	client  quorate.ID
	reply   quorate.Reply
	missing int
}

func newPrimaryCopy(n *quorate.Node) *primaryCopy {
	p := &primaryCopy{node: n, waiting: map[uint64]*order{}, log: map[uint64][]byte{}}
	quorate.Register(n, p.onRequest)
	quorate.Register(n, p.onOrder)
	quorate.Register(n, p.onCopied)
	quorate.Recover(n, func(r copyRecord) {
		p.log[r.Number] = r.Value
		p.next = max(p.next, r.Number)
	})
	return p
}

func (p *primaryCopy) primary() quorate.ID { return p.node.Cluster().ID(0) }

func (p *primaryCopy) onRequest(from quorate.ID, r quorate.Request) {
	reply := quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt, Leader: p.primary()}
	if p.node.ID() != p.primary() {
		reply.Status, reply.Reason = quorate.NotExecuted, quorate.ReasonNotLeader
		p.node.Send(from, reply)
		return
	}
	p.next++
	reply.Status, reply.OK, reply.Version = quorate.Done, true, p.next
	p.waiting[p.next] = &order{from, reply, p.node.Cluster().Size()}
	p.node.Broadcast(copyOrder{p.next, r.Command.Client, r.Command.Seq, r.Command.Value})
}

func (p *primaryCopy) onOrder(from quorate.ID, o copyOrder) {
	p.log[o.Number] = o.Value
	p.node.Persist(copyRecord{o.Number, o.Value})
	p.node.Send(from, copied{o.Number})
}

func (p *primaryCopy) onCopied(_ quorate.ID, c copied) {
	o := p.waiting[c.Number]
	if o == nil {
		return
	}
	if o.missing--; o.missing == 0 {
		delete(p.waiting, c.Number)
		p.node.Send(o.client, o.reply)
	}
}

// memory is a journal in memory.
type memory struct {
	mu        sync.Mutex
	ops       []quorate.RecordOp
	immediate bool
	fail      error
	gate      chan struct{} // if not nil, each commit takes a token
}

func (j *memory) Commit(ops []quorate.RecordOp) error {
	if j.gate != nil {
		<-j.gate
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		return j.fail
	}
	for _, op := range ops {
		op.Data = append([]byte(nil), op.Data...)
		j.ops = append(j.ops, op)
	}
	return nil
}

func (j *memory) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		j.mu.Lock()
		defer j.mu.Unlock()
		for _, op := range j.ops {
			if !yield(op, nil) {
				return
			}
		}
	}
}

func (j *memory) Close() error    { return nil }
func (j *memory) Immediate() bool { return j.immediate }

func (j *memory) size() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.ops)
}

func grid(t testing.TB, nodes int) *quorate.Cluster {
	t.Helper()
	c, err := quorate.Grid(1, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newNode(t testing.TB, c *quorate.Cluster, i int) *quorate.Node {
	t.Helper()
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(i), Cluster: c})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// start runs a loop until the test ends, when it must have ended well.
func start(t testing.TB, n *quorate.Node, l transport.Link, j quorate.Journal) *transport.Loop {
	t.Helper()
	loop := transport.NewLoop(n, l, j, transport.LoopConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, transport.ErrStopped) {
			t.Errorf("loop of %v: %v", n.ID(), err)
		}
		l.Close()
	})
	return loop
}

const patience = 10 * time.Second // how long a test waits before it gives up
