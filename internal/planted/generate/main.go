// Command generate writes the copies of protocols in which bugs can be planted,
// see package planted. It runs in that package's directory, by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/quorate/quorate/internal/planted"
)

func main() {
	if err := run("../.."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run brings all copies in the module at root up to date.
func run(root string) error {
	for _, p := range planted.Protocols() {
		want, err := copies(os.DirFS(root), p)
		if err != nil {
			return err
		}
		stale, err := outdated(os.DirFS(root), p, want)
		if err != nil {
			return err
		}
		for _, name := range stale {
			if err := write(filepath.Join(root, filepath.FromSlash(name)), want[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// write replaces a file, or removes it if there is nothing to write.
func write(name string, data []byte) error {
	if data == nil {
		return os.Remove(name)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}
