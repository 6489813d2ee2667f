package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/journal/journaltest"
)

// unplugged returns a medium that forgets what was not synced.
func unplugged(t *testing.T, seed uint64) *medium {
	m := newMedium(t)
	m.volatile = disk.NewVolatile(m.mem, seed)
	m.faults = disk.NewFaults(m.volatile)
	return m
}

// Rule: what was synced outlives the process that has the rest in its memory.
func TestVolatileKeepsWhatWasSynced(t *testing.T) {
	powerFailures(t, 50, func(seed uint64) *medium { return unplugged(t, seed) })
}

func TestVolatileKeepsTheContract(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) func() quorate.Journal {
		m := unplugged(t, 1)
		first := true
		return func() quorate.Journal {
			if !first { // the one before is still open, and has the lock: its disk is copied
				m.faults.CutPower()
				m.mem = killed(m.mem)
				m.volatile = disk.NewVolatile(m.mem, 1)
				m.faults = disk.NewFaults(m.volatile)
			}
			first = false
			j, err := m.open()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = j.Close() })
			return failing{j, m.faults}
		}
	})
}

// Rule: what is written is read back at once, and is not on the disk before it is
// synced; then all of it is.
func TestVolatileHoldsBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	v := disk.NewVolatile(nil, 3)
	file, err := v.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	first, second := strings.Repeat("a", 5000), strings.Repeat("b", 5000)
	on := func() string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	write := func(text string) {
		if _, err := file.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write(first)
	if got := on(); got != "" || v.Unsynced() != 8192 {
		t.Errorf("%d bytes are on the disk before a sync, %d in memory", len(got), v.Unsynced())
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	if got := on(); got != first || v.Unsynced() != 0 {
		t.Errorf("%d bytes are on the disk after a sync, %d in memory", len(got), v.Unsynced())
	}
	write("")
	write(second)
	reader, err := v.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10000)
	if n, err := reader.ReadAt(got, 0); n != 10000 || err != nil || string(got) != first+second {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if info, err := v.Stat(path); err != nil || info.Size() != 10000 {
		t.Errorf("%v, %v", info, err)
	}
	if err := errors.Join(file.Close(), reader.Close(), v.Rename(path, path+"2")); err != nil { // not synced, and still there
		t.Fatal(err)
	}
	path += "2"
	if reader, err = v.Open(path); err != nil {
		t.Fatal(err)
	}
	if n, err := reader.Read(got); n != 10000 || err != nil || string(got) != first+second {
		t.Errorf("read %d bytes, %v", n, err)
	}
	v.Lose()
	if _, err := reader.Read(got); !errors.Is(err, disk.ErrPower) {
		t.Errorf("read after the power failed: %v", err)
	}
	if got := on(); got != first {
		t.Errorf("%d bytes are left", len(got))
	}
	reader.Close()
}

// Rule: now and then a block is on the disk before its time, or its beginning is.
func TestVolatileWritesEarly(t *testing.T) {
	whole, torn := 0, 0
	for seed := range uint64(300) {
		path := filepath.Join(t.TempDir(), "file")
		v := disk.NewVolatile(nil, seed)
		file, err := v.Create(path, vfs.WriteCategoryUnspecified)
		if err == nil {
			_, err = file.Write([]byte(strings.Repeat("x", 4096)))
		}
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		v.Lose()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		switch info.Size() {
		case 0:
		case 4096:
			whole++
		default:
			torn++
		}
	}
	if whole < 5 || torn < 1 || whole+torn > 60 {
		t.Errorf("of 300 writes %d were on the disk at once, %d in part", whole, torn)
	}
}

// Rule: what a lying disk acknowledged is gone with the power; when it stops to
// lie, it has it all.
func TestLyingDisk(t *testing.T) {
	m := unplugged(t, 1)
	j, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	commit(t, j, put(1, "honest"))
	if err := m.volatile.Lie(true); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(50) {
		commit(t, j, put(2+n, "a lie"))
	}
	m.faults.CutPower()
	_ = j.Close()
	m.crash(vfs.CrashCloneCfg{})
	if err := m.volatile.Lie(false); err != nil {
		t.Fatal(err)
	}
	if j, err = m.open(); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, j); !slices.Equal(got, []uint64{1}) {
		t.Errorf("after a lie and a power failure it has %v", got)
	}
	if err := m.volatile.Lie(true); err != nil {
		t.Fatal(err)
	}
	commit(t, j, put(2, "a lie"))
	if err := m.volatile.Lie(false); err != nil {
		t.Fatal(err)
	}
	m.faults.CutPower()
	_ = j.Close()
	m.crash(vfs.CrashCloneCfg{})
	if j, err = m.open(); err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, j); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("after a lie that ended in time it has %v", got)
	}
	closed(t, j)
}

// Rule: a call before the n-th sync comes once, and may be called off.
func TestAtSync(t *testing.T) {
	m := newMedium(t)
	j, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	called := 0
	m.faults.AtSync(2, func() { called++ })
	for n, want := range []int{0, 1, 1} {
		commit(t, j, put(uint64(n), ""))
		if called != want {
			t.Errorf("called %d times after %d commits", called, n+1)
		}
	}
	m.faults.AtSync(1, func() { called++ })
	m.faults.AtSync(0, nil)
	commit(t, j, put(9, ""))
	if called != 1 {
		t.Error("called off, and called")
	}
	m.faults.CutPower()
	m.faults.RestorePower()
	commit(t, j, put(10, ""))
	closed(t, j)
}
