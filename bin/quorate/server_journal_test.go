package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/admin"
)

// refused runs a member that must not start, and looks at what it says.
func refused(t *testing.T, code int, args []string, want ...string) {
	t.Helper()
	got := invoke(t, args...)
	if got.code != code || got.stdout != "" {
		t.Errorf("%v: code %d, stdout %q, want %d and nothing", args, got.code, got.stdout, code)
	}
	for _, part := range want {
		if !strings.Contains(got.stderr, part) {
			t.Errorf("%v: stderr %q does not say %q", args, got.stderr, part)
		}
	}
}

// A directory that is not this member's journal, or no good one, is refused with
// what is wrong and what to do.
func TestServerRefusesJournals(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	first, second := c.ID(0), c.ID(1)
	p := c.Start(t, first, "--init")
	elsewhere := proc.NewCluster(t, 3, nil) // the same cluster, on other ports
	locked := []string{"server", "--id", first.String(), "--config", elsewhere.Path, "--data-dir", c.DataDir(first)}
	refused(t, exitTool, locked, "in use", c.DataDir(first))
	p.Kill()
	refused(t, exitUsage, c.Args(first, "--init"), "is not empty", c.DataDir(first), "without --init")
	foreign := []string{"server", "--id", second.String(), "--config", c.Path, "--data-dir", c.DataDir(first)}
	refused(t, exitUsage, foreign, "belongs to another", `"1.1"`, `"1.2"`)
	larger := proc.NewCluster(t, 5, nil)
	refused(t, exitUsage, []string{"server", "--id", "1.1", "--config", larger.Path, "--data-dir", c.DataDir(first)}, "belongs to another", "1.5")

	header := filepath.Join(c.DataDir(first), "header")
	text, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(header, text, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, exitTool, c.Args(first), "damaged", header)
	file := filepath.Join(c.Dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, exitTool, []string{"server", "--id", "1.1", "--config", c.Path, "--data-dir", filepath.Join(file, "1.1")}, file)
}

// A member without a journal that nobody initialised says so, loudly.
func TestServerWithoutADisk(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	p := c.Start(t, c.ID(0))
	line := p.ErrLine(t, "lost its disk")
	for _, part := range []string{"does not vote", "quorate admit", "--init", c.DataDir(c.ID(0))} {
		if !strings.Contains(line, part) {
			t.Errorf("%q does not speak of %s", line, part)
		}
	}
	c.Memory = true
	c.Start(t, c.ID(1)).ErrLine(t, "lost its disk") // every start in memory is on an empty journal
	if p := c.Start(t, c.ID(2), "--init"); strings.Contains(p.Stderr(), "lost its disk") {
		t.Errorf("initialised in memory: %s", p.Stderr())
	}
}

// The first signal ends a member when what is under way has ended, the second
// one at once.
func TestServerSecondSignal(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	p := c.Start(t, c.ID(0), "--init", "--grace", "1h")
	asked := make(chan error, 1)
	go func() { // without the others nothing is ever done
		req, err := http.NewRequestWithContext(t.Context(), "PUT", c.File.HTTPAddresses[c.ID(0)]+"/kv/k", strings.NewReader("1"))
		if err == nil {
			req.Header.Set("Quorate-Timeout", "60s")
			_, err = http.DefaultClient.Do(req)
		}
		asked <- err
	}()
	operator, err := admin.NewClient(admin.ClientConfig{URL: c.File.AdminAddresses[c.ID(0)]})
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	for pending := 0; pending == 0; <-pause() {
		status, err := operator.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pending = status.Pending
	}
	p.Signal(syscall.SIGTERM)
	web(t, "GET", c.File.HTTPAddresses[c.ID(0)]+"/kv/k", "", stoppingAnswer)
	for p.Running() { // one of these comes after the first one has been taken
		p.Signal(syscall.SIGTERM)
		<-pause()
	}
	if code := p.Wait(t); code != 128+int(syscall.SIGTERM) {
		t.Errorf("code %d, stderr %s", code, p.Stderr())
	}
	if err := <-asked; err == nil {
		t.Error("a write that no quorum saw was answered")
	}
}

// stoppingAnswer is what clients hear from a member that is ending.
const stoppingAnswer = `5{"error":"the node is shutting down","reason":"stopping","executed":"no","node":"1.1"}` + "\n"
