package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// at is when the tests of this package begin their runs.
func at() time.Time { return time.Date(2026, 11, 28, 18, 5, 3, 120e6, time.UTC) }

func created(t *testing.T, root, test string) *Run {
	t.Helper()
	r, err := Create(root, test, at())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func finish(t *testing.T, r *Run, res *results.Results, ops []history.Op, x Extra) {
	t.Helper()
	if err := r.Finish(t.Context(), res, ops, x); err != nil {
		t.Fatal(err)
	}
}

// Two runs of one instant have a directory each; current leads to the one that began
// last, and latest to the one that ended last.
func TestRunsOfOneInstant(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	a, b := created(t, root, "x"), created(t, root, "x")
	if a.Dir() == b.Dir() || filepath.Base(a.Dir()) != "20261128T180503.120Z" || filepath.Base(b.Dir()) != "20261128T180503.120Z-2" {
		t.Fatalf("directories %s and %s", a.Dir(), b.Dir())
	}
	leads := func(name, want string) {
		t.Helper()
		to, _ := os.Readlink(filepath.Join(root, name))
		if to != "" {
			to = filepath.Join(root, filepath.Dir(name), to)
		}
		if to != want {
			t.Errorf("%s leads to %q, want %q", name, to, want)
		}
	}
	leads("current", b.Dir())
	leads("latest", "")
	finish(t, b, &results.Results{}, nil, Extra{})
	leads("current", "")
	leads("latest", b.Dir())
	finish(t, a, &results.Results{}, nil, Extra{})
	leads("latest", a.Dir())
	leads("x/latest", a.Dir())
	for _, r := range []*Run{a, b} {
		if _, err := os.Stat(r.Path("running")); err == nil {
			t.Errorf("%s says that it goes on", r.Dir())
		}
		if _, err := os.Stat(r.Path("results.json")); err != nil {
			t.Error(err)
		}
	}
}
