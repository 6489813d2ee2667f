package tester

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/fleet"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/results"
)

// Rule: what results say of a test is enough to run it again.
func TestConfigAsJSON(t *testing.T) {
	members, err := quorate.Grid(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	quorums, err := quorate.ParseQuorums(members, "count:4,3")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Name: "mine", Protocol: "paxos", Zones: 2, Nodes: 3, Bug: "no-dedup", Workload: "register", Read: quorate.ReadIndex, Nemeses: []string{"kill"},
		Options:  protocols.Options{Thrifty: true, Window: 7, Batch: 5, Lease: time.Second, ClockError: 0.1, Policy: "null", Lead: 1},
		Settings: json.RawMessage(`{"log_limit":8}`),
		Interval: time.Second, TimeLimit: 9 * time.Second, Rate: 33, Concurrency: 4, Keys: 2, OpsPerKey: 50, Seed: 1 << 63, Raw: true, StopEarly: true,
		Timeout: 2 * time.Second, CheckLimit: 3 * time.Second,
	}
	want.Options.Quorums = quorums
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Options.Quorums.Name != quorums.Name {
		t.Errorf("quorums %q", got.Options.Quorums.Name)
	}
	got.Options.Quorums, want.Options.Quorums = quorate.QuorumSystem{}, quorate.QuorumSystem{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is\n%+v, want\n%+v", text, got, want)
	}
	for _, bad := range []string{`{"read":"never"}`, `{"read":"log","lease":"long"}`, `{"read":"log","quorums":"all"}`, `{"read":"log","zones":1,"nodes":3,"quorums":"few"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Config{Binary: "quorate"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, edit := range map[string]func(*Config){
		"of no program":      func(c *Config) { c.Binary = "" },
		"nodes":              func(c *Config) { c.Nodes = -1 },
		"concurrency":        func(c *Config) { c.Concurrency = MaxConcurrency + 1 },
		"rate":               func(c *Config) { c.Rate = -1 },
		"history":            func(c *Config) { c.Most = MaxHistory + 1 },
		"faults of":          func(c *Config) { c.Interval = time.Hour },
		"below zero":         func(c *Config) { c.TimeLimit = -1 },
		"one of register":    func(c *Config) { c.Workload = "regster" },
		"did you mean kill":  func(c *Config) { c.Nemeses = []string{"kil"} },
		"paxso":              func(c *Config) { c.Protocol = "paxso" },
		"from epaxos":        func(c *Config) { c.Protocol, c.Read = "epaxos", quorate.ReadIndex },
		"bug":                func(c *Config) { c.Bug = "no-such" },
		"want a JSON object": func(c *Config) { c.Settings = json.RawMessage(`null`) },
		"given twice":        func(c *Config) { c.Options.Window, c.Settings = 7, json.RawMessage(`{"window":8}`) },
		"log_limit":          func(c *Config) { c.Settings = json.RawMessage(`{"log_limt":8}`) },
		"a bug in a cluster": func(c *Config) { c.File, c.Bug = &quorate.Config{}, "no-dedup" },
	} {
		c := good
		edit(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// Settings are among the options of the cluster file that members read.
func TestSettings(t *testing.T) {
	c := Config{Binary: "quorate", Options: protocols.Options{Window: 7}, Settings: json.RawMessage(`{"log_limit": 8}`)}.WithDefaults()
	ports := make([]int, fleet.PortsEach*3)
	for i := range ports {
		ports[i] = 1 + i
	}
	file, err := c.clusterFile(ports)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"log_limit":8,"window":7}`; string(file.Options) != want {
		t.Errorf("%s, want %s", file.Options, want)
	}
}

func TestStats(t *testing.T) {
	var ops []history.Op
	add := func(process int, typ history.Type, f string, at time.Duration) {
		ops = append(ops, history.Op{Index: len(ops), Process: process, Type: typ, F: f, Time: at})
	}
	for i := range time.Duration(100) {
		add(0, history.Invoke, "read", 1000*i)
		add(0, history.OK, "read", 1000*i+i+1)
	}
	add(1, history.Invoke, "cas", 0)
	add(1, history.Fail, "cas", 1)
	add(1, history.Invoke, "cas", 2)
	add(2, history.Invoke, "cas", 3)
	add(2, history.Info, "cas", 4)
	want := []results.Stat{{F: "cas", Fail: 1, Info: 2}, {F: "read", OK: 100, P50: 50, P99: 99, Max: 100}}
	if got := results.Count(ops); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := results.Count(nil); len(got) != 0 || results.Seen(got).Valid != results.Unknown {
		t.Errorf("of nothing: %+v", got)
	}
}

// Rule: a test in which no fault struck, or none worked, tells nothing of faults.
func TestFaultsCheck(t *testing.T) {
	for _, test := range []struct {
		faults []results.Fault
		want   results.Valid
	}{
		{[]results.Fault{{Nemesis: "kill"}}, results.Unknown},
		{[]results.Fault{{Nemesis: "kill", Times: 2, Errors: 2}}, results.Unknown},
		{[]results.Fault{{Nemesis: "kill", Times: 2, Errors: 1}}, results.True},
		{[]results.Fault{{Nemesis: "kill"}, {Nemesis: "pause", Times: 1}}, results.True},
	} {
		if c := results.Struck(test.faults); c.Valid != test.want || (c.Reason == "") != (c.Valid == results.True) {
			t.Errorf("%+v: %+v", test.faults, c)
		}
	}
}

// Rule: false beats unknown, which beats true, and the reason is that of the first check
// with the verdict of all.
func TestJudge(t *testing.T) {
	check := func(name string, v results.Valid) results.Check {
		return results.Check{Name: name, Valid: v, Reason: "as " + v.String()}
	}
	a, b, c := check("a", results.True), check("b", results.Unknown), check("c", results.False)
	for _, test := range []struct {
		checks []results.Check
		valid  results.Valid
		reason string
	}{{[]results.Check{a, b, c}, results.False, "c: as false"}, {[]results.Check{a, b}, results.Unknown, "b: as unknown"}, {[]results.Check{a, a}, results.True, ""}} {
		r := &results.Results{Checks: test.checks}
		if r.Judge(); r.Valid != test.valid || r.Reason != test.reason {
			t.Errorf("%v: %v, %q", test.checks, r.Valid, r.Reason)
		}
	}
}

func TestWriteText(t *testing.T) {
	r := &results.Results{
		Test: "paxos-register", Elapsed: 12340 * time.Millisecond, Ended: "interrupted", Directory: "store/x", Valid: results.False, Reason: "linearizable: key k0: no",
		Stats:  []results.Stat{{F: "read", OK: 3, P50: 1e6, P99: 2e6, Max: 3.5e9}, {F: "write", Fail: 1}},
		Faults: []results.Fault{{Nemesis: "kill", Times: 2, Active: 3 * time.Second}},
		Checks: []results.Check{{Name: "linearizable", Valid: results.False, Reason: "key k0: no\nmore"}},
	}
	var b strings.Builder
	if err := WriteText(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"test paxos-register, 12.3s", "before its time: interrupted", "read        3   0       0        1 ms  2 ms  3.5 s", "write       0   1", "kill    2      0       3s",
		"linearizable  false   key k0: no\n", "in store/x", "A promise is broken! linearizable: key k0: no\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for v, want := range map[results.Valid]string{results.True: "All is well", results.Unknown: "could be decided"} {
		if got := Words(&results.Results{Valid: v}); !strings.Contains(got, want) {
			t.Errorf("%v: %s", v, got)
		}
	}
}

// Rule: that a member does not serve which did not before the test either is no finding.
func TestDownBefore(t *testing.T) {
	g := &rig{cfg: Config{TimeLimit: time.Second, Rate: 20, Patience: 5 * time.Second}, edit: func(l *local) {
		l.old = true
		if err := l.Kill(l.Members().ID(1)); err != nil {
			panic(err)
		}
	}}
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "recovered"); res.Valid != results.Unknown || c.Valid != results.Unknown || !strings.Contains(c.Reason, "when the test began") {
			t.Errorf("%+v", res)
		}
	})
}

// Rule: what a member says while the logs are closed, or later, harms nobody.
func TestLogsClose(t *testing.T) {
	id, err := quorate.NewID(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{logs: map[quorate.ID]*nodeLog{id: {w: file}}}
	var all sync.WaitGroup
	all.Go(func() {
		for range 100 {
			p.say(id, "ended")
		}
	})
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
}

// Rule: members that end without being asked to, or say what none should, are found out;
// those that were killed are not.
func TestDeaths(t *testing.T) {
	id, err := quorate.NewID(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{}
	p.ended(id, fleet.End{Code: 255, Asked: true})
	p.ended(id, fleet.End{Code: 137})
	p.say(id, "level=INFO msg=\"no panic: all is well\"")
	if d := p.Deaths(); len(d) != 0 {
		t.Errorf("%v", d)
	}
	p.ended(id, fleet.End{Code: 2, Words: "one\nthe last"})
	p.say(id, "WARNING: DATA RACE")
	p.say(id, "panic: chosen twice")
	want := []death{{id, "ended by itself, exit code 2: the last"}, {id, "WARNING: DATA RACE"}, {id, "panic: chosen twice"}}
	if d := p.Deaths(); !slices.Equal(d, want) {
		t.Errorf("%v, want %v", d, want)
	}
	p = &processes{ends: true} // while disks fail
	p.ended(id, fleet.End{Code: 255})
	p.ended(id, fleet.End{Code: 2})
	if d := p.Deaths(); len(d) != 1 {
		t.Errorf("while disks fail: %v", d)
	}
	for range 2 * maxDeaths {
		p.say(id, "panic: again")
	}
	if n := len(p.Deaths()); n != maxDeaths {
		t.Errorf("%d are kept", n)
	}
}

// Rule: nemeses can ask what members of all kinds said last, when they refused their
// journals.
func TestLastWords(t *testing.T) {
	for _, c := range []inject.Cluster{&processes{}, &filtered{target: &processes{}}} {
		if _, ok := inject.As[inject.Witness](c); !ok {
			t.Errorf("nobody can ask a %T", c)
		}
	}
}

// kept returns what the only run of a test has kept.
func kept(t *testing.T, store string) (dir string, res *results.Results) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(store, "latest"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("in the store: %v, %v", dirs, err)
	}
	text, err := os.ReadFile(filepath.Join(dirs[0], "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &res); err != nil {
		t.Fatal(err)
	}
	return dirs[0], res
}

// A disk is taken from nobody who is a quorum by himself: what he alone accepted would be
// lost, and no member could admit him again.
func TestDisksOfQuorumsAreKept(t *testing.T) {
	for want, c := range map[bool]Config{
		true:  {Protocol: "wpaxos", Zones: 3, Nodes: 3},
		false: {Protocol: "wpaxos", Zones: 3, Nodes: 1},
	} {
		c.Binary = "quorate"
		for _, name := range []string{"disk-lost", "disk-rot-leader", "kill"} {
			c.Nemeses = []string{name}
			if err := c.Fits(); (err == nil) != (want || name == "kill") {
				t.Errorf("%d nodes in a zone, %s: %v", c.Nodes, name, err)
			}
		}
	}
	c := Config{Protocol: "paxos", Zones: 3, Nodes: 1, Nemeses: []string{"disk-lost"}, Binary: "quorate"}
	if err := c.Fits(); err != nil {
		t.Error(err)
	}
	members, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	c.Zones, c.Nodes = 1, 3
	if c.Options.Quorums, err = quorate.ParseQuorums(members, "count:3,1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Fits(); !errors.Is(err, ErrUnfit) {
		t.Errorf("%v", err)
	}
}
