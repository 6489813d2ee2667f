package proc

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// patience is how long a process may take for what it was asked. Nothing
// depends on it: a test that waits so long has failed.
const patience = time.Minute

// Process is a process of the quorate binary.
type Process struct {
	*child.Child
	args           []string
	stdout, stderr *output
}

// Start starts quorate with these arguments. It is killed when the test ends.
func Start(t testing.TB, args ...string) *Process {
	t.Helper()
	return StartIn(t, "", nil, args...)
}

// StartIn is [Start] in a directory, with additions to the environment.
func StartIn(t testing.TB, dir string, env []string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(Build(t), args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return start(t, cmd, args)
}

// StartUnder is [Start] under another program, such as a tracer: the command
// line of quorate follows on its own.
func StartUnder(t testing.TB, program []string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(program[0], append(append(program[1:len(program):len(program)], Build(t)), args...)...)
	return start(t, cmd, args)
}

func start(t testing.TB, cmd *exec.Cmd, args []string) *Process {
	t.Helper()
	p := &Process{args: args, stdout: newOutput(), stderr: newOutput()}
	cmd.Stdout, cmd.Stderr = p.stdout, p.stderr
	cmd.WaitDelay = patience // for what it started and did not end
	c, err := child.Start(cmd)
	if err != nil {
		t.Fatalf("start quorate %s: %v", strings.Join(args, " "), err)
	}
	p.Child = c
	t.Cleanup(p.Kill)
	return p
}

// Result is what a process left behind.
type Result struct {
	Code           int // see [child.Child.ExitCode]
	Stdout, Stderr string
}

// Run runs quorate with these arguments to its end.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	p := Start(t, args...)
	code := p.Wait(t)
	return Result{code, p.Stdout(), p.Stderr()}
}

// Wait waits for the end of the process and returns its exit code.
func (p *Process) Wait(t testing.TB) int {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-p.Done():
		return p.ExitCode()
	case <-limit.C:
		p.fatal(t, "has not ended")
		return -1
	}
}

// Line returns the first line on stdout that begins with prefix. It waits for
// it, and fails the test if the process ends without.
func (p *Process) Line(t testing.TB, prefix string) string {
	t.Helper()
	return p.await(t, p.stdout, prefix)
}

// ErrLine is [Process.Line] of stderr, and of lines that contain text.
func (p *Process) ErrLine(t testing.TB, text string) string {
	t.Helper()
	return p.await(t, p.stderr, text)
}

func (p *Process) await(t testing.TB, out *output, text string) string {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		ended := !p.Running() // before looking: what it wrote is there then
		line, ok, more := out.find(text, out == p.stdout)
		switch {
		case ok:
			return line
		case ended:
			p.fatal(t, "ended without a line with "+text)
		}
		select {
		case <-more:
		case <-p.Done():
		case <-limit.C:
			p.fatal(t, "has not printed a line with "+text)
		}
	}
}

func (p *Process) fatal(t testing.TB, what string) {
	t.Helper()
	code := "it runs"
	if !p.Running() {
		code = "exit code " + itoa(p.ExitCode())
	}
	t.Fatalf("quorate %s %s; %s\nstdout: %s\nstderr: %s", strings.Join(p.args, " "), what, code, p.Stdout(), p.Stderr())
}

// Stdout returns what the process has written so far.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what the process has written so far.
func (p *Process) Stderr() string { return p.stderr.String() }

// output keeps what a process writes.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{} // closed when something was written
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// find returns the first complete line with text, at its beginning or anywhere,
// and what is closed when there is more to look at.
func (o *output) find(text string, begins bool) (string, bool, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.SplitAfter(o.buf.String(), "\n")
	for _, line := range lines {
		whole, complete := strings.CutSuffix(line, "\n")
		if complete && (strings.HasPrefix(whole, text) || !begins && strings.Contains(whole, text)) {
			return whole, true, o.more
		}
	}
	return "", false, o.more
}
