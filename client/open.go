package client

// openCalls finds the calls under way by their numbers. Those follow each other, so
// most lie in a ring, in which the last digits of a number are the place; a map has
// those that stay so long that a later call has taken theirs.
type openCalls struct {
	ring []*Call // a power of two of them
	old  map[uint64]*Call
	n    int // of all
}

// The ring is as large as twice the calls under way, within bounds.
const (
	leastRing = 1 << 4
	mostRing  = 1 << 16
)

func (o *openCalls) len() int { return o.n }

// get returns the call with a number, nil if it is not under way.
func (o *openCalls) get(seq uint64) *Call {
	if o.n == 0 {
		return nil
	}
	if c := o.ring[o.place(seq)]; c != nil && c.cmd.Seq == seq {
		return c
	}
	return o.old[seq]
}

// add takes a call whose number is greater than all others.
func (o *openCalls) add(c *Call) {
	if size := len(o.ring); size < leastRing || 2*o.n >= size && size < mostRing {
		o.grow()
	}
	o.n++
	at := &o.ring[o.place(c.cmd.Seq)]
	if *at != nil {
		o.age(*at)
	}
	*at = c
}

// remove forgets a call that is under way.
func (o *openCalls) remove(c *Call) {
	o.n--
	if at := &o.ring[o.place(c.cmd.Seq)]; *at == c {
		*at = nil
		return
	}
	delete(o.old, c.cmd.Seq)
}

func (o *openCalls) place(seq uint64) uint64 { return seq & uint64(len(o.ring)-1) }

// age makes room in the ring.
func (o *openCalls) age(c *Call) {
	if o.old == nil {
		o.old = map[uint64]*Call{}
	}
	o.old[c.cmd.Seq] = c
}

// grow doubles the ring. Two calls of one place have two places, or one before.
func (o *openCalls) grow() {
	calls := o.ring
	o.ring = make([]*Call, max(leastRing, 2*len(calls)))
	for _, c := range calls {
		if c != nil {
			o.ring[o.place(c.cmd.Seq)] = c
		}
	}
}
