package inject

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// syncCalls are the system calls by which a journal becomes durable.
const syncCalls = "fsync,fdatasync"

// errTrace is wrapped where a process' system calls are out of reach.
var errTrace = errors.New("its system calls cannot be reached")

// letGo is how long strace may take for that.
const letGo = 5 * time.Second

// tamper does something to every sync of a process from now on, as strace's inject says
// it, until it is called off, or the process ends.
func tamper(ctx context.Context, pid int, what string) (off func(), err error) {
	path, err := exec.LookPath("strace")
	if err != nil || pid == 0 {
		return nil, fmt.Errorf("process %d: %w: %w", pid, errTrace, err)
	}
	cmd := exec.Command(path, "-f", "-o", "/dev/null", "-e", "trace="+syncCalls, "-e", "inject="+syncCalls+":"+what, "-p", fmt.Sprint(pid))
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
	go func() {
		lines := bufio.NewScanner(out)
		last := "it says nothing"
		for first := true; lines.Scan(); {
			if last = lines.Text(); first && strings.Contains(last, " attached") {
				first = false
				attached <- nil
			}
		}
		select {
		case attached <- fmt.Errorf("process %d: %w: %s", pid, errTrace, last):
		default:
		}
	}()
	limit := time.NewTimer(5 * time.Second)
	defer limit.Stop()
	select {
	case err = <-attached:
	case <-limit.C:
		err = fmt.Errorf("process %d: %w: strace has not attached in time", pid, errTrace)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		off()
		return nil, err
	}
	return off, nil
}
