package bench

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
)

func TestRunOnDisks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(dir, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg := Config{DataDir: dir, Clients: 8, Keys: 20, Warmup: NoWarmup, Duration: time.Hour}
	var during []string
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	report, err := Run(ctx, cfg, func(p Progress) {
		if p.Operations >= 20 { // however long a disk that others use takes for them
			enough()
		}
		if p.Phase == Measuring && during == nil {
			during, _ = filepath.Glob(filepath.Join(dir, "bench-paxos-*", "1.*", "store"))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := &report.Runs[0]; r.Linearizable != "ok" || r.Operations == 0 || !r.Durable {
		t.Errorf("%+v", r)
	}
	if len(during) != 3 {
		t.Errorf("stores during the run: %v", during)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "mine" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRunOnDisksFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), Config{DataDir: file}, nil); err == nil {
		t.Error("a file was taken for a directory")
	}
	dir := t.TempDir()
	if _, err := StartLocal(t.Context(), Config{DataDir: dir, Options: protocols.Options{}, Transport: "pigeon"}); err == nil {
		t.Error("an unknown transport was taken")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind by a start that failed: %v, %v", left, err)
	}
}
