package faults_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/quorate/quorate/internal/child"
	"github.com/quorate/quorate/internal/proc"
)

// syncs are the system calls by which a journal becomes durable.
const syncs = "fsync,fdatasync"

// needStrace skips a test where there is no strace, or where it may not trace.
func needStrace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes processes and seconds; without -short it runs")
	}
	if out, err := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+syncs, "true").CombinedOutput(); err != nil {
		t.Skipf("needs strace, to fail a process' system calls: %v %s", err, out)
	}
}

// underStrace returns the command that runs a process and does something to its
// calls of sync.
func underStrace(inject string) []string {
	return []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + syncs, "-e", "inject=" + syncs + ":" + inject}
}

// inject does something to every sync of a running process from now on, until
// the returned function is called, or the process ends.
func inject(t *testing.T, p *proc.Process, what string) (end func()) {
	t.Helper()
	cmd := exec.Command("strace", "-f", "-o", "/dev/null", "-e", "trace="+syncs, "-e", "inject="+syncs+":"+what, "-p", fmt.Sprint(p.PID()))
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		tracer.Signal(syscall.SIGINT) // it lets go of the process
		<-tracer.Done()
	})
	t.Cleanup(end)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), " attached") {
			return end
		}
		if strings.Contains(lines.Text(), "not permitted") {
			t.Skipf("needs the right to trace a process: %s", lines.Text())
		}
	}
	t.Fatalf("strace has not attached to process %d", p.PID())
	return nil
}
