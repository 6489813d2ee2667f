package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// running starts a cluster on sockets and returns it with its file.
func running(t *testing.T) (*server.Local, string) {
	t.Helper()
	l, err := server.StartLocal(server.LocalConfig{New: primary.New, Transport: "tcp"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, clusterFile(t, quorate.Config{Protocol: "primary", Addresses: l.Addresses()})
}

func clusterFile(t *testing.T, file quorate.Config) string {
	t.Helper()
	text, err := file.Format()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// deserted is the file of a cluster that does not run.
func deserted(t *testing.T) string {
	t.Helper()
	listeners, addresses, err := transport.Loopback(1<<16+1, 1<<16+2)
	if err != nil {
		t.Fatal(err)
	}
	for _, ln := range listeners {
		ln.Close()
	}
	return clusterFile(t, quorate.Config{Addresses: addresses})
}

func TestBenchOfARunningCluster(t *testing.T) {
	_, file := running(t)
	args := []string{"bench", "--config", file, "--clients", "4", "--keys", "5", "--warmup", "0s", "--duration", "300ms"}
	got := invoke(t, append(args, "--json")...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatal(err)
	}
	r := report.Runs[0]
	if !r.Remote || r.Protocol != "primary" || r.Nodes != 3 || r.Linearizable != "ok" || r.Operations == 0 || !strings.HasPrefix(r.Prefix, "bench-") {
		t.Errorf("%+v", r)
	}
	if text := invoke(t, args...); text.code != exitGood || !strings.Contains(text.stdout, "primary, 3 running nodes reached by tcp, 4 clients: ") {
		t.Errorf("code %d, %s", text.code, text.stdout)
	}
}

func TestBenchOfADesertedCluster(t *testing.T) {
	got := invoke(t, "bench", "--config", deserted(t), "--timeout", "200ms")
	if got.code != exitTool || got.stdout != "" || !strings.Contains(got.stderr, "no member can be reached: 1.1: ") {
		t.Errorf("code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}
