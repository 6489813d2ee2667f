package daemon_test

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/quorate/quorate/server/daemon"
)

// Rule: with amnesia, which is for tests, a member that lost its disk votes at once, and the
// others count what it says.
func TestAmnesia(t *testing.T) {
	r := newRig(t, 3, nil)
	var all []*daemon.Daemon
	start := func(i int, init bool) {
		cfg := r.config(i)
		cfg.DataDir, cfg.Init, cfg.Amnesia = r.DataDir(cfg.ID), init, true
		all = append(all[:i], append([]*daemon.Daemon{r.start(cfg)}, all[min(i+1, len(all)):]...)...)
	}
	for i := range 3 {
		start(i, true)
	}
	r.put(all[0], "k", "1")
	for _, d := range all[1:] { // with its disk, and without
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(r.DataDir(all[2].ID())); err != nil {
		t.Fatal(err)
	}
	start(2, false)
	if report, err := all[2].Node().Report(t.Context()); err != nil || report.Role == "learner" {
		t.Errorf("%+v, %v", report, err)
	}
	r.put(all[2], "k", "2") // the two are a majority
	start(1, false)
	r.put(all[1], "k", "3")
}

// Rule: a member that lost its disk serves clients, does not vote, and says so.
func TestLostDisk(t *testing.T) {
	r := newRig(t, 3, nil)
	var all []*daemon.Daemon
	for i := range 3 {
		cfg := r.config(i)
		cfg.DataDir = r.DataDir(cfg.ID)
		all = append(all, r.start(cfg))
	}
	r.put(all[0], "k", "1")
	lost := all[2]
	if err := lost.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(r.DataDir(lost.ID())); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg := r.config(2)
	cfg.DataDir, cfg.Init, cfg.Logger = r.DataDir(lost.ID()), false, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	lost = r.start(cfg)
	if report, err := lost.Node().Report(t.Context()); err != nil || report.Role != "learner" {
		t.Errorf("%+v, %v", report, err)
	}
	r.put(lost, "k", "2")
	if err := lost.Close(); err != nil {
		t.Error(err)
	}
	for _, part := range []string{"lost its disk", "quorate admit", "--init", cfg.DataDir} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not speak of %s:\n%s", part, log.String())
		}
	}
	if err := lost.Admit(t.Context()); err == nil {
		t.Error("a member that has ended was admitted")
	}
}
