package maelstrom

import (
	"sync"
	"time"

	"github.com/quorate/quorate/checker/history"
)

// Phase is a part of a test.
type Phase string

// The phases, in their order.
const (
	Setup Phase = "setup" // nodes start, and answer init
	Main  Phase = "main"  // clients work while things go wrong
	Final Phase = "final" // all is healed, and clients read what is left
	Check Phase = "check" // what they saw is checked, and kept
)

// Progress is how a test goes on.
type Progress struct {
	Phase          Phase
	Elapsed, Total time.Duration // since the beginning, and of the main phase
	OK, Fail, Info int           // operations, by their ends
	Partition      string        // the shape of one that lasts
}

// maxEvents bounds a history.
const maxEvents = 1 << 22

// book is what is taken down of a test. Safe for concurrent use.
type book struct {
	began time.Time
	most  int           // events
	full  chan struct{} // closed when there are so many

	mu     sync.Mutex
	events []history.Op
	at     Progress
}

func newBook(total time.Duration, most int) *book {
	return &book{began: time.Now(), most: most, full: make(chan struct{}), at: Progress{Phase: Setup, Total: total}}
}

func (b *book) now() time.Duration { return time.Since(b.began) }

// write takes an event down. Its index and its time are of one order.
func (b *book) write(op history.Op) {
	b.mu.Lock()
	defer b.mu.Unlock()
	op.Index, op.Time = len(b.events), b.now()
	b.events = append(b.events, op)
	if len(b.events) == b.most {
		close(b.full)
	}
	switch {
	case op.Process == history.Nemesis:
	case op.Type == history.OK:
		b.at.OK++
	case op.Type == history.Fail:
		b.at.Fail++
	case op.Type == history.Info:
		b.at.Info++
	}
}

func (b *book) enter(p Phase) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at.Phase = p
}

func (b *book) partitioned(shape string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at.Partition = shape
}

func (b *book) look() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.at
	p.Elapsed = b.now()
	return p
}
