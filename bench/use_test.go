package bench

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/server/admin"
)

func TestParseStat(t *testing.T) {
	good := "7 (a ) (b) R 1 2 3 4 5 6 7 8 9 10 123 45 0 0 20 0 9"
	if user, system, ok := parseStat(good); !ok || user != 1230*time.Millisecond || system != 450*time.Millisecond {
		t.Errorf("%v, %v, %v", user, system, ok)
	}
	for _, bad := range []string{"", "7 a R 1", "7 (a) R 1 2 3", strings.Replace(good, "123", "x", 1), strings.Replace(good, "45", "-", 1)} {
		if _, _, ok := parseStat(bad); ok {
			t.Errorf("%q has CPU times", bad)
		}
	}
}

func TestField(t *testing.T) {
	const text = "VmHWM:\t  12 kB\nrchar: 7\nsyscr: 3\nempty:\nodd: x\n"
	for name, want := range map[string]uint64{"VmHWM:": 12, "syscr:": 3, "char:": 0, "empty:": 0, "odd:": 0, "none:": 0} {
		if got := field(text, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
}

func TestKernelKnowsThisProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	if k := kernelOf(os.Getpid()); !k.known || !k.hasCalls || k.user+k.system <= 0 || k.peak < k.memory || k.memory < 1<<20 || k.reads == 0 || k.waits == 0 {
		t.Errorf("%+v", k)
	}
	if k := kernelOf(1 << 30); k.known {
		t.Errorf("nobody: %+v", k)
	}
}

// Rule: what each process used is that of the measured time, an operation; what is
// not known of one is missing.
func TestUses(t *testing.T) {
	r := run{cfg: Config{DataDir: "data", Processes: &Processes{}}, target: &processes{}}
	life := [2]float64{1, 1}
	at := func(n uint64, ops uint64) reading {
		d := time.Duration(n) * time.Second
		k := kernel{known: true, user: d, system: 2 * d, memory: n, peak: 2 * n, hasCalls: true, reads: 100 * n, calls: 50 * n, waits: 25 * n}
		blind := k
		blind.hasCalls = false
		return reading{at: d, done: ops, kernels: map[string]kernel{"clients": k, "1.2": blind}, counters: Counters{servers: []serverReading{
			{id: 1<<16 + 1, life: life, usage: admin.Usage{CPU: d, Memory: n, Writes: 10 * n, Syncs: n}},
			{id: 1<<16 + 2, life: life, usage: admin.Usage{CPU: 9 * d, Memory: 1, Writes: 20 * n, Syncs: 2 * n}},
			{id: 1<<16 + 3, life: [2]float64{1, float64(n)}},
		}}}
	}
	r.begin, r.end = at(1, 0), at(3, 100)
	r.troubles = []string{"", "", "ended, exit code 7"}
	uses := r.uses()
	if len(uses) != 4 {
		t.Fatalf("%+v", uses)
	}
	c, admins, both, gone := uses[0], uses[1], uses[2], uses[3]
	if c.Process != "clients" || *c.Cores != 3 || *c.User != 20_000 || *c.System != 40_000 || *c.Microseconds != 60_000 || *c.Memory != 3 || *c.Peak != 6 ||
		*c.ReadCalls != 2 || *c.WriteCalls != 1 || *c.Waits != 0.5 || c.Flushes != nil || c.Syncs != nil {
		t.Errorf("clients %+v", c)
	}
	if admins.Process != "1.1" || admins.User != nil || *admins.Microseconds != 20_000 || *admins.Cores != 1 || *admins.Memory != 3 || *admins.Flushes != 0.2 || *admins.Syncs != 0.02 || admins.Waits != nil {
		t.Errorf("a member that only tells itself: %+v", admins)
	}
	if *both.Microseconds != 60_000 || both.ReadCalls != nil || *both.Flushes != 0.4 || *both.Syncs != 0.04 || *both.Memory != 3 {
		t.Errorf("a member of which the kernel tells: %+v", both)
	}
	if gone.Cores != nil || gone.Flushes != nil || gone.Ended != "ended, exit code 7" {
		t.Errorf("a member that was started again: %+v", gone)
	}
	r.cfg.DataDir = ""
	if u := r.uses()[1]; u.Syncs != nil {
		t.Errorf("%g syncs of a journal in memory", *u.Syncs)
	}
	var b strings.Builder
	for i := range uses {
		uses[i].write(&b)
	}
	for _, want := range []string{"clients             60000 us (40000 in the kernel), 2 reads and 1 writes, 0.5 waits", "1.1                 20000 us, 0.02 syncs", "1.3                 ended, exit code 7\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
