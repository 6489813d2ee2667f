package disk_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

// Rule: what an open journal shows is durable. A process that was killed amid a
// sync leaves a batch that the system has and the disk has not; the next one finds
// it, and a node acts on it. It must not be gone when the power fails then.
func TestWhatIsRecoveredIsDurable(t *testing.T) {
	for _, size := range []int{10, 8 << 10, 300 << 10} { // the last does not fit the memory
		m := newMedium(t)
		m.memTable = 64 << 10
		j, err := m.open()
		if err != nil {
			t.Fatal(err)
		}
		commit(t, j, put(1, "acknowledged"))
		m.faults.FailSync(errors.New("killed"))
		if err := j.Commit([]quorate.RecordOp{put(2, "written"), put(3, string(make([]byte, size)))}); err == nil {
			t.Fatal("a batch was acknowledged that was not synced")
		}
		_ = j.Close()
		m.faults = disk.NewFaults(m.mem) // the system lives on
		j, err = m.open()
		if err != nil {
			t.Fatal(err)
		}
		found := numbers(t, j)
		m.crash(vfs.CrashCloneCfg{})
		_ = j.Close()
		again, err := m.open()
		if err != nil {
			t.Fatalf("after %v: %v", found, err)
		}
		if kept := numbers(t, again); !slices.Equal(kept, found) {
			t.Errorf("it showed %v, and after a power failure %v", found, kept)
		}
		if len(found) != 3 {
			t.Errorf("it showed %v: nothing was written in vain", found)
		}
		closed(t, again)
	}
}
