package disk_test

import (
	"errors"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate/journal/disk"
)

// Rule: when the power fails at any action of opening a journal, it opens again,
// whichever of the new directory entries and blocks are there.
func TestPowerFailsWhileOpening(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, before := range []string{"new", "closed", "killed"} {
		m := newMedium(t)
		var want []string
		if before != "new" {
			j, err := m.open()
			if err != nil {
				t.Fatal(err)
			}
			commit(t, j, put(1, "one"), put(2, "two"))
			if want, err = contents(j); err != nil {
				t.Fatal(err)
			}
			if before == "killed" {
				m.mem = killed(m.mem)
			}
			closed(t, j)
		}
		mem, opened := m.mem, false
		for k := int64(1); !opened; k++ {
			m.mem = killed(mem)
			m.faults = disk.NewFaults(m.mem)
			opened = m.cutAt(k)
			for range flips() {
				after := m.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})
				if got, err := inspect(t, after); err != nil || !slices.Equal(got, want) {
					t.Fatalf("%s, power cut at action %d: %d records, want %d: %v", before, k, len(got), len(want), err)
				}
			}
		}
	}
}

// cutAt opens the journal and cuts the power at its k-th action. It reports
// whether the journal was open before.
func (m *medium) cutAt(k int64) bool {
	var left atomic.Int64
	left.Store(k)
	m.faults.OnAction(func() {
		if left.Add(-1) == 0 {
			m.faults.CutPower()
		}
	})
	j, err := m.open()
	m.faults.CutPower()
	if err != nil {
		if !errors.Is(err, disk.ErrPower) {
			m.t.Fatal(err)
		}
		return false
	}
	_ = j.Close()
	return true
}

// Rule: if one of several logs is gone, the batches in it are missed, though later
// ones are there.
func TestMissingLogBetween(t *testing.T) {
	m := newMedium(t)
	slow := slowTables{m.mem, make(chan struct{})}
	j, err := disk.Open(disk.Config{Dir: journalDir, Header: m.header, FS: slow, MemTable: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	logs := func() (names []string) {
		for _, name := range sorted(files(t, m.mem, journalDir)) {
			if path.Ext(name) == ".log" {
				names = append(names, name)
			}
		}
		return names
	}
	first := logs()
	for n := uint64(1); len(logs()) == len(first); n++ {
		commit(t, j, put(n, strings.Repeat("x", 1000)))
	}
	commit(t, j, put(0, "the last"))
	hurt := killed(m.mem)
	close(slow.released)
	closed(t, j)
	for _, name := range first {
		if err := hurt.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := inspect(t, hurt); !errors.Is(err, disk.ErrDamaged) || !strings.Contains(err.Error(), "batches 1 to") {
		t.Errorf("without %v: %v", first, err)
	}
}

// slowTables is a disk on which no table is made until it is released.
type slowTables struct {
	vfs.FS
	released chan struct{}
}

func (s slowTables) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") {
		<-s.released
	}
	return s.FS.Create(name, category)
}
