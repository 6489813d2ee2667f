package faults_test

import (
	"os/exec"
	"testing"

	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/internal/strace"
)

// needStrace skips a test where there is no strace, or where it may not trace.
func needStrace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes processes and seconds; without -short it runs")
	}
	words := append(strace.Command("error=EIO"), "true")
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Skipf("needs strace, to fail a process' system calls: %v %s", err, out)
	}
}

// inject does something to every sync of a running process from now on, until
// the returned function is called, or the process ends.
func inject(t *testing.T, p *proc.Process, what string) (end func()) {
	t.Helper()
	end, err := strace.Inject(t.Context(), p.PID(), what)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return end
}
