package tidy_test

import (
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/quorate/quorate/internal/tidy"
)

// load makes a module from a map of paths to sources.
func load(t *testing.T, files map[string]string) *tidy.Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, src := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(src)}
	}
	tree, err := tidy.Load(fsys, "m")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// expect compares findings with their places; a place ends before the message.
func expect(t *testing.T, found []tidy.Finding, places ...string) {
	t.Helper()
	if len(found) != len(places) {
		t.Errorf("found %d, want %d: %v", len(found), len(places), found)
		return
	}
	for i, f := range found {
		if !strings.HasPrefix(f.String(), places[i]+": ") {
			t.Errorf("found %q, want it at %s", f, places[i])
		}
	}
}

func TestLoadSkips(t *testing.T) {
	tree := load(t, map[string]string{
		"a.go":                       "package m",
		"a_test.go":                  "package m",
		"testdata/bad.go":            "not Go at all",
		".git/x.go":                  "package x",
		"p/testdata/rapid/T/1.txt":   "random",
		"p/testdata/golden.txt":      "text",
		".ci/run":                    "#!/bin/bash",
		"picture.png":                "\x89",
		"internal/deep/deeper/b.go":  "package deeper",
		"internal/deep/only_test.go": "package deep",
	})
	if got := len(tree.Go); got != 4 {
		t.Errorf("%d Go files, want 4", got)
	}
	if got := len(tree.Texts); got != 7 {
		t.Errorf("%d text files, want 7: %v", got, tree.Texts)
	}
	if got := strings.Join(tree.Dirs(), " "); got != ". internal/deep/deeper" {
		t.Errorf("Dirs() = %q", got)
	}
	if _, err := tidy.Load(fstest.MapFS{"a.go": {Data: []byte("package")}}, "m"); err == nil {
		t.Error("a file that is not Go was accepted")
	}
}

func TestFloors(t *testing.T) {
	plan := tidy.Plan{
		Floors:   [][]string{{".", "wire"}, {"paxos", "paxos/core"}, {"server", "examples/..."}},
		Sideways: map[string][]string{".": {"wire"}, "paxos": {"paxos/core"}},
	}
	tree := load(t, map[string]string{
		"root.go":             "package m\nimport _ \"m/wire\"",
		"up.go":               "package m\nimport _ \"m/paxos\"",
		"up_test.go":          "package m\nimport _ \"m/paxos\"", // tests may
		"wire/wire.go":        "package wire\nimport _ \"m\"",
		"paxos/paxos.go":      "package paxos\nimport (\n_ \"m\"\n_ \"m/paxos/core\"\n_ \"fmt\"\n)",
		"paxos/core/core.go":  "package core\nimport _ \"m/paxos\"",
		"server/server.go":    "package server\nimport _ \"m/paxos\"",
		"examples/abd/abd.go": "package abd\nimport (\n_ \"m\"\n_ \"m/server\"\n)",
		"stray/stray.go":      "package stray",
	})
	expect(t, tidy.Floors(tree, plan), "up.go:2", "examples/abd/abd.go:4", "paxos/core/core.go:2", "stray", "wire/wire.go:2")
}

func TestConfined(t *testing.T) {
	tree := load(t, map[string]string{
		"bin/tool/main.go": "package main\nimport _ \"flag\"",
		"a/a.go":           "package a\nimport _ \"flag\"",
		"a/a_test.go":      "package a\nimport _ \"flag\"",
		"binary/b.go":      "package binary\nimport _ \"flag\"",
	})
	expect(t, tidy.Confined(tree, map[string][]string{"flag": {"bin"}}), "a/a.go:2", "binary/b.go:2")
}

func TestBanned(t *testing.T) {
	tree := load(t, map[string]string{
		"p/p.go":      "package p\nimport (\n_ \"sync\"\n_ \"sync/atomic\"\n_ \"os\"\n_ \"os/exec\"\n_ \"osprey\"\n)",
		"p/p_test.go": "package p\nimport _ \"os\"",
		"q/q.go":      "package q\nimport _ \"os\"",
	})
	expect(t, tidy.Banned(tree, []string{"p"}, []string{"sync/...", "os"}), "p/p.go:3", "p/p.go:4", "p/p.go:5")
}

func TestSelectors(t *testing.T) {
	tree := load(t, map[string]string{
		"p/p.go":  "package p\nimport \"time\"\nvar d time.Duration\nvar now = time.Now\nfunc f() { time.Sleep(d) }",
		"p/as.go": "package p\nimport clock \"time\"\nvar c = clock.After",
		"p/is.go": "package p\nimport . \"time\"\nvar e = Now",
		"p/v2.go": "package p\nimport \"math/rand/v2\"\nfunc g(r *rand.Rand) int { return rand.IntN(6) + r.IntN(6) }",
	})
	expect(t, tidy.Selectors(tree, []string{"p"}, "time", "Duration"), "p/as.go:3", "p/is.go:2", "p/p.go:4", "p/p.go:5")
	expect(t, tidy.Selectors(tree, []string{"p"}, "math/rand/v2", "Rand"), "p/v2.go:3")
}

func TestSequential(t *testing.T) {
	tree := load(t, map[string]string{
		"p/good.go": "package p\nfunc f(x *int) { for range 3 { *x = -*x } }",
		"p/bad.go":  "package p\nvar c chan int\nfunc g() {\ngo g()\nselect {}\nc <- 1\n<-c\n}",
	})
	expect(t, tidy.Sequential(tree, []string{"p"}), "p/bad.go:2", "p/bad.go:4", "p/bad.go:5", "p/bad.go:6", "p/bad.go:7")
}

func TestMapOrder(t *testing.T) {
	imp, err := tidy.Importer(token.NewFileSet(), ".", "maps", "slices")
	if err != nil {
		t.Fatal(err)
	}
	tree := load(t, map[string]string{"p/p.go": `package p

import (
	"maps"
	"slices"
)

type table map[string]int

type row struct{ cells table }

func sum(r row, list []int) (n int) {
	for _, v := range r.cells {
		n += v
	}
	for range r.cells {
		n++
	}
	for _, v := range list {
		n += v
	}
	// unordered: a sum is the same in any order
	for _, v := range r.cells {
		n += v
	}
	for k := range r.cells { // unordered: empties the table
		delete(r.cells, k)
	}
	// A comment of another kind.
	for k := range r.cells {
		n += len(k)
	}
	for k := range maps.Keys(r.cells) {
		n += len(k)
	}
	for _, k := range slices.Sorted(maps.Keys(r.cells)) {
		n += len(k)
	}
	return n + len(slices.Collect(maps.Values(r.cells)))
}
`})
	found, err := tidy.MapOrder(tree, "p", imp)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, found, "p/p.go:13", "p/p.go:30", "p/p.go:33", "p/p.go:39")
	if _, err := tidy.MapOrder(load(t, map[string]string{"p/p.go": "package p\nvar x = missing"}), "p", imp); err == nil {
		t.Error("a package that does not compile passed")
	}
}

func TestDocumented(t *testing.T) {
	tree := load(t, map[string]string{
		"a/a.go": "// Package a is documented.\npackage a\n\n// Good is.\ntype Good int\n\n// The Best is too.\ntype Best int\n\n" +
			"// Wrong name.\ntype Other int\n\ntype Bare int\n\nfunc (Bare) Method() {}\n\nfunc (*hidden) Method() {}\n\ntype hidden int\n\n" +
			"func (*List[T]) Add() {}\n\n// List is.\ntype List[T any] struct{}\n",
		"b/b.go": "package b\n\nvar X = 1\n\n// The numbers.\nconst (\n\tOne = 1\n\tTwo = 2\n)\n\nconst (\n\tThree = 3\n\tFour = 4 // is documented\n)\n" +
			"\n// Single speaks for its method.\ntype Single interface{ Do() }\n\n// Several needs more.\ntype Several interface {\n\t// Do does.\n\tDo()\n\tUndo()\n}\n",
		"b/b_test.go": "package b\nfunc Exported() {}",
	})
	expect(t, tidy.Documented(tree), "a/a.go:11", "a/a.go:13", "a/a.go:15", "a/a.go:21",
		"b/b.go:3", "b/b.go:12", "b/b.go:23", "b")
}

func TestSizes(t *testing.T) {
	body := "func f() {\n" + strings.Repeat("\t_ = 0\n", 8) + "}\n"
	tree := load(t, map[string]string{
		"p/short.go":  "package p\n",
		"p/long.go":   "package p\n\n" + body,
		"p/p_test.go": "package p\n\n" + strings.Replace(body, "f()", "TestF()", 1),
		"p/lines.go":  "package p\n\n// A comment\n// of two lines.\nvar text = `one\ntwo\nthree` // three lines\n\n/*\nno code\n*/\n",
	})
	over := tidy.LongFiles(tree, 11)
	if len(over) != 2 || over[0] != (tidy.Oversize{"p/long.go", 12, 11}) || over[1].Name != "p/p_test.go" {
		t.Errorf("LongFiles = %v", over)
	}
	over = tidy.LongFuncs(tree, 9)
	if len(over) != 2 || over[0] != (tidy.Oversize{"p/long.go:f", 10, 9}) || over[1].Name != "p/p_test.go:TestF" {
		t.Errorf("LongFuncs = %v", over)
	}
	over = tidy.LongPackages(tree, []string{"p"}, 0)
	if want := 1 + 11 + 4; len(over) != 1 || over[0].Lines != want {
		t.Errorf("LongPackages = %v, want %d lines of code", over, want)
	}
	if over := tidy.LongPackages(tree, []string{"p"}, 16); over != nil {
		t.Errorf("LongPackages at the limit = %v", over)
	}
}

func TestRatchet(t *testing.T) {
	over := []tidy.Oversize{{"new", 12, 10}, {"grown", 15, 10}, {"same", 14, 10}, {"shrunk", 11, 10}}
	found := tidy.Ratchet(over, map[string]int{"grown": 14, "same": 14, "shrunk": 20, "cured": 11})
	expect(t, found, "cured", "grown", "new", "shrunk")
	if found := tidy.Ratchet(over[2:3], map[string]int{"same": 15}); found != nil {
		t.Errorf("what is known is reported: %v", found)
	}
}

func TestFormatted(t *testing.T) {
	tree := load(t, map[string]string{"good.go": "package m\n\nvar x = 1\n", "bad.go": "package m\nvar  x = 1\n"})
	expect(t, tidy.Formatted(tree), "bad.go")
}

func TestMatches(t *testing.T) {
	tree := load(t, map[string]string{"a.md": "fine\nsee /home/me/notes\n", "b.go": "package m // /home/me", "c.md": "fine"})
	markdown := func(path string) bool { return strings.HasSuffix(path, ".md") }
	expect(t, tidy.Matches(tree, regexp.MustCompile(`/home/\w+`), markdown, "path"), "a.md:2")
}

func TestSleeps(t *testing.T) {
	sleep := "\nimport \"time\"\nfunc f() { time.Sleep(1) }"
	tree := load(t, map[string]string{
		"a.go":      "package m" + sleep,
		"a_test.go": "package m" + sleep,
		"b_test.go": "package m\nimport _ \"testing/synctest\"" + sleep,
	})
	expect(t, tidy.Sleeps(tree), "a_test.go:3")
}

func TestGlobals(t *testing.T) {
	tree := load(t, map[string]string{
		"a.go": "package m\n\nvar a int\n\nvar ErrB error = nil\n\nvar (\n\tc = 1\n\td map[string]int\n)\n\n" +
			"//go:embed x.html\nvar page string\n\nfunc init() {}\n\ntype t int\n\nfunc (t) init() { var local int; _ = local }\n",
		"a_test.go": "package m\nvar rewrite *bool\nfunc init() {}",
	})
	expect(t, tidy.Globals(tree), "a.go:3", "a.go:9", "a.go:15")
}

func TestImporterReportsWhatGoListSays(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/go.mod", []byte("module broken\n\ngo 1.26.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tidy.Importer(token.NewFileSet(), dir, "./nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("error %v", err)
	}
}
