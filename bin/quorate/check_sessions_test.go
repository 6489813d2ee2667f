package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckSessions(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", "check", name) }
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"sessions", []string{"--consistency", "session,sequential", file("writes.edn")}, exitBad},
		{"sessions_versions", []string{"--consistency", "read-your-writes,monotonic-reads", file("lagging.edn")}, exitBad},
		{"sessions_kept", []string{"--consistency", "monotonic-reads", file("writes.edn")}, exitGood},
		{"sessions_none", []string{"--consistency", "session", file("failed.edn")}, exitUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := invoke(t, append([]string{"check"}, c.args...)...)
			if got.code != c.code {
				t.Errorf("code %d, want %d", got.code, c.code)
			}
			golden(t, "check_"+c.name, timeless(got.stdout+got.stderr))
		})
	}
	got := invoke(t, "check", "--json", "--consistency", "session", file("lagging.edn"))
	var report struct {
		Valid      any  `json:"valid?"`
		Versions   bool `json:"by_versions"`
		Guarantees []struct {
			Name       string `json:"name"`
			Valid      any    `json:"valid?"`
			Violations []struct {
				Operations []struct {
					Invoke int `json:"invoke_line"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != exitBad {
		t.Fatalf("%d, %v: %s%s", got.code, err, got.stdout, got.stderr)
	}
	g := report.Guarantees
	if report.Valid != false || !report.Versions || len(g) != 4 || g[0].Name != "read-your-writes" || g[0].Valid != false || g[2].Valid != true || g[0].Violations[0].Operations[1].Invoke != 5 {
		t.Errorf("%+v", report)
	}
}

func TestCheckSessionsRefuses(t *testing.T) {
	file := filepath.Join("testdata", "check", "writes.edn")
	for _, c := range []struct {
		say  string
		args []string
	}{
		{"or say linearizable", []string{"--consistency", "causal", file}},
		{"known of registers only", []string{"--consistency", "session", "--model", "append", file}},
		{"a picture is drawn", []string{"--consistency", "session", "--visualize", "x.html", file}},
	} {
		if got := invoke(t, append([]string{"check"}, c.args...)...); got.code != exitUsage || !strings.Contains(got.stderr, c.say) {
			t.Errorf("%v: code %d, %s", c.args, got.code, got.stderr)
		}
	}
}
