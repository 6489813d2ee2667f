// Package wiretest tests the messages of a protocol: their bytes against a
// golden file, so that a change of the wire shows in review, and their decoder
// against damage.
package wiretest

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate/wire"
)

// Golden encodes each sample, a struct value, and compares its bytes with the
// golden file, line by line. Above a message's first line the file has its
// shape. Then each sample is decoded, whole and damaged, see [Check]. A missing
// file is written, and the test fails once to say so; with -rewrite, where the
// test binary has that flag, the file is replaced.
//
// Give one sample at least for each message and record, with fields that are
// not zero.
func Golden(t *testing.T, file string, samples ...any) {
	t.Helper()
	var got strings.Builder
	seen := map[string]bool{}
	for _, m := range samples {
		kind, err := wire.Compile(reflect.TypeOf(m))
		if err != nil {
			t.Fatal(err)
		}
		data, err := kind.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if !seen[kind.Name()] {
			fmt.Fprintf(&got, "# %v %s\n", kind, kind.Shape())
		}
		seen[kind.Name()] = true
		fmt.Fprintf(&got, "%v %s\n", kind, hex.EncodeToString(data))
		t.Run(kind.String(), func(t *testing.T) { Check(t, m) })
	}
	compare(t, file, got.String())
}

func compare(t testing.TB, file, got string) {
	t.Helper()
	want, err := os.ReadFile(file)
	missing := errors.Is(err, os.ErrNotExist)
	if missing || rewriting() {
		write(t, file, got)
		if missing {
			t.Errorf("%s was missing and is written now: look at it and run again", file)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := line(gotLines, i), line(wantLines, i)
		if g != w {
			t.Errorf("%s:%d: the wire has changed\n got %s\nwant %s\nIf it is meant to, remove the file and run again.", file, i+1, g, w)
			return
		}
	}
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "the end"
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rewriting says whether -rewrite was given. Package script defines the flag;
// this one only looks, for a flag can be defined once.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}
