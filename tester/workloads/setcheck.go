package workloads

import (
	"cmp"
	"context"
	mathbits "math/bits"
	"slices"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// setDetails are those of Jepsen's set-full.
type setDetails struct {
	Counts
	Attempts   int   `json:"attempt-count"`
	Stable     int   `json:"stable-count"`     // in all reads after some point
	Stale      int   `json:"stale-count"`      // stable, but missing in a read after they were known
	Lost       int   `json:"lost-count"`       // known, and missing in the last read
	NeverRead  int   `json:"never-read-count"` // no read tells what became of them
	Duplicated int   `json:"duplicated-count"` // in one read twice
	StaleOnes  []any `json:"stale,omitempty"`
	LostOnes   []any `json:"lost,omitempty"`
	// Latencies are how long it took until an element was in all reads, from when it was known, and until it was lost:
	// least, median, 95 %, 99 % and greatest.
	StableLatencies []time.Duration `json:"stable-latencies_ns,omitempty"`
	LostLatencies   []time.Duration `json:"lost-latencies_ns,omitempty"`

	h            []history.Op
	stable, lost []time.Duration
}

// checkSets checks sets to which elements are added. A read must show all that was known
// before: added with success, or shown by a read that had returned. And of two reads
// one must show all that the other does, in an order that fits real time. That is
// linearizability: elements take effect where the reads, in the order of their sizes,
// first show them.
func checkSets(ctx context.Context, h []history.Op) results.Check {
	d := &setDetails{h: h}
	undecided := d.eachKey(ctx, h, func(calls []*call) (*Finding, string) { return d.set(ctx, calls) })
	d.StableLatencies, d.LostLatencies = quantiles(d.stable), quantiles(d.lost)
	return d.verdict("set", undecided, d)
}

// quantiles are Jepsen's.
func quantiles(all []time.Duration) (q []time.Duration) {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	for _, per := range []int{0, 500, 950, 990, 1000} {
		q = append(q, all[min(len(all)*per/1000, len(all)-1)])
	}
	return q
}

// appearance is what reads tell of an element.
type appearance struct {
	add             *call
	known           *call // who told first that it is there
	at              int   // the place in the history where it did
	present, absent *call // of the reads that show it, and of those that do not, the one called last
}

// set checks the calls on one set.
func (d *setDetails) set(ctx context.Context, calls []*call) (first *Finding, why string) {
	e, first, why := sortOut(calls, "add")
	if first != nil || why != "" {
		return first, why
	}
	note := func(f *Finding) {
		if first == nil {
			first = f
		}
	}
	m := &members{elements: e, number: map[any]int{}, shown: make([][]uint64, len(e.reads)), size: make([]int, len(e.reads))}
	for _, c := range calls { // in the order of the calls, so that the first one is told
		if c.op.F == "add" && c.outcome != history.Fail {
			m.number[c.arg] = len(m.added)
			m.added = append(m.added, c)
		}
	}
	for i, r := range e.reads {
		if twice := m.read(i, note); twice > 0 {
			d.Duplicated += twice
			note(finding([]*call{r}, "%s shows an element twice", r))
		}
	}
	for n := range m.added {
		if n%64 == 0 && ctx.Err() != nil {
			return first, "time ran out: elements are not followed through all reads"
		}
		note(d.element(m, n))
	}
	note(m.nested())
	note(m.growing(calls))
	d.Attempts += len(e.adds) + len(e.failed)
	return first, ""
}

// members are the elements of a set by number, and which reads show them.
type members struct {
	*elements
	added  []*call
	number map[any]int
	shown  [][]uint64 // by read, a bit for each element
	size   []int      // by read, how many it shows
}

func (m *members) has(read, n int) bool { return m.shown[read][n/64]>>(n%64)&1 != 0 }

// read notes what a read shows, and returns how often it shows something again.
func (m *members) read(i int, note func(*Finding)) (twice int) {
	bits := make([]uint64, (len(m.added)+63)/64)
	m.shown[i] = bits
	for _, v := range listOf(m.reads[i]) {
		if f := m.known(m.reads[i], v); f != nil {
			note(f)
			continue
		}
		n := m.number[v]
		if m.has(i, n) {
			twice++
			continue
		}
		bits[n/64] |= 1 << (n % 64)
		m.size[i]++
	}
	return twice
}

// element follows one element through all reads that may not be old.
func (d *setDetails) element(m *members, n int) *Finding {
	el := appearance{add: m.added[n], at: never}
	if el.add.outcome == history.OK {
		el.known, el.at = el.add, el.add.to
	}
	for i, r := range m.reads { // in the order of their calls
		has := m.has(i, n)
		if has && r.to < el.at { // a weak one, too
			el.known, el.at = r, r.to
		}
		switch {
		case r.weak():
		case has:
			el.present = r
		default:
			el.absent = r
		}
	}
	return d.judge(el)
}

// judge says what became of an element.
func (d *setDetails) judge(el appearance) *Finding {
	missed := el.absent != nil && el.known != nil && el.at < el.absent.from
	stable := el.present != nil && (el.absent == nil || el.absent.from < el.present.from)
	switch {
	case stable:
		d.Stable++
		latency := time.Duration(0)
		if missed {
			d.Stale++
			d.StaleOnes = few(d.StaleOnes, el.add.arg)
			latency = el.absent.op.Time - d.h[el.at].Time
		}
		d.stable = append(d.stable, latency)
	case missed:
		d.Lost++
		d.LostOnes = few(d.LostOnes, el.add.arg)
		latency := time.Duration(0)
		if el.present != nil {
			latency = max(0, el.present.op.Time-d.h[el.at].Time)
		}
		d.lost = append(d.lost, latency)
	default:
		d.NeverRead++
	}
	if !missed {
		return nil
	}
	word := "lost"
	if stable {
		word = "missing for a while"
	}
	return finding([]*call{el.known, el.absent}, "%s is %s: %s does not show it, which was called after %s", show(el.add.arg), word, el.absent, el.known)
}

func few(list []any, v any) []any {
	if len(list) < maxFindings {
		list = append(list, v)
	}
	return list
}

// nested checks that of two reads one shows all that the other does, and that the order
// in which elements appear, the reads sorted by their sizes, is that of real time.
func (m *members) nested() *Finding {
	sorted := make([]int, len(m.reads))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Compare(m.size[a], m.size[b]) })
	stage := make([]int, len(m.added)) // by the size of the first read that shows it
	seen := make([]uint64, (len(m.added)+63)/64)
	var all []staged
	for i, at := range sorted {
		for w, bits := range m.shown[at] {
			if seen[w]&^bits != 0 {
				before, r := m.reads[sorted[i-1]], m.reads[at]
				return finding([]*call{before, r}, "%s and %s each show something that the other does not", before, r)
			}
			for fresh := bits &^ seen[w]; fresh != 0; fresh &= fresh - 1 {
				stage[64*w+mathbits.TrailingZeros64(fresh)] = 2 * m.size[at]
			}
			seen[w] = bits
		}
		all = append(all, staged{m.reads[at], 2*m.size[at] + 1, m.reads[at].to})
	}
	for n, c := range m.added {
		switch {
		case stage[n] > 0:
			all = append(all, staged{c, stage[n], c.to})
		case c.outcome == history.OK:
			all = append(all, staged{c, never, c.to})
		}
	}
	early, late := outOfOrder(all)
	if early == nil {
		return nil
	}
	return finding([]*call{early, late}, "%s had ended before %s was called, but the reads show it later", early, late)
}

// growing checks that a timeline read shows all that its process has seen or added.
func (m *members) growing(calls []*call) *Finding {
	index := map[*call]int{}
	for i, r := range m.reads {
		index[r] = i
	}
	seen := map[int][]uint64{} // by process
	for _, c := range calls {
		if c.outcome != history.OK {
			continue
		}
		mine := seen[c.op.Process]
		if mine == nil {
			mine = make([]uint64, (len(m.added)+63)/64)
			seen[c.op.Process] = mine
		}
		if c.op.F == "add" {
			n := m.number[c.arg]
			mine[n/64] |= 1 << (n % 64)
			continue
		}
		i, isRead := index[c]
		for w := range mine {
			if !isRead {
				break
			}
			if missing := mine[w] &^ m.shown[i][w]; missing != 0 && c.mode == timeline {
				add := m.added[64*w+mathbits.TrailingZeros64(missing)]
				return finding([]*call{add, c}, "a timeline read does not show %s to process %d, which had seen it: %s", show(add.arg), c.op.Process, c)
			}
			mine[w] |= m.shown[i][w]
		}
	}
	return nil
}
