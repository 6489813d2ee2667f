// Package strace does harm to the system calls by which a process' journal becomes
// durable: it fails them, delays them, or kills the process in one. It does so through
// the program of that name, which Linux has and not every machine allows.
package strace

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// syncs are the system calls by which a journal becomes durable.
const syncs = "fsync,fdatasync"

// ErrUnreachable is wrapped where a process' system calls are out of reach.
var ErrUnreachable = errors.New("its system calls cannot be reached")

// How long strace may take to attach to a process, and to let go of it.
const (
	attaching = 5 * time.Second
	letGo     = 5 * time.Second
)

// Command returns the words before a program's that do something to every sync of it,
// as strace's inject says it: error=EIO, delay_enter=2000000, signal=SIGKILL:when=3.
func Command(what string) []string {
	return []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + syncs, "-e", "inject=" + syncs + ":" + what}
}

// Inject does something to every sync of a running process from now on, see [Command],
// until it is called off, or the process ends.
func Inject(ctx context.Context, pid int, what string) (off func(), err error) {
	if pid == 0 {
		return nil, fmt.Errorf("%w: it does not run", ErrUnreachable)
	}
	path, err := exec.LookPath("strace")
	if err != nil {
		return nil, fmt.Errorf("process %d: %w: %w", pid, ErrUnreachable, err)
	}
	cmd := exec.Command(path, "-f", "-o", "/dev/null", "-e", "trace="+syncs, "-e", "inject="+syncs+":"+what, "-p", fmt.Sprint(pid))
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	tracer, err := child.Start(cmd)
	if err != nil {
		return nil, err
	}
	off = sync.OnceFunc(func() {
		tracer.Signal(syscall.SIGINT) // it lets go of the process
		select {
		case <-tracer.Done():
		case <-time.After(letGo):
			tracer.Kill()
		}
	})
	attached := make(chan error, 1)
	go listen(out, pid, attached)
	limit := time.NewTimer(attaching)
	defer limit.Stop()
	select {
	case err = <-attached:
	case <-limit.C:
		err = fmt.Errorf("process %d: %w: strace has not attached in time", pid, ErrUnreachable)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		off()
		return nil, err
	}
	return off, nil
}

// listen tells whether strace attached to a process, and reads what else it says as
// long as it says something.
func listen(out io.Reader, pid int, attached chan<- error) {
	last, told := "it says nothing", false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last = lines.Text(); !told && strings.Contains(last, " attached") {
			told = true
			attached <- nil
		}
	}
	if !told {
		attached <- fmt.Errorf("process %d: %w: %s", pid, ErrUnreachable, last)
	}
}
