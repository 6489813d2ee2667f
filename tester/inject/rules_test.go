package inject

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// Rule: members that somebody else runs cut their own power, because they are told to.
func TestPowerOfMembersAbroad(t *testing.T) {
	f := newFake(3)
	f.remote = true
	f.serve(t, func(int) *admin.Status { return &admin.Status{Role: "leader"} })
	what, heal, err := named(t, "power-all").Strike(t.Context(), newGuard(f).view("power-all"), rng(1))
	calls := f.told()
	if err != nil || len(calls) != 3 || slices.ContainsFunc(calls, func(c string) bool { return !strings.Contains(c, "/power") }) {
		t.Errorf("%v: %v, %v", what, calls, err)
	}
	if err := heal(t.Context()); err != nil || len(f.told()) != 0 {
		t.Errorf("they come back by themselves: %v", err)
	}
}

// Rule: a member that has everything in spite of a flipped bit keeps its journal; one
// that refuses it says that it is damaged, and where.
func TestRotIsRefusedWithWords(t *testing.T) {
	status := func(int) *admin.Status { return &admin.Status{Role: "follower", State: admin.StateRunning} }
	f := newDiskFake(t, status)
	what, heal, err := named(t, "disk-rot").Strike(t.Context(), newGuard(f).view("disk-rot"), rng(2))
	if err != nil || field(t, what, "refused") != false || len(f.paths()) != 3 {
		t.Errorf("%v: %v, %v", what, err, f.paths())
	}
	if err := heal(t.Context()); err != nil || len(f.paths()) != 3 {
		t.Errorf("%v, %v", err, f.paths())
	}
	for words, good := range map[string]bool{"the journal in MEMBER is damaged": true, "cannot open MEMBER": false, "the journal is damaged": false} {
		ending := &ender{diskFake: newDiskFake(t, func(int) *admin.Status {
			return &admin.Status{Role: "learner", State: admin.StateRunning, Learner: true}
		})}
		for _, id := range ending.members.IDs() { // whichever is struck
			ending.words += strings.ReplaceAll(words, "MEMBER", id.String()) + " "
		}
		what, _, err := named(t, "disk-rot").Strike(t.Context(), newGuard(ending).view("disk-rot"), rng(2))
		if field(t, what, "refused") != true || (err == nil) != good {
			t.Errorf("%s: %v, %v", words, what, err)
		}
	}
}

// Rule: a disk counts as lost until its member serves again, and not if it could not be
// taken.
func TestDisksThatAreNotTaken(t *testing.T) {
	role := "learner"
	f := newDiskFake(t, func(int) *admin.Status {
		return &admin.Status{Role: role, State: admin.StateRunning, Learner: role != ""}
	})
	g := newGuard(f)
	strike := func(name string) (any, func() error, error) {
		what, heal, err := named(t, name).Strike(t.Context(), g.view(name), rng(2))
		return what, func() error { return heal(t.Context()) }, err
	}
	f.fails = func(call string) error {
		if strings.HasPrefix(call, "kill") {
			return errors.New("not allowed")
		}
		return nil
	}
	if _, _, err := strike("disk-lost"); err == nil {
		t.Error("it was not killed, and its disk was lost")
	}
	f.fails = nil
	_, start, err := strike("kill-all")
	if err != nil {
		t.Fatal(err)
	}
	what, _, err := strike("disk-lost")
	if err != nil || field(t, what, "left-alone") == nil || len(f.paths()) != 3 {
		t.Errorf("another nemesis has it: %v, %v, %v", what, err, f.paths())
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	what, heal, err := strike("disk-lost")
	if err != nil || len(f.paths()) != 2 {
		t.Fatalf("%v: %v, %v", what, err, f.paths())
	}
	role = ""
	if err := heal(); err == nil || !strings.Contains(err.Error(), "is running") {
		t.Errorf("it does not serve: %v", err)
	}
	if what, _, _ := strike("disk-rot"); field(t, what, "left-alone") == nil {
		t.Errorf("two are without their disks: %v", what)
	}
}

// late is a fake whose member ends because of its journal, but takes its time.
type late struct{ *diskFake }

func (f late) end(id quorate.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pids[id] = 0
}

// Rule: where a test is over before a member has refused its journal, healing sees that
// it did, and takes the journal away.
func TestRotThatIsRefusedLate(t *testing.T) {
	up := false
	f := late{newDiskFake(t, func(int) *admin.Status {
		if !up {
			return nil
		}
		return &admin.Status{Role: "learner", State: admin.StateRunning, Learner: true}
	})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	what, heal, err := named(t, "disk-rot").Strike(ctx, newGuard(f).view("disk-rot"), rng(2))
	if err != nil || field(t, what, "refused") != false {
		t.Fatalf("%v, %v", what, err)
	}
	f.end(f.members.IDs()[0])
	f.end(f.members.IDs()[1])
	f.end(f.members.IDs()[2])
	f.words, up = "the journal is damaged", true
	_ = heal(t.Context()) // a fake's learner remains one
	if len(f.paths()) != 2 {
		t.Errorf("the journals of %v are left", f.paths())
	}
}
