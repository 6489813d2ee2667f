package admin

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// maxFaults bounds the faults in force at one node.
const maxFaults = 64

// ledger keeps the faults that were asked for, each with its end. What a
// direction suffers is the strongest of what is in force: so a fault that ends
// takes away nothing that another one asked for. It outlives the node's
// crashes: a node that starts again finds its faults where they were.
type ledger struct {
	cluster *quorate.Cluster
	self    quorate.ID
	harms   *harms

	mu      sync.Mutex
	link    *transport.Faults // of the node's latest start, nil before the first
	set     []transport.Fault // by member index: what was last set there
	entries []entry           // in the order they came
	timer   *time.Timer       // fires at the earliest end
	away    kind              // why the node is down: it crashed, or lost its power
	crash   time.Time         // when it starts again
	closed  bool
}

// entry is one fault.
type entry struct {
	kind  kind
	name  string // another one of the name replaces it; may be empty
	to    quorate.Set
	fault transport.Fault // of what is sent
	harm  harm            // to the clock or the disk
	until time.Time
}

// kind is a kind of fault, as in the path of its request.
type kind string

const (
	crash     kind = "crash"
	drop      kind = "drop"
	slow      kind = "slow"
	flaky     kind = "flaky"
	duplicate kind = "duplicate"
	reorder   kind = "reorder"
	partition kind = "partition"
	clock     kind = "clock"
	disk      kind = "disk"
	power     kind = "power"
)

// kinds are all kinds, in the order of the documentation.
func kinds() []kind {
	return []kind{crash, drop, slow, flaky, duplicate, reorder, partition, clock, disk, power}
}

var (
	errTooMany = errors.New("too many faults are in force")
	errNoLink  = errors.New("the node has not started yet")
)

func newLedger(self quorate.ID, c *quorate.Cluster, h Harm) *ledger {
	return &ledger{cluster: c, self: self, harms: &harms{Harm: h}, set: make([]transport.Fault, c.Size())}
}

// joined puts a link that has just joined the network under the faults.
func (l *ledger) joined(f *transport.Faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.link = f
	clear(l.set)
	l.apply()
}

// add puts a fault in force. It replaces the one of its name, if it has one, at once,
// and a partition the one before it: a network has one shape at a time, and a clock one
// error.
func (l *ledger) add(e entry, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.link == nil {
		return errNoLink
	}
	if l.closed {
		return errors.New("the node is shutting down")
	}
	l.expire(time.Now())
	if e.kind == partition || e.kind == clock {
		l.remove(func(old entry) bool { return old.kind == e.kind })
	}
	if e.name != "" {
		l.remove(func(old entry) bool { return old.name == e.name })
	}
	if len(l.entries) >= maxFaults {
		return fmt.Errorf("%w: %d; heal, or wait until some have ended", errTooMany, maxFaults)
	}
	e.until = time.Now().Add(d)
	l.entries = append(l.entries, e)
	l.apply()
	l.arm()
	return nil
}

// heal ends the fault of a name, or without one all faults but a crash, whose end the
// target knows.
func (l *ledger) heal(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(func(e entry) bool { return name == "" || e.name == name })
	l.apply()
	l.arm()
}

// crashed notes when the node will start again.
func (l *ledger) crashed(k kind, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away, l.crash = k, time.Now().Add(d)
}

// close ends all faults, and the timer.
func (l *ledger) close() {
	l.heal("")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// inForce returns the faults in the order they came.
func (l *ledger) inForce(down bool) []Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.expire(now)
	list := []Fault{}
	if down && l.crash.After(now) {
		list = append(list, Fault{Kind: string(l.away), Remaining: seconds(l.crash.Sub(now))})
	}
	for _, e := range l.entries {
		list = append(list, Fault{
			Kind: string(e.kind), Name: e.name, To: l.cluster.Members(e.to), What: e.harm.String(),
			Loss: e.fault.Loss, Duplicate: e.fault.Duplicate, Reorder: e.fault.Reorder,
			Delay: seconds(e.fault.Delay + e.fault.Late), Jitter: seconds(e.fault.Jitter), Remaining: seconds(e.until.Sub(now)),
		})
	}
	return list
}

// count returns how many faults of each kind are in force.
func (l *ledger) count(down bool) map[string]int {
	n := map[string]int{}
	for _, k := range kinds() {
		n[string(k)] = 0
	}
	for _, f := range l.inForce(down) {
		n[f.Kind]++
	}
	return n
}

// expired is what the timer calls.
func (l *ledger) expired() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(time.Now())
	l.arm()
}

// expire ends the faults whose time has come.
func (l *ledger) expire(now time.Time) {
	before := len(l.entries)
	l.remove(func(e entry) bool { return !e.until.After(now) })
	if len(l.entries) < before {
		l.apply()
	}
}

func (l *ledger) remove(which func(entry) bool) {
	l.entries = slices.DeleteFunc(l.entries, which)
}

// arm sets the timer for the earliest end.
func (l *ledger) arm() {
	if len(l.entries) == 0 {
		if l.timer != nil {
			l.timer.Stop()
		}
		return
	}
	first := slices.MinFunc(l.entries, func(a, b entry) int { return a.until.Compare(b.until) })
	d := max(time.Until(first.until), 0)
	if l.timer == nil {
		l.timer = time.AfterFunc(d, l.expired)
		return
	}
	l.timer.Reset(d)
}

// apply sets the directions whose fault has changed, and leaves alone what
// nobody here asked for.
func (l *ledger) apply() {
	l.harms.apply(l.entries)
	if l.link == nil {
		return
	}
	for i, to := range l.cluster.IDs() {
		f := l.strongest(i)
		if to == l.self || f == l.set[i] {
			continue
		}
		if err := l.link.Set(to, f); err != nil {
			panic(err) // a member, and a composition of valid faults
		}
		l.set[i] = f
	}
}

// strongest composes what is in force towards member i.
func (l *ledger) strongest(i int) transport.Fault {
	var f transport.Fault
	for _, e := range l.entries {
		if !e.to.Has(i) {
			continue
		}
		f.Cut = f.Cut || e.fault.Cut
		f.Loss = max(f.Loss, e.fault.Loss)
		f.Duplicate = max(f.Duplicate, e.fault.Duplicate)
		f.Reorder, f.Late = max(f.Reorder, e.fault.Reorder), max(f.Late, e.fault.Late)
		if e.fault.Delay+e.fault.Jitter > f.Delay+f.Jitter {
			f.Delay, f.Jitter = e.fault.Delay, e.fault.Jitter
		}
	}
	return f
}
