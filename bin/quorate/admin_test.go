package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/transport"
)

// place is the process around one node, for tests: it crashes for good, and
// admits as it is told.
type place struct {
	id      quorate.ID
	cluster *quorate.Cluster

	mu      sync.Mutex
	node    *server.Node
	failure error
	admit   func(ctx context.Context) error
}

// set changes what the place says of itself.
func (p *place) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *place) ID() quorate.ID            { return p.id }
func (p *place) Cluster() *quorate.Cluster { return p.cluster }
func (p *place) Protocol() string          { return "primary" }
func (p *place) Started() time.Time        { return time.Now() }

func (p *place) Node() *server.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.node
}

func (p *place) Failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

func (p *place) Crash(time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.node == nil {
		return fmt.Errorf("crash node %v: %w", p.id, server.ErrStopped)
	}
	p.node.Kill()
	p.node = nil
	return nil
}

func (p *place) Admit(ctx context.Context) error {
	var admit func(ctx context.Context) error
	p.set(func() { admit = p.admit })
	return admit(ctx)
}

// administered starts three nodes with admin listeners and returns them with
// their cluster file. The last one lost its disk, if it is to be a learner.
func administered(t *testing.T, token string, learner bool) ([]*place, string) {
	t.Helper()
	hub := transport.NewHub(transport.HubConfig{})
	t.Cleanup(func() { hub.Close() })
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	file := quorate.Config{Protocol: "primary", Addresses: map[quorate.ID]string{}, AdminAddresses: map[quorate.ID]string{}}
	var places []*place
	for i, id := range cluster.IDs() {
		p := &place{id: id, cluster: cluster}
		file.Addresses[id] = fmt.Sprintf("127.0.0.1:%d", i+1)
		h, err := admin.New(admin.Config{Target: p, Token: token, Addresses: map[string]string{"address": file.Addresses[id]}, Harm: harmOf(p, i)})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		p.node, err = server.StartNode(h.Instrument(server.NodeConfig{
			ID: id, Cluster: cluster, Journal: journal.NewMemory(), Join: hub.Join,
			New: primary.New, Incarnation: uint64(i) + 1, Init: !learner || i < 2,
		}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Crash(0) })
		file.AdminAddresses[id] = s.URL
		places = append(places, p)
	}
	return places, clusterFile(t, file)
}

// steady strips what differs from run to run.
func steady(text string) string {
	text = regexp.MustCompile(`http://127.0.0.1:\d+`).ReplaceAllString(text, "http://…")
	text = regexp.MustCompile(`for (\d+m)?[\d.]+(s|ms)`).ReplaceAllString(text, "for …")
	return regexp.MustCompile(`("uptime_seconds"|"remaining"): [\d.e-]+`).ReplaceAllString(text, "$1: …")
}

// A session of an operator, with what it prints.
func TestAdmin(t *testing.T) {
	places, file := administered(t, "", false)
	var b strings.Builder
	for line := range strings.Lines(`admin
admin drop --id 1.1 --to 1.2 -t 5m
admin slow --id 1.1,1.3 --delay 1ms --jitter 2ms -t 300
admin flaky --id 1.2 --loss 0.001 --time 5m
admin duplicate --id 1.2 --to 1.3 --share 0.25 --time 5m
admin reorder --id 1.3 --share 0.001 --late 2ms --time 5m --name mine
admin status
admin heal --id 1.1
admin heal --name mine
admin heal
admin partition 1.1,1.2 1.3 -t 5m
admin partition 1.1,1.2 1.3 -t 5m --json
admin heal --json
admin crash --id 1.2 -t 5m
admin crash --id 1.2 -t 5m
admin partition 1.2 -t 5m
admin status
admin status --json
`) {
		got := invoke(t, append(strings.Fields(line), "--config", file)...)
		fmt.Fprintf(&b, "$ quorate %s%s%s", line, got.stdout, got.stderr)
		if got.code != 0 {
			fmt.Fprintf(&b, "exit code %d\n", got.code)
		}
	}
	golden(t, "admin", steady(b.String()))
	places[2].set(func() { places[2].failure = errors.New("disk full") })
	if got := invoke(t, "admin", "status", "--config", file); got.code != exitBad || !strings.Contains(got.stdout, "failed") {
		t.Errorf("%+v", got)
	}
}

// Members that do not answer are told apart from those that refuse.
func TestAdminOfAbsentMembers(t *testing.T) {
	_, path := administered(t, "", false)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := quorate.ParseConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close() // nobody listens there now
	gone := "http://" + ln.Addr().String()
	file.AdminAddresses[1<<16+3] = gone
	some := clusterFile(t, *file)
	file.AdminAddresses[1<<16+3] = file.AdminAddresses[1<<16+2]
	delete(file.AdminAddresses, 1<<16+2)
	mixed := clusterFile(t, *file)
	file.Addresses[1<<16+1] = "127.0.0.1:9"
	foreign := clusterFile(t, *file)
	tests := []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"admin status --config " + some, exitBad, gone + ": no answer: ", "1 of 3 members"},
		{"admin status --config " + some + " --json", exitBad, `"error": "` + gone, "1 of 3 members"},
		{"admin partition 1.1 1.2 -t 5m --config " + some, exitBad, "1.3: " + gone + ": no answer", "1 of 3 members"},
		{"admin crash --id 1.3 -t 5s --config " + some, exitUnknown, "no answer", "no member answered"},
		{"admin status --admin " + gone, exitUnknown, "no answer", "no member answered"},
		{"admin status --config " + mixed, exitBad, "member 1.2 answers at", "1 of 2 members"},
		{"admin crash --id 1.3 -t 5s --config " + mixed, exitBad, "member 1.2 answers at", "1 of 1 members"},
		{"admin crash --id 1.1 -t 5s --config " + foreign, exitBad, "1.1: a member of another cluster answers at", "1 of 1 members"},
		{"admit --id 1.1 --config " + foreign, exitBad, "", "a member of another cluster answers at"},
		{"admin heal --id 1.1 --config " + some, exitGood, "1.1: no faults", ""},
		{"admit --id 1.3 --config " + some, exitUnknown, "", "no answer"},
		{"admin heal --admin " + file.AdminAddresses[1<<16+1], exitGood, "no faults", ""},
	}
	for _, test := range tests {
		got := invoke(t, strings.Fields(test.args)...)
		if got.code != test.code || !strings.Contains(got.stdout, test.stdout) || !strings.Contains(got.stderr, test.stderr) || (got.stderr == "") != (test.stderr == "") {
			t.Errorf("%s: %+v, want %+v", test.args, got, test)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr strings.Builder
	if code := run(ended, []string{"admin", "--config", path}, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("interrupted: %d %s", code, stderr.String())
	}
}

// The token comes from a file or the environment, never from the command line.
func TestAdminToken(t *testing.T) {
	_, file := administered(t, "S3cret", false)
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	check := func(name string, code int, want string, args ...string) {
		t.Helper()
		got := invoke(t, append([]string{"admin", "heal", "--config", file}, args...)...)
		if got.code != code || !strings.Contains(got.stdout+got.stderr, want) || strings.Contains(got.stdout+got.stderr, "S3cret") {
			t.Errorf("%s: %+v, want %d and %q", name, got, code, want)
		}
	}
	check("none", exitBad, "wants a token")
	check("file", exitGood, "no faults", "--token-file", write("S3cret\n"))
	check("wrong file", exitBad, "not the one", "--token-file", write("other"))
	check("empty file", exitUsage, "it is empty", "--token-file", write(" \n"))
	check("huge file", exitUsage, "at most 1024", "--token-file", write(strings.Repeat("x", 5000)))
	check("two words", exitUsage, "without spaces", "--token-file", write("two words"))
	check("no file", exitUsage, "no such file", "--token-file", filepath.Join(t.TempDir(), "none"))
	t.Setenv(tokenVariable, "S3cret")
	check("environment", exitGood, "no faults")
	check("file over environment", exitBad, "not the one", "--token-file", write("other"))
}

func TestImpossibleAdminCommandLines(t *testing.T) {
	_, file := administered(t, "", false)
	bare := clusterFile(t, quorate.Config{Addresses: map[quorate.ID]string{1<<16 + 1: "127.0.0.1:1"}})
	partly := clusterFile(t, quorate.Config{
		Addresses:      map[quorate.ID]string{1<<16 + 1: "127.0.0.1:1", 1<<16 + 2: "127.0.0.1:2"},
		AdminAddresses: map[quorate.ID]string{1<<16 + 1: "127.0.0.1:3"},
	})
	with := " --config " + file
	for _, test := range []struct{ args, want string }{
		{"admin crush" + with, "did you mean admin crash?"},
		{"admin --config " + bare, "admin_address is missing"},
		{"admin --config no-such-file", "no such file"},
		{"admin --admin http://127.0.0.1:1/x", "want something like http://127.0.0.1:9090"},
		{"admin --admin 127.0.0.1:1" + with, "give one of them"},
		{"admin --timeout 0s" + with, "--timeout 0s"},
		{"admin crash -t 5s" + with, "--id is missing: which member? There are 1.1, 1.2, 1.3"},
		{"admin crash --id 1.1" + with, "--time is missing"},
		{"admin crash --id 1.1 -t 0" + with, "for --time: want a time such as"},
		{"admin crash --id 1.1 -t soon" + with, "for --time: want a time such as"},
		{"admin crash --id 1.1 -t 25h" + with, "at most 24h"},
		{"admin crash --id 1.4 -t 5s" + with, "1.4: not a member of {1.1, 1.2, 1.3}"},
		{"admin crash --id 1.1,1.1 -t 5s" + with, "named twice"},
		{"admin crash --id 1 -t 5s" + with, "want zone.node"},
		{"admin crash --id 1.2 -t 5s --config " + partly, "gives it no admin_address"},
		{"admin crash --id 1.1 --admin 127.0.0.1:1 -t 5s", "the address says which member"},
		{"admin drop --id 1.1 --to 1.1 -t 5s" + with, "the member itself"},
		{"admin drop --id 1.1 --to 1.9 -t 5s" + with, "not a member"},
		{"admin slow --id 1.1 --delay 0s -t 5s" + with, "--delay 0s"},
		{"admin slow --id 1.1 --delay 2m -t 5s" + with, "--delay 2m0s"},
		{"admin slow --id 1.1 --jitter -1s -t 5s" + with, "--jitter -1s"},
		{"admin flaky --id 1.1 --loss 2 -t 5s" + with, "--loss 2"},
		{"admin flaky --id 1.1 --loss NaN -t 5s" + with, "--loss NaN"},
		{"admin duplicate --id 1.1 --share 0 -t 5s" + with, "--share 0"},
		{"admin reorder --id 1.1 --share 2 -t 5s" + with, "--share 2"},
		{"admin reorder --id 1.1 --late 0s -t 5s" + with, "--late 0s"},
		{"admin clock --id 1.1 -t 5s" + with, "want one of --bump and --rate"},
		{"admin clock --id 1.1 --bump 1s --rate 1.1 -t 5s" + with, "want one of --bump and --rate"},
		{"admin clock --id 1.1 --bump -6m -t 5s" + with, "--bump -6m0s: want at most 5m0s"},
		{"admin clock --id 1.1 --rate 0 -t 5s" + with, "--rate 0: want how fast"},
		{"admin clock --id 1.1 --rate 3 -t 5s" + with, "--rate 3: want how fast"},
		{"admin clock --id 1.1 --rate 1.1 --period 1s -t 5s" + with, "--period goes with --bump"},
		{"admin clock --id 1.1 --bump 1s --period 1us -t 5s" + with, "--period 1µs: want 1ms"},
		{"admin clock --id 1.1 --bump 1s --period 25h -t 5s" + with, "to 24h0m0s"},
		{"admin disk --id 1.1 -t 5s" + with, "--fault is missing"},
		{"admin disk --id 1.1 --fault fails -t 5s" + with, "did you mean fail?"},
		{"admin disk --id 1.1 --fault fail --delay 1s -t 5s" + with, "--delay goes with --fault slow"},
		{"admin disk --id 1.1 --fault slow --sync 2 -t 5s" + with, "--sync goes with --fault kill"},
		{"admin disk --id 1.1 --fault slow --delay 2m -t 5s" + with, "--delay 2m0s"},
		{"admin disk --id 1.1 --fault kill --sync 0 -t 5s" + with, "--sync 0: want 1"},
		{"admin disk --id 1.1 --fault kill --sync 1000001 -t 5s" + with, "--sync 1000001: want 1"},
		{"admin power --id 1.1" + with, "--time is missing"},
		{"admin partition -t 5s" + with, "no group is given"},
		{"admin partition 1.1" + with, "--time is missing"},
		{"admin partition 1.1,1.2 1.2 -t 5s" + with, "1.2 is named twice"},
		{"admin partition 1.1,1.9 -t 5s" + with, "1.9 is not a member"},
		{"admin partition all -t 5s" + with, "want zone.node"},
		{"admin heal 1.1" + with, "unexpected argument"},
		{"admit" + with, "--id is missing: which member lost its disk?"},
		{"admit --id 1.1 --time-limit 0s" + with, "--time-limit 0s"},
		{"admit --id 1.9" + with, "not a member"},
		{"admit --admin 127.0.0.1:1 --admin 127.0.0.1:2", "given 2 times"},
		{"admit --admin 127.0.0.1:1 --id 1.1", "the address says which member"},
	} {
		impossible(t, test.args, test.want)
	}
}

func TestAdmit(t *testing.T) {
	places, file := administered(t, "", true)
	admit := func(more ...string) outcome {
		return invoke(t, append([]string{"admit", "--id", "1.3", "--config", file}, more...)...)
	}
	if got := invoke(t, "admit", "--id", "1.2", "--config", file); got.code != exitGood || got.stdout != "1.2 votes already\n" {
		t.Errorf("a voter: %+v", got)
	}
	p := places[2]
	becomes := func(admit func(ctx context.Context) error) { p.set(func() { p.admit = admit }) }
	becomes(func(context.Context) error { return errors.New("the members with state, {1.1}, meet not every quorum") })
	if got := admit(); got.code != exitBad || got.stderr != "quorate: admit 1.3: the members with state, {1.1}, meet not every quorum\n" {
		t.Errorf("refused: %+v", got)
	}
	over := make(chan struct{})
	becomes(func(context.Context) error {
		<-over
		return nil
	})
	places[1].Crash(0)
	if got := admit("--time-limit", "50ms"); got.code != exitBad || !strings.Contains(got.stderr, "the admission goes on") || !strings.Contains(got.stderr, "cannot be reached: 1.2\n") {
		t.Errorf("too late: %+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // whatever it does by then
	defer cancel()
	var stdout, stderr strings.Builder
	if code := run(ctx, []string{"admit", "--id", "1.3", "--config", file}, &stdout, &stderr); code != exitInterrupted || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("interrupted: %d %s", code, stderr.String())
	}
	close(over)
	becomes(func(context.Context) error { return nil })
	if got := admit(); got.code != exitGood || got.stdout != "1.3 votes again\n" {
		t.Errorf("admitted: %+v", got)
	}
	var s admin.Status
	if got := admit("--json"); got.code != exitGood || json.Unmarshal([]byte(got.stdout), &s) != nil || s.ID != p.id {
		t.Errorf("admitted: %+v", got)
	}
	p.set(func() { p.failure = errors.New("disk full") })
	if got := admit(); got.code != exitBad || !strings.Contains(got.stderr, "it is failed: disk full") {
		t.Errorf("failed: %+v", got)
	}
}

func TestAdmissionProgress(t *testing.T) {
	answers := []admin.Status{
		{ID: 1<<16 + 1, State: admin.StateRunning, Committed: 500},
		{State: admin.StateDown},
		{ID: 1<<16 + 3, State: admin.StateRunning, Learner: true, Executed: 20, Admitting: "reads the state of {1.2}"},
	}
	if got := progressOf(answers, make([]error, 3)); got != "1.3 has executed 20 of 500 slots, and reads the state of {1.2}; 1 members do not run or do not answer" {
		t.Error(got)
	}
}
