package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
)

// class is what kind of operation a latency is of.
type class uint8

const (
	classGet class = iota
	classPut
	classConditional
	classDelete
	classes
)

func classOf(kind quorate.Op) class {
	switch kind {
	case quorate.OpGet:
		return classGet
	case quorate.OpPutIf, quorate.OpDeleteIf:
		return classConditional
	case quorate.OpDelete:
		return classDelete
	}
	return classPut
}

func (c class) String() string {
	return [...]string{"get", "put", "conditional", "delete"}[c]
}

// outcomes are the statuses of calls that have ended, as indexes.
const outcomes = 3

func outcomeOf(s quorate.Status) int {
	switch s {
	case quorate.Done:
		return 0
	case quorate.NotExecuted:
		return 1
	}
	return 2
}

func outcomeName(i int) string { return [outcomes]string{"done", "not executed", "unknown"}[i] }

// maxTallies bounds how many closed loops record at once, each in a tally. One takes
// some 200 KB for each kind of operation: one for each of ten thousand loops would take
// more memory than all that is measured.
const maxTallies = 16

// tally collects what the calls of some clients of one zone took.
type tally struct {
	zone int // from 0 on

	mu     sync.Mutex
	reads  uint64 // that were executed and returned in the measured time
	writes uint64
	took   [classes][outcomes]*hdrhistogram.Histogram // nil without any
	lately *hdrhistogram.Histogram                    // of those done since someone looked
	beyond beyond                                     // of those done that the end of measuring found under way

	// Of calls that began when they were meant to, or after a think time.
	service *hdrhistogram.Histogram // from when they really began, of those done
	late    *hdrhistogram.Histogram // how much later than they were meant to, if nothing else held them up
}

func newTally(zone int) *tally {
	return &tally{zone: zone, lately: newCoarse()}
}

// newCoarse returns a histogram of two digits, a fifth as large.
func newCoarse() *hdrhistogram.Histogram { return hdrhistogram.New(lowest, highest, 2) }

// done records a call that was executed.
func (t *tally) done(kind quorate.Op, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(kind)
	t.ended(classOf(kind), quorate.Done, took)
	record(t.lately, took)
}

// count counts an operation, with the lock held.
func (t *tally) count(kind quorate.Op) {
	if kind == quorate.OpGet {
		t.reads++
	} else {
		t.writes++
	}
}

// failed records a call that was not, or of which nobody knows.
func (t *tally) failed(kind quorate.Op, status quorate.Status, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended(classOf(kind), status, took)
}

// passed records a call that was executed, but under way when measuring ended.
func (t *tally) passed(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.beyond.add(took)
}

// ended is called with the lock held.
func (t *tally) ended(c class, status quorate.Status, took time.Duration) {
	h := &t.took[c][outcomeOf(status)]
	if *h == nil {
		*h = newHistogram()
	}
	record(*h, took)
}

// began records when an executed call really began, with the lock held.
func (t *tally) began(service time.Duration) {
	if t.service == nil {
		t.service = newHistogram()
	}
	record(t.service, service)
}

// lag records how late a call was begun, with the lock held.
func (t *tally) lag(d time.Duration) {
	if t.late == nil {
		t.late = newHistogram()
	}
	record(t.late, d)
}

// look moves what was done since the last look into h.
func (t *tally) look(h *hdrhistogram.Histogram) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h.Merge(t.lately)
	t.lately.Reset()
}

// ByOperation is what calls of one kind, from one zone, with one outcome took.
type ByOperation struct {
	Operation string  `json:"op"`             // get, put, conditional or delete
	Zone      int     `json:"zone,omitempty"` // from 1 on, where clients lie in several
	Outcome   string  `json:"outcome"`        // done, not executed or unknown
	Count     uint64  `json:"count"`
	Latency   Latency `json:"latency_ms"` // until the end was known, or the call given up
}

// byOperation sums tallies up.
func byOperation(tallies []*tally, zones int) []ByOperation {
	var out []ByOperation
	for c := range classes {
		for o := range outcomes {
			for zone := range zones {
				var sum *hdrhistogram.Histogram
				for _, t := range tallies {
					if t.zone == zone {
						sum = merged(sum, t.took[c][o])
					}
				}
				if sum == nil {
					continue
				}
				b := ByOperation{Operation: c.String(), Outcome: outcomeName(o), Count: uint64(sum.TotalCount()), Latency: latencyOf(sum)}
				if zones > 1 {
					b.Zone = zone + 1
				}
				out = append(out, b)
			}
		}
	}
	return out
}

// merged returns the sum of two histograms, either of which may be nil; of a it makes
// a copy where there is none.
func merged(sum, h *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	if h == nil {
		return sum
	}
	if sum == nil {
		sum = newHistogram()
	}
	sum.Merge(h)
	return sum
}

// pair sums up what was executed, reads and writes apart.
func pair(tallies []*tally) latencyPair {
	p := newLatencyPair()
	for _, t := range tallies {
		for c := range classes {
			h := t.took[c][outcomeOf(quorate.Done)]
			switch {
			case h == nil:
			case c == classGet:
				p.reads.Merge(h)
			default:
				p.writes.Merge(h)
			}
		}
	}
	return p
}
