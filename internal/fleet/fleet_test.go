package fleet_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/internal/proc"
)

// said keeps what members said.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) say(id quorate.ID, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, id.String()+" "+line)
}

func (s *said) has(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.lines, line)
}

func config(t *testing.T, c *proc.Cluster) (fleet.Config, *said) {
	t.Helper()
	s := &said{}
	return fleet.Config{Binary: proc.Build(t), File: c.File, Path: c.Path, Dir: c.Dir, Say: s.say, Patience: time.Minute}, s
}

// until waits until a member is as it should be.
func until(t *testing.T, f *fleet.Fleet, i int, good func(v fleet.View) bool) fleet.View {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-pause() {
		v := f.Look(t.Context())[i]
		if good(v) {
			return v
		}
		if time.Now().After(deadline) {
			t.Fatalf("member %v is %+v, with status %+v", v.ID, v, v.Status)
		}
	}
}

func TestFleet(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	cfg, said := config(t, c)
	ended := make(chan fleet.End, 9)
	cfg.Ended = func(_ quorate.ID, e fleet.End) { ended <- e }
	f, err := fleet.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	if !f.Fresh() || len(f.Lost()) != 0 {
		t.Errorf("a new cluster is fresh %v and lost %v", f.Fresh(), f.Lost())
	}
	first := f.Processes()[0]
	if f.DataDir(c.ID(0)) != c.DataDir(c.ID(0)) || f.DataDir(7) != "" {
		t.Errorf("the journal is in %q", f.DataDir(c.ID(0)))
	}
	if first.PID == 0 || first.PID != f.PID(c.ID(0)) || first.State != fleet.Running || first.ID != c.ID(0) {
		t.Errorf("%+v", first)
	}
	until(t, f, 0, func(v fleet.View) bool { return v.Status != nil && v.Status.Leader != "" && v.CPU > 0 && v.Memory > 0 })
	if err := f.Start(c.ID(0)); err == nil {
		t.Error("a member that runs was started")
	}
	if err := f.Kill(c.ID(0)); err != nil {
		t.Fatal(err)
	}
	dead := until(t, f, 0, func(v fleet.View) bool { return v.State == fleet.Ended })
	if e := <-ended; e.Code != 137 || !e.Asked || f.PID(c.ID(0)) != 0 {
		t.Errorf("killed: %+v", e)
	}
	if dead.PID != 0 || dead.Exit != "killed by signal 9" || f.Kill(c.ID(0)) == nil {
		t.Errorf("killed: %+v", dead)
	}
	if line := f.Command(c.ID(0)); !strings.HasPrefix(line, cfg.Binary+" server --id 1.1 ") || strings.Contains(line, "--init") {
		t.Errorf("to start it again: %s", line)
	}
	if err := errors.Join(f.Start(c.ID(0)), f.Await(t.Context(), c.ID(0))); err != nil {
		t.Fatal(err)
	}
	until(t, f, 0, func(v fleet.View) bool { return v.Status != nil && v.PID != first.PID && v.Status.Executed > 0 })
	if err := f.End(c.ID(0)); err != nil {
		t.Fatal(err)
	}
	if e := <-ended; e.String() != "exit code 0" || !e.Asked {
		t.Errorf("told to end: %+v", e)
	}
	p := proc.Start(t, c.Args(c.ID(0))...)
	until(t, f, 0, func(v fleet.View) bool { return v.State == fleet.Other })
	p.Kill()
	if err := syscall.Kill(f.PID(c.ID(1)), syscall.SIGKILL); err != nil { // behind the fleet's back
		t.Fatal(err)
	}
	if e := <-ended; e.Code != 137 || e.Asked || e.String() != "killed by signal 9" {
		t.Errorf("killed by somebody: %+v", e)
	}
	f.Stop()
	for _, v := range f.Processes() {
		if v.State != fleet.Ended {
			t.Errorf("after the end: %+v", v)
		}
	}
	if f.Start(c.ID(0)) == nil || f.Start(7) == nil || f.Kill(7) == nil || f.Await(t.Context(), 7) == nil || f.PID(7) != 0 || f.Command(7) != "" {
		t.Error("a fleet that has ended starts members, or it knows strangers")
	}
	if !said.has("1.1 ended, killed by signal 9") {
		t.Errorf("said %q", said.lines)
	}
}

// Rule: only members of a cluster that never ran are initialised.
func TestLostDisk(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	cfg, _ := config(t, c)
	f, err := fleet.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.Stop()
	if err := os.RemoveAll(c.DataDir(c.ID(1))); err != nil {
		t.Fatal(err)
	}
	if f, err = fleet.Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	if f.Fresh() || !slices.Equal(f.Lost(), []quorate.ID{c.ID(1)}) {
		t.Errorf("fresh %v, lost %v", f.Fresh(), f.Lost())
	}
	until(t, f, 1, func(v fleet.View) bool { return v.Status != nil && v.Status.Role == "learner" })
}

func TestStartFails(t *testing.T) {
	if _, err := fleet.Start(t.Context(), fleet.Config{}); err == nil {
		t.Error("a fleet of nothing started")
	}
	c := proc.NewCluster(t, 2, nil)
	cfg, _ := config(t, c)
	_, endpoint, err := quorate.SplitAddress(c.File.Addresses[c.ID(1)])
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = fleet.Start(t.Context(), cfg)
	var failed *fleet.StartError
	if !errors.As(err, &failed) || failed.ID != c.ID(1) || failed.Code != 255 || !strings.Contains(err.Error(), endpoint) {
		t.Errorf("a port in use: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fleet.Start(ctx, cfg); !errors.Is(err, context.Canceled) && !errors.As(err, &failed) {
		t.Errorf("cancelled: %v", err)
	}
	cfg.Binary = filepath.Join(c.Dir, "none")
	if _, err := fleet.Start(t.Context(), cfg); err == nil {
		t.Error("a program that is not there started")
	}
	file := filepath.Join(c.Dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Dir = file
	if _, err := fleet.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file for a directory: %v", err)
	}
}

// pause is how long to wait before looking again.
func pause() <-chan time.Time { return time.After(5 * time.Millisecond) }
