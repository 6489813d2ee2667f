package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Command lines in the documents are ones that this program takes.
func TestDocumentedCommandsParse(t *testing.T) {
	seen := 0
	for _, path := range []string{"../../README.md", "../../docs/tutorial.md", "../../docs/simulator.md", "../../docs/bench.md", "../../docs/worlds.md", "../../docs/comparing.md", "../../docs/workloads.md", "../../docs/kv.md", "../../docs/checking.md", "../../docs/maelstrom.md", "../../docs/testing.md", "../../docs/faults.md", "../../docs/store.md", "../../docs/admin.md", "../../docs/wire.md", "../../docs/leases.md", "../../.ci/run"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "\n$ quorate ", "go run ./bin/quorate ")
		for _, part := range strings.Split(text, "go run ./bin/quorate ")[1:] {
			line, _, _ := strings.Cut(part, "\n")
			line, _, _ = strings.Cut(line, "`")
			seen++
			c, rest, err := findCommand(strings.Fields(line))
			if err != nil {
				t.Errorf("%s: %q: %v", path, line, err)
				continue
			}
			f := newFlags("quorate " + c.name)
			c.setup(f)
			if err := f.parse(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
				t.Errorf("%s: %q: %v", path, line, err)
			}
		}
	}
	if seen < 7 {
		t.Errorf("%d commands found in the documents", seen)
	}
}
