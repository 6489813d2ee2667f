package client

import (
	"math/rand/v2"
	"testing"
)

// Rule: a call is found by its number as long as it is under way, however long that is,
// and however many others there are.
func TestOpenCalls(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var o openCalls
	open := map[uint64]*Call{}
	var order []*Call
	for seq := uint64(1); seq <= 200_000; seq++ {
		c := &Call{}
		c.cmd.Seq = seq
		o.add(c)
		open[seq], order = c, append(order, c)
		end := 1
		if seq < 40_000 { // they get more
			end = rng.IntN(2)
		}
		for range end {
			if at := rng.IntN(len(order)); at > 50 { // some stay for long
				o.remove(order[at])
				delete(open, order[at].cmd.Seq)
				order[at] = order[len(order)-1]
				order = order[:len(order)-1]
			}
		}
		if ask := 1 + rng.Uint64N(seq+10); o.get(ask) != open[ask] || o.len() != len(open) {
			t.Fatalf("call %d of %d under way: got %p, want %p of %d", ask, o.len(), o.get(ask), open[ask], len(open))
		}
	}
	if len(o.old) == 0 || len(o.ring) > mostRing {
		t.Errorf("%d calls beside a ring of %d: want some, beside one of %d at most", len(o.old), len(o.ring), mostRing)
	}
	for _, c := range open { // unordered: all are to be found
		if o.get(c.cmd.Seq) != c {
			t.Fatalf("call %d is not found", c.cmd.Seq)
		}
		o.remove(c)
	}
	if o.len() != 0 || o.get(200_000) != nil {
		t.Errorf("%d calls are left", o.len())
	}
}
