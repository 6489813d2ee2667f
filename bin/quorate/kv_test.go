package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// type in the input of a command line.
func feed(ctx context.Context, input string, args ...string) outcome {
	var stdout, stderr strings.Builder
	s := newStreams(&stdout, &stderr)
	s.in = strings.NewReader(input)
	code := s.finish(dispatch(ctx, s, args))
	return outcome{code, stdout.String(), stderr.String()}
}

// transcript executes command lines of kv and returns what a terminal would
// have shown, with the exit codes; what differs from run to run is left out.
func transcript(t *testing.T, file string, lines string) string {
	t.Helper()
	varies := regexp.MustCompile(`"ms":[0-9.e+-]+|"index":\d+|[0-9.]+ ms`)
	var b strings.Builder
	for line := range strings.Lines(lines) {
		words, err := splitLine(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := feed(t.Context(), "from the input", append(append([]string{"kv"}, words...), "--config", file)...)
		fmt.Fprintf(&b, "$ quorate kv %s%s", line, varies.ReplaceAllString(got.stdout, "-"))
		if got.stdout != "" && !strings.HasSuffix(got.stdout, "\n") {
			b.WriteString("(no newline)\n")
		}
		b.WriteString(got.stderr)
		if got.code != 0 {
			fmt.Fprintf(&b, "exit code %d\n", got.code)
		}
	}
	return b.String()
}

func TestKV(t *testing.T) {
	_, file := running(t)
	golden(t, "kv", transcript(t, file, `get greeting
put greeting hello
get greeting
put greeting again --if-version 1
put greeting never --if-version 1
put greeting never --if-absent
put other new --if-absent --json
put from-input -
get from-input
del greeting --if-version 9
del greeting
get greeting
get greeting --json
del greeting
history greeting
history greeting --json
history nothing
consensus greeting
consensus nothing
consensus other --json
get other --read local --id 1.3 --json
put "k with spaces" "\xff\x00"
get "k with spaces" --json
get k --read index
`))
}

// Values are bytes: what a file holds comes back as it is.
func TestKVIsBinarySafe(t *testing.T) {
	_, file := running(t)
	value := make([]byte, 256)
	for i := range value {
		value[i] = byte(i)
	}
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, value, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, "kv", "put", "k", "--file", path, "--config", file); got.code != exitGood {
		t.Fatalf("%+v", got)
	}
	if got := invoke(t, "kv", "get", "k", "--config", file); got.code != exitGood || got.stdout != string(value) {
		t.Errorf("%+v", got)
	}
	var r kvResult
	got := invoke(t, "kv", "get", "k", "--json", "--config", file)
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || r.Value != nil || string(r.Base64) != string(value) {
		t.Errorf("%v, %s", err, got.stdout)
	}
}

// Where nobody can be reached, nothing was executed; where somebody can, but
// does not answer in time, the outcome is unknown.
func TestKVFailures(t *testing.T) {
	for _, line := range []string{"get k", "put k v", "del k", "history k", "consensus k"} {
		args := append(append([]string{"kv"}, strings.Fields(line)...), "--timeout", "150ms", "--config", deserted(t))
		got := invoke(t, args...)
		if got.code != exitTool || got.stdout != "" || !strings.Contains(got.stderr, "no member can be reached: 1.1: ") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	l, file := running(t) // a write needs a majority here
	for _, i := range []int{1, 2} {
		if err := l.Stop(l.Cluster().ID(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := invoke(t, "kv", "put", "k", "v", "--timeout", "150ms", "--config", file); got.code != exitUnknown || !strings.Contains(got.stderr, "outcome unknown") {
		t.Errorf("without a majority: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := feed(ctx, "", "kv", "put", "k", "v", "--config", file); got.code != exitInterrupted || !strings.Contains(got.stderr, "not executed after 0 attempts: interrupted") {
		t.Errorf("interrupted: %+v", got)
	}
	got := invoke(t, "kv", "consensus", "k", "--timeout", "150ms", "--config", file)
	if got.code != exitUnknown || !strings.Contains(got.stdout, "1.1     0        -     never written") || !strings.Contains(got.stderr, "1.2 did not tell") {
		t.Errorf("consensus of one of three: %+v", got)
	}
}

func TestKVImpossibleCommandLines(t *testing.T) {
	const config = " --config testdata/cluster.json"
	for args, want := range map[string]string{
		"kv put k --config testdata/nowhere.json": "no such file",
		"kv get k":                     "--config names no cluster file",
		"kv frobnicate" + config:       "commands are get, put",
		"kv --timeout 0s" + config:     "--timeout 0s",
		"kv --id 1.9" + config:         "1.9",
		"kv --attempts -1" + config:    "--attempts -1",
		"kv get k --tls-ca x" + config: "want all of them",
		"kv get k --tls-ca x --tls-cert x --tls-key x" + config: "no such file",
		"kv --id x" + config:                             `"x"`,
		"kv get" + config:                                "kv get: want key, got 0 words",
		"kv get a b" + config:                            "kv get: want key, got 2 words",
		"kv put k" + config:                              "want a value",
		"kv put k v --file x" + config:                   "only one of them",
		"kv put k v --if-version 1 --if-absent" + config: "want one of them",
		"kv put k v --if-version -1" + config:            "invalid argument",
		"kv del k --if-absent" + config:                  "unknown flag --if-absent",
		"kv get k --read dirty" + config:                 "want one of",
	} {
		impossible(t, args, want)
	}
	if got := invoke(t, "kv", "put", "k", "--file", "testdata/nowhere", "--config", "testdata/cluster.json"); got.code != exitTool {
		t.Errorf("a file that is not there: %+v", got)
	}
	big := strings.Repeat("x", 1<<20+1)
	if got := feed(t.Context(), big, "kv", "put", "k", "-", "--config", "testdata/cluster.json"); got.code != exitUsage || !strings.Contains(got.stderr, "more than 1048576 bytes") {
		t.Errorf("a value that is too large: code %d, %s", got.code, got.stderr)
	}
}

// Members whose states differ: two clusters that one file takes for one.
func TestKVConsensusOfMembersThatDiffer(t *testing.T) {
	one, file := running(t)
	two, other := running(t)
	for value, path := range map[string]string{"a": file, "b": other} {
		if got := invoke(t, "kv", "put", "k", value, "--config", path); got.code != exitGood {
			t.Fatalf("%+v", got)
		}
		executed(t, path, "k")
	}
	mixed := one.Addresses()
	mixed[1<<16+2] = two.Addresses()[1<<16+2]
	got := invoke(t, "kv", "consensus", "k", "--config", clusterFile(t, quorate.Config{Addresses: mixed}))
	if got.code != exitBad || !strings.Contains(got.stderr, `the members differ on "k": version 1 is "a" at 1.1 and "b" at 1.2`) {
		t.Errorf("%+v", got)
	}
}

// executed waits until every member of a cluster has executed the write on a key.
func executed(t *testing.T, path, key string) {
	t.Helper()
	var got outcome
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		got = invoke(t, "kv", "consensus", key, "--config", path)
		if got.code == exitGood && !strings.Contains(got.stdout, "never written") {
			return
		}
	}
	t.Fatalf("a member does not catch up: %+v", got)
}
