package bench

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/server/admin"
)

// Rule: who has no processor left is named, in every world, and strangers that took
// it; and so is a disk at which a journal waits nearly all the time.
func TestWhoLimits(t *testing.T) {
	const many = 1e6
	machine := float64(runtime.NumCPU())
	cores := func(x float64) *float64 { return &x }
	servers := func(told int, cores float64) *Servers { return &Servers{Members: 3, Told: told, Cores: cores} }
	for i, c := range []struct {
		r    Result
		disk float64
		want string
	}{
		{Result{Remote: true, CPU: &CPU{Cores: 3.7}}, 0, "clients"},
		{Result{Remote: true, CPU: &CPU{Cores: 3.5}}, 0, ""},
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}}, 0, "machine"},
		{Result{Remote: true, CPU: &CPU{Cores: 0.01, Elsewhere: cores(0.01)}}, 0, ""},
		{Result{Remote: true}, 0, ""},
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}, Servers: servers(3, many/2)}, 0, "others"},
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}, Servers: servers(3, many)}, 0, "machine"},              // servers used it
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}, Servers: servers(3, many-machine/2)}, 0, "others"},     // but for half of all
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}, Servers: servers(3, many-0.05*machine)}, 0, "machine"}, // but for a twentieth
		{Result{Remote: true, CPU: &CPU{Cores: 1, Elsewhere: cores(many)}, Servers: servers(2, 0)}, 0, "machine"},                 // or did they
		// Clients and servers in one process.
		{Result{CPU: &CPU{Cores: 4}}, 0, ""}, // nobody knows of the others
		{Result{CPU: &CPU{Cores: many, Elsewhere: cores(0)}}, 0, "machine"},
		{Result{CPU: &CPU{Cores: 1, Elsewhere: cores(many)}}, 0, "others"},
		{Result{CPU: &CPU{Cores: 0.01, Elsewhere: cores(0.01)}}, 0, ""},
		// The disk.
		{Result{Durable: true, CPU: &CPU{Cores: many, Elsewhere: cores(0)}}, 0.95, "disk"},
		{Result{Durable: true}, 0.85, ""},
		{Result{}, 0.95, ""}, // in memory nothing waits
	} {
		c.r.GOMAXPROCS = 4
		if got := c.r.limit(c.disk); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
}

func TestLimitInWords(t *testing.T) {
	r := Result{Remote: true, CPU: &CPU{Cores: 0.5, Elsewhere: known(1.5)}, Servers: &Servers{Members: 3, Told: 3, Cores: 1.25}}
	for by, want := range map[string]string{
		limitClients: "no more processors", limitDisk: "a journal waited", limitMachine: "clients used 0.5 cores of it, servers 1.25",
		limitOthers: "0.25 cores worked for others", "": "",
	} {
		var b strings.Builder
		r.LimitedBy = by
		r.writeLimit(&b)
		if !strings.Contains(b.String(), want) || by == "" && b.Len() > 0 {
			t.Errorf("%q: %s", by, b.String())
		}
	}
}

// The busiest journal counts, of those members that told at both ends.
func TestAtDisk(t *testing.T) {
	r := run{cfg: Config{DataDir: "data", Processes: &Processes{}}, target: &processes{}}
	r.end.at = 2 * time.Second
	life := [2]float64{1, 1}
	for _, m := range []struct{ from, to, commit float64 }{{10, 30, 0.5}, {0, 50, 1.5}} {
		r.begin.counters.servers = append(r.begin.counters.servers, serverReading{life: life, usage: admin.Usage{Syncs: uint64(m.from)}, commit: 1})
		r.end.counters.servers = append(r.end.counters.servers, serverReading{life: life, usage: admin.Usage{Syncs: uint64(m.to)}, commit: 1 + m.commit})
	}
	r.begin.counters.servers = append(r.begin.counters.servers, serverReading{})
	r.end.counters.servers = append(r.end.counters.servers, serverReading{life: life, commit: 9}) // another life
	if got := r.atDisk(); got != 0.75 {
		t.Errorf("%v of the time at the disk, want 0.75", got)
	}
	if got := r.syncs(); len(got) != 2 || got[0] != 20 || got[1] != 50 {
		t.Errorf("%v syncs", got)
	}
	r.cfg.DataDir = ""
	if got := r.syncs(); got != nil {
		t.Errorf("%v syncs of journals in memory", got)
	}
}
