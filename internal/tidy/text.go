package tidy

import (
	"bytes"
	"go/ast"
	"go/format"
	"regexp"
	"strings"
)

// Formatted reports Go files that gofmt would change.
func Formatted(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Go {
		if want, err := format.Source(f.Src); err != nil || !bytes.Equal(want, f.Src) {
			found = append(found, Finding{f.Path, 0, "is not gofmt-ed"})
		}
	}
	return found
}

// Matches reports lines of text files that match the pattern; in says which
// files, by path.
func Matches(t *Tree, pattern *regexp.Regexp, in func(path string) bool, message string) []Finding {
	var found []Finding
	for _, text := range t.Texts {
		if !in(text.Path) {
			continue
		}
		n := 0
		for line := range strings.Lines(text.Data) {
			n++
			if m := pattern.FindString(line); m != "" {
				found = append(found, Finding{text.Path, n, message + ": " + m})
			}
		}
	}
	return found
}

// Sleeps reports time.Sleep in tests that do not run in virtual time: such a
// test is slow, or flaky, or both.
func Sleeps(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Go {
		if !f.Test || imports(f, "testing/synctest") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if name, ok := selected(n, "time"); ok && name == "Sleep" {
				found = append(found, t.at(n, "time.Sleep in a test: wait for the event, or use testing/synctest"))
			}
			return true
		})
	}
	return found
}

func imports(f *File, path string) bool {
	for _, spec := range f.AST.Imports {
		if importPath(spec) == path {
			return true
		}
	}
	return false
}

// Globals reports init functions, and package variables without an initial
// value: those exist to be assigned. Blank and embedded ones are excused.
func Globals(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		for _, decl := range f.AST.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil && decl.Name.Name == "init" {
					found = append(found, t.at(decl, "init function: construct what is needed where it is needed"))
				}
			case *ast.GenDecl:
				found = append(found, t.unassigned(decl)...)
			}
		}
	}
	return found
}

func (t *Tree) unassigned(decl *ast.GenDecl) []Finding {
	var found []Finding
	for _, spec := range decl.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || decl.Tok.String() != "var" || len(v.Values) > 0 || embedded(decl.Doc) || embedded(v.Doc) {
			continue
		}
		found = append(found, t.at(v, "package variable %s: pass it along instead", v.Names[0].Name))
	}
	return found
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed") {
			return true
		}
	}
	return false
}
