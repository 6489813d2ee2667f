package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// event is a line of a history.
func event(process, kind, f, value string) string {
	return `{:process ` + process + ` :type :` + kind + ` :f :` + f + ` :value ` + value + "}\n"
}

// done is an operation that succeeded.
func done(process, f, asked, got string) string {
	return event(process, "invoke", f, asked) + event(process, "ok", f, got)
}

// accounts are the balances of the bank, the first of which have n and m.
func accounts(n, m string) string {
	return "{0 " + n + " 1 " + m + " 2 10 3 10 4 10 5 10 6 10 7 10}"
}

// What a test kept is judged by its workload's own check, which is in test.json.
func TestCheckOfWorkloads(t *testing.T) {
	move := "{:from 0 :to 1 :amount 3}"
	for _, c := range []struct{ workload, good, bad string }{
		{"register", done("0", "write", `["x" 1]`, `["x" 1]`) + done("1", "read", `["x" nil]`, `["x" 1]`), done("1", "read", `["x" nil]`, `["x" 2]`)},
		{"append", done("0", "append", `["x" 1]`, `["x" 1]`) + done("1", "read", `["x" nil]`, `["x" [1]]`), done("1", "read", `["x" nil]`, `["x" []]`)},
		{"set", done("0", "add", `["x" 1]`, `["x" 1]`) + done("1", "read", `["x" nil]`, `["x" [1]]`), done("1", "read", `["x" nil]`, `["x" []]`)},
		{"queue", done("0", "enqueue", `["x" 1]`, `["x" 1]`) + done("0", "dequeue", `["x" nil]`, `["x" 1]`) + done("1", "read", `["x" nil]`, `["x" []]`), done("1", "read", `["x" nil]`, `["x" [1]]`)},
		{"counter", done("0", "add", "2", "2") + done("1", "read", "nil", "2"), done("1", "read", "nil", "3")},
		{"bank", done("0", "transfer", move, move) + done("1", "read", "nil", accounts("7", "13")), done("1", "read", "nil", accounts("7", "12"))},
		{"unique-ids", done("0", "generate", "nil", "1"), done("1", "generate", "nil", "1")},
	} {
		for text, want := range map[string]int{c.good: exitGood, c.good + c.bad: exitBad} {
			dir := t.TempDir()
			path := filepath.Join(dir, "history.edn")
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			ways := [][]string{{"--model", c.workload, path}, {path}} // by its functions
			for _, args := range ways {
				if got := invoke(t, append([]string{"check"}, args...)...); got.code != want {
					t.Errorf("%s, %v: code %d, want %d\n%s%s", c.workload, args, got.code, want, got.stdout, got.stderr)
				}
			}
			test := `{"schema": 1, "config": {"protocol": "paxos", "workload": "` + c.workload + `", "read": "log", "zones": 1, "nodes": 3}}`
			if err := os.WriteFile(filepath.Join(dir, "test.json"), []byte(test), 0o644); err != nil {
				t.Fatal(err)
			}
			got := invoke(t, "check", "--json", dir)
			var r workloadReport
			if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != want || r.Workload != c.workload || len(r.Checks) != 2 {
				t.Errorf("%s: code %d, want %d, %v\n%s%s", c.workload, got.code, want, err, got.stdout, got.stderr)
			}
		}
	}
}

// Weak reads are held to what they promise, which is less than a search would ask for.
func TestCheckOfWeakReads(t *testing.T) {
	dir := t.TempDir()
	old := `{:process 1 :type :invoke :f :read :value ["x" nil] :mode :local}` + "\n" + event("1", "ok", "read", `["x" nil]`)
	text := done("0", "write", `["x" 1]`, `["x" 1]`) + old
	test := `{"config": {"protocol": "paxos", "workload": "register", "read": "local", "zones": 1, "nodes": 3}}`
	for name, text := range map[string]string{"history.edn": text, "test.json": test} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := invoke(t, "check", dir); got.code != exitGood || !strings.Contains(got.stdout, "workload register") {
		t.Errorf("%+v", got)
	}
	if got := invoke(t, "check", "--model", "register", dir); got.code != exitBad {
		t.Errorf("as of anybody's: %+v", got)
	}
	// The calls below are checked, too.
	ledger := `{:process 0 :type :invoke :f :write :value ["k" "a"]}
{:process 0 :type :ok :f :write :value ["k" "a"] :version 2 :done true}
{:process 0 :type :invoke :f :read :value ["k" nil] :mode :log}
{:process 0 :type :ok :f :read :value ["k" "a"] :version 1 :done true}
`
	if err := os.WriteFile(filepath.Join(dir, "ledger.edn"), []byte(ledger), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, "check", dir); got.code != exitBad || !strings.Contains(got.stdout, "linearizable  false") {
		t.Errorf("with a ledger: %+v", got)
	}
	for args, want := range map[string]string{
		"--model bank " + dir:       "the history has the function :write",
		"--visualize x.html " + dir: "draws nothing",
		"--model unique-idz " + dir: "did you mean unique-ids",
	} {
		if got := invoke(t, append([]string{"check"}, strings.Fields(args)...)...); got.code != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
