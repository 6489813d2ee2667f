package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files in testdata")

// outcome is what a command line left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

func invoke(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -rewrite accepts it\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// everyCommand returns the commands and their subcommands.
func everyCommand() []command {
	var all []command
	for _, c := range commands() {
		all = append(append(all, c), c.subs...)
	}
	return all
}

func TestHelpOfEveryCommand(t *testing.T) {
	for _, c := range everyCommand() {
		t.Run(c.name, func(t *testing.T) {
			words := strings.Fields(c.name)
			got := invoke(t, append(words, "--help")...)
			if got.code != exitGood || got.stderr != "" {
				t.Errorf("code %d, stderr %q", got.code, got.stderr)
			}
			golden(t, "help_"+strings.Join(words, "_"), got.stdout)
			for line := range strings.Lines(got.stdout) {
				if n := utf8.RuneCountInString(line); n > 101 { // with its end
					t.Errorf("a line of %d columns: %s", n-1, line)
				}
			}
			if same := invoke(t, append([]string{"help"}, words...)...); same != got {
				t.Errorf("'quorate help %s' prints something else:\n%s", c.name, same.stdout)
			}
			if same := invoke(t, append(words, "-h")...); same != got {
				t.Errorf("-h prints something else:\n%s", same.stdout)
			}
		})
	}
}

func TestHelpIsComplete(t *testing.T) {
	for _, c := range everyCommand() {
		if c.synopsis == "" || c.about == "" || len(c.examples) == 0 || len(c.exits) == 0 {
			t.Errorf("%s: synopsis, about, examples and exit codes are all needed", c.name)
		}
		f := newFlags("quorate " + c.name)
		c.setup(f)
		if f.HasFlags() && (len(f.groups) == 0 || f.groups[0].first != 0) {
			t.Errorf("%s: a flag stands in no group, so the help does not show it", c.name)
		}
		for _, flag := range f.all() {
			if flag.Usage == "" {
				t.Errorf("%s: --%s has no usage", c.name, flag.Name)
			}
		}
	}
}

// Examples in the help are commands that parse; running them is for people.
func TestExamplesParse(t *testing.T) {
	for _, c := range everyCommand() {
		for _, e := range c.examples {
			line, ours := strings.CutPrefix(strings.Split(e.line, " >")[0], "quorate ")
			shown, rest, err := findCommand(strings.Fields(line))
			if !ours || err != nil || !strings.HasPrefix(shown.name, c.name) {
				t.Errorf("example %q does not show quorate %s: %v", e.line, c.name, err)
				continue
			}
			f := newFlags("quorate " + shown.name)
			shown.setup(f)
			if err := f.parse(rest); err != nil {
				t.Errorf("example %q: %v", e.line, err)
			}
		}
	}
}

func TestOverview(t *testing.T) {
	got := invoke(t)
	golden(t, "help", got.stdout)
	if got.code != exitGood || got.stderr != "" {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
	for _, args := range [][]string{{"--help"}, {"-h"}, {"-help"}, {"help"}} {
		if same := invoke(t, args...); same != got {
			t.Errorf("quorate %v: code %d, %q", args, same.code, same.stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	got := invoke(t, "version")
	if got.code != exitGood || !strings.HasPrefix(got.stdout, "quorate ") || !strings.Contains(got.stdout, "go1.") {
		t.Errorf("code %d, %q", got.code, got.stdout)
	}
	for _, args := range [][]string{{"--version"}, {"-version"}} {
		if same := invoke(t, args...); same != got {
			t.Errorf("quorate %v: code %d, %q", args, same.code, same.stdout)
		}
	}
	info := &debug.BuildInfo{
		Main:     debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: "true"}},
	}
	if v := versionOf(info); v != "v1.2.3 commit 0123456789ab (modified)" {
		t.Errorf("versionOf = %q", v)
	}
	if v := versionOf(&debug.BuildInfo{}); v != "(devel)" {
		t.Errorf("versionOf a local build = %q", v)
	}
}

func TestImpossibleCommandLines(t *testing.T) {
	tests := []struct {
		args string
		want string // in what stderr says
	}{
		{"bnech", "commands are"},
		{"versoin", "did you mean version?"},
		{"help versoin", "did you mean version?"},
		{"help version version", "want one command"},
		{"--versoin", "did you mean --version?"},
		{"-x", "unknown shorthand flag: 'x'"},
		{"--frobnicate", "unknown flag --frobnicate; see 'quorate --help'"},
		{"version --verbose", "version: unknown flag --verbose"},
		{"version now", `version: unexpected argument "now"`},
		{"--version=maybe", `invalid argument "maybe"`},
		{"bench --duraton 5s", "bench: unknown flag --duraton (did you mean --duration?)"},
		{"bench --duration 5", "want a time such as"},
		{"bench --duration 0s", "--duration 0s"},
		{"bench --duration", "flag needs an argument"},
		{"bench --warmup -1s", "--warmup -1s"},
		{"bench -p raft", `unknown protocol "raft": want one of epaxos, paxos, primary`},
		{"bench -p epaxos --read index", "reads by index: protocol epaxos offers [log local]"},
		{"bench -p paxso", "(did you mean paxos?)"},
		{"bench -p paxos,", `unknown protocol ""`},
		{"bench --protocols=", "--protocols is empty"},
		{"bench -n 0", "so many nodes, or zones x nodes"},
		{"bench -n 3x", "so many nodes, or zones x nodes"},
		{"bench -n 65", "1 to 64"},
		{"bench -n 9x9", "1 to 64"},
		{"bench -n 99999999999x99999999999", "1 to 64"},
		{"bench --transport pigeon", "want chan or tcp or udp"},
		{"bench --clients 0", "--clients 0"},
		{"bench --clients -3", "--clients -3"},
		{"bench --clients 1000000", "clients: want 1 to"},
		{"bench --keys 0", "--keys 0"},
		{"bench --seed 0", "--seed 0"},
		{"bench --seed -1", `invalid argument "-1"`},
		{"bench --timeout 0s", "--timeout 0s"},
		{"bench --write-ratio 1.5", "want 0 to 1"},
		{"bench --write-ratio -0.5", "want 0 to 1"},
		{"bench --write-ratio NaN", "want 0 to 1"},
		{"bench --value-size -1", "--value-size -1"},
		{"bench --value-size 100000000", "want at most"},
		{"bench --read dirty", "want one of"},
		{"bench --quorum half", "want one of majority"},
		{"bench --quorum count:1,1", "{1.1}"},
		{"bench -p primary --thrifty", "primary takes no options"},
		{"bench --config testdata/nowhere.json", "no such file"},
		{"bench --config testdata/cluster.json -n 5", "--nodes with --config"},
		{"bench --config testdata/cluster.json -p paxos", "--protocols with --config"},
		{"bench --rest", "--rest without --config"},
		{"bench --config testdata/cluster.json --data-dir x", "--data-dir with --config"},
		{"bench --config testdata/cluster.json --attach leader", "--attach without --rest"},
		{"bench --config testdata/cluster.json --rest", "http_address"},
		{"bench --config testdata/cluster.json --clients 0", "--clients 0"},
		{"bench --config testdata/help.txt", "cluster file testdata/help.txt: "},
		{"bench --check false", `unexpected argument "false"; a switch is turned off with --switch=false`},
	}
	for _, test := range tests {
		impossible(t, test.args, test.want)
	}
}

// impossible expects a command line to be refused in one line that says why.
func impossible(t *testing.T, args, want string) {
	t.Run(args, func(t *testing.T) {
		got := invoke(t, strings.Fields(args)...)
		if got.code != exitUsage || got.stdout != "" {
			t.Errorf("code %d, stdout %q, want %d and nothing", got.code, got.stdout, exitUsage)
		}
		if !strings.Contains(got.stderr, want) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("stderr %q, want one line with %q", got.stderr, want)
		}
	})
}

func TestExitCodes(t *testing.T) {
	wrapped := errors.Join(errors.New("outer"), &exitError{exitUnknown, errors.New("inner")})
	for _, test := range []struct {
		err  error
		code int
		says string
	}{
		{nil, 0, ""},
		{errors.New("port in use"), 255, "quorate: port in use\n"},
		{usagef("no such thing"), 254, "quorate: no such thing\n"},
		{&exitError{code: exitInterrupted}, 130, ""},
		{&exitError{exitBad, errors.New("violation")}, 1, "quorate: violation\n"},
		{wrapped, 2, "quorate: outer\ninner\n"},
	} {
		var stderr bytes.Buffer
		code := newStreams(&bytes.Buffer{}, &stderr).finish(test.err)
		if code != test.code || stderr.String() != test.says {
			t.Errorf("%v: code %d and %q, want %d and %q", test.err, code, stderr.String(), test.code, test.says)
		}
	}
}

func TestUnwritableResultsAreAFailure(t *testing.T) {
	full := writerFunc(func([]byte) (int, error) { return 0, errors.New("no space left") })
	var stderr bytes.Buffer
	for _, args := range [][]string{{"version"}, {"help"}, short()} {
		stderr.Reset()
		if code := run(t.Context(), args, full, &stderr); code != exitTool || strings.Count(stderr.String(), "no space left") != 1 {
			t.Errorf("%v: code %d, stderr %q", args, code, stderr.String())
		}
	}
}

func TestProgress(t *testing.T) {
	var stdout, stderr bytes.Buffer
	s := newStreams(&stdout, &stderr)
	s.progress("half way")
	if stderr.Len() > 0 {
		t.Errorf("progress %q went to a file", stderr.String())
	}
	s.live = true
	s.progress("half way")
	s.out.Write([]byte("result\n"))
	if got := stderr.String(); got != "\r\x1b[Khalf way\r\x1b[K" {
		t.Errorf("on a terminal: %q, want the line, removed before the result", got)
	}
}

func TestProgressIsNotAFlood(t *testing.T) {
	var stderr bytes.Buffer
	s := newStreams(&bytes.Buffer{}, &stderr)
	s.live = true
	s.progress("one")
	s.shown = time.Now().Add(time.Hour) // just now, even on a slow machine
	s.progress("two")
	s.clear()
	s.progress("three")
	if got := stderr.String(); got != "\r\x1b[Kone\r\x1b[K\r\x1b[Kthree" {
		t.Errorf("%q", got)
	}
}

// A subcommand may follow the flags that it shares with its command.
func TestFlagsBeforeTheSubcommand(t *testing.T) {
	got := invoke(t, "sim", "--seeds", "1:2", "-p", "primary", "run", "--json")
	if got.code != exitGood || !strings.Contains(got.stdout, `"worlds": 2`) {
		t.Errorf("code %d, %s%s", got.code, got.stderr, got.stdout)
	}
	got = invoke(t, "kv", "--config", "get", "got", "greeting")
	if got.code != exitUsage || !strings.Contains(got.stderr, `unknown command "kv got" (did you mean kv get?)`) {
		t.Errorf("code %d, %s", got.code, got.stderr)
	}
}
