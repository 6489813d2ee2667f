package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/proc"
)

// fileWith writes a file and returns its path.
func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestServerThatCannotBe(t *testing.T) {
	good := fileWith(t, `{"protocol":"paxos","address":{"1.1":"127.0.0.1:1","1.2":"127.0.0.1:2"}}`)
	unnamed := fileWith(t, `{"address":{"1.1":"127.0.0.1:1"}}`)
	bad := fileWith(t, "{\n\"address\":{\"1.1\":\"a\"}}")
	wide := fileWith(t, `{"protocol":"paxos","address":{"1.1":"127.0.0.1:1"},"options":{"window":10000}}`)
	large := fileWith(t, `{"protocol":"paxos","address":{"1.1":"127.0.0.1:1"},"options":{"chunk_bytes":16000000}}`)
	channel := fileWith(t, `{"protocol":"paxos","address":{"1.1":"chan://a:1"}}`)
	empty := fileWith(t, " \n")
	for args, want := range map[string]string{
		"server --config " + good:                                          "--id is missing",
		"server --id 1 --config " + good:                                   "want zone.node",
		"server --id 1.3 --config " + good:                                 "node 1.3: not a member of the cluster: the cluster file lists {1.1, 1.2}",
		"server --id 1.1 --config " + bad:                                  bad + `: config line 2, column 18: address."1.1": address "a": want scheme://host:port`,
		"server --id 1.1 --config " + good + "x":                           "no such file",
		"server --id 1.1 --config=":                                        "--config is empty",
		"server --id 1.1 --config " + unnamed:                              "want one of epaxos, paxos, primary",
		"server --id 1.1 -p paxso --config " + unnamed:                     "(did you mean paxos?)",
		"server --id 1.1 -algorithm primary -config " + good:               `the cluster file says "paxos"`,
		"server --id 1.1 --config " + wide:                                 "a window of 13",
		"server --id 1.1 --config " + large:                                "do not fit the 16777216",
		"server --id 1.1 --config " + channel:                              "a process needs tcp or udp",
		"server --id 1.1 --admin-token-file " + empty + " -config " + good: "it is empty",
		"server --id 1.1 --log-level loud --config " + good:                "loud",
		"server 1.1": `unexpected argument "1.1"`,
	} {
		impossible(t, args, want)
	}
}

// A port in use is the environment's fault, and the error says which one it is.
func TestServerPortInUse(t *testing.T) {
	for _, key := range []string{"address", "http_address"} {
		c := proc.NewCluster(t, 1, nil)
		c.Memory = true
		addresses := map[string]map[quorate.ID]string{"address": c.File.Addresses, "http_address": c.File.HTTPAddresses, "admin_address": c.File.AdminAddresses}[key]
		_, endpoint, err := quorate.SplitAddress(addresses[c.ID(0)])
		if err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("tcp", endpoint)
		if err != nil {
			t.Fatal(err)
		}
		got := invoke(t, c.Args(c.ID(0))...)
		ln.Close()
		if got.code != exitTool || !strings.Contains(got.stderr, "listen on "+endpoint+", the "+key+" of 1.1 in the cluster file: address already in use") {
			t.Errorf("%s: code %d, stderr %q", key, got.code, got.stderr)
		}
	}
}

// A server ends in order when it is told to, and how it was told is its exit
// code.
func TestServerEnds(t *testing.T) {
	for _, tc := range []struct {
		cause error
		code  int
	}{{signalled{syscall.SIGTERM}, exitGood}, {signalled{os.Interrupt}, exitInterrupted}} {
		c := proc.NewCluster(t, 1, nil)
		c.Memory = true
		ctx, cancel := context.WithCancelCause(t.Context())
		stdout := writerFunc(func(line []byte) (int, error) {
			var ready readyLine
			if err := json.Unmarshal(line, &ready); err != nil || ready.ID != c.ID(0) || ready.PID != os.Getpid() ||
				ready.Address != c.File.Addresses[c.ID(0)] || ready.HTTP != c.File.HTTPAddresses[c.ID(0)] {
				t.Errorf("ready line %q, %v", line, err)
			}
			cancel(tc.cause)
			return len(line), nil
		})
		var stderr strings.Builder
		if code := run(ctx, c.Args(c.ID(0), "--init", "--json"), stdout, &stderr); code != tc.code || stderr.Len() > 0 {
			t.Errorf("%v: code %d, stderr %q", tc.cause, code, stderr.String())
		}
	}
}

func TestServerProcess(t *testing.T) {
	c := proc.NewCluster(t, 3, nil)
	c.Memory = true
	c.StartAll(t)
	if line := c.Process(c.ID(0)).Line(t, "ready"); !strings.Contains(line, c.File.Addresses[c.ID(0)]) || !strings.Contains(line, "in memory") {
		t.Errorf("ready line %q", line)
	}
	for i, tc := range []struct {
		signal os.Signal
		code   int
	}{{syscall.SIGTERM, exitGood}, {os.Interrupt, exitInterrupted}, {os.Kill, 137}} {
		p := c.Process(c.ID(i))
		p.Signal(tc.signal)
		if code := p.Wait(t); code != tc.code {
			t.Errorf("after %v: code %d, want %d; stderr %q", tc.signal, code, tc.code, p.Stderr())
		}
	}
}

// A member that only tests should have says so.
func TestServerWarns(t *testing.T) {
	c := proc.NewCluster(t, 1, nil)
	p := c.Start(t, c.ID(0), "--init", "--bug", "local-reads-any", "--unsynced-in-memory")
	p.ErrLine(t, "a mistake is planted in this member's protocol")
	p.ErrLine(t, "not synced is lost")
}
