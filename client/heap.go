package client

// wakeHeap is a binary heap of calls by wake time; each call knows its place.
type wakeHeap []*Call

func (h wakeHeap) less(i, j int) bool {
	if h[i].wake != h[j].wake {
		return h[i].wake < h[j].wake
	}
	return h[i].cmd.Seq < h[j].cmd.Seq
}

func (h wakeHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].pos, h[j].pos = i, j
}

// set puts c in its place after its wake time changed.
func (h *wakeHeap) set(c *Call) {
	if c.pos < 0 {
		c.pos = len(*h)
		*h = append(*h, c)
	}
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
	c.pos = -1
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
