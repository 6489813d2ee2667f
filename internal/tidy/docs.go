package tidy

import (
	"go/ast"
	"slices"
	"strings"
)

// Documented reports packages without a package comment, and exported names
// without a comment. Comments of functions and types begin with their name.
func Documented(t *Tree) []Finding {
	var found []Finding
	for _, dir := range t.Dirs() {
		documented := false
		for _, f := range t.Library(dir) {
			documented = documented || f.AST.Doc != nil
			for _, decl := range f.AST.Decls {
				found = append(found, t.undocumented(decl)...)
			}
		}
		if !documented {
			found = append(found, Finding{dir, 0, "package has no package comment"})
		}
	}
	return found
}

func (t *Tree) undocumented(decl ast.Decl) []Finding {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() && exportedReceiver(decl) && !begins(decl.Doc, decl.Name.Name) {
			return []Finding{t.at(decl, "exported %s needs a comment that begins with its name", decl.Name.Name)}
		}
	case *ast.GenDecl:
		var found []Finding
		for _, spec := range decl.Specs {
			found = append(found, t.undocumentedSpec(decl, spec)...)
		}
		return found
	}
	return nil
}

func (t *Tree) undocumentedSpec(decl *ast.GenDecl, spec ast.Spec) []Finding {
	var found []Finding
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		doc := spec.Doc
		if doc == nil && !decl.Lparen.IsValid() {
			doc = decl.Doc
		}
		if !spec.Name.IsExported() {
			return nil
		}
		if !begins(doc, spec.Name.Name) {
			found = append(found, t.at(spec, "exported %s needs a comment that begins with its name", spec.Name.Name))
		}
		found = append(found, t.undocumentedMethods(spec)...)
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() && decl.Doc == nil && spec.Doc == nil && spec.Comment == nil {
				found = append(found, t.at(name, "exported %s needs a comment", name.Name))
			}
		}
	}
	return found
}

// undocumentedMethods looks at interfaces of several methods; the comment of
// one with a single method speaks for both.
func (t *Tree) undocumentedMethods(spec *ast.TypeSpec) []Finding {
	in, ok := spec.Type.(*ast.InterfaceType)
	if !ok || len(in.Methods.List) < 2 {
		return nil
	}
	var found []Finding
	for _, m := range in.Methods.List {
		for _, name := range m.Names {
			if name.IsExported() && m.Doc == nil && m.Comment == nil {
				found = append(found, t.at(name, "method %s.%s needs a comment", spec.Name.Name, name.Name))
			}
		}
	}
	return found
}

// exportedReceiver reports whether a function is no method of a hidden type.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	expr := decl.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return false
		}
	}
}

// begins reports whether a comment's first sentence is about name.
func begins(doc *ast.CommentGroup, name string) bool {
	words := strings.Fields(doc.Text())
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return len(words) > 0 && strings.TrimRight(words[0], ",.:;") == name
}
