package transporttest

import (
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// blank is a journal that takes everything and has nothing.
type blank struct{}

func (blank) Commit([]quorate.RecordOp) error { return nil }

func (blank) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(func(quorate.RecordOp, error) bool) {}
}

func (blank) Close() error { return nil }

// trusting is the part of a protocol without state in an admission.
type trusting struct{ *quorate.Node }

func (t trusting) Disown(quorate.ID)                           {}
func (t trusting) Enough(quorate.Set) error                    { return nil }
func (t trusting) Recall(round quorate.Round, from quorate.ID) { t.Recalled(round, from, false) }
func (t trusting) Adopt()                                      {}

func named(incarnation uint64, init bool) (c quorate.NodeConfig) {
	c.Incarnation, c.Init = incarnation, init
	return c
}

// witness is a node with an identity, and what it hears.
type witness struct {
	node  *quorate.Node
	loop  *transport.Loop
	votes chan quorate.ID // from whom a Stray came, which only voters may send
	notes chan quorate.ID
}

// testIdentity: what a node says arrives under what it was when it said it. Links
// are joined before their nodes know who they are.
func testIdentity(t *testing.T, open opener) {
	c := grid(t, 3)
	r := &rig{t: t, c: c, net: open(t, Config{Cluster: c})}
	t.Cleanup(func() { r.net.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var all []*witness
	run := func(i int, cfg quorate.NodeConfig) *witness {
		w := r.witness(i, cfg)
		wg.Go(func() {
			if err := w.loop.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		return w
	}
	for i := range 3 {
		all = append(all, run(i, named(uint64(i)+1, i > 0)))
	}
	learner, voter := all[0], all[1]
	say := func(w *witness) {
		must(t, w.loop.Do(ctx, func() {
			w.node.Broadcast(Stray{1})
			w.node.Broadcast(Note{Number: 1})
		}))
	}
	r.eventually("a learner's note arrives", func() bool {
		say(learner)
		return heard(voter.notes, c.ID(0))
	})
	r.eventually("a voter's vote arrives", func() bool {
		say(voter)
		return heard(learner.votes, c.ID(1))
	})
	if heard(voter.votes, c.ID(0)) {
		t.Fatal("a learner's vote arrived")
	}
	admitted := make(chan error, 1)
	must(t, learner.loop.Do(ctx, func() { learner.node.Admit(func(err error) { admitted <- err }) }))
	if err := <-admitted; err != nil {
		t.Fatal(err)
	}
	for _, w := range all[1:] {
		r.eventually("its vote arrives after the admission", func() bool {
			say(learner)
			return heard(w.votes, c.ID(0))
		})
	}
}

func (r *rig) witness(i int, cfg quorate.NodeConfig) *witness {
	r.t.Helper()
	cfg.ID, cfg.Cluster = r.c.ID(i), r.c
	w := &witness{votes: make(chan quorate.ID, 1000), notes: make(chan quorate.ID, 1000)}
	n, err := quorate.NewNode(cfg)
	must(r.t, err)
	quorate.Register(n, func(from quorate.ID, _ Stray) { keep(w.votes, from) })
	quorate.RegisterOpen(n, func(from quorate.ID, _ Note) { keep(w.notes, from) })
	n.Readmit(trusting{n})
	l, err := r.net.Join(n)
	must(r.t, err)
	r.t.Cleanup(func() { l.Close() })
	w.node, w.loop = n, transport.NewLoop(n, l, blank{}, transport.LoopConfig{})
	return w
}

func keep(ids chan quorate.ID, id quorate.ID) {
	select {
	case ids <- id:
	default: // enough
	}
}

// heard empties ids and reports whether id was among them.
func heard(ids chan quorate.ID, id quorate.ID) bool {
	found := false
	for {
		select {
		case got := <-ids:
			found = found || got == id
		default:
			return found
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
