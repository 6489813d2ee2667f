package sim_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
)

// smallSwarm draws worlds that are quick to run; with a bug most of them fail.
func smallSwarm(t *testing.T, bug string) sim.Swarm {
	s := swarmOf(t, "paxos")
	s.Subject, s.Ops, s.Nodes = subject(t, "paxos", bug), 20, 3
	return s
}

// logged runs seeds of a campaign with a log, and returns what it and the runs
// before it found.
func logged(t *testing.T, path string, s sim.Swarm, from, to uint64) *sim.Findings {
	t.Helper()
	log, err := sim.OpenLog(path, s)
	if err != nil {
		t.Fatal(err)
	}
	c := sim.Campaign{Swarm: s, From: from, To: to, KeepGoing: true, Skip: log.Done, Each: func(w sim.World) {
		if err := log.Add(w); err != nil {
			t.Error(err)
		}
	}}
	found, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	found.Add(log.Earlier())
	return found
}

func sameFindings(t *testing.T, got, want *sim.Findings) {
	t.Helper()
	a, b := got.Stats, want.Stats
	if !maps.Equal(a.Faults, b.Faults) || !maps.Equal(a.Probes, b.Probes) || got.Violations != want.Violations || len(got.Failed) != len(want.Failed) {
		t.Errorf("%+v, %d violations, want %+v, %d", a, got.Violations, b, want.Violations)
	}
	a.Faults, a.Probes, b.Faults, b.Probes = nil, nil, nil, nil
	if a.Worlds != b.Worlds || a.Events != b.Events || a.Virtual != b.Virtual || a.Messages != b.Messages || a.Ops != b.Ops || a.Unsure != b.Unsure || a.Failed != b.Failed {
		t.Errorf("%+v, want %+v", a, b)
	}
	for i := range want.Failed {
		a, b := got.Failed[i], want.Failed[i]
		if a.Seed != b.Seed || a.Outcome.Hash != b.Outcome.Hash || *a.Outcome.Violation != *b.Outcome.Violation || a.Spec.String() != b.Spec.String() {
			t.Errorf("%+v, want %+v", a, b)
		}
	}
}

// A campaign that is run in parts finds what it finds in one.
func TestLogResumes(t *testing.T) {
	for _, bug := range []string{"", "small-phase2"} {
		s := smallSwarm(t, bug)
		whole, err := sim.Campaign{Swarm: s, From: 1, To: 30, KeepGoing: true}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "log")
		logged(t, path, s, 21, 25)
		logged(t, path, s, 1, 10)
		sameFindings(t, logged(t, path, s, 1, 30), whole)
		again := logged(t, path, s, 5, 25)
		sameFindings(t, again, whole)
		log, err := sim.OpenLog(path, s)
		if err != nil || log.DoneWithin(1, 30) != 30 || log.DoneWithin(20, 40) != 11 || log.Done(0) || !log.Done(30) || log.Done(31) {
			t.Errorf("%v", err)
		}
		log.Close()
	}
}

// A line that was not written to its end does not count, wherever it was cut,
// and what follows is a good log again.
func TestLogIsTorn(t *testing.T) {
	s := smallSwarm(t, "")
	path := filepath.Join(t.TempDir(), "log")
	logged(t, path, s, 1, 3)
	short, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := logged(t, path, s, 1, 6)
	long, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header := bytes.IndexByte(long, '\n') + 1
	for _, cut := range []int{0, 1, header - 1, header, header + 1, len(short) - 1, len(short), len(short) + 1, len(short) + 50, len(long) - 2, len(long) - 1} {
		for _, tail := range []string{"", "\x00\x00\x00", "\n"} {
			if tail != "" && cut <= header {
				continue // a header is written first, and synced
			}
			if err := os.WriteFile(path, append(bytes.Clone(long[:cut]), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			sameFindings(t, logged(t, path, s, 1, 6), whole)
			sameFindings(t, logged(t, path, s, 1, 6), whole)
		}
	}
}

func TestLogsOfOthers(t *testing.T) {
	s := smallSwarm(t, "")
	path := filepath.Join(t.TempDir(), "log")
	logged(t, path, s, 1, 3)
	ours, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(ours), "\n")
	for _, test := range []struct {
		name, text string
		change     func(*sim.Swarm)
		want       string
	}{
		{"another size", "", func(s *sim.Swarm) { s.Nodes, s.Ops = 5, 21 }, "nodes is 3 there and 5 here, ops is 20 there and 21 here"},
		{"another bug", "", func(s *sim.Swarm) { s.Subject = subject(t, "paxos", "no-dedup") }, "bug is not set there and no-dedup here"},
		{"other faults", "", func(s *sim.Swarm) { s.Groups = nemesis.Groups()[:2] }, "and partition crash here"},
		{"another version", strings.Replace(string(ours), `"draw":"`, `"draw":"x`, 1), nil, "drawn by another version"},
		{"a newer file", strings.Replace(string(ours), `"quorate_campaign":1`, `"quorate_campaign":2`, 1), nil, "its version is 2, this program knows version 1"},
		{"a text", "Dear diary,\n", nil, `no log of a campaign: it begins with "Dear diary,"`},
		{"a text without a line", "Dear diary,", nil, `no log of a campaign: it begins with "Dear diary,"`},
		{"JSON", "{}\n", nil, "no log of a campaign"},
		{"a bad line", lines[0] + "{\n" + lines[1], nil, "line 2: "},
		{"an unknown field", lines[0] + "{\"sedes\":[]}\n" + lines[1], nil, "line 2: unknown field sedes"},
		{"seeds the wrong way round", lines[0] + "{\"seeds\":[[2,1]]}\n" + lines[1], nil, "line 2: seeds 2 to 1"},
		{"a failure without a violation", lines[0] + "{\"failed\":[{\"seed\":1}]}\n" + lines[1], nil, "line 2: seed 1 failed without"},
	} {
		text := test.text
		if text == "" {
			text = string(ours)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		other := s
		if test.change != nil {
			test.change(&other)
		}
		if _, err := sim.OpenLog(path, other); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Errorf("%s: the file was changed: %v", test.name, err)
		}
	}
}

// Two programs that write one log do not count a seed twice.
func TestLogWithDoubles(t *testing.T) {
	s := smallSwarm(t, "")
	path := filepath.Join(t.TempDir(), "log")
	whole := logged(t, path, s, 1, 3)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := bytes.Cut(data, []byte("\n"))
	if err := os.WriteFile(path, append(data, part...), 0o600); err != nil {
		t.Fatal(err)
	}
	sameFindings(t, logged(t, path, s, 1, 3), whole)
}

func TestLogNeedsAFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "no", "such", "dir")} {
		if _, err := sim.OpenLog(path, smallSwarm(t, "")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// What cannot be written is said, at the latest when the log is closed.
func TestLogThatCannotBeWritten(t *testing.T) {
	s := smallSwarm(t, "")
	log, err := sim.OpenLog(filepath.Join(t.TempDir(), "log"), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	spec, err := s.Spec(1)
	if err != nil {
		t.Fatal(err)
	}
	first := log.Add(sim.World{Seed: 1, Spec: spec, Outcome: run(t, s.Subject, spec, sim.Options{})})
	if err := log.Close(); first == nil && err == nil {
		t.Error("no error")
	}
}
