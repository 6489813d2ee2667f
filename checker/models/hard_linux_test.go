package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// crowded is a register that many clients compare and set at one time, none of which was
// ever told what came of it; and reads that saw much of that, and at last what nobody wrote.
func crowded(clients int) string {
	var b strings.Builder
	for i := range clients {
		fmt.Fprintf(&b, "{:process %d :type :invoke :f :cas :value [%d %d]}\n", i, i%8, (i+1+i/8)%8)
	}
	for i := range 20 {
		fmt.Fprintf(&b, "{:process %d :type :invoke :f :read}\n{:process %d :type :ok :f :read :value %d}\n", 1000, 1000, (3*i)%8)
	}
	return b.String() + "{:process 1000 :type :invoke :f :read}\n{:process 1000 :type :ok :f :read :value :never}\n"
}

// A search that would never end is unknown, in a process that has little memory: it ends
// by itself before the kernel ends it.
func TestHardInLittleMemory(t *testing.T) {
	const child, memory = "QUORATE_LITTLE_MEMORY", 256 << 20
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHardInLittleMemory$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1", "GOMAXPROCS=2")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "both are unknown") {
			t.Errorf("%v:\n%.2000s", err, out)
		}
		return
	}
	limit := syscall.Rlimit{Cur: inUse(t) + memory, Max: inUse(t) + memory}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		t.Fatal(err)
	}
	h := reading(t, crowded(64))
	for _, model := range []string{"cas-register", "kv"} {
		r, err := Check(context.Background(), h, Config{Model: model, Initial: int64(0), MaxSearchBytes: memory / 8, TimeLimit: time.Hour})
		if err != nil || r.Verdict != checker.Unknown || !strings.Contains(r.Reason, "more memory") {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if _, err := (history.Config{MaxBytes: memory / 64}).Read(&endless{}); !errors.Is(err, history.ErrMalformed) {
		t.Fatalf("a text without an end: %v", err)
	}
	fmt.Println("both are unknown")
}

// inUse is how much of what the limit bounds the process has, with the race detector much.
func inUse(t *testing.T) (bytes uint64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmData: %d kB", &bytes); n == 1 {
			return bytes << 10
		}
	}
	t.Fatal("the kernel does not say VmData")
	return 0
}

// endless is a history that goes on for ever.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	e.n++
	return copy(p, fmt.Sprintf("{:process %d :type :invoke :f :read}\n", e.n)), nil
}
