package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// configured returns the file that 'quorate config' prints.
func configured(t *testing.T, args ...string) *quorate.Config {
	t.Helper()
	got := invoke(t, append([]string{"config"}, args...)...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	file, err := quorate.ParseConfig([]byte(got.stdout))
	if err != nil {
		t.Fatalf("%v in\n%s", err, got.stdout)
	}
	return file
}

func TestConfigPrintsAFile(t *testing.T) {
	golden(t, "config", invoke(t, "config").stdout)
	file := configured(t, "-n", "5x3", "-p", "paxos", "--quorum", "zones:fz=1,fn=0", "--thrifty", "--history", "2", "--transport", "udp",
		"--base-port", "2000", "--http-port", "3000", "--admin-port", "0", "--bind", "::")
	if len(file.Addresses) != 15 || len(file.HTTPAddresses) != 15 || file.AdminAddresses != nil {
		t.Errorf("%d, %d and %d addresses", len(file.Addresses), len(file.HTTPAddresses), len(file.AdminAddresses))
	}
	plain, last := file, quorate.ID(5<<16|3)
	if file.Addresses[last] != "tcp://127.0.0.1:2014" || file.HTTPAddresses[last] != "http://127.0.0.1:3014" {
		t.Errorf("the last member is at %s and %s", file.Addresses[last], file.HTTPAddresses[last])
	}
	file = configured(t, "-n", "3x1", "-p", "wpaxos", "--policy", "null", "--wan", "aws3", "--jitter", "2ms")
	if string(file.Options) != `{"policy":"null"}` || file.WAN != "aws3" || file.Jitter != 2*time.Millisecond {
		t.Errorf("%+v", file)
	}
	file = configured(t, "-n", "3x1", "-p", "trex", "--lease", "1s", "--clock-error", "0.02", "--leader-zone", "2")
	if string(file.Options) != `{"lease":"1s","clock_error":0.02}` || file.LeaderZone != 2 {
		t.Errorf("%+v", file)
	}
	file = plain
	if file.Quorums != "zones:fz=1,fn=0" || !file.Thrifty || file.History != 2 || file.Network() != "udp" || file.Bind != "::" {
		t.Errorf("%+v", file)
	}
}

// Ports count up on a host, and only there.
func TestConfigHosts(t *testing.T) {
	for hosts, want := range map[string]string{
		"a":     "a:1735 a:1736 a:1737",
		"a,b,a": "a:1735 b:1735 a:1736",
		"m{}.s": "m0.s:1735 m1.s:1735 m2.s:1735",
		"::1":   "[::1]:1735 [::1]:1736 [::1]:1737",
	} {
		file := configured(t, "--host", hosts)
		var have []string
		for _, address := range file.Addresses { // unordered: sorted below
			have = append(have, strings.TrimPrefix(address, "tcp://"))
		}
		slices.Sort(have)
		wanted := strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(have, wanted) {
			t.Errorf("--host %s: %v, want %v", hosts, have, wanted)
		}
	}
}

func TestImpossibleConfigs(t *testing.T) {
	for args, want := range map[string]string{
		"config --base-port 0":                                "--base-port 0: want ports from 1 to 65535",
		"config --base-port 65534":                            "--base-port 65534: want ports from 1 to 65535 for 3 members",
		"config --http-port -1":                               "--http-port -1: want ports",
		"config --http-port 1735 -n 1":                        "127.0.0.1:1735 is taken by",
		"config --host a,b":                                   "lists 2 hosts for 3 members",
		"config --host a/b -n 1 --http-port 0 --admin-port 0": "want a host name or IP address",
		"config --bind a:1":                                   "want no port",
		"config --quorum most":                                "want one of majority",
		"config --history -1":                                 "history",
		"config --transport quic":                             "want tcp or udp",
		"config --algorithm paxso":                            "(did you mean paxos?)",
		"config -p primary --thrifty":                         "primary takes no options",
		"config cluster.json":                                 `unexpected argument "cluster.json"`,
	} {
		impossible(t, args, want)
	}
}

// What the command prints, its own --config reads.
func TestConfigFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cluster.json")
	if err := os.WriteFile(path, []byte(invoke(t, "config", "-n", "5").stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := readCluster(path)
	if err != nil || len(file.Addresses) != 5 {
		t.Errorf("%+v, %v", file, err)
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte("{\n \"adress\": 1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readCluster(bad); exitCode(err) != exitUsage || !strings.Contains(err.Error(), bad+": config line 2, column 2: adress") {
		t.Errorf("%v", err)
	}
	if _, err := readCluster(bad + "x"); exitCode(err) != exitUsage || !strings.Contains(err.Error(), "quorate config") {
		t.Errorf("%v", err)
	}
}
