package inject

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// lazy is a cluster of processes that take their time to end.
type lazy struct {
	*fake
	ends time.Time
}

func (l *lazy) Kill(quorate.ID) error { l.ends = time.Now().Add(20 * time.Millisecond); return nil }

func (l *lazy) PID(quorate.ID) int {
	if !l.ends.IsZero() && time.Now().After(l.ends) {
		return 0
	}
	return 7
}

func TestWhoKillsWaitsForTheEnd(t *testing.T) {
	l := &lazy{fake: newFake(3)}
	v := newGuard(l).view("kill")
	if err := v.Kill(l.members.ID(0)); err != nil || l.PID(l.members.ID(0)) != 0 {
		t.Error(err)
	}
	l = &lazy{fake: newFake(3)}
	v = newGuard(l).view("kill")
	v.g.ended = time.Millisecond
	if err := v.Kill(l.members.ID(0)); err == nil || !strings.Contains(err.Error(), "has not ended") {
		t.Error(err)
	}
}

// frugal counts the clients that it made.
type frugal struct {
	*fake
	made int
}

func (f *frugal) Admin(id quorate.ID) (*admin.Client, error) { f.made++; return f.fake.Admin(id) }

func TestClientsOfMembersAreKept(t *testing.T) {
	f := &frugal{fake: newFake(3)}
	f.serve(t, led(1))
	v := newGuard(f).view("loss")
	for range 3 {
		if _, _, err := named(t, "loss-leader").Strike(t.Context(), v, rng(1)); err != nil {
			t.Fatal(err)
		}
	}
	if f.made != 3 {
		t.Errorf("%d clients for 3 members", f.made)
	}
}

func TestClustersAreLookedThrough(t *testing.T) {
	f := &filter{fake: newFake(3)}
	v := newGuard(f).view("x")
	if got, ok := As[PacketFilter](v); !ok || got != PacketFilter(f) {
		t.Error(got, ok)
	}
	if _, ok := As[PacketFilter](newGuard(f.fake).view("x")); ok {
		t.Error("that one has no filter")
	}
	// Packets can be filtered without members' help, but who leads they have to say.
	if err := (partition{"partition-deaf", "deaf", false}).Check(v); err != nil {
		t.Error(err)
	}
	if err := (partition{"partition-leader", "isolate", true}).Check(v); err == nil {
		t.Error("nobody can say who leads")
	}
}

func TestWhatMembersAreToDoIsRenewed(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	g := newGuard(f)
	if _, _, err := named(t, "partition-leader").Strike(t.Context(), g.view("partition-leader"), rng(1)); err != nil {
		t.Fatal(err)
	}
	f.told()
	for _, p := range g.orders.at {
		p.want["partition-leader"].told = time.Now().Add(-lifetime / 2)
	}
	keeping(t, g)
	until(t, f, "1.2/drop")
}

func TestWhomNobodyInsistsOnIsStruckWithoutAsking(t *testing.T) {
	for seed := range uint64(20) {
		f := newFake(3)
		if _, _, err := named(t, "kill").Strike(t.Context(), newGuard(f).view("kill"), rng(seed)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := named(t, "kill-leader").Strike(t.Context(), newGuard(newFake(3)).view("kill-leader"), rng(1)); err == nil {
		t.Error("nobody says who leads, and it was killed")
	}
}

func TestOneThatIsDownDoesNotCrash(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	f.fails = func(call string) error {
		if strings.HasSuffix(call, "/crash") {
			return errConflict
		}
		return nil
	}
	what, _, err := named(t, "crash-leader").Strike(t.Context(), newGuard(f).view("crash-leader"), rng(1))
	if err != nil || len(field(t, what, "members").([]any)) != 0 {
		t.Error(what, err)
	}
	f.fails = func(string) error { return errors.New("busy") }
	if _, _, err := named(t, "crash-leader").Strike(t.Context(), newGuard(f).view("crash-leader"), rng(1)); err == nil {
		t.Error("it did not crash, and nobody says so")
	}
}
