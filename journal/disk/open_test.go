package disk_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/disk"
)

func config(t testing.TB, dir string) disk.Config {
	return disk.Config{Dir: dir, Header: disk.Header{Node: node(t, 1), Protocol: "paxos", Cluster: "1.1 1.2 1.3"}}
}

func open(t testing.TB, cfg disk.Config) *disk.Journal {
	t.Helper()
	j, err := disk.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func put(number uint64, data string) quorate.RecordOp {
	return quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Number: number}, Data: []byte(data)}
}

func commit(t testing.TB, j quorate.Journal, ops ...quorate.RecordOp) {
	t.Helper()
	if err := j.Commit(ops); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, j *disk.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// numbers returns the numbers of all records.
func numbers(t testing.TB, j quorate.Journal) []uint64 {
	t.Helper()
	var got []uint64
	for op, err := range j.Records() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, op.Key.Number)
	}
	return got
}

func TestRealDirectory(t *testing.T) {
	cfg := config(t, filepath.Join(t.TempDir(), "a", "b"))
	j := open(t, cfg)
	if !j.Created() || !j.Empty() {
		t.Error("a new journal does not say so")
	}
	closed(t, j)
	j = open(t, cfg)
	if j.Created() || !j.Empty() {
		t.Error("one that was opened before, without a record, says otherwise")
	}
	commit(t, j, put(1, "one"), put(2, "two"))
	closed(t, j)
	closed(t, j) // again: nothing
	if err := j.Commit([]quorate.RecordOp{put(3, "")}); !errors.Is(err, journal.ErrClosed) || !strings.Contains(err.Error(), cfg.Dir) {
		t.Errorf("commit after close: %v", err)
	}
	j = open(t, cfg)
	if j.Created() || j.Empty() {
		t.Error("one with records says otherwise")
	}
	if got := numbers(t, j); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("records %v", got)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []disk.Config{
		{},
		{Dir: "x"},
		{Header: disk.Header{Node: node(t, 1)}},
		{Dir: "x", Header: disk.Header{Node: node(t, 1)}, MemTable: 1},
		{Dir: "x", Header: disk.Header{Node: node(t, 1)}, MemTable: -1},
	} {
		if _, err := disk.Open(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}

func TestMismatchNamesBothSides(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	cfg.Header.Records = "A{1}"
	closed(t, open(t, cfg))
	for what, change := range map[string]func(h *disk.Header){
		`node: it has "1.1", this is "1.2"`:                         func(h *disk.Header) { h.Node = node(t, 2) },
		`protocol: it has "paxos", this is "epaxos"`:                func(h *disk.Header) { h.Protocol = "epaxos" },
		`cluster: it has "1.1 1.2 1.3", this is "1.1 1.2"`:          func(h *disk.Header) { h.Cluster = "1.1 1.2" },
		`records: it has "A{1}", this is "A{2}"`:                    func(h *disk.Header) { h.Records = "A{2}\nB{1}" },
		`protocol: it has "paxos", this is ""; cluster: it has "1.`: func(h *disk.Header) { h.Protocol, h.Cluster = "", "" },
	} {
		cfg := cfg
		change(&cfg.Header)
		_, err := disk.Open(cfg)
		if !errors.Is(err, disk.ErrMismatch) || errors.Is(err, disk.ErrDamaged) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%v, want %s", err, what)
		}
	}
	cfg.Header.Records = "" // not compared
	closed(t, open(t, cfg))
}

const lockDirEnv = "QUORATE_TEST_LOCK_DIR"

func TestLocked(t *testing.T) {
	if dir := os.Getenv(lockDirEnv); dir != "" { // the other process
		_, err := disk.Open(config(t, dir))
		if !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), dir) {
			t.Errorf("a second process: %v", err)
		}
		return
	}
	dir := t.TempDir()
	j := open(t, config(t, dir))
	if _, err := disk.Open(config(t, dir)); !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the same process: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(config(t, link)); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("by another name: %v", err)
	}
	other := exec.Command(os.Args[0], "-test.run=^TestLocked$")
	other.Env = append(os.Environ(), lockDirEnv+"="+dir)
	if out, err := other.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	closed(t, j)
	closed(t, open(t, config(t, dir)))
}

func TestRefusesOtherDirectories(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(config(t, dir)); !errors.Is(err, disk.ErrDamaged) || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("a directory with something else: %v", err)
	}
	if _, err := disk.Open(config(t, filepath.Join(dir, "thesis.tex"))); err == nil {
		t.Error("a file was taken for a directory")
	}
}
