package reads

import (
	"container/heap"
	"slices"

	"github.com/quorate/quorate"
)

// hold keeps p until the slots below slot are executed. A slot may lie so far ahead
// that the deadline comes first.
func (r *Reads) hold(p *quorate.Admitted, slot quorate.Slot) {
	p.Mark = queued
	if n := len(r.held); n > 2*r.cfg.Requests.Len()+64 {
		r.held = slices.DeleteFunc(r.held, func(h held) bool { return h.p.Done() })
		heap.Init((*bySlot)(&r.held))
	}
	heap.Push((*bySlot)(&r.held), held{p, slot})
}

// release takes the read that waits for the least.
func (r *Reads) release() *quorate.Admitted { return heap.Pop((*bySlot)(&r.held)).(held).p }

// bySlot is a heap.
type bySlot []held

func (h bySlot) Len() int           { return len(h) }
func (h bySlot) Less(i, j int) bool { return h[i].slot < h[j].slot }
func (h bySlot) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *bySlot) Push(x any)        { *h = append(*h, x.(held)) }

func (h *bySlot) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	(*h)[last] = held{}
	*h = (*h)[:last]
	return x
}
