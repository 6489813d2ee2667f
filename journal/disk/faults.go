package disk

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrPower is what a disk without power answers.
var ErrPower = errors.New("the power failed")

// Faults is a file system that fails on demand, for tests: give it as Config.FS.
// Its faults are set while journals are in use. Safe for concurrent use.
type Faults struct {
	vfs.FS
	f *faults
}

// NewFaults returns a file system that has no faults yet. Nil is the operating
// system's.
func NewFaults(fsys vfs.FS) *Faults {
	if fsys == nil {
		fsys = vfs.Default
	}
	f := &faults{}
	return &Faults{hookFS{fsys, f}, f}
}

// SlowSync makes every sync take d longer. Zero ends it.
func (f *Faults) SlowSync(d time.Duration) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.slow = d
}

// FailSync makes every sync fail with err, and nothing be synced. Nil ends it.
func (f *Faults) FailSync(err error) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.sync = err
}

// FailWrite makes everything that would change the disk fail with err, and
// nothing be changed. Nil ends it.
func (f *Faults) FailWrite(err error) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.write = err
}

// Full makes the disk full, or not: what needs room fails with ENOSPC.
func (f *Faults) Full(full bool) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.full = full
}

// AtSync has do called before the n-th sync from now on, from 1; it may end the
// process. n of 0 or less, or nil, calls it off.
func (f *Faults) AtSync(n int, do func()) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	if f.f.left.Store(int64(n)); n <= 0 {
		do = nil
	}
	f.f.at = do
}

// CutPower makes everything fail from now on, with [ErrPower]. When it returns,
// no action is under way: what was synced until then is on the disk, and nothing
// will be synced after it. The disk behind, perhaps a clone of it without what was
// not synced, gets a new Faults; or [Faults.RestorePower] is called when all
// journals on it are closed.
func (f *Faults) CutPower() {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.power = true
}

// RestorePower ends CutPower.
func (f *Faults) RestorePower() {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.power = false
}

// faults is the hook.
type faults struct {
	mu          sync.RWMutex // held for reading by what is under way
	slow        time.Duration
	sync, write error
	full, power bool
	at          func()       // called before a sync
	left        atomic.Int64 // syncs until then
	before      func()       // for tests of this package; called without the lock
}

func (f *faults) act(a action, path string, do func() error) error {
	f.mu.RLock()
	slow, at, before := f.slow, f.at, f.before
	f.mu.RUnlock()
	if a == actSync {
		if at != nil && f.left.Add(-1) == 0 {
			at()
		}
		time.Sleep(slow)
	}
	if before != nil {
		before()
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if err := f.fault(a); err != nil {
		return fmt.Errorf("%s %s: %w", a, path, err)
	}
	return do()
}

func (f *faults) fault(a action) error {
	switch {
	case f.power:
		return ErrPower
	case a == actSync && f.sync != nil:
		return f.sync
	case f.write != nil && a != actSync && a != actLock:
		return f.write
	case f.full && (a == actWrite || a == actCreate || a == actLink || a == actMkdir):
		return syscall.ENOSPC
	}
	return nil
}
