package transport

import (
	"math/rand/v2"
	"sync"
	"time"
)

// line is a way on which everything travels for some time and nothing overtakes:
// first in, first out, with one timer however much is under way.
type line[T any] struct {
	way, jitter time.Duration
	arrive      func(T)     // called in order, one at a time
	size        func(T) int // bytes, as far as they are known
	limit       int

	mu     sync.Mutex
	rng    rand.PCG
	start  time.Time
	box    []T // what arrives just now, only used there
	items  []travelling[T]
	head   int // of items, the next to arrive
	bytes  int
	last   time.Duration // when the newest arrives, since start
	timer  *time.Timer
	busy   bool      // the timer runs, or things arrive
	firing bool      // things arrive
	rested sync.Cond // when they have
	closed bool
}

type travelling[T any] struct {
	due  time.Duration // since start
	item T
}

// Bounds of what one line carries. The product of bandwidth and delay must fit:
// over 150 ms the first is 870,000 messages a second, the second 6.8 Gbit/s.
const (
	maxTravelling      = 1 << 17
	maxTravellingBytes = 128 << 20
)

// pace is the least time between two arrivals: what is due within it arrives
// together, so that the timer of a busy line does not fire for each message.
const pace = 100 * time.Microsecond

// add sends item on its way. It returns false if the line is full or closed.
func (l *line[T]) add(item T) bool {
	n := l.size(item)
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := len(l.items) - l.head
	// One message larger than the bound still fits an empty line, else it never would.
	if l.closed || waiting >= l.limit || waiting > 0 && l.bytes+n > maxTravellingBytes {
		return false
	}
	now := time.Since(l.start)
	due := now + l.way
	if l.jitter > 0 {
		due += time.Duration(l.rng.Uint64() % uint64(l.jitter))
	}
	l.last = max(l.last, due)
	if l.head > 0 && len(l.items) == cap(l.items) && l.head >= waiting {
		l.items = l.items[:copy(l.items, l.items[l.head:])]
		clear(l.items[waiting:cap(l.items)])
		l.head = 0
	}
	l.items = append(l.items, travelling[T]{l.last, item})
	l.bytes += n
	if !l.busy {
		l.busy = true
		l.arm(l.last - now)
	}
	return true
}

func (l *line[T]) arm(d time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(d, l.fire)
		return
	}
	l.timer.Reset(d)
}

// fire lets arrive what is due. What it calls may send on this line.
func (l *line[T]) fire() {
	l.take()
	for _, item := range l.box {
		l.arrive(item)
	}
	clear(l.box)
	if cap(l.box) > 1<<12 { // a burst has passed
		l.box = nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.firing = false
	switch {
	case l.closed:
		l.rested.Broadcast()
	case l.head < len(l.items):
		l.arm(max(pace, l.items[l.head].due-time.Since(l.start)))
	default:
		l.busy = false
	}
}

// take moves what is due into the box.
func (l *line[T]) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.firing = true
	l.box = l.box[:0]
	now := time.Since(l.start)
	for l.head < len(l.items) && l.items[l.head].due <= now {
		item := l.items[l.head].item
		l.items[l.head] = travelling[T]{}
		l.head++
		l.bytes -= l.size(item)
		l.box = append(l.box, item)
	}
	if l.head < len(l.items) {
		return
	}
	l.items, l.head = l.items[:0], 0
	if cap(l.items) > 1<<12 { // a burst has passed
		l.items = nil
	}
}

// close forgets what is under way and returns how much that was. When it returns
// nothing arrives any more.
func (l *line[T]) close() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	n := len(l.items) - l.head
	l.items, l.head, l.bytes = nil, 0, 0
	for l.firing {
		l.rested.Wait()
	}
	return n
}

// lines are those of one network or of one end of it, each made at its first use.
type lines[T any] struct {
	of     *Distances
	size   func(T) int
	arrive func(T)

	mu     sync.Mutex
	all    map[[2]int]*line[T]
	closed bool
}

// between returns the line from one zone to another, nil if that is no way at
// all: there are no distances, or one of them is in no zone.
func (ls *lines[T]) between(from, to int) *line[T] {
	way := ls.of.way(from, to)
	if way == 0 {
		return nil
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	key := [2]int{from, to}
	if l := ls.all[key]; l != nil {
		return l
	}
	l := &line[T]{way: way, jitter: ls.of.Jitter, arrive: ls.arrive, size: ls.size, limit: maxTravelling, start: time.Now(), closed: ls.closed}
	l.rested.L = &l.mu
	l.rng.Seed(ls.of.Seed, uint64(from)<<32|uint64(to))
	if ls.all == nil {
		ls.all = map[[2]int]*line[T]{}
	}
	ls.all[key] = l
	return l
}

// close closes all lines and returns how much was under way on them.
func (ls *lines[T]) close() int {
	ls.mu.Lock()
	ls.closed = true
	var all []*line[T]
	for _, l := range ls.all { // unordered: each is closed on its own
		all = append(all, l)
	}
	ls.mu.Unlock()
	n := 0
	for _, l := range all {
		n += l.close()
	}
	return n
}
