package daemon_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/daemon"
)

// Rule: when the power fails, what a member acknowledged is there afterwards; if its
// disk lies, it is not.
func TestPower(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	cfg.DataDir, cfg.Unsynced = filepath.Join(t.TempDir(), "1.1"), true
	d := r.start(cfg)
	operator, err := admin.NewClient(admin.ClientConfig{URL: r.File.AdminAddresses[d.ID()]})
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	outage := func() {
		t.Helper()
		if _, err := operator.Power(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
		r.until(204, func() answer { return r.ask(d, "PUT", "/kv/alive", "") })
	}
	r.put(d, "k", "synced")
	outage()
	if a := r.ask(d, "GET", "/kv/k", ""); a.body != "synced" {
		t.Errorf("after the power failed: %d %s", a.code, a.body)
	}
	if _, err := operator.Disk(t.Context(), time.Minute, admin.DiskLie); err != nil {
		t.Fatal(err)
	}
	r.put(d, "k", "a lie")
	if a := r.ask(d, "GET", "/kv/k", ""); a.body != "a lie" {
		t.Errorf("before the power failed: %d %s", a.code, a.body)
	}
	outage()
	if a := r.ask(d, "GET", "/kv/k", ""); a.body != "synced" {
		t.Errorf("after a lie, and a power failure: %d %s", a.code, a.body)
	}
	if _, err := operator.Disk(t.Context(), time.Minute, admin.DiskFail); err != nil {
		t.Fatal(err)
	}
	r.ask(d, "PUT", "/kv/k", "fails")
	if err := d.Power(0); !errors.Is(err, server.ErrStopped) && d.Failure() == nil {
		t.Errorf("the power of a node that failed: %v", err)
	}
	if err := d.Failure(); err == nil || !strings.Contains(err.Error(), "input/output error, on purpose") {
		t.Errorf("its disk failed, and it says %v", err)
	}
}

// Rule: only a disk that forgets can lose its power.
func TestPowerIsRefused(t *testing.T) {
	r := newRig(t, 1, nil)
	cfg := r.config(0)
	cfg.Unsynced = true
	if _, err := daemon.Start(cfg); err == nil || !strings.Contains(err.Error(), "DataDir") {
		t.Errorf("without a directory: %v", err)
	}
	cfg.Unsynced, cfg.DataDir = false, filepath.Join(t.TempDir(), "1.1")
	d := r.start(cfg)
	if err := d.Power(0); err == nil || d.Node() == nil {
		t.Errorf("its disk forgets nothing, and lost its power: %v", err)
	}
}
