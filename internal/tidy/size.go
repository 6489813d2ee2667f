package tidy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// Oversize is a file, function or package above a limit. Name says which:
// "dir/file.go", "dir/file.go:Func" or "dir".
type Oversize struct {
	Name         string
	Lines, Limit int
}

// LongFiles returns the Go files, tests included, of more than limit lines.
func LongFiles(t *Tree, limit int) []Oversize {
	var long []Oversize
	for _, f := range t.Go {
		if n := bytes.Count(f.Src, []byte("\n")); n > limit {
			long = append(long, Oversize{f.Path, n, limit})
		}
	}
	return long
}

// LongFuncs returns the functions, those of tests included, of more than limit
// lines from the func keyword to the closing brace.
func LongFuncs(t *Tree, limit int) []Oversize {
	var long []Oversize
	for _, f := range t.Go {
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
			if n > limit {
				long = append(long, Oversize{f.Path + ":" + fn.Name.Name, n, limit})
			}
		}
	}
	return long
}

// LongPackages returns those of the package directories that have more than
// limit lines of code without tests. Comments and blank lines are free: a limit
// must not tax them.
func LongPackages(t *Tree, dirs []string, limit int) []Oversize {
	var long []Oversize
	for _, dir := range dirs {
		n := 0
		for _, f := range t.Library(dir) {
			n += codeLines(f.Src)
		}
		if n > limit {
			long = append(long, Oversize{dir, n, limit})
		}
	}
	return long
}

// codeLines counts the lines that hold a token.
func codeLines(src []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && text == "\n" {
			continue // inserted by the scanner
		}
		first := file.Line(pos)
		for line := first; line <= first+strings.Count(text, "\n"); line++ {
			lines[line] = true
		}
	}
}

// Ratchet compares what is over a limit with what is known to be. The known
// list may shrink but not grow: what is new, what grew, and what is listed a
// tenth larger than it is are findings.
func Ratchet(over []Oversize, known map[string]int) []Finding {
	var found []Finding
	seen := map[string]bool{}
	for _, o := range over {
		seen[o.Name] = true
		was, listed := known[o.Name]
		switch {
		case !listed:
			found = append(found, Finding{o.Name, 0, fmt.Sprintf("%d lines, the limit is %d", o.Lines, o.Limit)})
		case o.Lines > was:
			found = append(found, Finding{o.Name, 0, fmt.Sprintf("grew from %d to %d lines, the limit is %d", was, o.Lines, o.Limit)})
		case o.Lines < was*9/10:
			found = append(found, Finding{o.Name, 0, fmt.Sprintf("shrank from %d to %d lines: write that into the list", was, o.Lines)})
		}
	}
	for name := range known {
		if !seen[name] {
			found = append(found, Finding{name, 0, "is within the limit now: take it off the list"})
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	return found
}
