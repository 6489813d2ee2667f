package store

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// evil is a name that means something to whoever does not look at it as text.
const evil = "../<script>alert(1)</script>\"'&\x00\n\u202e/.."

// events is a small history of the keys "a" and evil, with a fault.
func events() []history.Op {
	var ops []history.Op
	add := func(ms, process int, t history.Type, f string, value, problem any) {
		ops = append(ops, history.Op{Index: len(ops), Time: time.Duration(ms) * time.Millisecond, Process: process, Type: t, F: f, Value: value, Error: problem})
	}
	add(0, 0, history.Invoke, "write", []any{"a", int64(1)}, nil)
	add(1, 1, history.Invoke, "cas", []any{evil, []any{int64(0), int64(1)}}, nil)
	add(2, history.Nemesis, history.Info, "start-kill", nil, nil)
	add(3, history.Nemesis, history.Info, "start-kill", []any{"1.2"}, nil)
	add(4, 0, history.OK, "write", []any{"a", int64(1)}, nil)
	add(5, 1, history.Fail, "cas", nil, "the condition does not hold")
	add(6, 0, history.Invoke, "read", []any{"a", nil}, nil)
	add(7, history.Nemesis, history.Info, "stop-kill", nil, nil)
	add(8, history.Nemesis, history.Info, "stop-kill", nil, nil)
	add(9, 0, history.Info, "read", []any{"a", nil}, history.Keyword("timeout"))
	return ops
}

// outcome is what a test found.
func outcome() *results.Results {
	return &results.Results{
		Schema: results.Schema, Test: "paxos register kill", Started: at(), Valid: results.False, Reason: "key a: a read is stale", Elapsed: 9 * time.Millisecond,
		Checks: []results.Check{
			{Name: "linearizable", Valid: results.False, Reason: "key a: a read is stale", Key: "a", Details: json.RawMessage(`{"keys":2,"share":0.5,"list":[1,"x",null,true],"odd name":{}}`)},
			{Name: "stats", Valid: results.True},
			{Name: "bank", Valid: results.Unknown, Reason: "time ran out"},
		},
		Stats:  []results.Stat{{F: "cas", Fail: 1}, {F: "read", Info: 1}, {F: "write", OK: 1}},
		Faults: []results.Fault{{Nemesis: "kill", Times: 1, Active: 6 * time.Millisecond}},
		Config: json.RawMessage(`{"protocol":"paxos","seed":7}`),
	}
}

// stale is a counterexample of a key, and the ledger that has it.
func stale(t *testing.T, key string) (*checker.Recorder, []checker.Counterexample) {
	t.Helper()
	h := []checker.Operation{
		{Process: 0, Call: 2e6, Return: 3e6, Op: quorate.OpPut, Key: key, Value: []byte("1"), Status: quorate.Done, OK: true, Version: 1},
		{Process: 0, Call: 4e6, Return: 5e6, Op: quorate.OpPut, Key: key, Value: []byte("2"), Status: quorate.Done, OK: true, Version: 2},
		{Process: 1, Call: 6e6, Return: 7e6, Op: quorate.OpGet, Key: key, Result: []byte("1"), Status: quorate.Done, OK: true, Version: 1},
	}
	found, err := checker.Check(t.Context(), h, checker.Config{})
	if err != nil || len(found.Counterexamples) != 1 {
		t.Fatalf("%v, %d counterexamples", err, len(found.Counterexamples))
	}
	ledger, err := checker.NewRecorder(checker.RecorderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return ledger, found.Counterexamples
}

// read returns a file of a run.
func read(t *testing.T, r *Run, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.Dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tree lists the files of a run.
func tree(t *testing.T, r *Run) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(r.Dir(), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(r.Dir(), path)
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A run has all its files, and those for people and programs say what happened.
func TestFinish(t *testing.T) {
	t.Parallel()
	r := created(t, t.TempDir(), outcome().Test)
	log, err := r.Log("1.1")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(log, "a line")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	ledger, found := stale(t, "a")
	res := outcome()
	finish(t, r, res, events(), Extra{
		Ledger: ledger, Counterexamples: found,
		Failures: []Failure{{Key: "a", Text: "and another check"}, {Key: evil, Text: evil, Picture: func(w io.Writer) error { _, err := io.WriteString(w, "a picture"); return err }}},
	})
	if res.Directory != r.Dir() {
		t.Errorf("the results are in %q, not %q", res.Directory, r.Dir())
	}
	hostile := filepath.Join("independent", fileName(evil))
	want := []string{
		"1.1.log", "history.edn", "history.jsonl", "history.txt",
		hostile + "/history.edn", hostile + "/linear.html", hostile + "/timeline.html", hostile + "/why.txt",
		"independent/a/history.edn", "independent/a/ledger.edn", "independent/a/linear.html", "independent/a/timeline.html", "independent/a/why.txt",
		"latency-quantiles.png", "latency-raw.png", "ledger.edn", "rate.png", "results.edn", "results.html", "results.json", "test.json", "timeline.html",
	}
	slices.Sort(want)
	got := tree(t, r)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files %q\nwant %q", got, want)
	}
	for _, name := range []string{"results.edn", "history.txt", "history.edn", "test.json"} {
		golden(t, name, read(t, r, name))
	}
	golden(t, "key.edn", read(t, r, hostile+"/history.edn"))
	if linear := read(t, r, "independent/a/linear.html"); !strings.Contains(linear, `"nemesis"`) || !strings.Contains(linear, `kill [\"1.2\"]`) {
		t.Error("the picture of the key does not show the fault")
	}
	page := read(t, r, "results.html")
	for _, bad := range []string{"<script", "\u202e", "href=\"../<", "href=\"javascript"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q in it", bad)
		}
	}
	for _, word := range []string{"✗ invalid: key a: a read is stale", "? unknown", "✓ valid", `href="./independent/a/linear.html"`, `href="./1.1.log"`, "an earlier state; and another check", `href="./timeline.html"`, `<svg viewBox`, ">6ms<"} {
		if !strings.Contains(page, word) {
			t.Errorf("the page does not have %q", word)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs from the golden one (%v), with -rewrite it is that from now on:\n%s", name, err, got)
	}
}

// What cannot be written is told, and so is what was; the rest is there.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	r := created(t, t.TempDir(), "x")
	full := func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<17))
		return errors.Join(err, syscall.ENOSPC)
	}
	err := r.Finish(t.Context(), outcome(), events(), Extra{Failures: []Failure{{Key: "k", Picture: full}}})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "saved: history.edn, results.json") || !strings.Contains(err.Error(), "independent/k/linear.html") {
		t.Errorf("error %v", err)
	}
	for _, name := range tree(t, r) {
		if strings.HasSuffix(name, "linear.html") || strings.HasPrefix(filepath.Base(name), ".") {
			t.Errorf("%s is left of what could not be written", name)
		}
	}
	read(t, r, "timeline.html")
}

// Whoever looks while a file is written sees the old one, or none.
func TestFilesAreWhole(t *testing.T) {
	t.Parallel()
	r := created(t, t.TempDir(), "x")
	for _, before := range []string{"", "old"} {
		err := r.Write("results.json", func(w io.Writer) error {
			fmt.Fprint(w, strings.Repeat("new", 1<<16))
			if b, err := os.ReadFile(r.Path("results.json")); string(b) != before || (err != nil) != (before == "") {
				t.Errorf("half way: %.20q, %v, want %q", b, err, before)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Write("results.json", func(w io.Writer) error { _, err := io.WriteString(w, "old"); return err }); err != nil {
			t.Fatal(err)
		}
	}
}

// A run that was interrupted before anything was written does not pass for one that
// found nothing.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := created(t, root, "x")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("somebody is in a hurry"))
	err := r.Finish(ctx, outcome(), events(), Extra{})
	if err == nil || !strings.Contains(err.Error(), "somebody is in a hurry") || !strings.Contains(err.Error(), "saved: nothing") {
		t.Errorf("error %v", err)
	}
	if got := seen(t, root, r).verdict; got.Text != "did not finish" {
		t.Errorf("the run is shown as %+v", got)
	}
}

// seen is how a run looks in a browser.
func seen(t *testing.T, root string, r *Run) status {
	t.Helper()
	store, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	return look(store, found{filepath.Base(filepath.Dir(r.Dir())), filepath.Base(r.Dir())})
}

// A run goes on while its process does. Should that be killed, the system forgets the lock, and the
// run did not finish.
func TestKilled(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := created(t, root, "a test")
	if err := r.Describe(json.RawMessage(`{"seed":7}`)); err != nil {
		t.Fatal(err)
	}
	if got := seen(t, root, r); got.verdict.Class != "running" || got.Test != "a test" || !got.Started.Equal(at()) {
		t.Errorf("a run that goes on is shown as %+v", got)
	}
	if err := r.running.Close(); err != nil { // as its process' end does
		t.Fatal(err)
	}
	if got := seen(t, root, r); got.verdict.Text != "did not finish" || string(got.Config) != `{"seed":7}` && !strings.Contains(string(got.Config), `"seed": 7`) {
		t.Errorf("a run that was killed is shown as %+v, %s", got.verdict, got.Config)
	}
}

// What is somebody's own stays, and links that cannot be made are none of a run's
// business.
func TestLinks(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	mine := filepath.Join(root, "latest", "precious")
	if err := os.MkdirAll(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	r := created(t, root, "latest")
	if filepath.Base(filepath.Dir(r.Dir())) == "latest" {
		t.Errorf("a test called latest is in %s", r.Dir())
	}
	finish(t, r, outcome(), nil, Extra{})
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "b", "latest")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := created(t, root, "b")
	c := created(t, root, "c")
	finish(t, b, outcome(), nil, Extra{}) // current leads to c, and stays
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		t.Errorf("somebody's file is gone: %v", err)
	}
	if to, err := os.Readlink(filepath.Join(root, "current")); err != nil || filepath.Join(root, to) != c.Dir() {
		t.Errorf("current leads to %s, %v", to, err)
	}
}
