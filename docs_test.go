package quorate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	line     int
	language string
	source   string // the file it claims to be from, in the comment above it
	text     string
}

// blocks returns the fenced blocks of a document.
func blocks(t *testing.T, path string) []block {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	var open *block
	source := ""
	for i, line := range strings.Split(string(data), "\n") {
		comment, isComment := strings.CutPrefix(line, "<!-- ")
		language, isFence := strings.CutPrefix(line, "```")
		switch {
		case open != nil && isFence:
			found = append(found, *open)
			open, source = nil, ""
		case open != nil:
			open.text += line + "\n"
		case isFence:
			open = &block{line: i + 1, language: language, source: source}
		case isComment:
			source = strings.TrimSuffix(comment, " -->")
		case line != "":
			source = ""
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: a block is not closed", path, open.line)
	}
	return found
}

// Code in the README and the tutorial is code that is compiled and tested: each
// block stands in the file that the comment above it names.
func TestDocumentsShowRealCode(t *testing.T) {
	shown := 0
	for _, path := range []string{"README.md", "docs/tutorial.md", "docs/simulator.md", "docs/trex.md", "docs/epaxos.md", "docs/wpaxos.md"} {
		for _, b := range blocks(t, path) {
			if b.source == "" {
				if b.language == "go" {
					t.Errorf("%s:%d: Go code without a comment that names its file", path, b.line)
				}
				continue
			}
			file, err := os.ReadFile(filepath.FromSlash(b.source))
			if err != nil {
				t.Errorf("%s:%d: %v", path, b.line, err)
				continue
			}
			if !strings.Contains("\n"+string(file), "\n"+b.text) {
				t.Errorf("%s:%d: this does not stand in %s:\n%s", path, b.line, b.source, b.text)
			}
			shown++
		}
	}
	if shown < 15 {
		t.Errorf("%d blocks are compared, want those of the tutorial", shown)
	}
}

// Links within the project lead somewhere.
func TestDocumentsLinkToFiles(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(documents, "README.md") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		prose := string(data)
		for _, b := range blocks(t, path) {
			prose = strings.Replace(prose, b.text, "", 1) // code has brackets of its own
		}
		for _, part := range strings.Split(prose, "](")[1:] {
			target, _, _ := strings.Cut(part, ")")
			target, _, _ = strings.Cut(target, "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: link to %s: %v", path, target, err)
			}
		}
	}
}

// Who looks for something finds it in the list of the architecture's floors.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	words := regexp.MustCompile(`[a-z]+`).FindAllString(blocks(t, "docs/architecture.md")[0].text, -1)
	missing := map[string]bool{}
	for _, f := range tree(t).Go {
		dir := f.Dir()
		if dir == "." || f.Test || strings.HasPrefix(dir, "bin/") || strings.HasPrefix(dir, "internal/planted/") {
			continue
		}
		for part := range strings.SplitSeq(dir, "/") {
			if !slices.Contains(words, part) && !missing[dir] {
				missing[dir] = true
				t.Errorf("docs/architecture.md does not name %s", dir)
			}
		}
	}
}
