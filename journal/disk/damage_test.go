package disk_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal/disk"
)

// populated returns a disk with records in tables and in logs, as a process
// leaves it that was killed, the records, and those before the last batch.
func populated(t *testing.T, rng *rand.Rand, memTable int) (mem *vfs.MemFS, want, before []string) {
	t.Helper()
	m := newMedium(t)
	m.memTable = memTable
	j, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for number := uint64(1); number <= 400; number++ {
		ops := []quorate.RecordOp{put(number, strings.Repeat(fmt.Sprint(number, " "), 1+rng.IntN(200)))}
		if number%50 == 0 { // larger than a block
			ops = append(ops, quorate.RecordOp{Type: "snapshot", Data: make([]byte, 40<<10)})
		}
		if number%20 == 0 {
			ops = append(ops, quorate.RecordOp{Type: "log", Forget: true, To: number - 100 + min(100, 100-number%100)})
		}
		if before, err = contents(j); err != nil {
			t.Fatal(err)
		}
		commit(t, j, ops...)
	}
	if want, err = contents(j); err != nil {
		t.Fatal(err)
	}
	return killed(m.mem), want, before
}

// killed returns the disk after the process was killed: all that was written is there.
func killed(mem *vfs.MemFS) *vfs.MemFS {
	return mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))})
}

// contents returns all records as texts.
func contents(j quorate.Journal) ([]string, error) {
	var got []string
	for op, err := range j.Records() {
		if err != nil {
			return got, err
		}
		got = append(got, fmt.Sprintf("%s %q %d %x", op.Type, op.Key.Scope, op.Key.Number, op.Data))
	}
	return got, nil
}

// inspect opens a disk and reads all records.
func inspect(t *testing.T, mem *vfs.MemFS) ([]string, error) {
	t.Helper()
	m := newMedium(t)
	m.mem, m.faults, m.memTable = mem, disk.NewFaults(mem), 64<<10
	j, err := m.open()
	if err != nil {
		return nil, err
	}
	got, err := contents(j)
	return got, errors.Join(err, j.Close())
}

// files returns all files of a journal with their sizes.
func files(t *testing.T, mem *vfs.MemFS, dir string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	names, err := mem.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := mem.Stat(path.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // Pebble has just removed it
		}
		if err != nil {
			t.Fatal(err)
		}
		if !info.IsDir() {
			all[path.Join(dir, name)] = info.Size()
			continue
		}
		for name, size := range files(t, mem, path.Join(dir, name)) { // unordered: into a map
			all[name] = size
		}
	}
	return all
}

// sorted returns the names of files in order.
func sorted(all map[string]int64) []string {
	var names []string
	for name := range all { // unordered: sorted next
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// refusedOrWhole checks what a damaged disk gives: an error that says so, or
// every record.
func refusedOrWhole(t *testing.T, what string, mem *vfs.MemFS, want []string) (refused bool) {
	t.Helper()
	got, err := inspect(t, mem)
	if err != nil {
		if !errors.Is(err, disk.ErrDamaged) {
			t.Errorf("%s: refused, but not as damaged: %v", what, err)
		}
		if text := err.Error(); !strings.Contains(text, journalDir) || strings.Contains(text, "\n") {
			t.Errorf("%s: no place, or more than a line: %v", what, err)
		}
		return true
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d records, want %d", what, len(got), len(want))
	}
	return false
}

// Rule: whatever bit is flipped, no record is silently missing or another.
func TestFlippedBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	mem, want, _ := populated(t, rng, 64<<10)
	all := files(t, mem, journalDir)
	refused := map[string]int{}
	for _, name := range sorted(all) {
		size := all[name]
		if size == 0 {
			continue
		}
		offsets := []int64{0, 1, 6, 7, size - 1}
		for range flips() {
			offsets = append(offsets, rng.Int64N(size))
		}
		for _, offset := range offsets {
			hurt := killed(mem)
			data, err := hurt.UnsafeGetFileDataBuffer(name)
			if err != nil {
				t.Fatal(err)
			}
			data[min(offset, size-1)] ^= 1 << rng.IntN(8)
			if refusedOrWhole(t, fmt.Sprintf("%s with byte %d flipped", name, offset), hurt, want) {
				refused[path.Ext(name)]++
			}
		}
	}
	t.Logf("%d files, refused by kind: %v", len(all), refused)
}

var damageFlips = flag.Int("damage.flips", 5, "how many bits of each file are flipped, one at a time, besides some at certain places")

func flips() int {
	if testing.Short() {
		return 1
	}
	return *damageFlips
}

// Rule: nor if a file is cut short, or missing.
func TestTruncatedAndMissingFiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	mem, want, _ := populated(t, rng, 64<<10)
	all := files(t, mem, journalDir)
	refused := 0
	for _, name := range sorted(all) {
		gone := killed(mem)
		if err := gone.Remove(name); err != nil {
			t.Fatal(err)
		}
		if refusedOrWhole(t, name+" removed", gone, want) {
			refused++
		}
		for cut := range 12 {
			size := all[name] * int64(cut) / 12
			if cut == 11 {
				size = max(0, all[name]-1)
			}
			short := killed(mem)
			truncate(t, short, name, size)
			if refusedOrWhole(t, fmt.Sprintf("%s cut to %d of %d bytes", name, size, all[name]), short, want) {
				refused++
			}
		}
	}
	t.Logf("%d files, refused %d times", len(all), refused)
}

// Rule: without the file synced, as after a power failure that left an old one, a
// flipped bit in a log still costs no more than the very last batch.
func TestFlippedBitsWithoutSynced(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	mem, want, before := populated(t, rng, 4<<20) // one log has it all
	fresh := vfs.NewMem()
	m := newMedium(t)
	m.faults = disk.NewFaults(fresh)
	if j, err := m.open(); err != nil {
		t.Fatal(err)
	} else {
		closed(t, j)
	}
	old, err := fresh.UnsafeGetFileDataBuffer(journalDir + "/synced")
	if err != nil {
		t.Fatal(err)
	}
	refused, lost := 0, 0
	for _, name := range sorted(files(t, mem, journalDir)) {
		if path.Ext(name) != ".log" {
			continue
		}
		for range 10 * flips() {
			hurt := killed(mem)
			for file, change := range map[string]func(data []byte){ // unordered: of two files
				journalDir + "/synced": func(data []byte) { copy(data, old) },
				name:                   func(data []byte) { data[rng.IntN(len(data))] ^= 1 << rng.IntN(8) },
			} {
				data, err := hurt.UnsafeGetFileDataBuffer(file)
				if err != nil {
					t.Fatal(err)
				}
				change(data)
			}
			got, err := inspect(t, hurt)
			switch {
			case errors.Is(err, disk.ErrDamaged):
				refused++
			case err != nil:
				t.Error(err)
			case slices.Equal(got, before):
				lost++
			case !slices.Equal(got, want):
				t.Errorf("%s: %d records, want %d, or the %d without the last batch", name, len(got), len(want), len(before))
			}
		}
	}
	t.Logf("refused %d, lost the last batch %d times", refused, lost)
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func truncate(t *testing.T, mem *vfs.MemFS, name string, size int64) {
	t.Helper()
	data, err := mem.UnsafeGetFileDataBuffer(name)
	if err != nil {
		t.Fatal(err)
	}
	keep := slices.Clone(data[:size])
	file, err := mem.Create(name, vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = file.Write(keep)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}
