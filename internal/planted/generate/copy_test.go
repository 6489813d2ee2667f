package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/quorate/quorate/internal/planted"
)

const root = "../../.."

// TestCopiesAreUpToDate fails when a protocol or a patch has changed and its
// copy has not.
func TestCopiesAreUpToDate(t *testing.T) {
	for _, p := range planted.Protocols() {
		want, err := copies(os.DirFS(root), p)
		if err != nil {
			t.Fatalf("%v\nA protocol has changed where a bug is planted: adapt the patch in internal/planted.", err)
		}
		stale, err := outdated(os.DirFS(root), p, want)
		if err != nil {
			t.Fatal(err)
		}
		if len(stale) > 0 {
			t.Errorf("%s differ from the protocol with its patches: run go generate ./internal/planted", strings.Join(stale, ", "))
		}
	}
}

func files(of map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, src := range of {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return fsys
}

const plain = `package p

import "github.com/quorate/quorate/p/q"

func f() int { return q.One }
`

func plan(patches ...planted.Patch) planted.Protocol {
	return planted.Protocol{Name: "p", Packages: []string{"p", "p/q"}, Bugs: []planted.Bug{{Name: "wrong", Patches: patches}}}
}

func module(p string) fstest.MapFS {
	return files(map[string]string{
		"p/p.go": p, "p/p_test.go": "package p", "p/q/q.go": "package q\n\nconst One = 1\n", "r/r.go": "package r\n",
	})
}

func TestCopy(t *testing.T) {
	got, err := copies(module(plain), plan(planted.Patch{File: "p/p.go", Old: "q.One", New: "q.One+\n1"}))
	if err != nil {
		t.Fatal(err)
	}
	want := mark + `p/p.go; DO NOT EDIT.

package p

import "github.com/quorate/quorate/internal/planted/p/q"

func f() int {
	return q.One +
		1
}
`
	if s := string(got["internal/planted/p/p.go"]); s != want {
		t.Errorf("got\n%swant\n%s", s, want)
	}
	if len(got) != 2 || got["internal/planted/p/q/q.go"] == nil {
		t.Errorf("%d files", len(got))
	}
}

// TestCopyOfWhatIsShared: each protocol has a copy of its own of what belongs to
// another.
func TestCopyOfWhatIsShared(t *testing.T) {
	p := planted.Protocol{Name: "r", Packages: []string{"r", "p", "p/q"}}
	got, err := copies(module(plain), p)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got["internal/planted/r/r.go"] == nil || got["internal/planted/r/p/q/q.go"] == nil {
		t.Errorf("%d files", len(got))
	}
	if s := string(got["internal/planted/r/p/p.go"]); !strings.Contains(s, `"github.com/quorate/quorate/internal/planted/r/p/q"`) {
		t.Errorf("what it imports is no copy:\n%s", s)
	}
}

// TestPatchesThatDoNotFit are errors that name the bug and the file.
func TestPatchesThatDoNotFit(t *testing.T) {
	for _, test := range []struct {
		name    string
		patches []planted.Patch
		want    []string
	}{
		{"text is gone", []planted.Patch{{File: "p/p.go", Old: "q.Two", New: ""}}, []string{"bug wrong: p/p.go", "0 times", "q.Two"}},
		{"text is there twice", []planted.Patch{{File: "p/p.go", Old: "return", New: ""}}, []string{"bug wrong: p/p.go", "2 times"}},
		{"no text", []planted.Patch{{File: "p/p.go"}}, []string{"bug wrong: p/p.go", "want once"}},
		{"file is gone", []planted.Patch{{File: "p/gone.go", Old: "x"}}, []string{"bug wrong", "p/gone.go"}},
		{"file is not copied", []planted.Patch{{File: "r/r.go", Old: "package"}}, []string{"bug wrong", "r/r.go"}},
		{"same text", []planted.Patch{{File: "p/p.go", Old: "{ return q"}, {File: "p/p.go", Old: "q.One"}}, []string{"bug wrong and bug wrong", "p/p.go"}},
		{"not Go", []planted.Patch{{File: "p/p.go", Old: "q.One", New: "q."}}, []string{"p/p.go"}},
	} {
		_, err := copies(module(plain+"\nfunc g() int { return 2 }\n"), plan(test.patches...))
		if err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q, want one with %q", test.name, err, want)
			}
		}
	}
	if _, err := copies(files(nil), plan()); err == nil {
		t.Error("a package without files: no error")
	}
}

func TestOutdated(t *testing.T) {
	want := map[string][]byte{
		"internal/planted/p/same.go": []byte(mark + "p/same.go\n"), "internal/planted/p/changed.go": []byte(mark + "p/changed.go, new\n"),
		"internal/planted/p/new.go": []byte(mark + "p/new.go\n"),
	}
	have := map[string]string{
		"internal/planted/p/same.go": mark + "p/same.go\n", "internal/planted/p/changed.go": mark + "p/changed.go, old\n",
		"internal/planted/p/gone.go": mark + "p/gone.go\n", "internal/planted/p/by_hand.go": "package p\n",
	}
	got, err := outdated(files(have), plan(), want)
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(slices.Sorted(slices.Values(got)), " "); names != "internal/planted/p/changed.go internal/planted/p/gone.go internal/planted/p/new.go" {
		t.Errorf("outdated: %s", names)
	}
	have["internal/planted/p/new.go"] = "package p\n"
	if _, err := outdated(files(have), plan(), want); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("a file written by hand in the way of a copy: %v", err)
	}
}
