package inject

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// diskFake is a fake with directories, whose members may be learners.
type diskFake struct {
	*fake
	dir   string
	words string
}

func (f *diskFake) DataDir(id quorate.ID) string { return filepath.Join(f.dir, id.String()) }

func (f *diskFake) LastWords(quorate.ID) string { return f.words }

func newDiskFake(t *testing.T, status func(i int) *admin.Status) *diskFake {
	f := &diskFake{fake: newFake(3), dir: t.TempDir()}
	for _, id := range f.members.IDs() {
		if err := os.MkdirAll(f.DataDir(id), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(f.DataDir(id), "log"), []byte("0123456789"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.serve(t, status)
	return f
}

func (f *diskFake) paths() (kept []string) {
	for _, id := range f.members.IDs() {
		if _, err := os.Stat(f.DataDir(id)); err == nil {
			kept = append(kept, id.String())
		}
	}
	return kept
}

// Rule: clocks and slow disks are wrong until they are healed, by the hooks of members.
func TestHooksOfClocksAndDisks(t *testing.T) {
	for name, path := range map[string]string{"clock-bump": "/clock?bump=", "clock-strobe": "period=", "clock-drift": "rate=", "disk-slow": "/disk?delay="} {
		f := newFake(3)
		f.serve(t, func(int) *admin.Status { return &admin.Status{Role: "follower"} })
		what, heal, err := named(t, name).Strike(t.Context(), newGuard(f).view(name), rng(3))
		if err != nil {
			t.Fatal(err)
		}
		struck := field(t, what, "members").([]any)
		calls := f.told()
		if len(calls) != len(struck) || !slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, path) && strings.Contains(c, "name="+name) }) {
			t.Errorf("%s: %v, and %v was asked for", name, what, calls)
		}
		if err := heal(t.Context()); err != nil {
			t.Error(err)
		}
		if calls = f.told(); len(calls) != len(struck) || !strings.Contains(calls[0], "/heal?name="+name) {
			t.Errorf("%s: healed by %v", name, calls)
		}
	}
}

// Rule: what is drawn is wrong by as much as the nemesis says, both ways.
func TestClocksAreDrawn(t *testing.T) {
	ahead, fast := 0, 0
	for seed := range uint64(200) {
		b, s, d := bump(rng(seed)), strobe(rng(seed)), drift(rng(seed))
		if b.by > 0 {
			ahead++
		}
		if d.rate > 1 {
			fast++
		}
		if b.by == 0 || b.by.Abs().Seconds() > 2 || s.period <= 0 || s.by.Abs().Seconds() > 1 || d.rate < 0.991 || d.rate > 1.009 || d.rate == 1 {
			t.Errorf("%v, %v, %v", b, s, d)
		}
	}
	if ahead < 50 || ahead > 150 || fast < 50 || fast > 150 {
		t.Errorf("of 200, %d are ahead and %d fast", ahead, fast)
	}
	if ForLeases([]string{"kill", "clock-drift"}) != nil || ForLeases([]string{"clock-bump-leader"}) == nil || ForLeases([]string{"clock-strobe"}) == nil {
		t.Error("leases allow for wrong rates, and for clocks that are set they do not")
	}
	if ServerFlags([]string{"kill", "disk-slow"}) != nil || len(ServerFlags([]string{"kill", "power-all"})) != 1 || len(ServerFlags([]string{"disk-lie"})) != 1 {
		t.Error("who loses power needs a disk that forgets, and nobody else does")
	}
}

// Rule: a member whose disk fails is pardoned, and started again when it has ended or
// failed; one that another nemesis has is left to that one.
func TestBadDisks(t *testing.T) {
	state := admin.StateFailed
	f := newDiskFake(t, func(int) *admin.Status { return &admin.Status{Role: "leader", State: state} })
	g := newGuard(f)
	for _, name := range []string{"disk-full-leader", "kill-at-sync-leader"} {
		for _, ends := range []bool{false, true} {
			seed := uint64(0)
			f.told()
			what, heal, err := named(t, name).Strike(t.Context(), g.view(name), rng(seed))
			if err != nil {
				t.Fatal(err)
			}
			id, err := quorate.ParseID(field(t, what, "members").([]any)[0].(string))
			if err != nil || !strings.Contains(strings.Join(f.told(), " "), id.String()+"/disk?fault=") {
				t.Errorf("%s: %v, %v", name, what, err)
			}
			if ends {
				if err := f.Kill(id); err != nil {
					t.Error(err)
				}
				f.told()
			}
			if err := heal(t.Context()); err != nil || f.well() != nil {
				t.Errorf("%s: %v, %v", name, err, f.well())
			}
			if calls := f.told(); !slices.Contains(calls, "start "+id.String()) || slices.Contains(calls, "kill "+id.String()) == ends {
				t.Errorf("%s: it ended by itself: %v, healed by %v", name, ends, calls)
			}
		}
	}
	_, heal, err := named(t, "disk-full-leader").Strike(t.Context(), g.view("disk-full-leader"), rng(0))
	if err != nil {
		t.Fatal(err)
	}
	_, healAll, err := named(t, "kill-all").Strike(t.Context(), g.view("kill-all"), rng(0))
	if err != nil {
		t.Fatal(err)
	}
	f.told()
	if err := heal(t.Context()); err != nil || len(f.told()) != 0 {
		t.Errorf("members that another nemesis has: %v", err)
	}
	if err := healAll(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
}

// Rule: a member loses its disk, learns, and is admitted; no other one loses its disk
// meanwhile.
func TestDiskLost(t *testing.T) {
	learner := true
	f := newDiskFake(t, func(int) *admin.Status {
		return &admin.Status{Role: "learner", State: admin.StateRunning, Learner: learner}
	})
	g := newGuard(f)
	what, heal, err := named(t, "disk-lost").Strike(t.Context(), g.view("disk-lost"), rng(2))
	if err != nil || len(f.paths()) != 2 || f.well() != nil {
		t.Fatalf("%v: %v are left, %v", err, f.paths(), f.well())
	}
	f.told()
	other, none, err := named(t, "disk-rot").Strike(t.Context(), g.view("disk-rot"), rng(1))
	if err != nil || none != nil || len(f.told()) != 0 || field(t, other, "left-alone") == nil {
		t.Errorf("a second disk: %v, %v", other, err)
	}
	if err := heal(t.Context()); err != nil {
		t.Error(err)
	}
	id := field(t, what, "members").([]any)[0].(string)
	if calls := f.told(); !slices.Contains(calls, id+"/admit") {
		t.Errorf("healed by %v", calls)
	}
	// One that votes though nobody has admitted it is found.
	learner = false
	_, heal, err = named(t, "disk-lost").Strike(t.Context(), g.view("disk-lost"), rng(3))
	if err == nil || !strings.Contains(err.Error(), "nobody admitted it") {
		t.Error(err)
	}
	if err := heal(t.Context()); err != nil {
		t.Error(err)
	}
}

// Rule: one bit is flipped, and a member that refuses its journal has to say why, and
// loses it.
func TestDiskRots(t *testing.T) {
	f := newDiskFake(t, func(int) *admin.Status {
		return &admin.Status{Role: "learner", State: admin.StateRunning, Learner: true}
	})
	where, err := flip(f.DataDir(f.members.ID(0)), rng(1))
	if err != nil || !strings.HasPrefix(where, "log, byte ") {
		t.Errorf("%s, %v", where, err)
	}
	data, _ := os.ReadFile(filepath.Join(f.DataDir(f.members.ID(0)), "log"))
	flipped := 0
	for i, b := range []byte("0123456789") {
		for bit := range 8 {
			if (b^data[i])>>bit&1 == 1 {
				flipped++
			}
		}
	}
	if flipped != 1 {
		t.Errorf("%d bits were flipped", flipped)
	}
	if _, err := flip(t.TempDir(), rng(1)); err == nil {
		t.Error("a directory without files was damaged")
	}
	ending := &ender{diskFake: f}
	f.words = "quorate: open the journal: the journal is damaged: log"
	g := newGuard(ending)
	what, heal, err := named(t, "disk-rot").Strike(t.Context(), g.view("disk-rot"), rng(2))
	if err == nil || !strings.Contains(err.Error(), "did not say") {
		t.Errorf("%v: it did not say which directory is damaged: %v", what, err)
	}
	ending.ended = true
	if err := heal(t.Context()); err != nil || len(f.paths()) != 2 {
		t.Errorf("%v, %v", err, f.paths())
	}
}

// ender is a fake whose member ends by itself when it is first started.
type ender struct {
	*diskFake
	ended bool
}

func (f *ender) Start(id quorate.ID) error {
	err := f.diskFake.Start(id)
	if !f.ended {
		f.mu.Lock()
		f.pids[id] = 0
		f.mu.Unlock()
	}
	f.ended = true
	return err
}
