package quorate

import (
	"math"
	"time"
)

// Timer calls its function once, some time after each [Timer.Reset], on the
// node it belongs to and never concurrently with anything else there. Re-arming
// costs no allocation. Timers are lost when the node restarts.
type Timer struct {
	name string
	f    func()
	node *Node
	due  time.Duration
	seq  uint64 // of creation: breaks ties between equal deadlines
	pos  int    // in the heap, or idle or firing
}

const (
	idle   = -1 // not armed
	firing = -2 // taken from the heap by the Tick that is running
)

// Reset arms the timer to fire d from now, replacing an earlier deadline. With
// d = 0 it fires at the end of the current batch of steps, before its messages
// leave: that is how work from many messages is gathered into one.
func (t *Timer) Reset(d time.Duration) {
	t.due = t.node.now + min(max(d, 0), math.MaxInt64-t.node.now)
	if t.pos < 0 {
		t.node.timers.push(t)
		return
	}
	t.node.timers.fix(t.pos)
}

// Stop disarms the timer.
func (t *Timer) Stop() {
	if t.pos >= 0 {
		t.node.timers.remove(t.pos)
	}
	t.pos = idle
}

// Armed reports whether the timer is going to fire.
func (t *Timer) Armed() bool { return t.pos != idle }

// timerHeap is a binary heap by deadline; each timer knows its place.
type timerHeap []*Timer

func (h timerHeap) less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].seq < h[j].seq
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}

func (h *timerHeap) push(t *Timer) {
	t.pos = len(*h)
	*h = append(*h, t)
	h.up(t.pos)
}

func (h *timerHeap) remove(i int) {
	last := len(*h) - 1
	t := (*h)[i]
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	if i < last {
		h.fix(i)
	}
	t.pos = idle
}

func (h timerHeap) fix(i int) {
	h.up(i)
	h.down(i)
}

func (h timerHeap) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h timerHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.swap(i, child)
		i = child
	}
}
