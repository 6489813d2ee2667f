package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// timeLayout names the directories of runs so that they sort by time, in UTC.
const timeLayout = "20060102T150405.000Z"

// runningFile is in the directory of a run that has not finished.
const runningFile = "running"

// Run is the directory of one run of a test. Safe for concurrent use.
type Run struct {
	root, dir string // dir is below root
	test      string
	at        time.Time
	running   *os.File

	mu    sync.Mutex
	saved []string // files, in the order in which they were
}

// Create makes the directory of a run of a test that begins now, in that of the test
// in root. Whatever names and clocks say, it is a new one. Until [Run.Finish] the
// run says that it goes on, or, should the process die before, that it did not
// finish.
func Create(root, test string, at time.Time) (*Run, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the store: %w", err)
	}
	parent := filepath.Join(root, fileName(test))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("make the directory of the test %s in the store: %w", test, err)
	}
	dir, err := exclusive(filepath.Join(parent, at.UTC().Format(timeLayout)))
	if err != nil {
		return nil, fmt.Errorf("make a directory for the run: %w", err)
	}
	r := &Run{root: root, dir: dir, test: test, at: at}
	if err := r.begin(); err != nil {
		return nil, fmt.Errorf("begin the run in %s: %w", dir, err)
	}
	r.link(filepath.Join(root, current))
	return r, nil
}

// maxTries bounds the runs that begin within one millisecond.
const maxTries = 1000

// exclusive makes a directory that was not there, of the name or one that begins with it.
func exclusive(name string) (string, error) {
	dir := name
	for i := 2; ; i++ {
		err := os.Mkdir(dir, 0o755)
		if err == nil || !errors.Is(err, fs.ErrExist) || i > maxTries {
			return dir, err
		}
		dir = fmt.Sprintf("%s-%d", name, i)
	}
}

// begin says that the run goes on.
func (r *Run) begin() error {
	f, err := os.OpenFile(r.Path(runningFile), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	if err = lock(f); errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	if err == nil {
		_, err = fmt.Fprintf(f, "Process %d runs this test since %s, and has this file locked while it does.\nIf no process has, the test did not finish: it was killed, or its machine was.\n",
			os.Getpid(), r.at.UTC().Format(time.RFC3339))
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.running = f
	return nil
}

// Dir is the run's directory, an absolute path.
func (r *Run) Dir() string { return r.dir }

// Path is the path of a file of the run. What is no plain name of a file is made one.
func (r *Run) Path(name string) string { return filepath.Join(r.dir, fileName(name)) }

// Log opens the log of a node, or of the tester, to append to: NAME.log. Closing it tells whether all of it
// was written.
func (r *Run) Log(name string) (io.WriteCloser, error) {
	f, err := os.OpenFile(r.Path(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	return f, nil
}

// described is test.json.
type described struct {
	Schema  int             `json:"schema"`
	Test    string          `json:"test"`
	Started time.Time       `json:"started"`
	Config  json.RawMessage `json:"config"`
}

// Describe writes test.json: the configuration of the test, so that also a run that never
// finishes can be run again.
func (r *Run) Describe(config json.RawMessage) error {
	if len(config) == 0 {
		config = json.RawMessage("null")
	}
	return r.Write("test.json", func(w io.Writer) error {
		return writeJSON(w, described{1, r.test, r.at.UTC(), config})
	})
}

// writeJSON writes what people can read, too.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Write writes a file of the run: whole, or not at all. It replaces one of the same
// name.
func (r *Run) Write(name string, write func(w io.Writer) error) error {
	return r.write(fileName(name), write)
}

// write writes a file below the directory.
func (r *Run) write(path string, write func(w io.Writer) error) error {
	if err := atomic(filepath.Join(r.dir, path), write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved = append(r.saved, path)
	return nil
}

// atomic writes a file under another name, and gives it its own once it is on the disk.
func atomic(path string, write func(w io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".unfinished-*")
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err = write(b); err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// link lets a name lead to the run, as far as the system has links: nothing depends
// on them.
func (r *Run) link(name string) {
	if found, err := os.Lstat(name); err == nil && found.Mode()&fs.ModeSymlink == 0 {
		return // somebody's
	}
	to, err := filepath.Rel(filepath.Dir(name), r.dir)
	if err != nil {
		return
	}
	temporary := filepath.Join(filepath.Dir(name), fmt.Sprintf(".link-%d-%s-%s", os.Getpid(), filepath.Base(filepath.Dir(r.dir)), filepath.Base(r.dir)))
	if err := os.Symlink(to, temporary); err != nil {
		return
	}
	if os.Rename(temporary, name) != nil {
		_ = os.Remove(temporary)
	}
}

// unlink removes a name that leads to the run.
func (r *Run) unlink(name string) {
	to, err := os.Readlink(name)
	if err == nil && filepath.Join(filepath.Dir(name), to) == r.dir {
		_ = os.Remove(name)
	}
}

// finished says that nothing more will come.
func (r *Run) finished() error {
	err := os.Remove(r.running.Name())
	err = errors.Join(err, r.running.Close())
	r.link(filepath.Join(filepath.Dir(r.dir), latest))
	r.link(filepath.Join(r.root, latest))
	r.unlink(filepath.Join(r.root, current))
	return err
}

// told lists what was saved, for a message.
func (r *Run) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.saved) == 0 {
		return "nothing"
	}
	return strings.Join(r.saved, ", ")
}
