package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// timeless takes out how long it took.
func timeless(s string) string {
	return regexp.MustCompile(`\(\d[^()]*s\)`).ReplaceAllString(s, "(TIME)")
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"stale", []string{"stale.edn"}, exitBad},
		{"good", []string{"good.jsonl"}, exitGood},
		{"overlap", []string{"overlap.edn"}, exitUsage},
		{"failed", []string{"failed.edn"}, exitUnknown},
		{"hard", []string{"--memory", "1MiB", "--workers", "1", "hard.edn"}, exitUnknown},
		{"unfit", []string{"--model", "register", "stale.edn"}, exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.args[len(c.args)-1] = filepath.Join("testdata", "check", c.args[len(c.args)-1])
			got := invoke(t, append([]string{"check"}, c.args...)...)
			if got.code != c.code {
				t.Errorf("code %d, want %d", got.code, c.code)
			}
			golden(t, "check_"+c.name, timeless(got.stdout+got.stderr))
		})
	}
}

func TestCheckJSON(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/check/stale.edn")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "history.edn"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "bad.html")
	got := invoke(t, "check", "--json", "--visualize", page, dir)
	var report struct {
		Valid    any    `json:"valid?"`
		Model    string `json:"model"`
		Verdicts []struct {
			Key     string                     `json:"key"`
			Valid   any                        `json:"valid?"`
			Minimal []struct{ Type, F string } `json:"minimal_history"`
		} `json:"verdicts"`
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != exitBad {
		t.Fatalf("%d, %v: %s%s", got.code, err, got.stdout, got.stderr)
	}
	if report.Valid != false || report.Model != "cas-register" || len(report.Verdicts) != 2 || report.Verdicts[0].Key != "1" || len(report.Verdicts[0].Minimal) != 6 || report.Verdicts[1].Valid != true {
		t.Errorf("%+v", report)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "start-partition") {
		t.Errorf("the picture: %v", err)
	}
}

func TestCheckRefuses(t *testing.T) {
	good := filepath.Join("testdata", "check", "good.jsonl")
	for _, c := range []struct {
		say  string
		code int
		args []string
	}{
		{"want a history", exitUsage, nil},
		{"want a history", exitUsage, []string{good, good}},
		{"no such file", exitTool, []string{filepath.Join(t.TempDir(), "none")}},
		{"neither history.edn nor history.jsonl", exitUsage, []string{t.TempDir()}},
		{"did you mean", exitUsage, []string{"--model", "regster", good}},
		{"want auto or split or whole", exitUsage, []string{"--keys", "both", good}},
		{"--initial [", exitUsage, []string{"--initial", "[", good}},
		{"want a size such as 512MiB", exitUsage, []string{"--memory", "lots", good}},
		{"want 1MiB at least", exitUsage, []string{"--memory", "1K", good}},
		{"want a time above 0", exitUsage, []string{"--time-limit", "0s", good}},
		{"--workers -1", exitUsage, []string{"--workers", "-1", good}},
		{"--visualize", exitTool, []string{"--visualize", filepath.Join(t.TempDir(), "no", "dir.html"), filepath.Join("testdata", "check", "stale.edn")}},
	} {
		if got := invoke(t, append([]string{"check"}, c.args...)...); got.code != c.code || !strings.Contains(got.stderr, c.say) {
			t.Errorf("%v: code %d, %s", c.args, got.code, got.stderr)
		}
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]string{"1GiB": "1GiB", "4096": "4KiB", "3 MB": "3MiB", "2G": "2GiB", "5": "5"} {
		var b byteSize
		if err := b.Set(text); err != nil || b.String() != want {
			t.Errorf("%s is %v, %v", text, b, err)
		}
	}
}
