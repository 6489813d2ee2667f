package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/planted"
)

// edit is a patch whose place was found.
type edit struct {
	bug      string // for errors
	from, to int    // the bytes that are replaced
	text     string
}

// locateAll finds the places of all patches of p, by file.
func locateAll(fsys fs.FS, p planted.Protocol) (map[string][]edit, error) {
	found := map[string][]edit{}
	add := func(who string, patches []planted.Patch) error {
		for _, patch := range patches {
			e, err := locate(fsys, patch)
			if err != nil {
				return fmt.Errorf("%s: %w", who, err)
			}
			e.bug = who
			found[patch.File] = append(found[patch.File], e)
		}
		return nil
	}
	if err := add(p.Name+" plumbing", p.Plumbing); err != nil {
		return nil, err
	}
	for _, b := range p.Bugs {
		if err := add("bug "+b.Name, b.Patches); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// locate finds the one place of a patch. The text must be there exactly once:
// if the protocol has changed, somebody has to look at the bug again.
func locate(fsys fs.FS, patch planted.Patch) (edit, error) {
	src, err := fs.ReadFile(fsys, patch.File)
	if err != nil {
		return edit{}, err
	}
	if n := strings.Count(string(src), patch.Old); n != 1 {
		return edit{}, fmt.Errorf("%s: the text to replace occurs %d times, want once:\n%s", patch.File, n, patch.Old)
	}
	from := strings.Index(string(src), patch.Old)
	return edit{from: from, to: from + len(patch.Old), text: patch.New}, nil
}

// apply makes all edits. No two may touch the same text: neither would be what
// it says it is.
func apply(src string, edits []edit) (string, error) {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b edit) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for i, e := range edits {
		if e.from < done {
			return "", fmt.Errorf("%s and %s replace the same text", edits[i-1].bug, e.bug)
		}
		out.WriteString(src[done:e.from])
		out.WriteString(e.text)
		done = e.to
	}
	out.WriteString(src[done:])
	return out.String(), nil
}
