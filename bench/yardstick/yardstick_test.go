package yardstick_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/bench/yardstick"
)

// TestMain lets this binary play the server in a process of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAY") {
	case "":
		os.Exit(m.Run())
	case "serve":
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := yardstick.Serve(ctx, os.Args[1], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(7)
		}
	}
}

// Every yardstick measures something that makes sense, and leaves nothing behind.
func TestMeasure(t *testing.T) {
	t.Setenv("PLAY", "serve")
	for name, server := range map[string][]string{"here": nil, "apart": {os.Args[0]}} {
		b := yardstick.New(yardstick.Config{Server: server, Duration: 20 * time.Millisecond})
		dir := t.TempDir()
		for _, y := range yardstick.Names() {
			m, err := b.Measure(t.Context(), y, 3, dir)
			if err != nil {
				t.Fatal(err)
			}
			want := 3
			if y == yardstick.Sync {
				want = 1
			}
			if m.Name != y || m.Workers != want || m.PerSecond <= 0 || m.P50 <= 0 || m.P99 < m.P50 || m.P99 > 10*time.Second {
				t.Errorf("%s, %s: %+v", name, y, m)
			}
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
		b.Close()
	}
}

func TestMeasureThatCannotBe(t *testing.T) {
	t.Setenv("PLAY", "serve")
	b := yardstick.New(yardstick.Config{Server: []string{os.Args[0]}, Duration: time.Millisecond})
	defer b.Close()
	for _, c := range []struct {
		name    string
		workers int
		dir     string
		want    string
	}{
		{"mile", 1, "", `yardstick "mile": want one of [tcp http chan sync]`},
		{"tcp", 0, "", "0 workers: want 1 to 4096"},
		{"chan", 4097, "", "4097 workers: want 1 to 4096"},
		{"sync", 1, "/no/such/directory", "no such file or directory"},
	} {
		if _, err := b.Measure(t.Context(), c.name, c.workers, c.dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %d: %v, want %q", c.name, c.workers, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Measure(ctx, yardstick.Chan, 1, ""); err == nil {
		t.Error("nobody noticed the interrupt")
	}
	for _, program := range []string{"/no/such/program", "/bin/false"} {
		b := yardstick.New(yardstick.Config{Server: []string{program}})
		if _, err := b.Measure(t.Context(), yardstick.TCP, 1, ""); err == nil || !strings.Contains(err.Error(), "start the server of yardstick tcp") {
			t.Errorf("%s: %v", program, err)
		}
		b.Close()
	}
	if err := yardstick.Serve(t.Context(), "chan", os.Stderr); err == nil || !strings.Contains(err.Error(), "want tcp or http") {
		t.Errorf("%v", err)
	}
}

func TestMedian(t *testing.T) {
	m := func(a float64, p50, p99 time.Duration) yardstick.Measure {
		return yardstick.Measure{Name: "tcp", Workers: 2, PerSecond: a, P50: p50, P99: p99}
	}
	if got := yardstick.Median([]yardstick.Measure{m(9, 1, 30), m(7, 3, 20), m(8, 2, 10)}); got != m(8, 2, 20) {
		t.Errorf("%+v", got)
	}
	if got := yardstick.Median([]yardstick.Measure{m(9, 1, 3), m(7, 3, 5)}); got != m(8, 2, 4) {
		t.Errorf("of two: %+v", got)
	}
	if got := yardstick.Median(nil); got != (yardstick.Measure{}) {
		t.Errorf("of none: %+v", got)
	}
}
