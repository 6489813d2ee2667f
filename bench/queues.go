package bench

import "time"

// due is when a slot of a lane is to make its next call.
type due struct {
	at   time.Duration
	lane *lane
}

// dues is a heap: the earliest comes first.
type dues []due

func (h *dues) push(d due) {
	q := append(*h, d)
	*h = q
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if q[up].at <= q[i].at {
			return
		}
		q[i], q[up] = q[up], q[i]
		i = up
	}
}

func (h *dues) pop() due {
	q := *h
	first, n := q[0], len(q)-1
	q[0], q[n] = q[n], due{}
	q = q[:n]
	*h = q
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < n; child++ {
			if q[child].at < q[least].at {
				least = child
			}
		}
		if least == i {
			return first
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}

// instants is a queue that reuses its memory.
type instants struct {
	items []time.Duration
	head  int
}

func (q *instants) len() int { return len(q.items) - q.head }

func (q *instants) push(at time.Duration) {
	if q.head > 0 && q.head >= len(q.items)/2 && len(q.items) == cap(q.items) {
		q.items = q.items[:copy(q.items, q.items[q.head:])]
		q.head = 0
	}
	q.items = append(q.items, at)
}

func (q *instants) pop() time.Duration {
	at := q.items[q.head]
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return at
}
