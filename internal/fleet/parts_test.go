package fleet

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

func TestLines(t *testing.T) {
	var got []string
	l := &lines{each: func(line string) { got = append(got, line) }}
	for _, part := range []string{"a", "b\nc", "\n\n", strings.Repeat("x", 3*maxLine), "y\nz"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	want := []string{"ab", "c", "", strings.Repeat("x", maxLine)}
	if !slices.Equal(got, want) || l.last() != strings.Join(want, "\n") {
		t.Errorf("%d lines, the last of %d bytes", len(got), len(l.last()))
	}
	for range 100 {
		l.Write([]byte("again\n"))
	}
	if n := strings.Count(l.last(), "again"); n != maxKept || len(l.last()) > 6*maxKept {
		t.Errorf("%d lines are kept", n)
	}
}

// Rule: a member has a directory for its journal unless journals are in memory, which
// then need none.
func TestWhereJournalsAre(t *testing.T) {
	id, err := quorate.NewID(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []bool{false, true} {
		m := &member{id: id, dir: "here", cfg: &Config{Path: "c.json", Memory: memory, Args: []string{"--linger", "0s"}}}
		want := "server --id 1.2 --config c.json"
		if !memory {
			want += " --data-dir here"
		}
		if got := strings.Join(m.args(false), " "); got != want+" --linger 0s" {
			t.Errorf("in memory %v: %s", memory, got)
		}
		if got := strings.Join(m.args(true), " "); got != want+" --init --linger 0s" {
			t.Errorf("in memory %v, for the first time: %s", memory, got)
		}
	}
}

// Rule: a member's own flags come last, and all of it is run under another program.
func TestCommand(t *testing.T) {
	id, err := quorate.NewID(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{id: id, cfg: &Config{Binary: "q", Path: "c.json", Memory: true, Args: []string{"--all"}}}
	m.cfg.Member = func(id quorate.ID) []string { return []string{"--own", id.String()} }
	if got, want := strings.Join(m.command(false), " "), "q server --id 1.2 --config c.json --all --own 1.2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	m.cfg.Wrap = func(id quorate.ID, command []string) []string {
		return append([]string{"env", "ID=" + id.String()}, command...)
	}
	if got := strings.Join(m.command(true), " "); !strings.HasPrefix(got, "env ID=1.2 q server --id 1.2 ") || !strings.Contains(got, " --init ") {
		t.Errorf("%s", got)
	}
}

func TestMeter(t *testing.T) {
	var m meter
	at := time.Unix(1000, 0)
	for i, step := range []struct {
		executed uint64
		cpu      time.Duration
		ops, use float64
	}{
		{100, time.Second, 0, 0}, // the first look
		{300, 2 * time.Second, 100, 0.5},
		{50, time.Millisecond, 0, 0}, // another process
		{70, time.Second + time.Millisecond, 10, 0.5},
	} {
		ops, use := m.next(at.Add(time.Duration(2*i)*time.Second), admin.Usage{Executed: step.executed, CPU: step.cpu})
		if ops != step.ops || use != step.use {
			t.Errorf("look %d: %v a second, %v of a processor", i, ops, use)
		}
	}
}
