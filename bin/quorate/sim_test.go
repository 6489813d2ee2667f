package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

// simReport is what the tests look at in a report.
type simReport struct {
	Schema, Violations, Earlier int
	Stopped                     string
	Missing                     []string
	Failures                    []struct {
		Seed         uint64
		Violation    struct{ Oracle string }
		Replay, Hash string
	}
	Shrunk *struct {
		Violation    struct{ Oracle string }
		World        sim.Spec
		Replay, Hash string
	}
	Stats struct {
		Worlds int
		Probes map[string]int
	}
}

func campaign(t *testing.T, code int, args ...string) (simReport, outcome) {
	t.Helper()
	got := invoke(t, append([]string{"sim", "run", "--json"}, args...)...)
	var r simReport
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != code {
		t.Fatalf("code %d, error %v, stderr %q, stdout:\n%s", got.code, err, got.stderr, got.stdout)
	}
	return r, got
}

func TestSimRunsSeeds(t *testing.T) {
	r, got := campaign(t, exitGood, "--seeds", "1:12", "-n", "3", "--ops", "40")
	if got.stderr != "" || r.Schema != 1 || r.Violations != 0 || r.Stats.Worlds != 12 || r.Stats.Probes["elected"] == 0 {
		t.Errorf("%+v, stderr %q", r, got.stderr)
	}
	text := invoke(t, "sim", "--seeds", "1:12", "-n", "3", "--ops", "40")
	if text.code != exitGood || text.stderr != "" || !strings.Contains(text.stdout, "no violation") || !strings.Contains(text.stdout, "worlds     12 in") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", text.code, text.stderr, text.stdout)
	}
}

// A planted bug is found; the commands that are printed replay the world, and
// the small one that was made of it, with the same end.
func TestSimFindsABugAndReplaysIt(t *testing.T) {
	dir := t.TempDir()
	r, got := campaign(t, exitBad, "--mutant", "small-phase2", "--seeds", "3:40", "--out", dir)
	if len(r.Failures) == 0 || r.Shrunk == nil || !strings.Contains(got.stderr, "breaks "+r.Failures[0].Violation.Oracle) {
		t.Fatalf("%+v, stderr %q", r, got.stderr)
	}
	for command, hash := range map[string]string{r.Failures[0].Replay: r.Failures[0].Hash, r.Shrunk.Replay: r.Shrunk.Hash} {
		replayed := invoke(t, shellWords(t, command)...)
		if replayed.code != exitBad || !strings.Contains(replayed.stdout, "VIOLATION of "+r.Failures[0].Violation.Oracle) ||
			len(hash) != 16 || !strings.Contains(replayed.stdout, "hash     "+hash) {
			t.Errorf("%s: code %d, stderr %q, stdout:\n%s", command, replayed.code, replayed.stderr, replayed.stdout)
		}
	}
	if r.Shrunk.World.Clients.Ops > 10 {
		t.Errorf("the small world is large: %s", &r.Shrunk.World)
	}
	replayed := invoke(t, "sim", "replay", "--world", filepath.Join(dir, "shrunk.json"))
	if replayed.code != exitBad {
		t.Errorf("the world kept: code %d, %s", replayed.code, replayed.stderr)
	}
	for _, name := range []string{"report.txt", "report.json", "shrunk.trace.txt"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(data) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shellWords splits a command line that is quoted as we quote.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	rest, ok := strings.CutPrefix(line, "quorate ")
	if !ok {
		t.Fatalf("%q is no command of ours", line)
	}
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(rest, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}

// The replay command has the flags that the world depends on, and no others.
func TestSimReplayCommand(t *testing.T) {
	r, _ := campaign(t, exitBad, "-n", "1x3", "--mutant", "small-phase2", "--nemesis", "crash,partition", "--ops", "50", "--time", "1500ms",
		"--by-value", "--seeds", "1:40", "--workers", "1", "--shrink=false")
	want := regexp.MustCompile(`^quorate sim replay --mutant small-phase2 -n 3 --nemesis partition,crash --ops 50 --time 1.5s --by-value=true --seed \d+$`)
	if r.Shrunk != nil || len(r.Failures) == 0 || !want.MatchString(r.Failures[0].Replay) {
		t.Errorf("%+v", r)
	}
}

func TestSimInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var stdout, stderr strings.Builder
	interrupt()
	code := run(ctx, []string{"sim", "--seeds", "0:18446744073709551615"}, &stdout, &stderr)
	if code != exitInterrupted || !strings.Contains(stdout.String(), ", interrupted") || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", code, stderr.String(), stdout.String())
	}
}

func TestSimTimeLimit(t *testing.T) {
	r, got := campaign(t, exitGood, "--seeds", "1:100000000", "--time-limit", "300ms", "-n", "3", "--ops", "10")
	if r.Stopped != "stopped by the time limit of 300ms" || r.Stats.Worlds == 0 {
		t.Errorf("%+v, stderr %q", r, got.stderr)
	}
	if r, _ := campaign(t, exitUnknown, "--time-limit", "1ns"); r.Stats.Worlds != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSimReplay(t *testing.T) {
	first, second := invoke(t, "sim", "replay", "--seed", "42"), invoke(t, "sim", "replay", "--seed", "42")
	if first != second || first.code != exitGood || !strings.Contains(first.stdout, "  hash     ") {
		t.Errorf("%+v and %+v", first, second)
	}
	other := invoke(t, "sim", "replay", "--seed", "42", "--nemesis", "none", "--json")
	var r struct {
		Hash  string
		World sim.Spec
	}
	if err := json.Unmarshal([]byte(other.stdout), &r); err != nil || len(r.Hash) != 16 || r.World.Seed != 42 || len(r.World.Faults) > 0 {
		t.Errorf("%v, %+v", err, r)
	}
	if strings.Contains(first.stdout, r.Hash) {
		t.Error("a world without faults has the hash of the one with them")
	}
}

func TestSimReplayTraces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.txt")
	got := invoke(t, "sim", "replay", "--seed", "44", "-n", "3", "--trace", path, "--print")
	trace, err := os.ReadFile(path)
	if err != nil || len(trace) == 0 || !strings.HasPrefix(got.stdout, string(trace)) {
		t.Fatalf("%v; trace of %d bytes", err, len(trace))
	}
	lines := strings.Split(strings.TrimSpace(string(trace)), "\n")
	for _, test := range []struct{ until, last string }{
		{"100ms", "0.0"}, {"20", "#20 "},
	} {
		got := invoke(t, "sim", "replay", "--seed", "44", "-n", "3", "--print", "--until", test.until)
		part, _, _ := strings.Cut(got.stdout, "\npaxos, seed 44")
		some := strings.Split(part, "\n")
		if last := some[len(some)-1]; len(some) >= len(lines) || some[0] != lines[0] || !strings.Contains(last, test.last) || lines[len(some)-1] != last {
			t.Errorf("until %s: %d of %d lines, the last %q", test.until, len(some), len(lines), last)
		}
	}
}

func TestSimOutMustBeWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := invoke(t, "sim", "--out", file)
	if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, file) {
		t.Errorf("code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}

func TestCampaignVerdict(t *testing.T) {
	failed := []sim.Failure{{Seed: 1, Violation: &sim.Violation{Oracle: "once"}}}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx    context.Context
		report sim.Report
		code   int
	}{
		{t.Context(), sim.Report{Stats: sim.Stats{Worlds: 1}}, exitGood},
		{t.Context(), sim.Report{}, exitUnknown},
		{t.Context(), sim.Report{Stats: sim.Stats{Worlds: 1}, Unjudged: 1}, exitUnknown},
		{t.Context(), sim.Report{Stats: sim.Stats{Worlds: 1}, Unjudged: 1, Missing: []string{"elected"}}, exitBad},
		{cancelled, sim.Report{Stats: sim.Stats{Worlds: 1}, Missing: []string{"elected"}}, exitInterrupted},
		{cancelled, sim.Report{Stats: sim.Stats{Worlds: 1}, Violations: 1, Failures: failed}, exitBad},
	} {
		if code := exitCode(campaignVerdict(test.ctx, &test.report)); code != test.code {
			t.Errorf("%+v: code %d, want %d", test.report, code, test.code)
		}
	}
}

func TestCampaignProgress(t *testing.T) {
	p := &campaignProgress{s: newStreams(&strings.Builder{}, &strings.Builder{}), total: 1000}
	for range 20 {
		p.world(sim.World{Outcome: &sim.Outcome{}})
	}
	if got, want := p.line(2*time.Second), "20 of 1000 worlds, 10/s, no violation"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.world(sim.World{Outcome: &sim.Outcome{Violation: &sim.Violation{}}})
	if got, want := p.line(time.Second), "21 of 1000 worlds, 21/s, 1 violation"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShellQuote(t *testing.T) {
	for text, want := range map[string]string{"": "''", "a-b=1,2:3": "a-b=1,2:3", `{"a":1}`: `'{"a":1}'`, "it's": `'it'\''s'`} {
		if got := shellQuote(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSimReplayDraws(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.html")
	got := invoke(t, "sim", "replay", "--seed", "42", "-n", "3", "--trace", path)
	page, err := os.ReadFile(path)
	if err != nil || got.code != exitGood || !strings.Contains(string(page), "<html") || !strings.Contains(string(page), "quorate sim replay -n 3 --seed 42") {
		t.Errorf("code %d, %v, a page of %d bytes", got.code, err, len(page))
	}
}

// The same command goes on where it was, and reports all of it.
func TestSimGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	args := []string{"-n", "3", "--ops", "20", "--log", path}
	campaign(t, exitGood, append(args, "--seeds", "1:5")...)
	r, _ := campaign(t, exitGood, append(args, "--seeds", "1:9")...)
	if r.Stats.Worlds != 9 || r.Earlier != 5 {
		t.Errorf("%+v", r)
	}
	if r, _ := campaign(t, exitGood, append(args, "--seeds", "1:9")...); r.Stats.Worlds != 9 || r.Earlier != 9 {
		t.Errorf("%+v", r)
	}
	got := invoke(t, "sim", "-n", "5", "--ops", "20", "--log", path)
	if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "nodes is 3 there and 5 here") {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
	got = invoke(t, "sim", "--log", t.TempDir())
	if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "is a directory") {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
}

// A world that does not do the same again is reported, and is not shrunk.
func TestSimTellsOfChance(t *testing.T) {
	r := newSimRun(newFlags("quorate sim"))
	r.worlds.protocol = "primary"
	swarm, err := r.worlds.swarm("")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := swarm.Spec(1)
	if err != nil {
		t.Fatal(err)
	}
	w := sim.World{Seed: 1, Spec: spec, Outcome: &sim.Outcome{Violation: &sim.Violation{Oracle: "once"}}}
	report := &sim.Report{Violations: 1, Failures: []sim.Failure{{Seed: 1, Violation: w.Outcome.Violation}}}
	if err := r.shrinkFirst(t.Context(), newStreams(&strings.Builder{}, &strings.Builder{}), sim.Campaign{Swarm: swarm}, w, report); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := report.WriteText(&text); err != nil || !report.Unrepeatable || report.Shrunk != nil || !strings.Contains(text.String(), "NOT DETERMINISTIC") {
		t.Errorf("%v, %+v:\n%s", err, report, text.String())
	}
}
