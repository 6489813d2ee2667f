package client

// wakes keeps calls in order of their wake times; equal ones in order of Seq. Most calls
// begin later than all others and want to be woken later than all: a list holds
// those, at the same cost however many there are. A heap holds the rest.
type wakes struct {
	first, last *Call // of the list
	heap        wakeHeap
}

// set puts c in its place after its wake time changed.
func (w *wakes) set(c *Call) {
	if c.pos == inList {
		w.remove(c)
	}
	switch {
	case c.pos >= 0:
		w.heap.fix(c.pos)
	case w.last != nil && c.wakesBefore(w.last):
		w.heap.push(c)
	default:
		c.pos, c.earlier = inList, w.last
		if w.last == nil {
			w.first = c
		} else {
			w.last.later = c
		}
		w.last = c
	}
}

// remove takes c out, if it is in.
func (w *wakes) remove(c *Call) {
	if c.pos >= 0 {
		w.heap.remove(c)
	}
	if c.pos != inList {
		return
	}
	if c.earlier == nil {
		w.first = c.later
	} else {
		c.earlier.later = c.later
	}
	if c.later == nil {
		w.last = c.earlier
	} else {
		c.later.earlier = c.earlier
	}
	c.pos, c.earlier, c.later = nowhere, nil, nil
}

// next returns the call to wake next, nil if there is none.
func (w *wakes) next() *Call {
	if len(w.heap) > 0 && (w.first == nil || w.heap[0].wakesBefore(w.first)) {
		return w.heap[0]
	}
	return w.first
}

// Where a call is, if it is not in the heap.
const (
	nowhere = -1
	inList  = -2
)

func (c *Call) wakesBefore(d *Call) bool {
	if c.wake != d.wake {
		return c.wake < d.wake
	}
	return c.cmd.Seq < d.cmd.Seq
}

// wakeHeap is a binary heap of calls by wake time; each call knows its place.
type wakeHeap []*Call

func (h wakeHeap) less(i, j int) bool { return h[i].wakesBefore(h[j]) }

func (h wakeHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}

func (h *wakeHeap) push(c *Call) {
	c.pos = len(*h)
	*h = append(*h, c)
	h.fix(c.pos)
}

func (h *wakeHeap) remove(c *Call) {
	i, last := c.pos, len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	if i < last {
		h.fix(i)
	}
	c.pos = nowhere
}

func (h wakeHeap) fix(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
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
