package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/planted"
)

// TestWithoutABugNothingChanges: where no bug is asked for, each comparison with
// a bug's name has a known result. What is left of a copy after these are
// worked out must be the protocol itself and the plumbing.
func TestWithoutABugNothingChanges(t *testing.T) {
	for _, p := range planted.Protocols() {
		bare := p
		bare.Bugs = nil
		want, err := copies(os.DirFS(root), bare)
		if err != nil {
			t.Fatal(err)
		}
		got, err := copies(os.DirFS(root), p)
		if err != nil {
			t.Fatal(err)
		}
		for name := range want {
			if folded(t, got[name]) != folded(t, want[name]) {
				t.Errorf("%s does not do what the protocol does, without a bug:\n%s", name, got[name])
			}
		}
	}
}

// TestEveryPatchAsksForItsBug: a patch that takes effect for another bug as well
// would make two of one.
func TestEveryPatchAsksForItsBug(t *testing.T) {
	for _, p := range planted.Protocols() {
		for _, b := range p.Bugs {
			if (len(b.Patches) == 0) != (b.Fooled || b.Amnesia || b.Hasty) {
				t.Errorf("%s: %d patches", b.Name, len(b.Patches))
			}
			for _, patch := range b.Patches {
				if !strings.Contains(patch.New, strconv.Quote(b.Name)) {
					t.Errorf("%s: patch of %s does not ask for it:\n%s", b.Name, patch.File, patch.New)
				}
				for _, other := range p.Bugs {
					if other.Name != b.Name && strings.Contains(patch.New, strconv.Quote(other.Name)) {
						t.Errorf("%s: patch of %s asks for %s", b.Name, patch.File, other.Name)
					}
				}
			}
		}
	}
}

func TestFolding(t *testing.T) {
	for _, test := range []struct {
		name, mutated, plain string
		same                 bool
	}{
		{"inserted", `if x.Bug == "b" { return }; f()`, `f()`, true},
		{"with an alternative", `if x.bug == "b" { return } else { g() }; f()`, `g(); f()`, true},
		{"guarded", `if bug != "b" { f() }`, `f()`, true},
		{"condition", `if a < 1 && (x.bug != "b" || c) { f() }`, `if a < 1 { f() }`, true},
		{"negated condition", `if !(x.bug == "b" && c) && a < 1 { f() }`, `if a < 1 { f() }`, true},
		{"case", `switch { case x.bug == "b" && c: g(); case a < 1: f() }`, `switch { case a < 1: f() }`, true},
		{"within a function", `h(func() { if x.bug == "b" { return }; f() })`, `h(func() { f() })`, true},
		{"the wrong way round", `if x.bug != "b" { return }; f()`, `f()`, false},
		{"always", `g(); f()`, `f()`, false},
		{"precedence", `if a < 1 || c && x.bug != "b" || d { f() }`, `if (a < 1 || c) && d { f() }`, false},
		{"no bug's name", `if x.other == "b" { return }; f()`, `f()`, false},
	} {
		wrap := func(body string) []byte { return []byte("package p\nfunc _() {" + body + "}") }
		if same := folded(t, wrap(test.mutated)) == folded(t, wrap(test.plain)); same != test.same {
			t.Errorf("%s: same = %v, want %v", test.name, same, test.same)
		}
	}
}

// folded prints what remains of a file without a bug, apart from its layout.
func folded(t *testing.T, src []byte) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			n.List = foldAll(n.List)
		case *ast.CaseClause:
			n.Body = foldAll(n.Body)
		}
		return true
	})
	var out bytes.Buffer
	layout := func(_ string, v reflect.Value) bool { return v.Type() != reflect.TypeFor[token.Pos]() }
	if err := ast.Fprint(&out, nil, f, layout); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// foldAll decides the branches among statements.
func foldAll(list []ast.Stmt) []ast.Stmt {
	var out []ast.Stmt
	for _, s := range list {
		switch s := s.(type) {
		case *ast.IfStmt:
			s.Cond = fold(s.Cond)
			switch {
			case is(s.Cond, "true"):
				out = append(out, foldAll(s.Body.List)...)
				continue
			case is(s.Cond, "false"):
				if s.Else != nil {
					out = append(out, foldAll(s.Else.(*ast.BlockStmt).List)...)
				}
				continue
			}
		case *ast.CaseClause:
			if len(s.List) == 1 {
				s.List[0] = fold(s.List[0])
				if is(s.List[0], "false") {
					continue
				}
			}
		}
		out = append(out, s)
	}
	return out
}

// fold works out an expression as far as it depends on a bug's name, and drops
// parentheses.
func fold(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return fold(e.X)
	case *ast.UnaryExpr:
		e.X = fold(e.X)
		if e.Op == token.NOT && (is(e.X, "true") || is(e.X, "false")) {
			return truth(is(e.X, "false"))
		}
	case *ast.BinaryExpr:
		if _, literal := e.Y.(*ast.BasicLit); literal && asks(e.X) {
			return truth(e.Op == token.NEQ)
		}
		e.X, e.Y = fold(e.X), fold(e.Y)
		decides, changesNothing := "false", "true"
		if e.Op == token.LOR {
			decides, changesNothing = changesNothing, decides
		}
		switch {
		case e.Op != token.LAND && e.Op != token.LOR:
		case is(e.X, decides) || is(e.Y, changesNothing):
			return e.X
		case is(e.Y, decides) || is(e.X, changesNothing):
			return e.Y
		}
	}
	return e
}

// asks reports whether e is the name of the bug that is asked for.
func asks(e ast.Expr) bool {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		e = sel.Sel
	}
	return is(e, "bug") || is(e, "Bug")
}

func is(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func truth(b bool) ast.Expr { return ast.NewIdent(strconv.FormatBool(b)) }
