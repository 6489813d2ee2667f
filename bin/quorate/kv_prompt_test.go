package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
)

func TestKVScript(t *testing.T) {
	_, file := running(t)
	const script = `# a comment
put a "1\t2"   # and another

get a
get b
put a 3 --if-version 9
set b '#4'
frobnicate
quit
put never executed
`
	got := feed(t.Context(), script, "kv", "--config", file)
	want := "\"a\" is at version 1\n\"a\" = \"1\\t2\" (version 1)\n\"b\" is absent\n"
	if got.code != exitBad || got.stdout != want || got.stderr != "quorate: line 6: put-if \"a\": the condition does not hold: the key is at version 1\n" {
		t.Errorf("%+v", got)
	}
	got = feed(t.Context(), script, "kv", "--config", file, "--keep-going")
	want = "\"a\" is at version 2\n\"a\" = \"1\\t2\" (version 2)\n\"b\" is absent\n\"b\" is at version 1\n"
	if got.code != exitBad || got.stdout != want || !strings.HasSuffix(got.stderr, "quorate: 2 lines failed\n") || !strings.Contains(got.stderr, "line 8: unknown command") {
		t.Errorf("%+v", got)
	}
	if got = feed(t.Context(), "get a\nhelp\nhelp put\n", "kv", "--config", file, "--json"); got.code != exitGood || !strings.HasPrefix(got.stdout, `{"key":"a","ok":true,"version":2,"value":"1\t2",`) ||
		!strings.Contains(got.stdout, "--if-absent") || !strings.Contains(got.stdout, "consensus key") {
		t.Errorf("%+v", got)
	}
	for script, want := range map[string]string{
		"put a": "line 1: kv put: want a value", "put a -": "use --file", "get 'a": "not closed", `get "a\q"`: "double quote",
		"get a b c": "got 3 words", "gte a": "did you mean get?", "get a\n" + strings.Repeat("x", maxLine+1): "token too long",
	} {
		if got := feed(t.Context(), script, "kv", "--config", file); got.code == exitGood || !strings.Contains(got.stderr, want) {
			t.Errorf("%.20q: code %d, stderr %q, want %q", script, got.code, got.stderr, want)
		}
	}
}

// The editor as the prompt uses it: lines, a history, completion, and an
// interrupt that erases the line.
func TestPromptEditing(t *testing.T) {
	var screen bytes.Buffer
	const up = "\x1b[A"
	typed := "get a\r" + "half a line\x03" + "ge\tb\r" + "h\t\x03" + up + up + "2\r" + "put k \"\xc3\xa9\"\r" + "\x04"
	editor := newEditor(iotestOneByte{strings.NewReader(typed)}, &screen)
	var lines []string
	for {
		line, err := editor.ReadLine()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if want := []string{"get a", "get b", "get a2", "put k \"\u00e9\""}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// iotestOneByte hands one byte out at a time, as a keyboard does.
type iotestOneByte struct{ from io.Reader }

func (r iotestOneByte) Read(p []byte) (int, error) { return r.from.Read(p[:min(1, len(p))]) }

// prompt is an interactive prompt on a cluster, whose lines a test types.
func prompt(t *testing.T, file string, lines ...string) (*kvPrompt, *bytes.Buffer) {
	t.Helper()
	cluster, err := readCluster(file)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := remote.Open(remote.Config{File: cluster})
	if err != nil {
		t.Fatal(err)
	}
	session, err := reached.Client(client.Config{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	k := &kv{cluster: reached, client: session, timeout: time.Minute, out: &out, told: true, timed: true}
	t.Cleanup(func() { k.close() })
	next := func() (string, error) {
		if len(lines) == 0 {
			return "", io.EOF
		}
		line := lines[0]
		lines = lines[1:]
		return line, nil
	}
	return &kvPrompt{k: k, next: next, out: &out, err: &out, interactive: true}, &out
}

// At the prompt errors are told, and it goes on.
func TestPromptGoesOn(t *testing.T) {
	_, file := running(t)
	p, out := prompt(t, file, "put k v", "put k w --if-absent", "nonsense", "get k", "exit", "get never")
	if err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\"k\" is at version 1 (", " ms)\n", "does not hold", "unknown command \"nonsense\"", "\"k\" = \"v\" (version 1, "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q does not contain %q", out, want)
		}
	}
	if strings.Contains(out.String(), "never") {
		t.Errorf("a line after the end was executed: %s", out)
	}
}

// An interrupt ends the call under way, and says what became of it.
func TestPromptInterrupt(t *testing.T) {
	l, file := running(t)
	for _, i := range []int{1, 2} {
		if err := l.Stop(l.Cluster().ID(i)); err != nil {
			t.Fatal(err)
		}
	}
	p, out := prompt(t, file, "put k v", "get k --read local")
	interrupts := make(chan os.Signal, 1)
	p.interrupts = interrupts
	interrupts <- os.Interrupt
	if err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := strings.Contains(out.String(), "outcome unknown after 1 attempt, last at 1.1: interrupted") ||
		strings.Contains(out.String(), "not executed after 0 attempts: interrupted") // it came before the first
	if !ended || !strings.Contains(out.String(), "\"k\" is absent") {
		t.Errorf("%s", out)
	}
}

func TestCompletion(t *testing.T) {
	for text, want := range map[string]string{"ge": "get ", "h": "h", "his": "history ", "get": "get ", "x": "x", "put k": "put k"} {
		if got, at, ok := complete(text, len(text), '\t'); got != want || at != len(want) || !ok {
			t.Errorf("%q: %q, cursor %d", text, got, at)
		}
	}
	if _, _, ok := complete("ge", 2, 'x'); ok {
		t.Error("other keys are taken, too")
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		"":                     nil,
		"  \t ":                nil,
		"# all of it":          nil,
		"get a":                {"get", "a"},
		" get\ta # comment":    {"get", "a"},
		"put a#b '# c'":        {"put", "a#b", "# c"},
		`put "a b" 'c "d" \n'`: {"put", "a b", `c "d" \n`},
		`put a "\x00\xff\n\""`: {"put", "a", "\x00\xff\n\""},
		`put ab"c d"'e f'g ""`: {"put", "abc de fg", ""},
		"put k v\r":            {"put", "k", "v"},
	} {
		if got, err := splitLine(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", line, got, err, want)
		}
	}
	for _, line := range []string{"'", `"`, `a"b`, "'a' 'b", `"\q"`, "\"a\nb\""} {
		if got, err := splitLine(line); err == nil {
			t.Errorf("%q: %q", line, got)
		}
	}
}

func FuzzSplitLine(f *testing.F) {
	f.Add("put 'a b' \"c\\x00\" # d")
	f.Fuzz(func(t *testing.T, text string) {
		words, err := splitLine(text)
		if err != nil {
			return
		}
		var line strings.Builder
		for _, w := range words {
			line.WriteString(strconv.Quote(w) + " ")
		}
		if again, err := splitLine(line.String()); err != nil || !slices.Equal(words, again) {
			t.Errorf("%q: %q, again %q, %v", text, words, again, err)
		}
	})
}

func TestLineErrorsKeepTheCode(t *testing.T) {
	for err, code := range map[error]int{usagef("x"): exitUsage, &exitError{code: exitBad}: exitBad, errors.New("x"): exitTool, context.Canceled: exitTool} {
		if got := exitCode(lineError(3, err)); got != code {
			t.Errorf("%v: code %d, want %d", err, got, code)
		}
	}
}
