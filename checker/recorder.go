package checker

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
)

// RecorderConfig says how a history is recorded.
type RecorderConfig struct {
	// Now is the clock that all processes share. It must not run backwards.
	// Nil is the machine's monotonic clock, from the start of the recorder.
	Now func() time.Duration
	// MaxBytes bounds the memory of the recorded history. Zero is 1 GiB, some
	// fifteen million operations with values of 16 bytes.
	MaxBytes int64
}

const defaultMaxBytes = 1 << 30

// Validate reports the first setting that makes no sense.
func (c RecorderConfig) Validate() error {
	if c.MaxBytes < 0 {
		return fmt.Errorf("recorder: MaxBytes %d is negative", c.MaxBytes)
	}
	return nil
}

// Recorder keeps a history in compact form: 56 bytes an operation whose value
// has at most 16 bytes, without pointers. When its memory is used up the
// history ends at that instant, for all processes, and [Recorder.Truncated]
// says so; what was recorded before it stays checkable.
type Recorder struct {
	now   func() time.Duration
	limit int64

	known atomic.Pointer[map[string]uint32] // numbers of most keys, for all to read

	mu        sync.Mutex
	processes []*Process
	keys      map[string]uint32 // numbers of all keys
	names     []string
	misses    int // looks into keys since known was made
	used      int64
	cut       time.Duration // the history ends here
	err       error         // the first misuse
}

// NewRecorder returns a recorder without processes.
func NewRecorder(cfg RecorderConfig) (*Recorder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &Recorder{now: cfg.Now, limit: cfg.MaxBytes, keys: map[string]uint32{}, cut: Never}
	if r.limit == 0 {
		r.limit = defaultMaxBytes
	}
	if r.now == nil {
		start := time.Now()
		r.now = func() time.Duration { return time.Since(start) }
	}
	return r, nil
}

// Process returns a new sequential client of the history. A client that opens
// another session needs another process. Safe for concurrent use, unlike the
// methods of the process.
func (r *Recorder) Process(client quorate.Client) *Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &Process{rec: r, number: len(r.processes), client: client}
	r.processes = append(r.processes, p)
	return p
}

// Truncated returns the instant at which the history ends because its memory
// was used up; false if it is complete. Call it when no process is recording.
func (r *Recorder) Truncated() (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut, r.cut < Never
}

// Len returns the number of operations recorded. Call it when no process is
// recording.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, p := range r.processes {
		n += p.len()
	}
	return n
}

// Bytes returns the memory that the history holds.
func (r *Recorder) Bytes() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used
}

// History returns the recorded operations, process by process, cut at the end
// of the history. It copies; [Recorder.Check] does not, and suits long
// histories better. Call it when no process is recording.
func (r *Recorder) History() ([]Operation, error) {
	s, err := r.source()
	if err != nil {
		return nil, err
	}
	var history []Operation
	for _, p := range r.processes {
		for i := range p.len() {
			if op, ok := p.operation(i, s.cut); ok {
				history = append(history, op)
			}
		}
	}
	return history, nil
}

// intern returns the number of a key. Most looks find it in a map that nobody
// changes; when as many have missed as there are keys, a new one is made.
func (r *Recorder) intern(key string) uint32 {
	if known := r.known.Load(); known != nil {
		if k, ok := (*known)[key]; ok {
			return k
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.keys[key]
	if !ok {
		k = uint32(len(r.names))
		r.keys[key] = k
		r.names = append(r.names, key)
	}
	if r.misses++; r.misses >= len(r.keys) {
		known := maps.Clone(r.keys)
		r.known.Store(&known)
		r.misses = 0
	}
	return k
}

// reserve asks for memory.
func (r *Recorder) reserve(bytes int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used+bytes > r.limit {
		return false
	}
	r.used += bytes
	return true
}

// end ends the history at an instant, if it has not ended before.
func (r *Recorder) end(at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = min(r.cut, at)
}

func (r *Recorder) misuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}
