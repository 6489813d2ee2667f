package store

import (
	"os"
	"path/filepath"
	"testing"
)

// What a process that was killed left behind goes when the next one begins; what a living
// one has, and what is none of ours, stays.
func TestTemporary(t *testing.T) {
	root := t.TempDir()
	t.Setenv("TMPDIR", root)
	dead := filepath.Join(root, "quorate-test-dead")
	foreign := filepath.Join(root, "quorate-test-foreign")
	for _, dir := range []string{dead, foreign} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dead, ownerFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	alive, release, err := Temporary("quorate-test-")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Error("what a dead process left is still there")
	}
	_, other, err := Temporary("quorate-test-")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{alive, foreign} {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("it took what is none of its business: %v", err)
		}
	}
	for _, end := range []func() error{release, other} {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(root, "*")); err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
}
