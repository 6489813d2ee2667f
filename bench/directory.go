package bench

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// directoryPrefix is what the names of directories begin with that clusters of
// processes live in.
const directoryPrefix = "quorate-bench-"

// directory makes the directory of a cluster of processes, in the DataDir if there
// is one. Sweep removes it. Should this process be killed before it can, another one
// does, which waits for nothing else.
func (c Config) directory() (dir string, sweep func() error, err error) {
	if c.DataDir != "" {
		if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
			return "", nil, fmt.Errorf("make the data directory: %w", err)
		}
	}
	if dir, err = os.MkdirTemp(c.DataDir, directoryPrefix+c.Protocol+"-"); err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make a directory for the run: %w", err)
	}
	done, err := sweeper(c.Processes.Binary, dir)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start what removes %s at the end: %w", dir, err), os.RemoveAll(dir))
	}
	return dir, func() error { return cmp.Or(os.RemoveAll(dir), done()) }, nil
}

// sweeper starts the process that removes a directory when this one has ended.
func sweeper(binary, dir string) (done func() error, err error) {
	cmd := exec.Command(binary, SweepCommand, dir)
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c, err := child.StartHeir(cmd)
	if err != nil {
		return nil, err
	}
	return func() error {
		err := alive.Close()
		<-c.Done()
		return err
	}, nil
}

// SweepCommand is the word by which Processes.Binary is asked to [Sweep] a directory,
// its only operand.
const SweepCommand = "bench-sweep"

// Sweep removes the directory of a cluster of processes once all has been read from
// alive, of which the other end closes when the process does that runs the cluster.
func Sweep(dir string, alive io.Reader) error {
	if !strings.HasPrefix(filepath.Base(dir), directoryPrefix) {
		return fmt.Errorf("sweep %s: it is none of a benchmark", dir)
	}
	_, _ = io.Copy(io.Discard, alive) // an error is an end, too
	var err error
	for range 50 { // the members may still write while they die
		if err = os.RemoveAll(dir); err == nil {
			if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}
