package server

import (
	"fmt"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// partition cuts the links between the nodes of a [Local]. It belongs to the
// network, so a node that starts again finds itself on the side where it was.
type partition struct {
	cluster *quorate.Cluster

	mu    sync.Mutex
	side  []int            // by member index; equal sides reach each other
	links []transport.Link // by member index, of its latest start; nil before the first
}

func newPartition(c *quorate.Cluster) *partition {
	return &partition{cluster: c, side: make([]int, c.Size()), links: make([]transport.Link, c.Size())}
}

// split assigns the sides: group k is side k+1, members named nowhere are side 0.
func (p *partition) split(groups [][]quorate.ID) error {
	side := make([]int, p.cluster.Size())
	for k, group := range groups {
		for _, id := range group {
			i := p.cluster.Index(id)
			if i < 0 {
				return fmt.Errorf("partition: %v is not a member of %v", id, p.cluster)
			}
			if side[i] != 0 {
				return fmt.Errorf("partition: %v is named twice", id)
			}
			side[i] = k + 1
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.side = side
	for i := range p.links {
		p.apply(i)
	}
	return nil
}

// heal reunites the sides and removes all other faults.
func (p *partition) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.side)
	for _, l := range p.links {
		if l != nil {
			l.Faults().Clear()
		}
	}
}

// joined puts a new node's link under the cuts.
func (p *partition) joined(i int, l transport.Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[i] = l
	p.apply(i)
}

// apply cuts the outgoing directions of member i; its other faults stay.
func (p *partition) apply(i int) {
	l := p.links[i]
	if l == nil {
		return
	}
	for j, to := range p.cluster.IDs() {
		if j == i {
			continue
		}
		f := l.Faults().Get(to)
		f.Cut = p.side[i] != p.side[j]
		if err := l.Faults().Set(to, f); err != nil {
			panic(err) // a member, and a fault that was valid before
		}
	}
}
