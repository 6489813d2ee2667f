package transporttest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// relay passes each request around the ring of all members before it answers.
type relay struct {
	node *quorate.Node
	from map[uint64]quorate.ID
}

func newRelay(n *quorate.Node) {
	r := &relay{node: n, from: map[uint64]quorate.ID{}}
	quorate.Register(n, r.onRequest)
	quorate.Register(n, r.onStray)
}

func (r *relay) successor() quorate.ID {
	c := r.node.Cluster()
	return c.ID((c.Index(r.node.ID()) + 1) % c.Size())
}

func (r *relay) onRequest(from quorate.ID, q quorate.Request) {
	r.from[q.Command.Seq] = from
	r.node.Send(r.successor(), Stray{q.Command.Seq})
}

func (r *relay) onStray(_ quorate.ID, s Stray) {
	if client, mine := r.from[s.Number]; mine {
		delete(r.from, s.Number)
		r.node.Send(client, quorate.Reply{Seq: s.Number, Status: quorate.Done})
		return
	}
	r.node.Send(r.successor(), s)
}

// testLoops drives whole nodes: requests travel a ring of three and come back.
func testLoops(t *testing.T, open opener) {
	const requests = 500
	c := grid(t, 3)
	r := &rig{t: t, c: c, net: open(t, Config{Cluster: c})}
	t.Cleanup(func() { r.net.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for i := range 3 {
		n := node(t, c, i, newRelay)
		l, err := r.net.Join(n)
		if err != nil {
			t.Fatal(err)
		}
		r.links = append(r.links, l)
		defer l.Close()
		loop := transport.NewLoop(n, l, nil, transport.LoopConfig{})
		wg.Go(func() {
			if err := loop.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	boxes := []*mailbox{r.client(), r.client(), r.client(), r.attach(0), r.attach(1), r.attach(2)}
	for seq := range uint64(requests) {
		r.ask(boxes[seq%6], c.ID(int(seq)%3), seq)
	}
}

// ask retries until a request is answered: links may not be up yet.
func (r *rig) ask(box *mailbox, to quorate.ID, seq uint64) {
	r.t.Helper()
	giveUp := time.After(patience)
	for {
		_ = box.Send(to, request(1, seq))
		select {
		case reply := <-box.replies:
			if reply.Seq == seq {
				return
			}
		case <-time.After(200 * time.Millisecond):
		case <-giveUp:
			r.t.Fatalf("request %d got no answer", seq)
		}
	}
}

// testConcurrency uses everything at once; the race detector is the judge.
func testConcurrency(t *testing.T, open opener) {
	const each = 300
	r := newRig(t, open, 3, Config{})
	var senders, takers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 3 {
		takers.Go(func() {
			var box []transport.Delivery
			for {
				select {
				case <-r.links[i].Inbox().Ready():
				case <-stop:
					return
				}
				box = r.links[i].Inbox().Take(box)
				for _, d := range box {
					if d.From.IsRoute() {
						r.answer(i, d)
					}
				}
			}
		})
		for range 2 {
			senders.Go(func() {
				for k := range uint64(each) {
					r.links[i].Send(quorate.Envelope{From: r.c.ID(i), To: quorate.Others, Msg: Note{Number: k}})
				}
			})
		}
		senders.Go(func() {
			for k := range each {
				_ = r.links[i].Faults().Set(quorate.Others, transport.Fault{Cut: k%4 == 0, Loss: 0.1, Duplicate: 0.1, Jitter: time.Duration(k % 7 * 1000)})
				_ = r.links[i].Stats()
			}
			r.links[i].Faults().Clear()
		})
		box := r.client()
		senders.Go(func() {
			for k := range uint64(each) {
				_ = box.Send(r.c.ID(int(k)%3), request(quorate.Client(i), k))
			}
		})
	}
	senders.Wait()
	r.links[1].Close() // in the middle of what is under way
	close(stop)
	takers.Wait()
	const after = 1 << 41
	r.eventually("the others go on", func() bool {
		r.links[0].Send(quorate.Envelope{From: r.c.ID(0), To: r.c.ID(2), Msg: Note{Number: after}})
		r.box = r.links[2].Inbox().Take(r.box)
		return slices.ContainsFunc(r.box, func(d transport.Delivery) bool {
			n, ok := d.Msg.(Note)
			return ok && n.Number == after
		})
	})
}
