package transport

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
)

// Fault says what happens to the messages of one direction between two nodes.
// The zero Fault does no harm.
type Fault struct {
	Cut       bool          // drops everything
	Loss      float64       // the share of messages dropped, 0 to 1
	Duplicate float64       // the share of messages sent twice, 0 to 1
	Delay     time.Duration // added to every message; order is kept
	Jitter    time.Duration // added to Delay, uniform in [0, Jitter); reorders
	Reorder   float64       // the share of messages that later ones overtake, 0 to 1
	Late      time.Duration // how much later those come, uniform in (0, Late]
}

// Validate reports shares outside 0 to 1 and negative times.
func (f Fault) Validate() error {
	for _, share := range []float64{f.Loss, f.Duplicate, f.Reorder} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("fault loss %v, duplicate %v, reorder %v: shares must lie in 0..1", f.Loss, f.Duplicate, f.Reorder)
		}
	}
	if f.Delay < 0 || f.Jitter < 0 || f.Late < 0 {
		return fmt.Errorf("fault delay %v, jitter %v, late %v: must not be negative", f.Delay, f.Jitter, f.Late)
	}
	if f.Reorder > 0 && f.Late == 0 {
		return fmt.Errorf("fault reorder %v: late by how much is missing", f.Reorder)
	}
	return nil
}

// Faults controls the directions from one node to its peers. It acts at the
// sender: to cut both directions, cut each at its own end. It may be changed at
// any time, from any goroutine; what is already delayed stays on its way.
type Faults struct {
	self    quorate.ID
	cluster *quorate.Cluster
	active  atomic.Bool // any fault set: spares the lock in the usual case

	mu    sync.Mutex
	rng   *rand.Rand
	table []Fault // by member index
}

func newFaults(n *quorate.Node, seed uint64) *Faults {
	return &Faults{
		self:    n.ID(),
		cluster: n.Cluster(),
		rng:     rand.New(rand.NewPCG(seed, uint64(n.ID()))),
		table:   make([]Fault, n.Cluster().Size()),
	}
}

// Set replaces the fault of the direction to a member, or to all other members
// if to is [quorate.Others]. It refuses strangers and impossible faults.
func (f *Faults) Set(to quorate.ID, fault Fault) error {
	if err := fault.Validate(); err != nil {
		return err
	}
	i := f.cluster.Index(to)
	if i < 0 && to != quorate.Others {
		return fmt.Errorf("set fault from %v to %v: not a member of %v", f.self, to, f.cluster)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.table {
		if k == i || to == quorate.Others {
			f.table[k] = fault
		}
	}
	f.update()
	return nil
}

// Get returns the fault of the direction to a member.
func (f *Faults) Get(to quorate.ID) Fault {
	i := f.cluster.Index(to)
	if i < 0 {
		return Fault{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.table[i]
}

// Clear removes all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.table)
	f.update()
}

func (f *Faults) update() {
	active := false
	for _, fault := range f.table {
		active = active || fault != Fault{}
	}
	f.active.Store(active)
}

// fate is what becomes of one message: how many copies leave, and when.
type fate struct {
	copies int
	delay  [2]time.Duration
}

// draw decides the fate of a message to the member with index i.
func (f *Faults) draw(i int) fate {
	if !f.active.Load() {
		return fate{copies: 1}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	fault := f.table[i]
	if fault.Cut || fault.Loss > 0 && f.rng.Float64() < fault.Loss {
		return fate{}
	}
	out := fate{copies: 1}
	if fault.Duplicate > 0 && f.rng.Float64() < fault.Duplicate {
		out.copies = 2
	}
	for k := range out.copies {
		out.delay[k] = fault.Delay
		if fault.Jitter > 0 {
			out.delay[k] += time.Duration(f.rng.Int64N(int64(fault.Jitter)))
		}
		if fault.Reorder > 0 && f.rng.Float64() < fault.Reorder {
			out.delay[k] += 1 + time.Duration(f.rng.Int64N(int64(fault.Late)))
		}
	}
	return out
}
