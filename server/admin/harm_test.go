package admin_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
)

// harmed is a rig whose first member has a clock and a disk that can be made wrong.
type harmed struct {
	*member
	clock  *server.Clock
	faults *disk.Faults
	cuts   int // of the power
	ends   int // of the process
}

func newHarmed(t *testing.T) *harmed {
	began := time.Now()
	h := &harmed{clock: server.NewClock(func() time.Duration { return time.Since(began) })}
	volatile := disk.NewVolatile(vfs.NewMem(), 1)
	h.faults = disk.NewFaults(volatile)
	r := newRig(t, 3, func(cfg *admin.Config) {
		cfg.Harm = admin.Harm{
			Clock: h.clock, Disk: h.faults, Volatile: volatile,
			Power: func(d time.Duration) error { h.cuts++; return cfg.Target.Crash(d) }, End: func() { h.ends++ },
		}
	})
	h.member = r.members[0]
	return h
}

// sync writes and syncs a file.
func (h *harmed) sync() error {
	file, err := h.faults.Create("file", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte("x"))
	return errors.Join(err, file.Sync(), file.Close())
}

func (h *harmed) kinds() string {
	var list []string
	for _, f := range h.status().Faults {
		list = append(list, f.Kind+" "+f.What)
	}
	return strings.Join(list, ", ")
}

// Rule: a clock has the error it was given, for as long, and a new one replaces the
// one before.
func TestClockFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarmed(t)
		defer h.rig.close()
		for _, step := range []struct {
			ask    string
			passes time.Duration
			err    time.Duration
			kinds  string
		}{
			{"/clock?bump=2s&t=5", time.Second, 2 * time.Second, "clock +2.000s"},
			{"/clock?bump=-1.5&t=5", 3 * time.Minute, 0, ""},
			{"/clock?bump=-1.5s&t=5", 4 * time.Second, -1500 * time.Millisecond, "clock -1.500s"},
			{"/clock?rate=1.125&t=8", time.Minute, time.Second, ""},
			{"/clock?rate=0.875&t=1m", 8 * time.Second, 0, "clock rate 0.875"},
			{"/heal", time.Second, 0, ""},
			{"/clock?bump=100ms&period=1s&t=1h", 0, h.clock.Error(), "clock +0.100s to and fro, each for 1s"},
		} {
			if w := h.ask(step.ask); w.Code != 200 {
				t.Fatalf("%s: %d %s", step.ask, w.Code, w.Body)
			}
			time.Sleep(step.passes)
			synctest.Wait()
			if got := h.clock.Error(); got.Round(time.Millisecond) != step.err && step.passes > 0 {
				t.Errorf("%s: after %v it is wrong by %v, want %v", step.ask, step.passes, got, step.err)
			}
			if got := h.kinds(); got != step.kinds {
				t.Errorf("%s: in force are %q, want %q", step.ask, got, step.kinds)
			}
		}
	})
}

// Rule: each fault of a disk does what it is called after, and ends.
func TestDiskFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarmed(t)
		defer h.rig.close()
		inject := func(ask, want string) {
			t.Helper()
			if w := h.ask("POST " + ask); w.Code != 200 {
				t.Fatalf("%s: %d %s", ask, w.Code, w.Body)
			}
			if got := h.kinds(); got != want {
				t.Errorf("in force are %q, want %q", got, want)
			}
		}
		over := func() {
			t.Helper()
			time.Sleep(time.Minute)
			synctest.Wait()
			if err := h.sync(); err != nil || h.kinds() != "" {
				t.Errorf("afterwards: %v, %q", err, h.kinds())
			}
		}
		inject("/disk?fault=slow&delay=300ms&t=50", "disk slow by 300ms")
		inject("/disk?fault=slow&delay=2s&t=5", "disk slow by 300ms, disk slow by 2s")
		began := time.Now()
		if err := h.sync(); err != nil || time.Since(began) != 2*time.Second {
			t.Errorf("a slow sync took %v, %v", time.Since(began), err)
		}
		over()
		inject("/disk?fault=fail&t=30", "disk fail")
		if err := h.sync(); !errors.Is(err, syscall.EIO) {
			t.Errorf("a sync that fails: %v", err)
		}
		over()
		inject("/disk?fault=full&t=30", "disk full")
		if err := h.sync(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a write to a full disk: %v", err)
		}
		over()
		inject("/disk?fault=kill&sync=2&t=30", "disk kill at sync 2")
		for n, want := range []int{0, 1, 1} {
			if err := h.sync(); err != nil || h.ends != want {
				t.Errorf("after %d syncs the process was ended %d times, %v", n+1, h.ends, err)
			}
		}
		inject("/disk?fault=kill&t=30", "disk kill at sync 2, disk kill at sync 1")
		over()
		if h.ends != 1 {
			t.Errorf("what is over ended the process")
		}
		inject("/disk?fault=lie&t=30", "disk lie")
		if err := h.sync(); err != nil {
			t.Error(err)
		}
		over()
	})
}

// Rule: the power of a node that runs can be cut, and its status says so.
func TestPowerFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarmed(t)
		defer h.rig.close()
		in := must[admin.Injected](h.member, "/power?t=5")
		if h.cuts != 1 || len(in.Faults) != 1 || in.Faults[0].Kind != "power" {
			t.Errorf("cut %d times, %+v", h.cuts, in)
		}
		if w := h.ask("/power?t=5"); w.Code != 409 || h.status().State != admin.StateDown {
			t.Errorf("cut again: %d %s", w.Code, w.Body)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if s := h.status(); s.State != admin.StateRunning || len(s.Faults) != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Rule: what makes no sense, or cannot be made wrong here, is refused with a reason.
func TestHarmIsRefused(t *testing.T) {
	h := newHarmed(t)
	for _, test := range []struct{ ask, want string }{
		{"/clock?t=5", "want one of them"},
		{"/clock?bump=1s&rate=1.1&t=5", "want one of them"},
		{"/clock?bump=soon&t=5", "bump="},
		{"/clock?bump=0&t=5", "more than 0"},
		{"/clock?bump=-6m&t=5", "at most 5m"},
		{"/clock?rate=3&t=5", "from 0.5 to 2"},
		{"/clock?rate=NaN&t=5", "from 0.5 to 2"},
		{"/clock?rate=1.1&period=1s&t=5", "bump only"},
		{"/clock?bump=1s&period=1us&t=5", "at least 1ms"},
		{"/clock?bump=1s", "t is missing"},
		{"/disk?t=5", "want slow, fail"},
		{"/disk?fault=wet&t=5", "want slow, fail"},
		{"/disk?fault=slow&t=5", "delay is missing"},
		{"/disk?fault=slow&delay=2m&t=5", "at most 1m"},
		{"/disk?fault=fail&delay=1s&t=5", "takes no delay"},
		{"/disk?fault=kill&sync=0&t=5", "from 1 to"},
		{"/disk?fault=fail", "t is missing"},
		{"/power", "t is missing"},
	} {
		if w := h.ask(test.ask); w.Code != 400 || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want 400 and %q", test.ask, w.Code, w.Body, test.want)
		}
	}
	none := newRig(t, 3, nil).members[0]
	for _, test := range []struct {
		ask, want string
		code      int
	}{
		{"/clock?bump=1s&t=5", "cannot be made wrong", 400},
		{"/disk?fault=full&t=5", "in memory", 400},
		{"/disk?fault=lie&t=5", "in memory", 400},
		{"/disk?fault=kill&t=5", "cannot be made wrong", 400},
		{"/power?t=5", "--unsynced-in-memory", 409},
	} {
		if w := none.ask(test.ask); w.Code != test.code || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want %d and %q", test.ask, w.Code, w.Body, test.code, test.want)
		}
	}
}

// Rule: the client asks for what its methods say.
func TestClientHarms(t *testing.T) {
	h := newHarmed(t)
	c := h.open("")
	for _, test := range []struct {
		name string
		do   func() (admin.Injected, error)
		want string
	}{
		{"bump", func() (admin.Injected, error) { return c.Bump(t.Context(), time.Minute, -time.Second, 0) }, "clock -1.000s"},
		{"strobe", func() (admin.Injected, error) { return c.Bump(t.Context(), time.Minute, time.Second, 2*time.Second) }, "clock +1.000s to and fro, each for 2s"},
		{"drift", func() (admin.Injected, error) { return c.Drift(t.Context(), time.Minute, 1.5) }, "clock rate 1.5"},
		{"slow", func() (admin.Injected, error) { return c.SlowDisk(t.Context(), time.Minute, time.Second) }, "disk slow by 1s"},
		{"full", func() (admin.Injected, error) { return c.Disk(t.Context(), time.Minute, admin.DiskFull) }, "disk full"},
		{"kill", func() (admin.Injected, error) { return c.KillAtSync(t.Context(), time.Minute, 3) }, "disk kill at sync 3"},
	} {
		in, err := test.do()
		if err != nil || len(in.Faults) != 1 || in.Faults[0].Kind+" "+in.Faults[0].What != test.want {
			t.Errorf("%s: %+v, %v", test.name, in, err)
		}
		if _, err := c.Heal(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if in, err := c.Power(t.Context(), time.Hour); err != nil || in.Faults[0].Kind != "power" {
		t.Errorf("%+v, %v", in, err)
	}
}
