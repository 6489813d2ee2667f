package tester

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/results"
)

// What the machine failed in is no broken promise: it is an error that says what to do.
func TestEnvironment(t *testing.T) {
	one := quorate.ID(1<<16 | 1)
	died := func(what string) death { return death{one, "ended by itself, " + what} }
	program := filepath.Join(t.TempDir(), "quorate")
	if err := os.WriteFile(program, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		deaths []death
		binary string
		want   string // of the error; empty is none
		valid  results.Valid
	}{
		{"all is well", nil, program, "", results.Unknown},
		{"a full disk", []death{died("exit code 255: write 000012.log: no space left on device")}, program, "make room below the store", results.Unknown},
		{"a port that is taken", []death{died("exit code 255: listen tcp 127.0.0.1:20000: bind: address already in use")}, program, "test again", results.Unknown},
		{"a program that is gone", nil, program + "-gone", "put it back", results.Unknown},
		{"a crash", []death{died("exit code 2: panic: no space left on device")}, program, "", results.False},
		{"damage", []death{died("exit code 255: the journal is damaged")}, program, "", results.False},
		{"a crash, too", []death{died("exit code 2: panic: x"), died("exit code 255: no space left on device")}, program, "", results.False},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &run{cfg: Config{Name: "x", Binary: c.binary}, dir: t.TempDir(), target: &local{deaths: c.deaths}}
			res := &results.Results{Checks: []results.Check{
				{Name: "stats", Valid: results.Unknown}, {Name: "members", Valid: results.True}, {Name: "recovered", Valid: results.True},
			}}
			if len(c.deaths) > 0 {
				res.Checks[1].Valid, res.Checks[1].Reason = results.False, c.deaths[0].what
			}
			if c.want != "" {
				res.Checks[2].Valid, res.Checks[2].Reason = results.False, "member 1.1 could not be started again"
			}
			res.Judge()
			err := r.excuse(res)
			if (c.want == "") != (err == nil) || err != nil && (!errors.Is(err, ErrEnvironment) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if res.Valid != c.valid {
				t.Errorf("%v, want %v: %s", res.Valid, c.valid, res.Reason)
			}
		})
	}
	// A violation that was seen is none of the machine's.
	r := &run{cfg: Config{Binary: program + "-gone"}, dir: t.TempDir(), target: &local{}}
	res := &results.Results{Checks: []results.Check{{Name: "linearizable", Valid: results.False}}}
	if err := r.excuse(res); err != nil || res.Valid != results.False {
		t.Errorf("%v, %v", err, res.Valid)
	}
	if err := advised(advised(errors.New("write x: no space left on device"))); strings.Count(err.Error(), "make room") != 1 {
		t.Error(err)
	}
}

// Whoever interrupts a test waits for seconds, also where a member does not come back.
func TestAnInterruptIsShort(t *testing.T) {
	var began time.Time
	g := &rig{after: 3 * time.Second, cfg: Config{Nodes: 3, TimeLimit: time.Hour, Rate: 100, Store: t.TempDir()}, edit: func(l *local) {
		began = time.Now()
		time.AfterFunc(2*time.Second, func() { // a member dies, and does not come back
			id := l.Members().IDs()[0]
			l.mu.Lock()
			l.grave[id] = true
			l.mu.Unlock()
			_ = l.Kill(id)
		})
	}}
	g.run(t, func(res *results.Results) {
		if took := time.Since(began); took > 3*time.Second+2*inject.Hurried+time.Second {
			t.Errorf("it took %v until it was over", took)
		}
		if c := find(t, res, "recovered"); c.Valid != results.Unknown || !strings.Contains(c.Reason, "interrupted") {
			t.Errorf("%+v", c)
		}
	})
}

// A test of a cluster that ran already starts none when it is run again.
func TestAgainElsewhere(t *testing.T) {
	c := Config{Binary: "quorate", Elsewhere: true}
	if _, err := Run(context.Background(), c, nil); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Error(err)
	}
	text, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var again Config
	if err := again.UnmarshalJSON(text); err == nil && !again.Elsewhere {
		t.Errorf("%s forgets it", text)
	}
}
