package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/admin"
)

// upLine is what 'quorate up --json' prints.
type upLine struct {
	Config  string
	Fresh   bool
	Members []upMember
}

// startUp starts a cluster of processes for programs, and returns what it says
// of them.
func startUp(t *testing.T, args ...string) (*proc.Process, upLine) {
	t.Helper()
	p := proc.Start(t, append([]string{"up", "--json"}, args...)...)
	var line upLine
	if err := json.Unmarshal([]byte(p.Line(t, "{")), &line); err != nil {
		t.Fatal(err)
	}
	return p, line
}

// web asks a member by HTTP until it answers as wanted.
func web(t *testing.T, method, url, body, want string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-pause() {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		var got string
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			text, _ := io.ReadAll(res.Body) // cut off, it is not what is wanted
			got = res.Status[:1] + string(text)
			res.Body.Close()
		}
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s %s: %q, %v, want %q", method, url, got, err, want)
		}
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func itoa(n int) string { return (&shape{zones: 1, nodes: n}).String() }

// A cluster of processes lives through the death of a member, which can be
// started again by hand, and is the same one when it comes up again.
func TestUp(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	args := []string{"--config", c.Path, "--data-dir", filepath.Join(c.Dir, "data")}
	p, line := startUp(t, args...)
	if !line.Fresh || len(line.Members) != 3 || line.Config != c.Path {
		t.Fatalf("%+v", line)
	}
	web(t, "PUT", line.Members[0].HTTP+"/kv/k", "1", "2")
	victim := line.Members[1]
	process, err := os.FindProcess(victim.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.ErrLine(t, "1.2: ended, killed by signal 9")
	told := p.ErrLine(t, "start it again with: ")
	if !strings.HasSuffix(told, victim.Command) {
		t.Errorf("%q does not tell of %q", told, victim.Command)
	}
	web(t, "GET", line.Members[2].HTTP+"/kv/k", "", "21")
	byHand := proc.Start(t, strings.Fields(victim.Command)[1:]...)
	p.ErrLine(t, "1.2: running, by somebody else")
	byHand.Signal(syscall.SIGTERM)
	byHand.Wait(t)
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(t); code != exitGood {
		t.Errorf("code %d, stderr %s", code, p.Stderr())
	}
	for _, m := range line.Members {
		if alive(m.PID) {
			t.Errorf("member %v is still there", m.ID)
		}
	}
	if err := os.RemoveAll(line.Members[2].Data); err != nil {
		t.Fatal(err)
	}
	p, line = startUp(t, args...)
	if line.Fresh {
		t.Error("the cluster is new")
	}
	p.ErrLine(t, "1.3: running, learner")
	web(t, "GET", line.Members[0].HTTP+"/kv/k", "", "21")
	p.Signal(syscall.SIGTERM)
	if code := p.Wait(t); code != exitGood {
		t.Errorf("code %d, stderr %s", code, p.Stderr())
	}
}

// Nobody outlives the command, though it is killed.
func TestUpIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux, where a parent's death is a signal to its children")
	}
	c := proc.NewCluster(t, 2, nil)
	p, line := startUp(t, "--config", c.Path, "--data-dir", c.Dir)
	p.Kill()
	for _, m := range line.Members {
		for deadline := time.Now().Add(time.Minute); alive(m.PID); <-pause() {
			if time.Now().After(deadline) {
				t.Fatalf("member %v outlives the command", m.ID)
			}
		}
	}
}

// Without a directory nothing is left behind; with one, it makes the cluster
// file, and finds it again.
func TestUpMakesAClusterFile(t *testing.T) {
	p, line := startUp(t, "-n", "1")
	if _, err := readCluster(line.Config); err != nil {
		t.Error(err)
	}
	p.Signal(os.Interrupt)
	if code := p.Wait(t); code != exitInterrupted || strings.Contains(p.Stderr(), "exit code") {
		t.Errorf("code %d, stderr %s", code, p.Stderr())
	}
	if _, err := os.Stat(filepath.Dir(line.Config)); !os.IsNotExist(err) {
		t.Errorf("it left %s behind: %v", line.Config, err)
	}
	dir := t.TempDir()
	for _, more := range [][]string{{"-n", "2"}, nil} {
		p := proc.Start(t, append([]string{"up", "--data-dir", dir}, more...)...)
		if line := p.Line(t, ""); line != "2 members run paxos; data in "+dir {
			t.Errorf("%q", line)
		}
		p.Line(t, "  curl -X PUT -d hello http://127.0.0.1:")
		p.Line(t, "1.1: running, ")
		p.Signal(syscall.SIGTERM)
		if code := p.Wait(t); code != exitGood {
			t.Errorf("code %d, stderr %s", code, p.Stderr())
		}
	}
}

// What it prints to try is what works, whoever leads and whether or not members
// pass requests on.
func TestUpPrintsWhatWorks(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed: what is printed cannot be tried")
	}
	for protocol, curl := range map[string]string{"paxos": "curl ", "trex": "curl -L "} {
		p := proc.Start(t, "up", "-n", "3", "-p", protocol)
		put := strings.Fields(p.Line(t, "  "+curl+"-X PUT -d hello http://"))
		get := strings.Fields(p.Line(t, "  "+curl+"http://"))
		for deadline := time.Now().Add(time.Minute); ; <-pause() { // until there is a leader
			out, err := exec.CommandContext(t.Context(), "curl", append([]string{"-sf"}, put[1:]...)...).CombinedOutput()
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v: %v: %s", protocol, put, err, out)
			}
		}
		out, err := exec.CommandContext(t.Context(), "curl", append([]string{"-s"}, get[1:]...)...).Output()
		if err != nil || string(out) != "hello" {
			t.Errorf("%s: %v: %q, %v", protocol, get, out, err)
		}
		p.Signal(syscall.SIGTERM)
		if code := p.Wait(t); code != exitGood {
			t.Errorf("%s: code %d, stderr %s", protocol, code, p.Stderr())
		}
	}
}

func TestUpThatCannotBe(t *testing.T) {
	c := proc.NewCluster(t, 2, nil)
	for args, want := range map[string]string{
		"up -n 2 --config " + c.Path:      "--nodes describes a cluster, and --config gives one: " + c.Path,
		"up -p paxos --data-dir " + c.Dir: "--protocol describes a cluster, and --data-dir gives one",
		"up --config " + c.Path + "x":     "no such file",
		"up --base-port 70000":            "want ports from 1 to 65535",
		"up --log-level loud":             "want debug or info or warn or error",
		"up -p raft":                      "unknown protocol",
		"up now":                          `unexpected argument "now"`,
	} {
		impossible(t, args, want)
	}
	file := filepath.Join(c.Dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, "up", "--data-dir", file); got.code != exitTool || !strings.Contains(got.stderr, file) {
		t.Errorf("%+v", got)
	}
	busy := proc.NewCluster(t, 1, nil)
	busy.Start(t, busy.ID(0), "--init")
	got := proc.Run(t, "up", "--config", busy.Path, "--data-dir", filepath.Join(busy.Dir, "other"))
	if got.Code != exitTool || !strings.Contains(got.Stderr, "member 1.1 ended before it served, with exit code 255: quorate: server: ") {
		t.Errorf("%+v", got)
	}
}

func TestUpTable(t *testing.T) {
	id := func(node uint32) quorate.ID { return quorate.ID(1<<16 | node) }
	addresses := map[string]string{"http_address": "http://127.0.0.1:8080"}
	views := []fleet.View{
		{ID: id(1), State: fleet.Running, PID: 17, Ops: 1234.5, CPU: 0.251, Memory: 40 << 20,
			Status: &admin.Status{State: admin.StateRunning, Role: "leader", Ballot: "2@1.1", Committed: 100, Executed: 99, Addresses: addresses}},
		{ID: id(2), State: fleet.Ended, Exit: "killed by signal 9"},
		{ID: id(3), State: fleet.Starting, PID: 18},
		{ID: id(4), State: fleet.Other, Status: &admin.Status{State: admin.StateDown}},
	}
	golden(t, "up_table", strings.Join(table(views, 1), "\n")+"\n")
	var told []string
	for _, v := range views {
		told = append(told, howItIs(v))
	}
	want := "running, leader, ballot 2@1.1|does not run: killed by signal 9|starting|down, by somebody else"
	if got := strings.Join(told, "|"); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestDashboardDraws(t *testing.T) {
	var out bytes.Buffer
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	d := &dashboard{in: in, out: &out, width: 8}
	d.draw([]string{"news, which may be long"}, []string{"one", "two is longer"})
	d.draw(nil, []string{"three"})
	want := "\r\x1b[Jnews, which may be long\r\none\r\ntwo is \r\n" + "\x1b[2A\r\x1b[Jthree\r\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestNewsAreBounded(t *testing.T) {
	n := newNews()
	for range maxNews + 5 {
		n.say(1<<16|1, "trouble")
	}
	lines := n.take()
	if len(lines) != maxNews+1 || lines[0] != "(5 lines left out)" || lines[1] != "1.1: trouble" {
		t.Errorf("%d lines, the first %q", len(lines), lines[0])
	}
	if more := n.take(); len(more) != 0 {
		t.Errorf("then %q", more)
	}
}

// pause is how long to wait before looking again.
func pause() <-chan time.Time { return time.After(5 * time.Millisecond) }

// Who types fast, or pastes, loses no key.
func TestKeysThatComeTogether(t *testing.T) {
	keys := make(chan string, 9)
	pressed(strings.NewReader("3k\x1b[A\x1b[Bq"), keys)
	var got []string
	for key := range keys {
		got = append(got, key)
	}
	if want := []string{"3", "k", "\x1b[A", "\x1b[B", "q"}; !slices.Equal(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}
