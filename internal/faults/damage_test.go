package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/journal/disk"
)

// damage is something that may happen to a file.
type damage struct {
	what string
	do   func(path string, size int64, rng *rand.Rand) error
}

func damages() []damage {
	return []damage{
		{"missing", func(path string, _ int64, _ *rand.Rand) error { return os.Remove(path) }},
		{"with a flipped bit", func(path string, size int64, rng *rand.Rand) error { return flip(path, rng.Int64N(size)) }},
		{"with a flipped bit in its last byte", func(path string, size int64, _ *rand.Rand) error { return flip(path, size-1) }},
		{"cut short", func(path string, size int64, rng *rand.Rand) error { return os.Truncate(path, rng.Int64N(size)) }},
		{"cut by a byte", func(path string, size int64, _ *rand.Rand) error { return os.Truncate(path, size-1) }},
	}
}

// kinds returns the files of a journal, relative to its directory, by what files
// of one purpose have in common in their names.
func kinds(t *testing.T, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := filepath.Rel(dir, path)
		kind := regexp.MustCompile(`\d+`).ReplaceAllString(file, "N")
		all[kind] = append(all[kind], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func flip(path string, at int64) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[min(at, int64(len(data)-1))] ^= 0x10
	return os.WriteFile(path, data, 0o600)
}

// replace makes a directory a copy of another one.
func replace(t *testing.T, dir, with string) {
	t.Helper()
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(with))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// records returns what a journal has, from a copy of its directory.
func records(t *testing.T, dir string) ([]string, error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "header"))
	if err != nil {
		return nil, err
	}
	_, text, _ = bytes.Cut(text, []byte("\n")) // the title
	var header disk.Header
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&header); err != nil {
		return nil, err
	}
	there := filepath.Join(t.TempDir(), "copy")
	replace(t, there, dir)
	j, err := disk.Open(disk.Config{Dir: there, Header: header})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	var all []string
	for op, err := range j.Records() {
		if err != nil {
			return nil, err
		}
		all = append(all, fmt.Sprintf("%s %v %x", op.Type, op.Key, op.Data))
	}
	return all, nil
}

// Rule: from a damaged directory a member starts with all it had, or not at all,
// and says what is wrong where; the others go on. With an empty one it comes
// back as a learner, and as a voter when it is admitted.
func TestDamaged(t *testing.T) {
	seed := seedOf(t)
	r := newRig(t, 3, seed)
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(300)
	id := r.ID(2)
	dir, whole := r.DataDir(id), filepath.Join(t.TempDir(), "whole")
	r.ends(id)
	replace(t, whole, dir)
	rng := rand.New(rand.NewPCG(seed, 3))
	had, err := records(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	refused, started := map[string]int{}, map[string]int{}
	for _, kind := range slices.Sorted(maps.Keys(kinds(t, dir))) {
		for _, d := range damages() {
			files := kinds(t, dir)[kind]
			if len(files) == 0 {
				continue
			}
			file := files[rng.IntN(len(files))]
			info, err := os.Stat(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() == 0 && d.what != "missing" {
				continue
			}
			if err := d.do(filepath.Join(dir, file), info.Size(), rng); err != nil {
				t.Fatal(err)
			}
			has, err := records(t, dir)
			if r.startsFrom(id, file+" "+d.what) {
				started[kind]++
				if err != nil || !slices.Equal(has, had) {
					t.Errorf("%s %s: it started with %d records, of %d that it had: %v", file, d.what, len(has), len(had), err)
				}
				r.whole(id, l)
				r.ends(id)
				replace(t, whole, dir) // it may have voted since: what it had before must not come back
				if had, err = records(t, whole); err != nil {
					t.Fatal(err)
				}
			} else {
				refused[kind]++
				replace(t, dir, whole)
			}
			l.serves(5)
		}
	}
	t.Logf("refused, by kind of file: %v; started: %v", refused, started)
	if len(refused) < 4 {
		t.Errorf("only damage to %v was found", refused)
	}
	r.wayBack(id, l)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// ends ends a member in order: all that it wrote is synced, and must be there.
// What was written and not synced when a process is killed may be cut off.
func (r *rig) ends(id quorate.ID) {
	r.t.Helper()
	p := r.Process(id)
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(r.t); code != 0 {
		r.t.Errorf("%v ended with %d: %s", id, code, p.Stderr())
	}
}

// startsFrom starts a member whose directory is damaged. If it refuses, it must
// say why, and where.
func (r *rig) startsFrom(id quorate.ID, what string) bool {
	r.t.Helper()
	p := r.Launch(r.t, id, "--linger", "0s")
	r.await("it serves, or has ended", func() bool { return strings.Contains(p.Stdout(), "ready") || !p.Running() })
	if p.Running() {
		return true
	}
	code, text := p.Wait(r.t), p.Stderr()
	said := lastLine(text)
	if code != 255 || !strings.HasPrefix(said, "quorate: ") || !strings.Contains(said, r.DataDir(id)) || !strings.Contains(said, "damaged") || strings.Contains(text, "goroutine") {
		r.t.Errorf("%s: it ended with %d: %s", what, code, text)
	}
	if *soak || testing.Verbose() {
		r.t.Logf("%s: %s", what, said)
	}
	return false
}

// whole checks that a member that started is a voter, and catches up with what
// the others have.
func (r *rig) whole(id quorate.ID, l *load) {
	r.t.Helper()
	other := r.others(id)[0]
	r.await("it catches up", func() bool {
		target := r.status(other).Executed
		s, err := r.ask(id)
		if err == nil && s.Learner {
			r.t.Fatalf("%v is a learner", id)
		}
		return err == nil && s.Executed >= target
	})
	for _, key := range l.keys() {
		if views, a := r.reach.Consensus(r.t.Context(), key); a.Verdict == quorate.Lost {
			r.t.Errorf("members on %q: %s: %+v", key, a.Why, views)
		}
	}
}

// wayBack has a member vote again whose directory is of no use.
func (r *rig) wayBack(id quorate.ID, l *load) {
	r.t.Helper()
	if err := os.RemoveAll(r.DataDir(id)); err != nil {
		r.t.Fatal(err)
	}
	r.Start(r.t, id)
	if s := r.status(id); !s.Learner {
		r.t.Errorf("%+v", s)
	}
	if got := r.admit(id); got.Code != 0 {
		r.t.Fatalf("%+v", got)
	}
	other := r.others(id)[0]
	r.Process(other).Kill()
	l.serves(20) // by a majority that it is needed for
	r.Start(r.t, other)
}

// Rule: a directory of another member, of another cluster, or of something else
// is refused, with what it is and what was expected.
func TestForeignDirectories(t *testing.T) {
	r := newRig(t, 3, seedOf(t))
	l := r.load(loadConfig{binary: 4, rest: 2})
	l.serves(50)
	id, other := r.ID(2), r.ID(1)
	dir, own := r.DataDir(id), filepath.Join(t.TempDir(), "own")
	r.Process(id).Kill()
	replace(t, own, dir)

	larger := dormant(t, 5, 1)
	larger.Start(t, id, "--init")
	larger.Process(id).Kill()
	something := t.TempDir()
	if err := os.WriteFile(filepath.Join(something, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Process(other).Kill()
	theirs := filepath.Join(t.TempDir(), "theirs")
	replace(t, theirs, r.DataDir(other))
	r.Start(t, other)
	for _, tc := range []struct {
		dir  string
		code int
		want []string
	}{
		{theirs, 254, []string{other.String(), id.String(), "belongs to another"}},
		{larger.DataDir(id), 254, []string{"1.5", "belongs to another"}},
		{something, 255, []string{"notes.txt", "damaged"}},
		{r.Path, 255, []string{"not a directory"}},
	} {
		args := slices.Concat(r.Args(id), []string{"--data-dir", tc.dir})
		got := proc.Run(t, args...)
		t.Logf("%d %s", got.Code, strings.TrimSpace(got.Stderr))
		for _, part := range append(tc.want, tc.dir) {
			if got.Code != tc.code || !strings.Contains(got.Stderr, part) {
				t.Errorf("%s: code %d, want %d and %q: %s", tc.dir, got.Code, tc.code, part, got.Stderr)
			}
		}
		l.serves(5)
	}
	if notes, err := os.ReadFile(filepath.Join(something, "notes.txt")); err != nil || string(notes) != "mine" {
		t.Errorf("what was in the directory is now %q, %v", notes, err)
	}
	r.twin(id, l)
	replace(t, dir, own)
	r.Start(t, id)
	l.serves(20)
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// twin starts a member from the directory of the same member of a cluster that
// looks the same, and has another life. Nobody can tell before it talks to the
// others; then neither side counts on the other, and both say so.
func (r *rig) twin(id quorate.ID, l *load) {
	r.t.Helper()
	same := newRig(r.t, 3, 2)
	same.writes(time.Now(), same.IDs())
	same.agree("probe")
	same.KillAll()
	replace(r.t, r.DataDir(id), same.DataDir(id))
	p := r.Start(r.t, id)
	const told = "not from the incarnation that counts"
	p.ErrLine(r.t, told)
	other := r.others(id)[0]
	r.Process(r.others(id)[1]).Kill()
	r.Process(other).ErrLine(r.t, told)
	r.refused("one voter of this cluster is up")
	if h, err := r.operator(id).Ready(r.t.Context()); err != nil || h.OK {
		r.t.Errorf("its health is %+v, %v", h, err)
	}
	p.Kill()
	r.Start(r.t, r.others(id)[1])
	l.serves(20)
}
