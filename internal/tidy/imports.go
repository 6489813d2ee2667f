package tidy

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Plan is the floor plan: which package may import which.
type Plan struct {
	// Floors lists package directories from the bottom up. A package may import
	// those of lower floors. "dir/..." stands for every package below dir that
	// is not listed by itself.
	Floors [][]string
	// Sideways lists what a package may import of its own floor.
	Sideways map[string][]string
}

// floor returns the floor of dir and the entry it stands under, -1 if none.
func (p Plan) floor(dir string) (int, string) {
	for i, floor := range p.Floors {
		if slices.Contains(floor, dir) {
			return i, dir
		}
	}
	for parent := dir; parent != "."; {
		parent = path.Dir(parent)
		for i, floor := range p.Floors {
			if slices.Contains(floor, parent+"/...") {
				return i, parent + "/..."
			}
		}
	}
	return -1, ""
}

// Floors reports imports that do not go down, and packages without a floor.
func Floors(t *Tree, plan Plan) []Finding {
	var found []Finding
	for _, dir := range t.Dirs() {
		from, entry := plan.floor(dir)
		if from < 0 {
			found = append(found, Finding{dir, 0, "package has no place in the floor plan"})
			continue
		}
		for _, f := range t.Library(dir) {
			for _, spec := range f.AST.Imports {
				target, ours := t.dir(importPath(spec))
				if !ours {
					continue
				}
				to, _ := plan.floor(target)
				if to >= from && !slices.Contains(plan.Sideways[entry], target) {
					found = append(found, t.at(spec, "floor %d may not import %s of floor %d", from, target, to))
				}
			}
		}
	}
	return found
}

// dir returns the directory of an import path of this module.
func (t *Tree) dir(importPath string) (string, bool) {
	if importPath == t.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.Module+"/")
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has refused such a file
	}
	return p
}

// within reports whether dir is one of the roots or lies below one.
func within(dir string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return dir == root || strings.HasPrefix(dir, root+"/")
	})
}

// Confined reports imports of packages outside the directories that may use
// them; only maps an import path to those directories and what is below them.
func Confined(t *Tree, only map[string][]string) []Finding {
	var found []Finding
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		for _, spec := range f.AST.Imports {
			p := importPath(spec)
			if dirs, confined := only[p]; confined && !within(f.Dir(), dirs) {
				found = append(found, t.at(spec, "%s is for %s only", p, strings.Join(dirs, ", ")))
			}
		}
	}
	return found
}

// Banned reports imports, in the given package directories, of packages that
// match one of the patterns: a path, or "path/..." for it and all below.
func Banned(t *Tree, dirs, patterns []string) []Finding {
	var found []Finding
	for _, dir := range dirs {
		for _, f := range t.Library(dir) {
			for _, spec := range f.AST.Imports {
				for _, pattern := range patterns {
					base, tree := strings.CutSuffix(pattern, "/...")
					p := importPath(spec)
					if p == base || tree && strings.HasPrefix(p, base+"/") {
						found = append(found, t.at(spec, "%s is not for this package", p))
					}
				}
			}
		}
	}
	return found
}

// Selectors reports uses, in the given package directories, of names of an
// imported package other than the allowed ones.
func Selectors(t *Tree, dirs []string, imported string, allowed ...string) []Finding {
	var found []Finding
	for _, dir := range dirs {
		for _, f := range t.Library(dir) {
			found = append(found, t.selectors(f, imported, allowed)...)
		}
	}
	return found
}

func (t *Tree) selectors(f *File, imported string, allowed []string) []Finding {
	var found []Finding
	for _, spec := range f.AST.Imports {
		if importPath(spec) != imported {
			continue
		}
		local := localName(spec)
		if local == "." {
			found = append(found, t.at(spec, "dot import of %s hides what is used", imported))
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if name, ok := selected(n, local); ok && !slices.Contains(allowed, name) {
				found = append(found, t.at(n, "%s.%s is not for this package (allowed: %s)", local, name, list(allowed)))
			}
			return true
		})
	}
	return found
}

// localName returns the name by which a file knows an import.
func localName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(importPath(spec))
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath(spec)))
	}
	return base
}

// selected returns the name that n selects from the package known as local.
func selected(n ast.Node, local string) (string, bool) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	x, ok := sel.X.(*ast.Ident)
	return sel.Sel.Name, ok && x.Name == local
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return fmt.Sprint(strings.Join(names, ", "))
}
