package disk_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const killDirEnv = "QUORATE_TEST_KILL_DIR"

// Rule: a process that is killed at any moment leaves a journal that opens at
// once and has every batch that was acknowledged.
func TestKilledProcess(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		commitForEver(t, dir)
	}
	dir, last := t.TempDir(), uint64(0)
	for round := range 5 {
		last = max(last, untilKilled(t, dir, 40+150*round))
		j := open(t, config(t, dir))
		got := numbers(t, j)
		if len(got) == 0 || got[len(got)-1] < last || got[len(got)-1] > last+1 || got[0] > last {
			t.Fatalf("round %d: records %v, the last one acknowledged was %d", round, got, last)
		}
		last = got[len(got)-1]
		closed(t, j)
	}
}

// commitForEver tells on its standard output what is acknowledged.
func commitForEver(t *testing.T, dir string) {
	j := open(t, config(t, dir))
	next := uint64(1)
	for _, n := range numbers(t, j) {
		next = n + 1
	}
	for ; ; next++ {
		commit(t, j, put(next, strings.Repeat("x", 2000)), forget(0, next-min(next, 3)))
		fmt.Println("acknowledged", next)
	}
}

// untilKilled runs a process until it has acknowledged so many batches, kills it,
// and returns the last of them.
func untilKilled(t *testing.T, dir string, batches int) (last uint64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), killDirEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for lines := bufio.NewScanner(out); lines.Scan(); { // to the end: it has written what we do not wait for
		text += lines.Text() + "\n"
		if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &last); err != nil {
			continue
		}
		if batches--; batches == 0 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("it was not killed: %v\n%s", err, text)
	}
	return last
}
