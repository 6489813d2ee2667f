package client

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// Rule: where a reply is not timed, the time makes no difference.
func TestTimed(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	nodes := cluster.IDs()
	session := func() *Session {
		s, err := NewSession(7, Config{Nodes: nodes}, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := session(), session()
	rng := rand.New(rand.NewPCG(3, 4))
	untimed := 0
	for now := time.Second; now < 20*time.Second; now += 10 * time.Millisecond {
		for _, s := range []*Session{a, b} {
			s.Start(now, &Call{Op: Op{Kind: quorate.OpGet, Key: "k"}})
		}
		r := quorate.Reply{Client: 7, Seq: a.seq, Attempt: 1}
		switch rng.IntN(4) {
		case 0:
			r.Status, r.Reason = quorate.NotExecuted, quorate.ReasonNoLeader
		case 1:
			r.Status = quorate.Done // of somebody who knows no leader
		default:
			r.Status, r.Leader = quorate.Done, nodes[rng.IntN(3)]
		}
		from, at := nodes[rng.IntN(3)], now
		if !b.timed(&r) {
			at = 0
			untimed++
		}
		a.Reply(now, from, r)
		b.Reply(at, from, r)
		x, known := a.Deadline()
		if y, other := b.Deadline(); x != y || known != other || a.moved != b.moved || a.cursor != b.cursor || !slices.Equal(a.left, b.left) || a.stats != b.stats {
			t.Fatalf("%v of %v at %v: %+v and, with a time of %v, %+v", r, from, now, a, at, b)
		}
	}
	if untimed < 500 {
		t.Errorf("%d replies needed no time, want many", untimed)
	}
}
