package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// nemesis breaks a cluster at random and mends it in the end. The seed draws
// how often it does what, so that runs differ in kind.
type nemesis struct {
	s      *soak
	rng    *rand.Rand
	down   []quorate.ID
	pace   time.Duration
	weight [5]int // of the actions in act
	done   [5]int
}

func newNemesis(s *soak) *nemesis {
	n := &nemesis{s: s, rng: rand.New(rand.NewPCG(s.seed, 99))}
	n.pace = time.Duration(20+n.rng.IntN(180)) * time.Millisecond
	for i := range n.weight {
		n.weight[i] = 1 + n.rng.IntN(8)
	}
	n.weight[1] += n.weight[0] // or hardly anything would run
	return n
}

// run acts until ctx ends; then all nodes run and reach each other.
func (n *nemesis) run(ctx context.Context) {
	timer := time.NewTimer(n.pace)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			n.act()
			timer.Reset(n.pace/2 + time.Duration(n.rng.Int64N(int64(n.pace))))
		case <-ctx.Done():
			for len(n.down) > 0 {
				n.start()
			}
			n.s.l.Heal()
			n.s.t.Logf("nemesis: %s", n)
			return
		}
	}
}

func (n *nemesis) String() string {
	return fmt.Sprintf("about every %v: %d stops, %d starts, %d partitions, %d faults, %d heals",
		n.pace, n.done[0], n.done[1], n.done[2], n.done[3], n.done[4])
}

func (n *nemesis) act() {
	total := 0
	for _, w := range n.weight {
		total += w
	}
	k, pick := 0, n.rng.IntN(total)
	for pick >= n.weight[k] {
		pick -= n.weight[k]
		k++
	}
	switch k {
	case 0:
		n.stop()
	case 1:
		n.start()
	case 2:
		n.partition()
	case 3:
		n.disturb()
	case 4:
		n.s.l.Heal()
		n.done[4]++
	}
}

// victim returns a running node, half the time the one that leads.
func (n *nemesis) victim() (quorate.ID, bool) {
	up := slices.DeleteFunc(slices.Clone(n.s.l.Cluster().IDs()), func(id quorate.ID) bool { return slices.Contains(n.down, id) })
	if len(up) == 0 {
		return 0, false
	}
	if leader := n.s.clients[0].Leader(); n.rng.IntN(2) == 0 && slices.Contains(up, leader) {
		return leader, true
	}
	return up[n.rng.IntN(len(up))], true
}

// stop crashes any number of nodes, a majority as well.
func (n *nemesis) stop() {
	if id, ok := n.victim(); ok {
		n.must(n.s.l.Stop(id))
		n.down = append(n.down, id)
		n.done[0]++
	}
}

func (n *nemesis) start() {
	if len(n.down) > 0 {
		i := n.rng.IntN(len(n.down))
		n.must(n.s.l.Start(n.down[i]))
		n.down = slices.Delete(n.down, i, i+1)
		n.done[1]++
	}
}

// partition isolates one node, or draws a side for each.
func (n *nemesis) partition() {
	n.done[2]++
	if id, ok := n.victim(); ok && n.rng.IntN(2) == 0 {
		n.must(n.s.l.Partition([]quorate.ID{id}))
		return
	}
	groups := make([][]quorate.ID, 2)
	for _, id := range n.s.l.Cluster().IDs() {
		k := n.rng.IntN(2)
		groups[k] = append(groups[k], id)
	}
	n.must(n.s.l.Partition(groups...))
}

// disturb makes one direction, or all directions of a node, bad.
func (n *nemesis) disturb() {
	from, ok := n.victim()
	if !ok {
		return
	}
	n.done[3]++
	faults, err := n.s.l.Faults(from)
	n.must(err)
	to := quorate.Others
	if n.rng.IntN(2) == 0 {
		ids := n.s.l.Cluster().IDs()
		to = ids[n.rng.IntN(len(ids))]
	}
	n.must(faults.Set(to, transport.Fault{
		Cut:  n.rng.IntN(5) == 0, // one way
		Loss: n.rng.Float64() * 0.3, Duplicate: n.rng.Float64() * 0.3,
		Delay:  time.Duration(n.rng.Int64N(int64(5 * time.Millisecond))),
		Jitter: time.Duration(n.rng.Int64N(int64(20 * time.Millisecond))),
	}))
}

func (n *nemesis) must(err error) {
	if err != nil {
		n.s.t.Error(err)
	}
}
