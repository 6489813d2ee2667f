package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/internal/proc"
)

// nothingLeft fails if a run has left something in its directory.
func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left behind: %s", e.Name())
	}
}

// measuredApart runs a benchmark of processes and returns its only run.
func measuredApart(t *testing.T, args ...string) (*bench.Report, bench.Result) {
	t.Helper()
	got := proc.Run(t, append([]string{"bench", "--processes", "--json", "--warmup", "100ms", "--duration", "300ms", "--clients", "8"}, args...)...)
	var report bench.Report
	if err := json.Unmarshal([]byte(got.Stdout), &report); err != nil || got.Code != exitGood || len(report.Runs) != 1 {
		t.Fatalf("%v: code %d, %v, stderr %s", args, got.Code, err, got.Stderr)
	}
	return &report, report.Runs[0]
}

// A cluster of processes is measured, each process for itself, beside what the
// machine gives bare; and it is gone in the end.
func TestBenchProcesses(t *testing.T) {
	dir := t.TempDir()
	report, r := measuredApart(t, "--data-dir", dir, "--yardsticks", "--write-ratio", "1", "--value-size", "8")
	if r.Where != "processes" || !r.Remote || !r.Durable || r.Connections != 8 || r.Peers != "tcp" || r.Linearizable != "ok" || r.Operations == 0 {
		t.Errorf("%+v", r)
	}
	if r.Prefix != "key" {
		t.Errorf("keys begin with %s, as if others had written here", r.Prefix)
	}
	if r.Execution == nil || r.Execution.Batch == nil || r.Execution.Batch.Mean < 1 || float64(r.Execution.Batch.Max) < r.Execution.Batch.Mean {
		t.Errorf("executed %+v", r.Execution)
	}
	var names []string
	for _, u := range r.Processes {
		names = append(names, u.Process)
		member := u.Process != "clients"
		if runtime.GOOS == "linux" && (u.User == nil || u.System == nil || *u.Peak < *u.Memory || *u.ReadCalls <= 0 || *u.WriteCalls <= 0 || u.Waits == nil) {
			t.Errorf("%s: %+v", u.Process, u)
		}
		if member != (u.Syncs != nil && *u.Syncs > 0) || member != (u.Flushes != nil && *u.Flushes > 0) || u.Ended != "" {
			t.Errorf("%s: %+v", u.Process, u)
		}
	}
	if got := strings.Join(names, " "); got != "clients 1.1 1.2 1.3" {
		t.Errorf("processes %s", got)
	}
	var bare []string
	for _, y := range report.Yardsticks {
		bare = append(bare, y.Name+" "+strconv.Itoa(y.Workers)+" "+strconv.Itoa(y.Measured))
	}
	if got := strings.Join(bare, ", "); got != "tcp 8 2, http 8 2, chan 8 2, sync 1 2" {
		t.Errorf("yardsticks %s", got)
	}
	if s := r.Scale; s == nil || s.Against != "tcp" || s.Rate <= 0 || s.P99 <= 0 || *s.OpsPerSync < 1 || *s.Disk <= 0 {
		t.Errorf("scale %+v", s)
	}
	nothingLeft(t, dir)
}

// All that bench knows reaches members in other processes: they agree on it, or
// would not serve. Journals are in memory unless there is a directory.
func TestBenchProcessesOptions(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three clusters")
	}
	for _, tc := range []struct {
		args  string
		check func(r *bench.Result) bool
	}{
		{"-p wpaxos -n 3x1 --wan metro --policy null --jitter 100us --rest --clients 6", func(r *bench.Result) bool {
			return r.WAN == "metro" && r.Transport == "rest" && r.Connections == 6 && len(r.Regions) == 3 && r.Execution.Steals > 0 && r.Policy == "null"
		}},
		{"-n 2x2 -p paxos --quorum count:3,2 --thrifty --lease 1s --read lease --transport udp --connections 3 --leader-zone 2 --wan metro", func(r *bench.Result) bool {
			return r.Connections == 3 && r.Peers == "udp" && r.Quorums == "count:3,2" && len(r.Regions) == 2
		}},
	} {
		_, r := measuredApart(t, strings.Fields(tc.args)...)
		if r.Durable || r.Linearizable != "ok" || r.Operations == 0 || !tc.check(&r) {
			t.Errorf("%s: %+v, executed %+v", tc.args, r, r.Execution)
		}
		for _, u := range r.Processes {
			if u.Syncs != nil {
				t.Errorf("%s: %g syncs of a journal in memory", u.Process, *u.Syncs)
			}
		}
	}
}

// members returns the processes that serve from a directory.
func serving(t *testing.T, dir string) []int {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range lines {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "\x00server\x00") && strings.Contains(string(text), dir) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// Whatever ends it, nothing is left: neither processes nor files. An interrupt still
// gets a report.
func TestBenchProcessesEnd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux, where a parent's death is a signal to its children")
	}
	for _, end := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		dir := t.TempDir()
		p := proc.Start(t, "bench", "--processes", "-n", "2", "--data-dir", dir, "--duration", "1h", "--warmup", "0s", "--clients", "2")
		var pids []int
		for deadline := time.Now().Add(time.Minute); len(pids) < 2; <-pause() {
			if pids = serving(t, dir); time.Now().After(deadline) {
				t.Fatal("no members run")
			}
		}
		p.Signal(end)
		code := p.Wait(t)
		if end == syscall.SIGINT && code != exitInterrupted {
			t.Errorf("code %d, stderr %s", code, p.Stderr())
		}
		for deadline := time.Now().Add(time.Minute); ; <-pause() {
			left, err := os.ReadDir(dir)
			if err == nil && len(left) == 0 && len(serving(t, dir)) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("after %v: %v, %v, members %v", end, left, err, serving(t, dir))
			}
		}
	}
}

// A disk that is full is the reason that is given, and the exit code that of the
// environment.
func TestBenchProcessesOnAFullDisk(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || exec.CommandContext(t.Context(), unshare, "-m", "true").Run() != nil {
		t.Skip("needs a mount namespace, for a small disk of its own")
	}
	dir := t.TempDir()
	small := []string{unshare, "-m", "sh", "-c", "mount -t tmpfs -o size=1m none " + dir + ` && exec "$@"`, "sh"}
	p := proc.StartUnder(t, small, "bench", "--processes", "-n", "1", "--data-dir", dir, "--warmup", "0s", "--duration", "1s", "--clients", "1",
		"--value-size", "1048576", "--write-ratio", "1", "--check=false")
	if code := p.Wait(t); code != exitTool || !strings.Contains(p.Stderr(), "no space left on device") {
		t.Errorf("code %d, stderr %s", code, p.Stderr())
	}
}

func TestBenchProcessesThatCannotBe(t *testing.T) {
	for args, want := range map[string]string{
		"bench --rest":                             "--rest without --config or --processes",
		"bench --connections 2":                    "--connections without --config or --processes",
		"bench --processes --connections 0":        "--connections 0: want 1 to 4096",
		"bench --processes --connections 5000":     "--connections 5000: want 1 to 4096",
		"bench --processes --rest --connections 2": "by HTTP each client has a connection of its own",
		"bench --processes --attach leader":        "--attach without --rest",
		"bench --processes --virtual":              "a simulated world has no processes",
		"bench --yardsticks --virtual":             "takes nothing of the machine",
		"bench --processes --transport chan":       "it is for members of one process",
		"bench --processes --config x":             "a running cluster is what its file says",
		"bench --processes --tls-ca x":             "--tls-ca without --config",
		"bench --processes -p paxos --policy null": "has no objects that move",
		"bench --processes -p trex --thrifty":      "trex asks all members",
		"bench --processes --wan mars -n 3x1":      "want one of aws3",
	} {
		impossible(t, args, want)
	}
	for args, want := range map[string]string{
		"bench --processes --data-dir /dev/null/x -n 1":          "make the data directory",
		"bench --processes --yardsticks --data-dir /dev/null/x ": "make the data directory",
	} {
		if got := proc.Run(t, strings.Fields(args)...); got.Code != exitTool || !strings.Contains(got.Stderr, want) {
			t.Errorf("%s: code %d, stderr %s, want %q", args, got.Code, got.Stderr, want)
		}
	}
}

// The commands that only the program itself calls refuse what makes no sense.
func TestServants(t *testing.T) {
	for args, code := range map[string]int{
		"bench-sweep": exitUsage, "bench-sweep " + t.TempDir(): exitTool, "bench-yardstick": exitUsage, "bench-yardstick mile": exitTool,
	} {
		if got := invoke(t, strings.Fields(args)...); got.code != code {
			t.Errorf("%s: code %d, stderr %s, want %d", args, got.code, got.stderr, code)
		}
	}
}
