package child_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/child"
)

// TestMain lets this binary play the programs that the tests start.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAY") {
	case "":
		os.Exit(m.Run())
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		select {}
	case "polite":
		fmt.Println("ready")
		select {}
	case "parent":
		c := start("deaf")
		fmt.Println(c.PID())
		select {}
	case "seven":
		os.Exit(7)
	}
}

func command(play string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PLAY="+play)
	return cmd
}

func start(play string) *child.Child {
	c, err := child.Start(command(play))
	if err != nil {
		panic(err)
	}
	return c
}

// spoken starts a program and returns the first line that it prints.
func spoken(t *testing.T, play string) (*child.Child, string) {
	t.Helper()
	cmd := command(play)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = w
	c, err := child.Start(cmd)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	line, err := bufio.NewReader(r).ReadString('\n')
	r.Close()
	if err != nil {
		t.Fatal(err)
	}
	return c, strings.TrimSpace(line)
}

func TestExitCodes(t *testing.T) {
	c := start("seven")
	<-c.Done()
	if c.ExitCode() != 7 || c.Running() {
		t.Errorf("code %d, running %v", c.ExitCode(), c.Running())
	}
	c.Kill() // does no harm
	if _, err := child.Start(exec.Command("./no-such-program")); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestStop(t *testing.T) {
	polite, _ := spoken(t, "polite")
	if !polite.Stop(time.Minute) || polite.ExitCode() != 128+int(syscall.SIGTERM) {
		t.Errorf("a program that ends when it is told to: code %d", polite.ExitCode())
	}
	deaf, _ := spoken(t, "deaf")
	if deaf.Stop(time.Millisecond) || deaf.ExitCode() != 137 {
		t.Errorf("a program that does not: code %d", deaf.ExitCode())
	}
}

// A child does not outlive its parent, though that is killed.
func TestNoOrphans(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux, where a parent's death is a signal to its children")
	}
	parent, line := spoken(t, "parent")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	parent.Kill()
	for deadline := time.Now().Add(time.Minute); alive(pid); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("process %d outlives its parent", pid)
		}
	}
}

// alive reports whether a process runs: neither gone, nor a zombie that nobody
// has waited for.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
