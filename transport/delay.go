package transport

import (
	"sync"
	"time"
)

// delayLine holds messages back until their time has come. It is a heap with
// one timer; equal times leave in the order they came.
type delayLine[T any] struct {
	limit   int
	release func(T) // called in order, must not block or call back

	mu     sync.Mutex
	heap   []delayed[T]
	seq    uint64
	start  time.Time
	timer  *time.Timer
	closed bool
}

type delayed[T any] struct {
	due  time.Duration // since start
	seq  uint64
	item T
}

// maxDelayed bounds the messages one link holds back.
const maxDelayed = 1 << 16

func newDelayLine[T any](limit int, release func(T)) *delayLine[T] {
	return &delayLine[T]{limit: limit, release: release, start: time.Now()}
}

// add schedules item. It returns false if the line is full or closed.
func (l *delayLine[T]) add(d time.Duration, item T) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.heap) >= l.limit {
		return false
	}
	l.seq++
	l.push(delayed[T]{time.Since(l.start) + d, l.seq, item})
	if l.heap[0].seq == l.seq {
		l.arm(d)
	}
	return true
}

func (l *delayLine[T]) arm(d time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(d, l.fire)
		return
	}
	l.timer.Reset(d)
}

// fire releases what is due. It holds the lock, so that two late timers cannot
// swap the order.
func (l *delayLine[T]) fire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Since(l.start)
	for len(l.heap) > 0 && l.heap[0].due <= now {
		l.release(l.pop())
	}
	if len(l.heap) > 0 {
		l.arm(l.heap[0].due - now)
	}
}

// close forgets what is held back and returns how many messages that were.
func (l *delayLine[T]) close() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	n := len(l.heap)
	l.heap = nil
	return n
}

func (l *delayLine[T]) less(i, j int) bool {
	a, b := &l.heap[i], &l.heap[j]
	return a.due < b.due || a.due == b.due && a.seq < b.seq
}

func (l *delayLine[T]) push(d delayed[T]) {
	l.heap = append(l.heap, d)
	for i := len(l.heap) - 1; i > 0 && l.less(i, (i-1)/2); i = (i - 1) / 2 {
		l.heap[i], l.heap[(i-1)/2] = l.heap[(i-1)/2], l.heap[i]
	}
}

func (l *delayLine[T]) pop() T {
	last := len(l.heap) - 1
	top := l.heap[0].item
	l.heap[0] = l.heap[last]
	l.heap[last] = delayed[T]{}
	l.heap = l.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && l.less(child+1, child) {
			child++
		}
		if child >= last || !l.less(child, i) {
			return top
		}
		l.heap[i], l.heap[child] = l.heap[child], l.heap[i]
		i = child
	}
}
