package strace_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/quorate/quorate/internal/child"
	"github.com/quorate/quorate/internal/strace"
)

// synced, set to a file, makes this program sync it as often as it is told to.
const synced = "QUORATE_TEST_SYNCED"

func TestMain(m *testing.M) {
	if name := os.Getenv(synced); name != "" {
		syncs(name)
	}
	os.Exit(m.Run())
}

// syncs says the error of a sync for each byte that comes in.
func syncs(name string) {
	f, err := os.Create(name)
	for err == nil {
		if _, err = os.Stdin.Read(make([]byte, 1)); err == nil {
			_, err = os.Stdout.WriteString(errorOf(f.Sync()))
		}
	}
	os.Exit(1)
}

func errorOf(err error) string {
	if err == nil {
		return "+"
	}
	return "-"
}

// Rule: the syncs of a process fail from when they are to until that is called off.
func TestInject(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), synced+"="+filepath.Join(t.TempDir(), "file"))
	ask, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	sync := func(want string) {
		t.Helper()
		got := make([]byte, 1)
		if _, err := ask.Write([]byte{'?'}); err != nil {
			t.Fatal(err)
		}
		if _, err := answers.Read(got); err != nil || string(got) != want {
			t.Errorf("a sync: %q %v, want %s", got, err, want)
		}
	}
	sync("+")
	off, err := strace.Inject(t.Context(), p.PID(), "error=EIO")
	if errors.Is(err, strace.ErrUnreachable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	sync("-")
	off()
	sync("+")
	if _, err := strace.Inject(t.Context(), p.PID(), "signal=SIGKILL"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask.Write([]byte{'?'}); err != nil {
		t.Fatal(err)
	}
	if <-p.Done(); p.ExitCode() != 128+int(syscall.SIGKILL) {
		t.Errorf("it ended with %d", p.ExitCode())
	}
}

// Rule: a program runs under strace from its first sync on.
func TestCommand(t *testing.T) {
	words := strace.Command("error=EIO")
	if out, err := exec.Command(words[0], append(words[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("needs strace, and the right to trace: %v %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(words[0], append(words[1:], self)...)
	cmd.Env = append(os.Environ(), synced+"="+filepath.Join(t.TempDir(), "file"))
	cmd.Stdin = bytes.NewReader([]byte("?"))
	if out, _ := cmd.Output(); string(out) != "-" { // it ends with 1, as nobody asks on
		t.Errorf("its first sync: %q", out)
	}
}

// Rule: what cannot be reached is said to be so.
func TestUnreachable(t *testing.T) {
	if _, err := strace.Inject(t.Context(), 0, "error=EIO"); !errors.Is(err, strace.ErrUnreachable) {
		t.Errorf("no process: %v", err)
	}
	if _, err := strace.Inject(t.Context(), 1<<30, "error=EIO"); !errors.Is(err, strace.ErrUnreachable) {
		t.Errorf("a process that is not there: %v", err)
	}
}
