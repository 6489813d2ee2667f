package bench

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/remote"
)

// A run over several regions with the real loops, transport and clients sees what
// one in virtual time sees: each region pays for its distances, wherever the leader
// is.
func TestWideRuns(t *testing.T) {
	for _, test := range []struct {
		protocol string
		lead     int
		want     [3]float64 // p50
	}{
		{"paxos", 1, [3]float64{60, 120, 129}},
		{"trex", 2, [3]float64{120, 60, 188}},
		{"epaxos", 0, [3]float64{60, 60, 69}},
		{"wpaxos", 0, [3]float64{0, 0, 0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			cfg := Config{
				Protocol: test.protocol, Zones: 3, Nodes: 1, Clients: 15, Conflicts: NoConflicts, WriteRatio: 1,
				Warmup: 3 * time.Second, Duration: 2 * time.Second, WAN: "aws3", Lead: test.lead,
			}
			report, err := Run(t.Context(), cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := &report.Runs[0]
			if r.Linearizable != "ok" || r.Errors+r.Unknown != 0 || r.WAN != "aws3" || r.Transport != "chan" || len(r.Regions) != 3 || r.Network.Dropped != 0 {
				t.Fatalf("%s: %+v", test.protocol, r)
			}
			sum := uint64(0)
			for i, g := range r.Regions {
				sum += g.Operations
				if g.Latency.P50 < test.want[i] || g.Latency.P50 > test.want[i]+3 || g.Leader != (i+1 == test.lead) || g.Clients != 5 || g.Zone != i+1 || g.Gap < g.Latency.P50/5 || g.Gap > 1000 {
					t.Errorf("%s: region %+v, want p50 %v", test.protocol, g, test.want[i])
				}
			}
			if sum != r.Operations || r.Regions[2].Name != "IR" {
				t.Errorf("%s: %d operations in the regions, %d in all: %+v", test.protocol, sum, r.Operations, r.Regions)
			}
		})
	}
}

// Sockets are as far apart as channels. Nothing but a lower bound holds on a busy
// machine.
func TestWideSockets(t *testing.T) {
	for _, transport := range []string{"tcp", "udp"} {
		cfg := Config{
			Protocol: "primary", Zones: 3, Nodes: 1, Clients: 6, Transport: transport, WAN: "metro", Jitter: 100 * time.Microsecond,
			Warmup: 50 * time.Millisecond, Duration: 150 * time.Millisecond,
		}
		report, err := Run(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &report.Runs[0]
		if r.Linearizable != "ok" || r.Operations == 0 || len(r.Regions) != 3 || r.Regions[0].Name != "DC1" {
			t.Errorf("%s: %+v", transport, r)
		}
		for _, g := range r.Regions {
			if g.Operations > 0 && g.Latency.P50 < 1.4 { // to the client's member and back, and to one other and back
				t.Errorf("%s: %+v", transport, g)
			}
		}
	}
}

// Clients lie in zones where nothing is far, too.
func TestZonesInOnePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Protocol: "wpaxos", Zones: 2, Nodes: 3, Clients: 4, Start: slowly, Warmup: NoWarmup, Duration: 100 * time.Millisecond}
		report, err := Run(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := &report.Runs[0]; len(r.Regions) != 2 || r.Regions[1].Name != "zone 2" || r.Regions[1].Operations == 0 || r.WAN != "" {
			t.Errorf("%+v", r)
		}
	})
}

// The star is where most see the leader. Owners of keys name themselves.
func TestZoneOfTheLeader(t *testing.T) {
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, b, third := c.ID(0), c.ID(1), c.ID(2)
	for _, test := range []struct {
		votes map[quorate.ID]int
		want  int
	}{
		{map[quorate.ID]int{b: 2, a: 1}, 1},
		{map[quorate.ID]int{third: 2}, 2}, // one does not tell
		{map[quorate.ID]int{0: 2, b: 1}, -1},
		{map[quorate.ID]int{a: 1, b: 1, third: 1}, -1},
		{map[quorate.ID]int{0: 3}, -1},
		{nil, -1},
	} {
		if got := zoneOf(c, test.votes); got != test.want {
			t.Errorf("%v: zone %d, want %d", test.votes, got, test.want)
		}
	}
}

// More zones than regions share some, and are told apart.
func TestNamesOfSharedRegions(t *testing.T) {
	cfg := Config{Zones: 4, WAN: "metro", Clients: 4, Duration: time.Second}.WithDefaults()
	if a, b := newRegion(cfg, 0, 0).name, newRegion(cfg, 3, 0).name; a != "DC1 1" || b != "DC1 4" {
		t.Errorf("%q and %q", a, b)
	}
}

func TestWideValidate(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"want one of aws3":       func(c *Config) { c.WAN = "mars" },
		"one zone over aws3":     func(c *Config) { c.Zones = 1 },
		"leader in zone 4":       func(c *Config) { c.Lead = 4 },
		"leader in zone -1":      func(c *Config) { c.Lead = -1 },
		"jitter of -1ns":         func(c *Config) { c.Jitter = -1 },
		"jitter of 3h0m0s: want": func(c *Config) { c.Jitter = 3 * time.Hour },
		"jitter without":         func(c *Config) { c.WAN, c.Jitter = "", time.Second },
		"share 4 sessions":       func(c *Config) { c.Sessions = 4 },
		"ends before it is rene": func(c *Config) { c.Options = protocols.Options{Lease: 60 * time.Millisecond} },
	} {
		cfg := Config{Protocol: "paxos", Zones: 3, Nodes: 1, Clients: 6, WAN: "aws3"}
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A cluster that runs elsewhere says in its file how far its zones are. Clients lie
// in them, and are told apart.
func TestWideRemote(t *testing.T) {
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, file := running(t, server.LocalConfig{Cluster: c})
	file.WAN = "metro" // which the members themselves know nothing of
	cfg := brief
	cfg.Clients = 6
	r := against(t, file, cfg)
	if r.Linearizable != "ok" || r.WAN != "metro" || r.Transport != "tcp" || len(r.Regions) != 3 || r.Regions[2].Operations == 0 {
		t.Fatalf("%+v", r)
	}
	for _, g := range r.Regions {
		if g.Latency.P50 < 0.42 {
			t.Errorf("%+v", g)
		}
	}
	file.WAN = "mars"
	if _, err := brief.Against(Remote{Cluster: remote.Config{File: file}}); err == nil || !strings.Contains(err.Error(), "want one of aws3") {
		t.Errorf("over mars: %v", err)
	}
}
