package tidy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Sequential reports goroutines, channels and selects in the given package
// directories: a replica has none, its node runs one handler at a time.
func Sequential(t *Tree, dirs []string) []Finding {
	var found []Finding
	report := func(n ast.Node, what string) bool {
		found = append(found, t.at(n, "%s: the node runs one handler at a time", what))
		return true
	}
	for _, dir := range dirs {
		for _, f := range t.Library(dir) {
			ast.Inspect(f.AST, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					return report(n, "go statement")
				case *ast.SelectStmt:
					return report(n, "select")
				case *ast.ChanType:
					return report(n, "channel")
				case *ast.SendStmt:
					return report(n, "channel send")
				case *ast.UnaryExpr:
					return n.Op != token.ARROW || report(n, "channel receive")
				}
				return true
			})
		}
	}
	return found
}

// unordered marks a loop whose result does not depend on a map's order.
const unordered = "// unordered:"

// MapOrder reports loops over a map, in the package directory dir, that carry
// no "// unordered: reason" comment on their line or the one before. Go draws
// the order anew each time, so such a loop makes a replica behave differently
// from run to run. Iterators from package maps count too, unless they go
// straight into slices.Sorted.
func MapOrder(t *Tree, dir string, imp types.Importer) ([]Finding, error) {
	var asts []*ast.File
	for _, f := range t.Library(dir) {
		asts = append(asts, f.AST)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	cfg := types.Config{Importer: imp}
	if _, err := cfg.Check(dir, t.Fset, asts, info); err != nil {
		return nil, err
	}
	var found []Finding
	for _, f := range t.Library(dir) {
		excused := t.marked(f)
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if !drawsOrder(n, info) || excused[t.Fset.Position(n.Pos()).Line] {
				return !sorts(n)
			}
			found = append(found, t.at(n, "map order: sort the keys, or say why the order cannot be seen: %s …", unordered))
			return true
		})
	}
	return found, nil
}

// drawsOrder reports whether n walks a map in the order Go draws.
func drawsOrder(n ast.Node, info *types.Info) bool {
	switch n := n.(type) {
	case *ast.RangeStmt:
		if n.Key == nil && n.Value == nil {
			return false // counts only
		}
		_, isMap := info.TypeOf(n.X).Underlying().(*types.Map)
		return isMap
	case *ast.CallExpr:
		name, ok := selected(n.Fun, "maps")
		return ok && slices.Contains([]string{"All", "Keys", "Values"}, name)
	}
	return false
}

// sorts reports whether n is a call that brings an iterator into order.
func sorts(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := selected(call.Fun, "slices")
	return ok && strings.HasPrefix(name, "Sorted")
}

// marked returns the lines that a comment excuses: its own and the next.
func (t *Tree) marked(f *File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, unordered) {
				line := t.Fset.Position(group.End()).Line
				lines[t.Fset.Position(c.Pos()).Line] = true
				lines[line+1] = true
			}
		}
	}
	return lines
}
