package tester

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
)

// book is what is taken down of a test: the events of processes and nemeses by one
// clock, and below them, in the ledger, the calls that the operations were made of.
// Safe for concurrent use.
type book struct {
	began  time.Time
	most   int // events until it is full
	ledger *checker.Recorder

	pause sync.RWMutex // held by who reads the ledger while calls are made

	mu     sync.Mutex
	events []history.Op
	counts counts
	active []string // faults that began and have not ended
	keys   map[string]bool
	filled chan struct{} // closed when it is full
}

// counts are the operations until now, by their ends.
type counts struct{ invoked, ok, fail, info int }

// maxLedger bounds the memory of the ledger.
const maxLedger = 1 << 30

func newBook(most int) (*book, error) {
	b := &book{began: time.Now(), most: most, keys: map[string]bool{}, filled: make(chan struct{})}
	var err error
	b.ledger, err = checker.NewRecorder(checker.RecorderConfig{Now: b.now, MaxBytes: maxLedger})
	return b, err
}

// now is the time since the test began.
func (b *book) now() time.Duration { return time.Since(b.began) }

// write takes an event down: it gets its index and its time here, so that their orders
// are the same.
func (b *book) write(op history.Op) {
	b.mu.Lock()
	defer b.mu.Unlock()
	op.Index, op.Time = len(b.events), b.now()
	b.events = append(b.events, op)
	if len(b.events) == b.most {
		close(b.filled)
	}
	if op.Process == history.Nemesis {
		b.fault(op.F)
		return
	}
	switch op.Type {
	case history.Invoke:
		b.counts.invoked++
	case history.OK:
		b.counts.ok++
	case history.Fail:
		b.counts.fail++
	default:
		b.counts.info++
	}
}

// fault keeps book of what is active. Each fault has two events where it begins and two
// where it ends.
func (b *book) fault(f string) {
	if name, ok := strings.CutPrefix(f, "start-"); ok && !slices.Contains(b.active, name) {
		b.active = append(b.active, name)
	}
	if name, ok := strings.CutPrefix(f, "stop-"); ok {
		b.active = slices.DeleteFunc(b.active, func(other string) bool { return other == name })
	}
}

// look returns what there is until now.
func (b *book) look() (c counts, active []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts, slices.Clone(b.active)
}

// maxKeys bounds how many keys are remembered.
const maxKeys = 1 << 16

func (b *book) use(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.keys) < maxKeys {
		b.keys[key] = true
	}
}

// teller is a client session whose calls are taken down in the ledger. It is of one
// process, which makes one call at a time.
type teller struct {
	session session
	book    *book
	process *checker.Process
}

func (b *book) teller(s session) *teller {
	return &teller{session: s, book: b, process: b.ledger.Process(s.Session())}
}

// Do makes one call.
func (t *teller) Do(ctx context.Context, op client.Op) (client.Result, error) {
	t.book.use(op.Key)
	t.book.pause.RLock()
	if op.Kind == quorate.OpGet {
		t.process.Read(op.Read, op.Key)
	} else {
		t.process.Invoke(op.Kind, op.Key, op.Value, op.Version)
	}
	t.book.pause.RUnlock()
	res, err := t.session.Do(ctx, op)
	out := checker.Outcome{Status: statusOf(err)}
	if err == nil {
		out.OK, out.Version = res.OK, res.Version
		if op.Kind == quorate.OpGet {
			out.Value = res.Value
		}
	}
	t.book.pause.RLock()
	t.process.Return(out)
	t.book.pause.RUnlock()
	return res, err
}
