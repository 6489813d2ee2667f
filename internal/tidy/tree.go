package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Tree is the source of one module.
type Tree struct {
	Module string // import path of the root package
	Fset   *token.FileSet
	Go     []*File
	Texts  []Text
}

// File is one parsed Go file.
type File struct {
	Path string // from the module's root, with slashes
	Test bool   // belongs to go test only
	Src  []byte
	AST  *ast.File
}

// Dir returns the file's package directory, "." for the root.
func (f *File) Dir() string { return path.Dir(f.Path) }

// Text is one file that is read as text: documents, scripts, golden files and
// Go files too.
type Text struct {
	Path string
	Data string
}

// Finding is a broken rule at a place.
type Finding struct {
	Path    string
	Line    int // 0: the file or package as a whole
	Message string
}

// String returns "path:line: message".
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Message)
}

// textual lists the endings of files that are searched as text.
var textual = []string{".go", ".md", ".txt", ".sh", ".json", ".yml", ".yaml", ".mod", ".edn", ".tla"}

// Load reads the module whose root is fsys. It skips directories of tools
// (.git), of the user's runs (out), and the state that rapid leaves.
func Load(fsys fs.FS, module string) (*Tree, error) {
	t := &Tree{Module: module, Fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == ".git" || name == "out" || strings.HasSuffix(name, "testdata/rapid") {
				return fs.SkipDir
			}
			return nil
		}
		return t.read(fsys, name, d)
	})
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", module, err)
	}
	return t, nil
}

func (t *Tree) read(fsys fs.FS, name string, d fs.DirEntry) error {
	script := path.Ext(name) == "" && path.Dir(name) == ".ci"
	if !d.Type().IsRegular() || !script && !slices.Contains(textual, path.Ext(name)) {
		return nil
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	t.Texts = append(t.Texts, Text{name, string(src)})
	if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
		return nil
	}
	file, err := parser.ParseFile(t.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Go = append(t.Go, &File{Path: name, Test: strings.HasSuffix(name, "_test.go"), Src: src, AST: file})
	return nil
}

// Library returns the files of a package directory that are not tests.
func (t *Tree) Library(dir string) []*File {
	var files []*File
	for _, f := range t.Go {
		if !f.Test && f.Dir() == dir {
			files = append(files, f)
		}
	}
	return files
}

// Dirs returns the directories that hold a package, in order.
func (t *Tree) Dirs() []string {
	var dirs []string
	for _, f := range t.Go {
		if !f.Test {
			dirs = append(dirs, f.Dir())
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func (t *Tree) at(n ast.Node, format string, args ...any) Finding {
	p := t.Fset.Position(n.Pos())
	return Finding{p.Filename, p.Line, fmt.Sprintf(format, args...)}
}
