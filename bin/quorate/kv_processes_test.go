package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/server/admin"
)

// processes is a cluster of three processes that keep a history.
func processes(t *testing.T) *proc.Cluster {
	t.Helper()
	c := proc.NewCluster(t, 3, func(file *quorate.Config) { file.History = 10 })
	c.Memory = true
	c.StartAll(t, "--init")
	return c
}

// The store of real processes, with the earlier versions that they keep.
func TestKVOfProcesses(t *testing.T) {
	c := processes(t)
	golden(t, "kv_processes", transcript(t, c.Path, `put k a
put k b --id 1.2
put k c --id 1.3 --if-version 2
get k --read index
del k
put k ""
`))
	settled(t, c.Path, "k", 5)
	golden(t, "kv_settled", transcript(t, c.Path, `history k --id 1.2 --json
history k
consensus k
get k --read local --id 1.3 --json
`))
	got := feed(t.Context(), "put a 1\nstatus\n", "kv", "--config", c.Path)
	if got.code != exitGood || !strings.Contains(got.stdout, "\n1.3     running  ") {
		t.Errorf("%+v", got)
	}
	c.Process(c.ID(2)).Kill()
	if got := invoke(t, "kv", "put", "k", "again", "--id", "1.3", "--config", c.Path); got.code != exitGood {
		t.Errorf("with one of three dead: %+v", got)
	}
	got = invoke(t, "kv", "consensus", "k", "--config", c.Path)
	if got.code != exitUnknown || !strings.Contains(got.stdout, "1 to 6  \"again\"") || !strings.Contains(got.stdout, "refused") {
		t.Errorf("with one of three dead: %+v", got)
	}
}

// settled waits until every member has executed the writes of a key.
func settled(t *testing.T, file, key string, version uint64) {
	t.Helper()
	for t.Context().Err() == nil {
		got := invoke(t, "kv", "consensus", key, "--json", "--config", file)
		var found kvConsensus
		if err := json.Unmarshal([]byte(got.stdout), &found); err != nil || got.code != exitGood {
			t.Fatalf("%+v", got)
		}
		behind := slices.ContainsFunc(found.Members, func(m kvMember) bool { return m.Version != version })
		if !behind {
			return
		}
	}
}

// benched runs a benchmark of processes and returns its result.
func benched(t *testing.T, c *proc.Cluster, args ...string) *bench.Result {
	t.Helper()
	got := invoke(t, append([]string{"bench", "--config", c.Path, "--clients", "8", "--keys", "20", "--warmup", "0s", "--duration", "400ms", "--json"}, args...)...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("%v: %+v", args, got)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || len(report.Runs) != 1 {
		t.Fatalf("%v, %s", err, got.stdout)
	}
	return &report.Runs[0]
}

// Load on real processes, by the binary ports and by HTTP; a dead member does
// not stop it.
func TestBenchOfProcesses(t *testing.T) {
	c := processes(t)
	for _, dead := range []bool{false, true} {
		if dead {
			c.Process(c.ID(1)).Kill()
			invoke(t, "kv", "get", "k", "--config", c.Path) // until another one leads
		}
		for _, args := range []string{"", "--rest", "--rest --attach leader"} {
			t.Run(fmt.Sprintf("%s dead %v", args, dead), func(t *testing.T) {
				r := benched(t, c, strings.Fields(args)...)
				if r.Linearizable != "ok" || r.Operations == 0 || r.Errors > 0 || !r.Remote || r.Protocol != "paxos" || r.Nodes != 3 {
					t.Errorf("%+v", r)
				}
				if transport := map[bool]string{true: "rest", false: "tcp"}[args != ""]; r.Transport != transport {
					t.Errorf("by %s, want %s", r.Transport, transport)
				}
				s := r.Servers
				if s == nil || s.Members != 3 || s.Told != 3 && !dead || s.Told != 2 && dead || (s.Why == "") == dead {
					t.Fatalf("servers %+v", s)
				}
				if s.Commits == 0 || s.Memory == 0 || r.Network == nil || r.Network.Messages == 0 || r.Network.Bytes == 0 {
					t.Errorf("servers %+v, network %+v", s, r.Network)
				}
			})
		}
	}
}

// An interrupt ends the load, and what was measured until then is reported.
func TestBenchOfProcessesInterrupted(t *testing.T) {
	c := processes(t)
	p := proc.Start(t, "bench", "--config", c.Path, "--rest", "--clients", "4", "--duration", "1h", "--json")
	awaitLoad(t, c)
	p.Signal(os.Interrupt)
	code := p.Wait(t)
	var report bench.Report
	if err := json.Unmarshal([]byte(p.Stdout()), &report); err != nil || code != exitInterrupted {
		t.Fatalf("%v, code %d, stderr %q", err, code, p.Stderr())
	}
	if r := report.Runs[0]; !r.Interrupted || r.Linearizable == "violation" {
		t.Errorf("%+v", r)
	}
}

// awaitLoad waits until members execute commands.
func awaitLoad(t *testing.T, c *proc.Cluster) {
	t.Helper()
	a, err := admin.NewClient(admin.ClientConfig{URL: c.File.AdminAddresses[c.ID(0)]})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for {
		s, err := a.Metrics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Usage().Executed > 100 {
			return
		}
	}
}

// Everything over TLS, with a certificate at both ends.
func TestToolsOverTLS(t *testing.T) {
	c := proc.NewCluster(t, 3, func(file *quorate.Config) {
		for id, address := range file.HTTPAddresses { // unordered: each on its own
			file.HTTPAddresses[id] = strings.Replace(address, "http:", "https:", 1)
		}
	})
	c.Memory = true
	certs := t.TempDir()
	if got := invoke(t, "certs", "--config", c.Path, "--out", certs); got.code != exitGood {
		t.Fatalf("%+v", got)
	}
	tls := func(name string) []string {
		return []string{"--tls-ca", filepath.Join(certs, "ca.pem"), "--tls-cert", filepath.Join(certs, name+".pem"), "--tls-key", filepath.Join(certs, name+"-key.pem")}
	}
	for _, id := range c.IDs() {
		c.Launch(t, id, append(tls("node-"+id.String()), "--init")...)
	}
	for _, id := range c.IDs() {
		c.Process(id).Line(t, "ready")
	}
	for _, args := range [][]string{{"kv", "put", "k", "v"}, {"kv", "consensus", "k"}, {"kv", "history", "k"}} {
		if got := invoke(t, slices.Concat(args, []string{"--config", c.Path}, tls("client"))...); got.code != exitGood {
			t.Errorf("%v: %+v", args, got)
		}
	}
	for _, args := range [][]string{nil, {"--rest"}} {
		if r := benched(t, c, append(args, tls("client")...)...); r.Operations == 0 || r.Linearizable != "ok" {
			t.Errorf("%v: %+v", args, r)
		}
	}
	got := invoke(t, "kv", "get", "k", "--timeout", "300ms", "--config", c.Path)
	if got.code != exitTool || !strings.Contains(got.stderr, "TLS") {
		t.Errorf("without TLS: %+v", got)
	}
}
