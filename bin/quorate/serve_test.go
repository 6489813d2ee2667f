package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The store is shown where the first line says, until a signal ends it.
func TestServeStore(t *testing.T) {
	for _, tc := range []struct {
		cause error
		code  int
	}{{signalled{syscall.SIGTERM}, exitGood}, {signalled{os.Interrupt}, exitInterrupted}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		dir := t.TempDir()
		stdout := writerFunc(func(line []byte) (int, error) {
			var ready servedLine
			if err := json.Unmarshal(line, &ready); err != nil || ready.Store != dir || ready.PID != os.Getpid() {
				t.Errorf("line %q, %v", line, err)
			}
			go func() {
				defer cancel(tc.cause)
				r, err := http.Get(ready.URL)
				if err != nil {
					t.Error(err)
					return
				}
				r.Body.Close()
				if r.StatusCode != http.StatusOK {
					t.Error(r.Status)
				}
			}()
			return len(line), nil
		})
		var stderr strings.Builder
		if code := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--json", dir}, stdout, &stderr); code != tc.code || stderr.Len() > 0 {
			t.Errorf("%v: code %d, stderr %q", tc.cause, code, stderr.String())
		}
	}
}

func TestServeRefuses(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := t.TempDir()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{dir, dir}, exitUsage, "want one store, got 2"},
		{[]string{"--listen", "nowhere", dir}, exitUsage, "want host:port"},
		{[]string{filepath.Join(dir, "none")}, exitUsage, "'quorate test --store' makes one"},
		{[]string{"--listen", ln.Addr().String(), dir}, exitTool, "address already in use"},
	} {
		if got := invoke(t, append([]string{"serve"}, tc.args...)...); got.code != tc.code || !strings.Contains(got.stderr, tc.says) {
			t.Errorf("%q: code %d, stderr %q", tc.args, got.code, got.stderr)
		}
	}
}
