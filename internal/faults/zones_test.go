package faults_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/proc"
)

// tolerates has members run WPaxos with quorums of zones.
func tolerates(quorums string) func(*quorate.Config) {
	return func(f *quorate.Config) { f.Protocol, f.Quorums = "wpaxos", quorums }
}

// in returns the members of a zone.
func (r *rig) in(zone int) []quorate.ID {
	return slices.DeleteFunc(slices.Clone(r.IDs()), func(id quorate.ID) bool { return int(id.Zone()) != zone })
}

// killAll kills members with -9, as one.
func (r *rig) killAll(ids []quorate.ID) {
	for _, id := range ids {
		r.Process(id).Signal(syscall.SIGKILL)
	}
	for _, id := range ids {
		r.Process(id).Kill()
	}
}

// Rule: a dead owner's objects are taken by others of its zone, and those of one that
// stands still, too; it knows no better when it goes on, and does no harm. An owner
// whose zone is lost but for itself cannot go on, and tells its clients why.
func TestOwnerKilled(t *testing.T) {
	r := awayAndBack(t, "wpaxos", func(r *rig, id quorate.ID) { r.Process(id).Kill() }, func(r *rig, id quorate.ID) { r.Start(r.t, id) })
	put := []string{"kv", "put", "own", "X", "--id", "1.1", "--timeout", "1s", "--config", r.Path}
	if got := proc.Run(t, put...); got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	r.killAll(r.others(r.ID(0)))
	r.await("its clients hear who is silent", func() bool {
		got := proc.Run(t, put...)
		if got.Code == 0 {
			t.Fatalf("one of three acknowledged a write: %+v", got)
		}
		return strings.Contains(got.Stderr, "no quorum: phase 2 hears nothing of 1.2, 1.3")
	})
}

func TestOwnerStandsStill(t *testing.T) {
	awayAndBack(t, "wpaxos", func(r *rig, id quorate.ID) { r.Process(id).Signal(syscall.SIGSTOP) },
		func(r *rig, id quorate.ID) { r.Process(id).Signal(syscall.SIGCONT) })
}

// Rule: where a zone may be lost (fz=1), the others take what it owned and lose nothing
// that was acknowledged. It comes back from its journals; and so do all nine members
// when they were killed at once.
func TestZoneKilled(t *testing.T) {
	r := newZones(t, 3, 3, seedOf(t), tolerates("zones:fz=1,fn=1"))
	l := r.load(loadConfig{binary: 6, rest: 3})
	l.serves(100)
	rounds := 1
	if *soak {
		rounds = 20
	}
	for range rounds {
		zone := r.in(2)
		others := r.load(loadConfig{binary: 4, rest: 2, first: r.others(zone...)})
		others.serves(30)
		r.killAll(zone)
		others.serves(100)
		others.stop()
		t.Logf("without zone 2: the longest that a client of the others was not served: %v", time.Duration(others.longest.Load()).Round(time.Millisecond))
		for _, id := range zone {
			r.Launch(t, id)
		}
		own := r.load(loadConfig{binary: 3, first: zone})
		own.serves(30)
		own.stop()
		r.killAll(r.IDs())
		for _, id := range r.IDs() {
			r.Launch(t, id)
		}
		l.turn()
		l.serves(50)
		others.readAll()
	}
	l.readAll()
	r.agree(l.keys()...)
	r.check()
}

// Rule: where no zone may be lost (fz=0), the others go on with what they own. What it
// owned, and what nobody owns, cannot be had; a client is told so in time, with the
// zone that is silent. When it is back nothing is lost.
func TestZoneMissed(t *testing.T) {
	r := newZones(t, 3, 1, seedOf(t), tolerates("zones:fz=0,fn=0"))
	ask := func(zone int, args ...string) proc.Result {
		t.Helper()
		return proc.Run(t, append(append([]string{"kv"}, args...), "--id", r.in(zone)[0].String(), "--config", r.Path)...)
	}
	good := func(want string, got proc.Result) {
		t.Helper()
		if got.Code != 0 || strings.TrimSpace(got.Stdout) != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
	for zone, key := range []string{1: "one", 2: "two", 3: "three"} {
		if zone > 0 {
			good("version 1", ask(zone, "put", key, "X"))
		}
	}
	r.killAll(r.in(2))
	r.await("zone 2 is missed", func() bool {
		c, err := r.reach.Client(client.Config{Nodes: r.in(1), Timeout: 400 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.Put(t.Context(), "four", []byte("Y"))
		return err != nil && strings.Contains(err.Error(), "zone 2")
	})
	good("version 2", ask(1, "put", "one", "Y"))
	good("version 2", ask(3, "put", "three", "Y"))
	for _, key := range []string{"two", "five"} {
		got := ask(3, "put", key, "Y", "--timeout", "500ms")
		if got.Code != 1 && got.Code != 2 || !strings.Contains(got.Stderr, "no quorum: phase 1 hears nothing of zone 2") {
			t.Errorf("key %s: %+v", key, got)
		}
	}
	r.Start(t, r.in(2)[0])
	if got := ask(3, "get", "two"); got.Code != 0 || strings.TrimSpace(got.Stdout) != "X" && strings.TrimSpace(got.Stdout) != "Y" {
		t.Errorf("%+v", got) // what was tried in vain may be executed now
	}
	if got := ask(1, "get", "five"); got.Code > 1 {
		t.Errorf("%+v", got)
	}
}
