package store

import (
	"path/filepath"
	"strings"
	"testing"
)

// Every text has a name of its own that leads nowhere.
func TestFileNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "%", "1.1": "1.1", "paxos-register_x,y": "paxos-register_x,y", "a b": "a%20b", "..": "%2E.", ".hidden": "%2Ehidden", "/": "%2F",
		"latest": "%6Catest", "current": "%63urrent", "index.html": "%69ndex.html", "é": "%C3%A9", "%20": "%2520", "\x00": "%00", `a\b`: "a%5Cb",
	} {
		if got := fileName(text); got != want {
			t.Errorf("%q is called %q, want %q", text, got, want)
		}
	}
	long := strings.Repeat("k", 300)
	a, b := fileName(long+"a"), fileName(long+"b")
	if len(a) > maxName || a == b {
		t.Errorf("long names %q and %q", a, b)
	}
}

func FuzzFileName(f *testing.F) {
	for _, s := range []string{"", ".", "..", "a/b", evil, strings.Repeat("é", 100), "latest"} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := fileName(a), fileName(b)
		if (x == y) != (a == b) {
			t.Errorf("%q and %q are called %q and %q", a, b, x, y)
		}
		if x != filepath.Base(x) || !visible(x) || len(x) > maxName || !filepath.IsLocal(x) {
			t.Errorf("%q is called %q", a, x)
		}
	})
}
