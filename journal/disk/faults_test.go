package disk_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/disk"
)

// Rule: whenever the disk is full, or fails, the journal says so, names the file,
// and takes nothing more; what was acknowledged is there when it is mended.
func TestDiskFails(t *testing.T) {
	worn := errors.New("worn out")
	for _, fault := range []struct {
		name string
		set  func(f *disk.Faults)
		mend func(f *disk.Faults)
		is   error
		does []string // one of them is what failed
	}{
		{"full", func(f *disk.Faults) { f.Full(true) }, func(f *disk.Faults) { f.Full(false) }, syscall.ENOSPC, []string{"write ", "create "}},
		{"sync", func(f *disk.Faults) { f.FailSync(worn) }, func(f *disk.Faults) { f.FailSync(nil) }, worn, []string{"sync "}},
		{"write", func(f *disk.Faults) { f.FailWrite(worn) }, func(f *disk.Faults) { f.FailWrite(nil) }, worn, []string{"write ", "create ", "rename ", "remove "}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 3))
			r := &crashRun{t: t, rng: rng, medium: newMedium(t), model: journal.NewMemory()}
			r.medium.memTable = 64 << 10
			for range 25 {
				var left atomic.Int64
				left.Store(30 + rng.Int64N(600))
				f := r.medium.faults
				f.OnAction(func() {
					if left.Add(-1) == 0 {
						fault.set(f)
					}
				})
				flying := r.untilFailure(fault.is, fault.does)
				f.OnAction(nil)
				fault.set(f) // it may have been an orderly end
				if _, err := r.medium.open(); !errors.Is(err, fault.is) || errors.Is(err, disk.ErrDamaged) {
					t.Fatalf("opened on the bad disk: %v", err)
				}
				fault.mend(f)
				r.compare(flying)
				if t.Failed() {
					return
				}
			}
			t.Logf("%d batches acknowledged, %d of those that failed appeared, %d did not", r.acked, r.appeared, r.lost)
		})
	}
}

func (r *crashRun) untilFailure(is error, does []string) []quorate.RecordOp {
	j, err := r.medium.open()
	if err != nil {
		if !errors.Is(err, is) {
			r.t.Fatalf("open: %v", err)
		}
		return nil
	}
	for {
		ops := r.batch()
		err := j.Commit(ops)
		if err == nil {
			r.acked++
			if err := r.model.Commit(ops); err != nil {
				r.t.Fatal(err)
			}
			continue
		}
		named := slices.ContainsFunc(does, func(what string) bool { return strings.Contains(err.Error(), what+journalDir) })
		if !errors.Is(err, is) || errors.Is(err, journal.ErrBroken) || !named {
			r.t.Errorf("commit: %v", err)
		}
		if err := j.Commit(nil); !errors.Is(err, is) || !errors.Is(err, journal.ErrBroken) {
			r.t.Errorf("commit after the failure: %v", err)
		}
		for _, err := range j.Records() {
			if !errors.Is(err, journal.ErrBroken) {
				r.t.Errorf("records after the failure: %v", err)
			}
		}
		if err := j.Close(); err != nil {
			r.t.Errorf("close after the failure: %v", err)
		}
		return ops
	}
}

// Rule: a slow disk is slow, no more.
func TestSlowSync(t *testing.T) {
	m := newMedium(t)
	j, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	m.faults.SlowSync(30 * time.Millisecond)
	start := time.Now()
	commit(t, j, put(1, ""))
	if took := time.Since(start); took < 30*time.Millisecond {
		t.Errorf("a commit took %v", took)
	}
	m.faults.SlowSync(0)
	closed(t, j)
}

// Rule: a failure that shows only in the background ends the journal, too, even
// while a batch waits for the background.
func TestFailureInTheBackground(t *testing.T) {
	m := newMedium(t)
	m.memTable = 64 << 10
	gone := errors.New("table lost")
	tables := failingTables{FS: m.mem, err: gone}
	j, err := disk.Open(disk.Config{Dir: journalDir, Header: m.header, FS: tables, MemTable: m.memTable})
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for ; err == nil && last < 10000; last++ {
		err = j.Commit([]quorate.RecordOp{put(last, strings.Repeat("x", 1000))})
	}
	if !errors.Is(err, gone) || !strings.Contains(err.Error(), ".sst") {
		t.Errorf("after %d records: %v", last, err)
	}
	closed(t, j)
	if j, err = m.open(); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, j); len(got) != int(last)-1 && len(got) != int(last) {
		t.Errorf("%d records are left of %d", len(got), last)
	}
	closed(t, j)
}

// failingTables is a disk on which logs can be written, but no tables.
type failingTables struct {
	vfs.FS
	err error
}

func (f failingTables) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") {
		return nil, f.err
	}
	return f.FS.Create(name, category)
}
