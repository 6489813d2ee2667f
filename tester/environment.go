package tester

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quorate/quorate/tester/results"
)

// ErrEnvironment is wrapped when the machine let a test down, and not the cluster: a promise
// that was not kept for want of a disk proves nothing.
var ErrEnvironment = errors.New("the machine let the test down")

// trouble is what a machine says, and what to do about it.
type trouble struct{ says, do string }

func troubles() []trouble {
	const room = "make room below the store, or name another --store"
	return []trouble{
		{"no space left on device", room}, {"disk quota exceeded", room},
		{"read-only file system", "name a --store that can be written"},
		{"address already in use", "another program took a port that a member needs: test again"},
		{"too many open files", "let a process open more files (ulimit -n)"},
		{"cannot allocate memory", "free some memory, or test with fewer members and clients"},
	}
}

// advice returns what to do about what an error or a member says of its machine, empty if
// it says nothing of that.
func advice(text string) string {
	for _, t := range troubles() {
		if strings.Contains(text, t.says) {
			return t.do
		}
	}
	return ""
}

// advised adds to an error what to do about it.
func advised(err error) error {
	if err == nil {
		return nil
	}
	if do := advice(err.Error()); do != "" && !strings.Contains(err.Error(), do) {
		return fmt.Errorf("%w; %s", err, do)
	}
	return err
}

// unlucky reports whether a member ended because of its machine: it says so, and ended as
// one does that cannot go on.
func (d death) unlucky() bool {
	return strings.Contains(d.what, fmt.Sprintf("exit code %d", toolFailed)) && advice(d.what) != ""
}

// probed is how much room a test wants to see below its store once it is over, in bytes.
const probed = 1 << 20

// environment says what of the machine failed the test, and what to do; nil if nothing is
// known to have.
func (r *run) environment() error {
	if r.target == nil || !r.target.Local() {
		return nil
	}
	if r.cfg.Binary != "" {
		if _, err := os.Stat(r.cfg.Binary); err != nil {
			return fmt.Errorf("%w: the program that runs members is gone: %w; put it back, and test again", ErrEnvironment, err)
		}
	}
	probe := filepath.Join(r.dir, ".probe")
	err := os.WriteFile(probe, make([]byte, probed), 0o600)
	_ = os.Remove(probe) // it may not be there
	if err != nil {
		return advised(fmt.Errorf("%w: %w", ErrEnvironment, err))
	}
	deaths := r.target.Deaths()
	if i := slices.IndexFunc(deaths, death.unlucky); i >= 0 {
		return advised(fmt.Errorf("%w: member %v: %s", ErrEnvironment, deaths[i].id, deaths[i].what))
	}
	return nil
}

// excuse takes back what is no finding where the machine failed, and returns that failure
// if nothing else was found.
func (r *run) excuse(res *results.Results) error {
	failed := r.environment()
	if failed == nil {
		return nil
	}
	own := slices.ContainsFunc(r.target.Deaths(), func(d death) bool { return !d.unlucky() })
	for i := range res.Checks {
		c := &res.Checks[i]
		if c.Valid == results.False && (c.Name == "recovered" || c.Name == "members" && !own) {
			c.Valid, c.Reason = results.Unknown, fmt.Sprintf("%v; it is why %s", failed, c.Reason)
		}
	}
	if res.Judge(); res.Valid == results.False {
		return nil // which the machine does not excuse
	}
	return fmt.Errorf("test %s: %w", r.cfg.Name, failed)
}
