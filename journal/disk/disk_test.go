package disk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/journal/journaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failing is a journal whose disk can be made to fail.
type failing struct {
	*disk.Journal
	faults *disk.Faults
}

func (f failing) FailNext(err error) { f.faults.FailWrite(err) }

// medium is a disk whose power can be cut.
type medium struct {
	t      *testing.T
	mem    *vfs.MemFS
	faults *disk.Faults
	header disk.Header

	volatile *disk.Volatile // over mem, if not nil

	memTable int
}

const journalDir = "data/1.1"

func node(t testing.TB, n int) quorate.ID {
	id, err := quorate.NewID(1, n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newMedium(t *testing.T) *medium {
	m := &medium{t: t, mem: vfs.NewCrashableMem(), memTable: 1 << 20}
	m.header = disk.Header{Node: node(t, 1), Protocol: "paxos", Cluster: "1.1 1.2 1.3"}
	m.faults = disk.NewFaults(m.mem)
	return m
}

func (m *medium) open() (*disk.Journal, error) {
	return disk.Open(disk.Config{Dir: journalDir, Header: m.header, FS: m.faults, MemTable: m.memTable})
}

// crash cuts the power: what was not synced is gone, or part of it as cfg draws.
func (m *medium) crash(cfg vfs.CrashCloneCfg) {
	m.faults.CutPower()
	if m.volatile != nil {
		m.volatile.Lose()
		m.faults = disk.NewFaults(m.volatile)
		return
	}
	m.mem = m.mem.CrashClone(cfg)
	m.faults = disk.NewFaults(m.mem)
}

func TestKeepsTheContract(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) func() quorate.Journal {
		m := newMedium(t)
		return func() quorate.Journal {
			m.crash(vfs.CrashCloneCfg{})
			j, err := m.open()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = j.Close() })
			return failing{j, m.faults}
		}
	})
}

// The same on the operating system's disk: a crash is a copy of the directory at
// a moment when nothing is written to it any more.
func TestKeepsTheContractOnARealDisk(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) func() quorate.Journal {
		dir := filepath.Join(t.TempDir(), "0")
		faults := disk.NewFaults(nil)
		lives := 0
		return func() quorate.Journal {
			faults.CutPower()
			faults = disk.NewFaults(nil)
			lives++
			next := filepath.Join(filepath.Dir(dir), fmt.Sprint(lives))
			if err := os.CopyFS(next, os.DirFS(dir)); err != nil && lives > 1 {
				t.Fatal(err)
			}
			dir = next
			cfg := config(t, dir)
			cfg.FS = faults
			return failing{open(t, cfg), faults}
		}
	})
}
